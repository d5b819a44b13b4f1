//! Proves that the journal names every load, and that packs someone put into the catalog do not
//! pass for those the engine kept there.

use super::*;
use crate::engine::{Engine, Options, RootKey, new_key_file};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A scratch directory, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("liasse-rules-{}-{name}", std::process::id()));
        std::fs::create_dir(&path).expect("a new directory");
        new_key_file(&path.join("key")).expect("a new key file");
        Self(path)
    }

    fn store(&self) -> (PathBuf, RootKey, Options) {
        let key = RootKey::File(self.0.join("key"));
        (self.0.join("store"), key, Options::default())
    }

    fn create(&self) -> Engine {
        let (store, key, options) = self.store();
        Engine::create(&store, key, options).expect("a new store")
    }

    fn open(&self) -> Result<Engine> {
        let (store, key, options) = self.store();
        Engine::open(&store, key, options)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the journal says was loaded, and the digest each following commit binds.
fn loads(core: &Core) -> Vec<(String, Digest)> {
    let view = core.view().expect("an open engine has a view");
    let log = Log::open(view.rows()).expect("it opens");
    let (mut loads, mut last) = (Vec::new(), None);
    let mut visit = |_, entry: journal::Entry| {
        match entry.fact() {
            Some(Fact::PolicyLoaded { pack, .. }) => last = Some(pack),
            Some(Fact::Commit(commit)) => loads.extend(last.take().map(|it| (it, commit.policy))),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    log.entries(view.rows(), 0..log.size(), &mut visit)
        .expect("every entry is read");
    loads
}

fn reform() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy/packs/dmp-2023")
}

fn digest(policies: Policies) -> Digest {
    InForce::new(policies, Recheck::Off)
        .expect("they are loaded")
        .digest()
}

#[test]
fn the_journal_names_each_load_and_binds_its_rules_from_that_commit_on() {
    let scratch = Scratch::new("named");
    let engine = scratch.create();
    engine.reload_policies(&reform()).expect("it is a pack");
    engine.close().expect("it closes");
    let engine = scratch.open().expect("it opens");
    let loads = loads(&engine.shared().core);
    let names: Vec<_> = loads
        .iter()
        .map(|(name, _)| name.split(' ').next())
        .collect();
    assert_eq!(
        names,
        [Some("dmp-2011"), Some("dmp-2023")],
        "opening is no load"
    );
    let launch = digest(Policies::builtin().expect("built in"));
    let reform = digest(Policies::open(&reform()).expect("a pack"));
    assert_eq!(loads[0].1, launch);
    assert_eq!(loads[1].1, reform);
    assert_eq!(engine.shared().core.policies.in_force().digest(), reform);
}

#[test]
fn packs_put_into_the_catalog_by_another_hand_are_damage() {
    let scratch = Scratch::new("forged");
    let engine = scratch.create();
    engine.reload_policies(&reform()).expect("it is a pack");
    let core = Arc::clone(&engine.shared().core);
    let row = |core: &Core| {
        let view = core.view().expect("a view");
        view.rows()
            .row(ENGINE, PACKS)
            .expect("readable")
            .expect("there")
    };
    let mut forged = row(&core);
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    let put = move |group: &mut Group<'_>| {
        group.transaction.put(ENGINE, PACKS, &forged)?;
        Ok(())
    };
    let ticket = engine
        .shared()
        .submit(store::Spending::Ordinary, put, |(), _| Ok(()));
    ticket.wait().expect("it is written");
    drop(core);
    engine.close().expect("it closes");
    let error = scratch.open().err().expect("it does not open");
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.message().contains("policy packs"), "{error}");
}

/// The store that reloaded its packs, once `put` has changed its rows.
fn altered(scratch: &Scratch, put: impl FnOnce(&mut Group<'_>) -> Result<()> + Send + 'static) {
    let engine = scratch.create();
    engine.reload_policies(&reform()).expect("it is a pack");
    let ticket = engine
        .shared()
        .submit(store::Spending::Ordinary, put, |(), _| Ok(()));
    ticket.wait().expect("it is written");
    engine.close().expect("it closes");
}

#[test]
fn other_rules_than_the_journal_binds_are_named_again_when_the_store_opens() {
    let scratch = Scratch::new("again");
    altered(&scratch, |group| {
        group.transaction.remove(ENGINE, PACKS)?;
        Ok(group.transaction.put(ENGINE, PACK, b"dmp-2011")?)
    });
    let (store, key, options) = scratch.store();
    let report = Engine::verify(&store, key, options).expect("it is readable");
    let found: Vec<_> = report.findings.iter().map(|it| it.place.as_str()).collect();
    assert_eq!(found, ["the policies"]);
    let engine = scratch.open().expect("it opens");
    let loads = loads(&engine.shared().core);
    let last = loads.last().map(|(name, _)| name.split(' ').next());
    assert_eq!((loads.len(), last), (3, Some(Some("dmp-2011"))));
}

#[test]
fn a_store_whose_packs_are_gone_or_unknown_is_damaged() {
    let told = |name: &str, pack: Option<&'static [u8]>| {
        let scratch = Scratch::new(name);
        altered(&scratch, move |group| {
            group.transaction.remove(ENGINE, PACKS)?;
            if let Some(pack) = pack {
                group.transaction.put(ENGINE, PACK, pack)?;
            }
            Ok(())
        });
        let error = scratch.open().err().expect("it does not open");
        assert_eq!(error.code(), Code::Corrupt, "{error}");
        error.message().to_owned()
    };
    // The rules of the beginning, laxer perhaps, do not come back.
    assert_eq!(told("gone", None), "the policy packs are gone");
    let unknown = told("unknown", Some(b"dmp-2017"));
    assert_eq!(unknown, "it has no pack that is known");
}
