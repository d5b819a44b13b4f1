//! Proves that of several copies of a store one changes the root key, the one last opened for
//! writing, and that the others say so and can still be looked at.

use crate::bench::{Bench, copy_all, fill, holder, options, session};
use liasse::{Class, Code, Engine, Ground, Matricule, Options, Purpose, Statuses};
use std::path::PathBuf;

fn taking_over() -> Options {
    let mut options = options();
    options.ground = Ground::TakeOver;
    options
}

/// A store with two dossiers, closed.
fn world() -> (Bench, Matricule, Matricule) {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (one, _) = fill(&doctor, 2);
    let (two, _) = fill(&doctor, 5);
    drop(doctor);
    engine.close().unwrap();
    (bench, one, two)
}

fn copied(bench: &Bench) -> PathBuf {
    let copy = bench.root.join("copy");
    std::fs::create_dir(&copy).unwrap();
    copy_all(&bench.root.join("store"), &copy);
    copy
}

fn open(bench: &Bench, copy: &std::path::Path) -> liasse::Result<Engine> {
    Engine::open(copy, bench.key(), options())
}

fn reads(engine: &Engine, patient: &Matricule) -> bool {
    let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
    let entries = doctor.entries(patient, Statuses::All);
    entries.is_ok_and(|entries| !entries.is_empty())
}

/// The copy is opened before the original ever is again: it is told for a copy, changes nothing,
/// and may be looked at; the original goes on and erases.
#[test]
fn a_copy_opened_first_destroys_nothing_and_the_original_goes_on() {
    let (bench, gone, stays) = world();
    let copy = copied(&bench);
    let told = open(&bench, &copy).err().unwrap();
    assert_eq!(told.code(), Code::OtherCopy, "{told}");
    assert_eq!(told.class(), Class::Environment);
    assert!(told.message().contains("copied or moved"), "{told}");
    assert!(told.hint().contains("liasse adopt"), "{told}");
    let report = Engine::verify(&copy, bench.key(), options()).unwrap();
    assert!(report.findings.is_empty() && report.dossiers == 2);
    let engine = bench.open().unwrap();
    assert_eq!(holder(&engine, &gone).erase(&gone).unwrap().len(), 2);
    assert!(reads(&engine, &stays));
    engine.close().unwrap();
    bench.verify();
    assert_eq!(open(&bench, &copy).err().unwrap().code(), Code::OlderCopy);
}

/// Once the original was opened again the key store knows the copy for one.
#[test]
fn a_copy_left_behind_is_refused_by_the_key_store() {
    let (bench, gone, _) = world();
    let copy = copied(&bench);
    bench.open().unwrap().close().unwrap();
    let told = open(&bench, &copy).err().unwrap();
    assert_eq!(told.code(), Code::OtherCopy, "{told}");
    assert!(told.message().contains("last opened for writing"), "{told}");
    assert!(told.hint().contains("liasse adopt"), "{told}");
    let engine = bench.open().unwrap();
    assert_eq!(holder(&engine, &gone).erase(&gone).unwrap().len(), 2);
}

/// Who takes over is the one that is written from then on, in so many words.
#[test]
fn a_copy_takes_over_and_the_original_is_told() {
    let (bench, gone, stays) = world();
    let copy = copied(&bench);
    Engine::open(&copy, bench.key(), taking_over())
        .unwrap()
        .close()
        .unwrap();
    assert_eq!(bench.open().err().unwrap().code(), Code::OtherCopy);
    bench.verify();
    let engine = open(&bench, &copy).unwrap();
    assert_eq!(holder(&engine, &gone).erase(&gone).unwrap().len(), 2);
    assert!(reads(&engine, &stays));
    engine.close().unwrap();
    assert_eq!(bench.open().err().unwrap().code(), Code::OlderCopy);
}

/// An engine that runs while another copy takes over changes no root any more; both still read.
#[test]
fn an_engine_that_runs_while_another_copy_takes_over_destroys_nothing() {
    let (bench, gone, stays) = world();
    let engine = bench.open().unwrap();
    let copy = copied(&bench);
    let other = Engine::open(&copy, bench.key(), taking_over()).unwrap();
    let told = holder(&engine, &gone).erase(&gone).unwrap_err();
    assert_eq!(told.code(), Code::OtherCopy, "{told}");
    assert!(reads(&engine, &gone), "nothing was begun");
    assert!(reads(&other, &gone) && reads(&other, &stays));
    assert_eq!(holder(&other, &gone).erase(&gone).unwrap().len(), 2);
    assert!(reads(&other, &stays));
    other.close().unwrap();
    let _ = engine.close();
    open(&bench, &copy).unwrap().close().unwrap();
}

/// A directory that was renamed is the same store; so is one that a crash left.
#[test]
fn a_renamed_store_is_no_copy() {
    let (bench, _, stays) = world();
    let renamed = bench.root.join("renamed");
    std::fs::rename(bench.root.join("store"), &renamed).unwrap();
    let engine = open(&bench, &renamed).unwrap();
    assert!(reads(&engine, &stays));
    engine.close().unwrap();
}
