//! Proves that a backup and a restore can be cut short at any write, and an erasure at any step,
//! and that nothing is lost by it.

use crate::bench::{Bench, fill, holder, options, session};
use crate::gated::{Gated, changes};
use crate::sinks::{Fragile, to};
use base::disk::{Disk, FaultPlan, FaultyDisk, OpenMode};
use liasse::{Code, Engine, Ground, Purpose, RootKey, Sink, Sources, Statuses};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use vault::KeyFile;

/// A store with some dossiers and a sink.
fn world() -> (Bench, Engine, Arc<Fragile>, liasse::Matricule) {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let options = to(&[Arc::clone(&sink)]);
    let engine = Engine::create(&bench.root.join("store"), bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    drop(doctor);
    (bench, engine, sink, patient)
}

fn run(engine: &Engine, disk: &FaultyDisk) -> liasse::Result<liasse::BackupReport> {
    let mut backup = engine.begin_backup_on(Arc::new(disk.clone()))?;
    while !backup.step(1 << 20)?.done {}
    backup.report()
}

fn broken_at(operation: u64) -> FaultPlan {
    FaultPlan {
        broken_at: Some(operation),
        ..FaultPlan::default()
    }
}

/// Writes the files of a disk to a folder, to be opened there.
fn dump(disk: &FaultyDisk, folder: &Path) {
    for (name, length) in disk.files() {
        let path = folder.join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut bytes = vec![0; usize::try_from(length).unwrap()];
        let file = disk.open(&name, OpenMode::Read).unwrap();
        file.read_at(0, &mut bytes).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_backup_cut_short_at_any_write_is_continued_by_the_next() {
    let (bench, engine, _, patient) = world();
    let count = FaultyDisk::new();
    run(&engine, &count).unwrap();
    for cut in 1..=count.operations() {
        let disk = FaultyDisk::new();
        disk.set_plan(broken_at(cut));
        let told = run(&engine, &disk);
        assert!(told.is_err(), "operation {cut}");
        disk.set_plan(FaultPlan::default());
        let half = Sources::on(Arc::new(disk.copy()), Vec::new()).without_sinks();
        let begun = liasse::refresh_on(&half, Arc::new(FaultyDisk::new()));
        run(&engine, &disk).unwrap();
        let whole = Sources::on(Arc::new(disk.clone()), Vec::new()).without_sinks();
        let after = liasse::refresh_on(&whole, Arc::new(FaultyDisk::new())).unwrap();
        match begun {
            Ok(begun) => assert_eq!(begun.commit, after.commit, "operation {cut}"),
            Err(told) => assert_eq!(told.code(), Code::NotAStore, "operation {cut}: {told}"),
        }
    }
    let full = FaultyDisk::new();
    full.set_plan(FaultPlan {
        capacity: Some(20_000),
        ..FaultPlan::default()
    });
    assert_eq!(run(&engine, &full).unwrap_err().code(), Code::Full);
    full.set_plan(FaultPlan::default());
    run(&engine, &full).unwrap();
    engine.close().unwrap();
    let sources = Sources::on(Arc::new(full), Vec::new()).without_sinks();
    let path = bench.root.join("restored");
    Engine::restore(&sources, &path, &bench.key(), &options()).unwrap();
    let engine = Engine::open(&path, bench.key(), options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&patient, Statuses::All).unwrap().is_empty());
}

#[test]
fn a_restore_cut_short_at_any_write_is_completed_by_another() {
    let (bench, engine, sink, patient) = world();
    let backup = FaultyDisk::new();
    run(&engine, &backup).unwrap();
    engine.close().unwrap();
    let sources = Sources::on(Arc::new(backup), vec![sink as Arc<dyn Sink>]);
    let restore = |disk: &FaultyDisk| {
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        Engine::restore_on(&sources, &shared, &bench.key(), &options())
    };
    let count = FaultyDisk::new();
    restore(&count).unwrap();
    let mut opened = 0;
    for cut in 1..=count.operations() {
        let disk = FaultyDisk::new();
        disk.set_plan(broken_at(cut));
        let told = restore(&disk);
        disk.set_plan(FaultPlan::default());
        let named = disk.list("").unwrap().iter().any(|name| name == "FORMAT");
        // Once FORMAT has its name it is a store, whole but for its clean end.
        assert!(told.is_err() || named, "operation {cut}");
        if !named {
            let (_, restored) = restore(&disk).unwrap();
            assert!(restored.lost.is_empty(), "operation {cut}");
        }
        if cut % 16 == 1 {
            let path = bench.root.join(format!("cut-{cut}"));
            dump(&disk, &path);
            let engine = Engine::open(&path, bench.key(), options()).unwrap();
            let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
            assert!(!doctor.entries(&patient, Statuses::All).unwrap().is_empty());
            assert!(
                engine.check().unwrap().findings.is_empty(),
                "operation {cut}"
            );
            opened += 1;
        }
    }
    assert!(opened > 3, "{opened}");
}

#[test]
fn a_store_is_restored_from_the_sink_at_every_step_of_an_erasure() {
    for broken in 1..=5 {
        let (bench, engine, sink, stays) = world();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let (gone, _) = fill(&doctor, 5);
        drop(doctor);
        let backup = bench.root.join("backup");
        engine.backup(&backup).unwrap();
        engine.close().unwrap();
        let store = bench.root.join("store");
        let file = KeyFile::open(&bench.root.join("key")).unwrap();
        let gate = changes(Arc::new(AtomicI32::new(broken)));
        let root = RootKey::Kms(Arc::new(Gated { file, gate }));
        let engine = Engine::open(&store, root, to(&[Arc::clone(&sink)])).unwrap();
        let told = holder(&engine, &gone).erase(&gone);
        assert!(told.is_err(), "the key store failed at call {broken}");
        // The disk is lost here, in the middle of it.
        drop(engine);
        std::fs::remove_dir_all(&store).unwrap();
        let sources = Sources::new(&backup, vec![Arc::clone(&sink) as Arc<dyn Sink>]);
        let restored = bench.root.join("restored");
        Engine::restore(&sources, &restored, &bench.key(), &options()).unwrap();
        let mut taking_over = to(&[sink]);
        taking_over.ground = Ground::TakeOver;
        let engine = Engine::open(&restored, bench.key(), taking_over).unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let told = doctor.entries(&gone, Statuses::All).unwrap_err();
        assert_eq!(told.code(), Code::Refused, "cut at call {broken}");
        assert!(!doctor.entries(&stays, Statuses::All).unwrap().is_empty());
        assert!(engine.check().unwrap().findings.is_empty());
    }
}
