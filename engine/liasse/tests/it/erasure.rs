//! Proves that an erasure is complete, survives being cut short anywhere, and closes older
//! copies.

use crate::bench::{Bench, fill, holder, options, seeded, session};
use crate::gated::{Gated, changes};
use liasse::{Class, Code, Engine, Purpose, RootKey, Statuses};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use vault::kms::{Epoch, Staging, Use};
use vault::{KeyFile, Kms};

#[test]
fn an_erased_dossier_is_gone_and_the_others_stay() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, deposited) = fill(&doctor, 2);
    let (stays, _) = fill(&doctor, 5);
    let left = doctor.entries(&stays, Statuses::All).unwrap().len();
    let receipts = holder(&engine, &gone).erase(&gone).unwrap();
    assert_eq!(
        receipts.iter().map(|it| it.number).collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(receipts[0].caveat.contains("SSD"), "{receipts:?}");
    for document in &deposited {
        assert_eq!(
            doctor.fetch(document.document).unwrap_err().code(),
            Code::Refused
        );
    }
    assert_eq!(
        doctor.entries(&gone, Statuses::All).unwrap_err().code(),
        Code::Refused
    );
    assert_eq!(doctor.entries(&stays, Statuses::All).unwrap().len(), left);
    let (again, anew) = fill(&doctor, 2);
    assert_eq!(anew.len(), deposited.len());
    assert!(anew[0].dossier != deposited[0].dossier);
    assert!(!doctor.entries(&again, Statuses::All).unwrap().is_empty());
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn an_older_copy_does_not_open_after_an_erasure() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    let thief = bench.crashed();
    holder(&engine, &gone).erase(&gone).unwrap();
    std::fs::copy(bench.root.join("key"), thief.root.join("key")).unwrap();
    assert_eq!(thief.open().err().unwrap().code(), Code::OlderCopy);
}

#[test]
fn an_erasure_cut_short_at_any_call_is_completed_at_open() {
    for calls in 0..6 {
        let bench = Bench::new();
        let engine = Engine::create(&bench.root.join("store"), bench.key(), seeded(calls)).unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let (gone, _) = fill(&doctor, 2);
        let (stays, _) = fill(&doctor, 5);
        drop(doctor);
        engine.close().unwrap();
        let file = KeyFile::open(&bench.root.join("key")).unwrap();
        let left = Arc::new(AtomicI32::new(i32::try_from(calls).unwrap()));
        let gate = changes(left);
        let root = RootKey::Kms(Arc::new(Gated { file, gate }));
        let engine = Engine::open(&bench.root.join("store"), root, options()).unwrap();
        let told = holder(&engine, &gone).erase(&gone);
        let told = told.map(drop).unwrap_err();
        assert_eq!(told.code(), Code::KeyUnreachable, "call {calls}: {told}");
        assert_eq!(told.code().class(), Class::Retry);
        drop(engine);
        let engine = bench.open().unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let listed = doctor.entries(&gone, Statuses::All);
        // Before the first call succeeded nothing was begun; after it, it is completed.
        assert_eq!(listed.is_err(), calls > 0, "cut at call {calls}");
        assert!(!doctor.entries(&stays, Statuses::All).unwrap().is_empty());
        drop(doctor);
        engine.close().unwrap();
        bench.verify();
    }
}

/// A root that an earlier attempt had staged is turned away as well, before any receipt.
#[test]
fn an_erasure_under_a_root_staged_before_turns_once_more() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    drop(doctor);
    engine.close().unwrap();
    let store = bench.root.join("store");
    let file = KeyFile::open(&bench.root.join("key")).unwrap();
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let writer = file.load(catalog.store(), Use::Open).unwrap().writer;
    drop(catalog);
    let staged = file.stage(writer, Epoch::FIRST.next(), &base::OsEntropy);
    assert!(staged.unwrap() == Staging::Fresh);
    let engine = bench.open().unwrap();
    let receipts = holder(&engine, &gone).erase(&gone).unwrap();
    assert_eq!(receipts.len(), 2);
    engine.close().unwrap();
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let state = file.load(catalog.store(), Use::Open).unwrap();
    assert_eq!(
        state.active.number(),
        4,
        "two turns, and one for the root found staged"
    );
    assert!(state.retired.is_empty());
    drop(catalog);
    bench.verify();
}

/// A key store that goes away in the middle: the next erasure completes what it left.
#[test]
fn an_erasure_cut_short_is_completed_by_the_next() {
    for calls in 0..6 {
        let bench = Bench::new();
        let engine = bench.create();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let (gone, _) = fill(&doctor, 2);
        let (next, _) = fill(&doctor, 5);
        drop(doctor);
        engine.close().unwrap();
        let file = KeyFile::open(&bench.root.join("key")).unwrap();
        let left = Arc::new(AtomicI32::new(calls));
        let gate = changes(Arc::clone(&left));
        let root = RootKey::Kms(Arc::new(Gated { file, gate }));
        let engine = Engine::open(&bench.root.join("store"), root, options()).unwrap();
        assert!(holder(&engine, &gone).erase(&gone).is_err());
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let begun = doctor.entries(&gone, Statuses::All).is_err();
        assert_eq!(begun, calls > 0, "cut at call {calls}");
        left.store(i32::MAX, Ordering::SeqCst);
        assert_eq!(holder(&engine, &next).erase(&next).unwrap().len(), 2);
        assert_eq!(doctor.entries(&gone, Statuses::All).is_err(), begun);
        drop(doctor);
        engine.close().unwrap();
        bench.verify();
    }
}
