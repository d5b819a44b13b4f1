//! Proves that the log tells of a store that an earlier format's last commit ended, once.

use crate::{Engine, Options, RootKey, new_key_file};
use base::disk::{Disk, FaultyDisk};
use journal::{Commit, Draft, Fact, Log};
use std::sync::Arc;
use store::{Catalog, FORMAT_VERSION, Spending};

/// Ends the log with a commit of the format before, as a version that wrote it would have.
fn date_back(disk: &Arc<FaultyDisk>, signing: &vault::SigningKey) {
    let disk = Arc::clone(disk) as Arc<dyn Disk>;
    let catalog = Catalog::open_on(disk, store::Options::default()).expect("it opens");
    let now = catalog.snapshot().expect("rows").counters().instant;
    let mut transaction = catalog.begin(Spending::Reserve, now).expect("begun");
    let mut log = Log::open(&transaction).expect("a log");
    let (_, last) = log.last_commit(&transaction).expect("read").expect("one");
    let before = Commit {
        seq: transaction.seq(),
        format: FORMAT_VERSION - 1,
        ..last
    };
    let draft = Draft::fact(&Fact::Commit(before), None).expect("a fact");
    drop(log.append(&mut transaction, vec![draft]).expect("appended"));
    log.sign(&mut transaction, signing).expect("signed");
    transaction.commit().expect("committed");
    catalog.close().expect("closed");
}

/// The upgrades that the log of an open store tells of.
fn upgrades(engine: &Engine) -> Vec<(u32, u32)> {
    let view = engine.shared().core.view().expect("a view");
    let log = Log::open(view.rows()).expect("a log");
    let entries = (0..log.size()).map(|at| log.entry(view.rows(), at).expect("an entry"));
    let mut upgrades = Vec::new();
    for entry in entries {
        if let Some(Fact::Upgraded { from, to, .. }) = entry.fact() {
            upgrades.push((from, to));
        }
    }
    upgrades
}

#[test]
fn the_log_tells_of_an_upgrade_at_the_first_opening_after_it() {
    let name = format!("liasse-upkeep-{}-key", std::process::id());
    let path = std::env::temp_dir().join(name);
    let _ = std::fs::remove_file(&path);
    new_key_file(&path).expect("a key file");
    let root = || RootKey::File(path.clone());
    let disk = Arc::new(FaultyDisk::new());
    let create = Engine::create_on(Arc::clone(&disk) as _, root(), Options::default());
    let engine = create.expect("a store");
    assert!(upgrades(&engine).is_empty());
    let signing = Arc::clone(&engine.shared().core.signing);
    engine.close().expect("closed");
    date_back(&disk, &signing);
    let open = || Engine::open_on(Arc::clone(&disk) as _, root(), Options::default());
    for _ in 0..2 {
        let engine = open().expect("it opens");
        assert_eq!(upgrades(&engine), [(FORMAT_VERSION - 1, FORMAT_VERSION)]);
        engine.close().expect("closed");
    }
    let _ = std::fs::remove_file(&path);
}
