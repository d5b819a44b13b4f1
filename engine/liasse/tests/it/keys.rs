//! A root key that is wrong, loose or out of reach is told with what to do, and nothing is begun.

use crate::bench::{Bench, fill, holder, options, session};
use crate::gated::{Gated, Turn};
use liasse::{Class, Code, Engine, Kms, Options, Purpose, RootKey, SearchRequest, Statuses};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use vault::KeyFile;

fn hurried() -> Options {
    let mut options = options();
    options.kms_deadline = Duration::from_millis(200);
    options
}

/// The service hangs while a dossier is to be erased: the caller is told in time to try again,
/// nothing was begun, and once the service answers the erasure is done.
#[test]
fn a_key_service_that_hangs_is_told_in_time_and_nothing_is_begun() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    drop(doctor);
    engine.close().unwrap();
    let (let_go, receiver) = channel::<()>();
    let receiver = Mutex::new(receiver);
    // Staging does not come back until it is let go.
    let gate = move |call| {
        if call == "stage" {
            let _ = receiver
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv();
        }
        Turn::Made
    };
    let file = KeyFile::open(&bench.root.join("key")).unwrap();
    let root = RootKey::Kms(Arc::new(Gated { file, gate }));
    let engine = Engine::open(&bench.root.join("store"), root, hurried()).unwrap();
    for _ in 0..2 {
        let told = holder(&engine, &patient).erase(&patient).unwrap_err();
        assert_eq!(told.code(), Code::KeyUnreachable, "{told}");
        assert_eq!(told.code().class(), Class::Retry);
        assert!(told.hint().contains("try again"), "{told}");
    }
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&patient, Statuses::All).unwrap().is_empty());
    drop((doctor, let_go));
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    // The root that was staged late is found there, so that a second rotation may be asked for.
    if let Err(told) = holder(&engine, &patient).erase(&patient) {
        assert_eq!(told.code(), Code::Changed, "{told}");
    }
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(doctor.entries(&patient, Statuses::All).is_err(), "erased");
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// Whoever ends what a key service stands on once the engine is closed is called no more, and
/// another opens the store, whatever of the engine is still held; which says that it was closed.
#[test]
fn what_outlives_a_closed_engine_holds_neither_its_store_nor_its_keys() {
    let bench = Bench::new();
    bench.create().close().unwrap();
    let service: Arc<dyn Kms> = Arc::new(KeyFile::open(&bench.root.join("key")).unwrap());
    let gone = Arc::downgrade(&service);
    let (store, root) = (bench.root.join("store"), RootKey::Kms(service));
    let engine = Engine::open(&store, root, options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, kept) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let mut backup = engine.begin_backup(&bench.root.join("backup")).unwrap();
    backup.step(1).unwrap();
    engine.close().unwrap();
    assert!(gone.upgrade().is_none(), "the key service is held");
    let engine = bench.open().unwrap();
    let another = session(&engine, ("doctor", "medecin"), Purpose::Care);
    fill(&another, 3);
    let told = [
        doctor.entries(&patient, Statuses::All).map(drop),
        doctor.search(&SearchRequest::new("compte")).map(drop),
        doctor.fetch(kept[0].document).map(drop),
        own.erase(&patient).map(drop),
        backup.step(1).map(drop),
    ];
    for told in told {
        assert_eq!(told.map_err(|told| told.code()), Err(Code::Closed));
    }
    drop((doctor, own, backup));
    assert!(!another.entries(&patient, Statuses::All).unwrap().is_empty());
    drop(another);
    engine.close().unwrap();
    bench.verify();
}

/// A wrong passphrase, a key of another store and a key file others may read: each is told as
/// what it is, with what to do, and the store opens afterwards as before.
#[test]
fn a_wrong_or_loose_key_is_told_with_what_to_do() {
    let bench = Bench::new();
    bench.create().close().unwrap();
    let key = bench.root.join("key");
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    let told = bench.open().err().unwrap();
    assert_eq!(told.code(), Code::KeyStore);
    let fix = format!("chmod 600 {}", key.display());
    assert!(told.to_string().contains(&fix), "{told}");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    let other = Bench::new();
    other.create().close().unwrap();
    let store = bench.root.join("store");
    let told = Engine::open(&store, other.key(), options()).err().unwrap();
    assert_eq!(told.code(), Code::WrongKey);
    assert!(
        told.hint().contains("this store was created with"),
        "{told}"
    );
    let passphrase = RootKey::Passphrase("correct horse".to_owned().into());
    let told = Engine::open(&store, passphrase, options()).err().unwrap();
    assert_eq!(told.code(), Code::WrongKey, "{told}");
    bench.open().unwrap().close().unwrap();

    let store = bench.root.join("with a passphrase");
    let root = |text: &str| RootKey::Passphrase(text.to_owned().into());
    let engine = Engine::create(&store, root("correct horse"), options()).unwrap();
    engine.close().unwrap();
    let told = Engine::open(&store, root("correct horsf"), options()).err();
    let told = told.unwrap();
    assert_eq!(told.code(), Code::WrongKey);
    assert!(told.hint().contains("passphrase"), "{told}");
    let engine = Engine::open(&store, root("correct horse"), options()).unwrap();
    let backup = bench.root.join("backup");
    engine.backup(&backup).unwrap();
    engine.close().unwrap();
    let slots = store.join("passphrase");
    let loose = Permissions::from_mode(0o644);
    fs::set_permissions(&slots, loose).unwrap();
    let told = Engine::open(&store, root("correct horse"), options()).err();
    let told = told.unwrap();
    assert!(told.hint().contains("chmod 600 STORE/passphrase"), "{told}");
    // No backup holds the slot file: it is asked for before anything is made.
    let (sources, key) = (
        liasse::Sources::new(&backup, Vec::new()),
        root("correct horse"),
    );
    let restored = bench.root.join("restored");
    let told = Engine::restore(&sources, &restored, &key, &options()).unwrap_err();
    assert_eq!(told.code(), Code::WrongKey, "{told}");
    assert!(told.hint().contains("STORE/passphrase"), "{told}");
    assert!(!restored.exists());
    fs::create_dir(&restored).unwrap();
    fs::copy(&slots, restored.join("passphrase")).unwrap();
    let tight = Permissions::from_mode(0o600);
    fs::set_permissions(restored.join("passphrase"), tight).unwrap();
    Engine::restore(&sources, &restored, &key, &options()).unwrap();
}

/// An older copy of the key file is told from an older copy of the store.
#[test]
fn an_older_key_file_is_told_to_be_one() {
    let bench = Bench::new();
    bench.create().close().unwrap();
    fs::copy(bench.root.join("key"), bench.root.join("older")).unwrap();
    for _ in 0..9 {
        bench.open().unwrap().close().unwrap();
    }
    fs::rename(bench.root.join("older"), bench.root.join("key")).unwrap();
    let told = bench.open().err().unwrap();
    assert_eq!(told.code(), Code::OtherCopy, "{told}");
    assert!(told.hint().contains("key file is an older copy"), "{told}");
}
