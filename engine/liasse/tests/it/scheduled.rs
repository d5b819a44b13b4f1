//! Proves what an erasure is worth where the key service does not destroy at once: both receipts
//! say so, what was scheduled can be called back until its time, and nothing can after it.

use crate::attacker::{Marks, Taken, attack};
use crate::bench::{Bench, copy_all, dossier, fill, holder, options, session};
use base::OsEntropy;
use liasse::{Code, Engine, Kms, Matricule, Purpose, RootKey, Statuses};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use vault::kms::conformance::conformance;
use vault::{Destruction, Forgetting, KmsError, Named, NamedSecrets};

type Secrets = BTreeMap<String, Vec<u8>>;

/// A service of named secrets that lets go of none before a time that it names: until then whoever
/// may command it can call it back.
#[derive(Clone, Default)]
struct Patient {
    secrets: Arc<Mutex<Secrets>>,
    scheduled: Arc<Mutex<Secrets>>,
}

impl NamedSecrets for Patient {
    fn kind(&self) -> &'static str {
        "patient service"
    }
    fn forgetting(&self) -> Forgetting {
        Forgetting::Real
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KmsError> {
        Ok(self.secrets.lock().unwrap().get(name).cloned())
    }
    fn replace(&self, name: &str, before: Option<&[u8]>, secret: &[u8]) -> Result<bool, KmsError> {
        let mut secrets = self.secrets.lock().unwrap();
        let same = secrets.get(name).map(Vec::as_slice) == before;
        if same {
            secrets.insert(name.to_owned(), secret.to_vec());
        }
        Ok(same)
    }
    fn destroy(&self, name: &str) -> Result<Destruction, KmsError> {
        let secret = self.secrets.lock().unwrap().remove(name);
        let secret = secret.map(|secret| (name.to_owned(), secret));
        self.scheduled.lock().unwrap().extend(secret);
        Ok(Destruction::Scheduled)
    }
}

impl Patient {
    fn root(&self) -> RootKey {
        RootKey::Kms(Arc::new(Named(self.clone())))
    }

    /// The service as it was with these secrets, as far as it can be called back.
    fn called_back(&self, before: &Secrets) -> Box<dyn Kms> {
        let (living, scheduled) = (self.secrets.lock().unwrap(), self.scheduled.lock().unwrap());
        let there = |name: &String| {
            name == "state" || living.contains_key(name) || scheduled.contains_key(name)
        };
        let secrets = before.iter().filter(|(name, _)| there(name));
        let secrets = secrets.map(|(name, secret)| (name.clone(), secret.clone()));
        Box::new(Named(Self {
            secrets: Arc::new(Mutex::new(secrets.collect())),
            scheduled: Arc::default(),
        }))
    }
}

fn count(engine: &Engine, patient: &Matricule) -> liasse::Result<usize> {
    let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
    doctor.entries(patient, Statuses::All).map(|it| it.len())
}

#[test]
fn a_root_that_is_scheduled_for_destruction_is_told_so_and_goes_at_its_time() {
    let one = Patient::default();
    conformance(&mut || Ok(Box::new(Named(one.clone()))), &OsEntropy).unwrap();
    let (bench, service) = (Bench::new(), Patient::default());
    let store = bench.root.join("store");
    let open = || Engine::open(&store, service.root(), options()).unwrap();
    let engine = Engine::create(&store, service.root(), options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, stays) = (fill(&doctor, 2).0, fill(&doctor, 5).0);
    drop(doctor);
    engine.close().unwrap();
    let copy = |name: &str| {
        let store = bench.root.join(name);
        std::fs::create_dir(&store).unwrap();
        copy_all(&bench.root.join("store"), &store);
        Taken {
            store,
            sinks: Vec::new(),
        }
    };
    let (older, before) = (copy("older"), service.secrets.lock().unwrap().clone());

    let engine = open();
    let receipts = holder(&engine, &gone).erase(&gone).unwrap();
    let told: Vec<_> = { receipts.iter() }
        .map(|it| (it.number, it.root.as_str(), it.destruction.as_str()))
        .collect();
    let scheduled = "scheduled for destruction";
    let expected = [1, 2].map(|number| (number, "patient service", scheduled));
    assert_eq!(told, expected);
    assert!(receipts.iter().all(|it| it.caveat.is_empty()));
    assert_eq!(engine.rotate_root().unwrap().destruction, scheduled);
    engine.close().unwrap();

    // Nothing waits for the time: the store works, and what is erased is gone from every answer.
    let engine = open();
    assert_eq!(engine.stats().unwrap().erasures_waiting, 0);
    assert_eq!(engine.finish_erasures().unwrap(), []);
    assert_eq!(count(&engine, &gone).unwrap_err().code(), Code::Refused);
    assert!(count(&engine, &stays).unwrap() > 0);
    engine.close().unwrap();

    // Until its time the older root can be called back, and an older copy with it.
    let both = [2, 5].map(|rank| dossier(rank).patient.matricule.to_string());
    let marks = Marks::new(both.clone());
    let found = |name: &str, kms: &dyn Kms| {
        let attacked = Taken {
            store: bench.root.join(name),
            sinks: Vec::new(),
        };
        std::fs::create_dir(&attacked.store).unwrap();
        copy_all(&older.store, &attacked.store);
        let loot = attack(&[attacked], kms, &marks, &[]);
        loot.marks()
    };
    let seen = found("within", &*service.called_back(&before));
    assert!(both.iter().all(|it| seen.contains(it)), "{seen:?}");

    // After it nobody has it: the older copy opens under no key, and its living dossiers only
    // under those of the newer one.
    service.scheduled.lock().unwrap().clear();
    let kms = service.called_back(&before);
    let catalog = store::Catalog::open(&older.store, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let refused = vault::KeyTree::open(&*rows, &*kms, catalog.store()).err();
    let no_root = vault::TreeError::Kms(KmsError::NoRoot {
        epoch: vault::Epoch::FIRST,
    });
    assert_eq!(refused, Some(no_root));
    drop(rows);
    catalog.close().unwrap();
    let newest = copy("newest");
    let loot = attack(&[older, newest], &Named(service.clone()), &marks, &[]);
    let seen = loot.marks();
    assert!(
        !seen.contains(&both[0]) && seen.contains(&both[1]),
        "{seen:?}"
    );

    let engine = open();
    assert!(count(&engine, &stays).unwrap() > 0);
    let kept = engine.receipts().unwrap();
    assert_eq!(
        kept.len(),
        2,
        "what was told stays as it was told: {kept:?}"
    );
    let receipts = holder(&engine, &stays).erase(&stays).unwrap();
    assert_eq!(receipts.len(), 2);
    engine.close().unwrap();
}
