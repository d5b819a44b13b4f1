//! Proves that a lost disk loses nothing that a backup and the sinks held, that nothing erased
//! comes back with it, and that what is missing is named.

use crate::bench::{Bench, copy_all, fill, holder, options, session};
use crate::groups::until;
use crate::sinks::{Fragile, to};
use liasse::{
    Code, DirectorySink, Engine, Ground, Matricule, Options, Purpose, Restored, RootKey,
    SearchRequest, Sink, Sinks, Sources, Statuses, Waiver,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

struct World {
    bench: Bench,
    sink: Arc<Fragile>,
}

impl World {
    fn new() -> Self {
        let bench = Bench::new();
        let sink = Fragile::new(&bench, "sink");
        Self { bench, sink }
    }

    fn options(&self) -> Options {
        to(&[Arc::clone(&self.sink)])
    }

    fn create(&self) -> Engine {
        Engine::create(&self.store(), self.bench.key(), self.options()).unwrap()
    }

    fn open(&self) -> Engine {
        Engine::open(&self.store(), self.bench.key(), self.options()).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.bench.root.join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("store")
    }

    fn sources(&self) -> Sources {
        let sink: Arc<dyn Sink> = self.sink.clone();
        Sources::new(&self.path("backup"), vec![sink])
    }

    fn restore(&self, name: &str) -> liasse::Result<Restored> {
        let (key, options) = (self.bench.key(), options());
        Engine::restore(&self.sources(), &self.path(name), &key, &options)
    }

    /// Opens what was restored; checks it, and gives the engine.
    fn reopened(&self, name: &str) -> Engine {
        let engine = Engine::open(&self.path(name), self.bench.key(), self.options()).unwrap();
        let report = engine.check().unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        engine
    }
}

fn count(engine: &Engine, patient: &Matricule) -> liasse::Result<usize> {
    let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
    doctor.entries(patient, Statuses::All).map(|it| it.len())
}

/// Every document of the dossier is read; how many.
fn fetched(engine: &Engine, patient: &Matricule) -> usize {
    let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
    let entries = doctor.entries(patient, Statuses::All).unwrap();
    for entry in &entries {
        assert!(!doctor.fetch(entry.document).unwrap().is_empty());
    }
    entries.len()
}

#[test]
fn erase_lose_the_disk_restore() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    let (stays, _) = fill(&doctor, 5);
    let before = engine.backup(&world.path("backup")).unwrap();
    assert!(before.damaged.is_empty() && before.copied_bytes > 0);
    holder(&engine, &gone).erase(&gone).unwrap();
    drop(doctor);
    engine.close().unwrap();
    std::fs::remove_dir_all(world.store()).unwrap();
    let restored = world.restore("restored").unwrap();
    assert_eq!(restored.lost, []);
    assert!(restored.epoch > before.epoch, "{restored:?}");
    assert!(restored.origin.ends_with("/1"), "{restored:?}");
    let engine = world.reopened("restored");
    assert_eq!(count(&engine, &gone).unwrap_err().code(), Code::Refused);
    assert!(fetched(&engine, &stays) > 0);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    fill(&doctor, 6);
    drop(doctor);
    engine.close().unwrap();
}

#[test]
fn an_older_catalog_alone_is_refused_after_an_erasure_and_told_what_to_bring() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    engine.backup(&world.path("backup")).unwrap();
    let alone = Sources::new(&world.path("backup"), Vec::new());
    let told = liasse::refresh(&alone, &world.path("early")).unwrap_err();
    assert_eq!(told.code(), Code::Sink, "{told}");
    assert!(told.hint().contains("--without-sink"), "{told}");
    let alone = alone.without_sinks();
    let key = world.bench.key();
    // Before the erasure the older catalog opens without the newest deltas.
    let (later, _) = fill(&doctor, 5);
    Engine::restore(&alone, &world.path("early"), &key, &options()).unwrap();
    let early = Engine::open(&world.path("early"), world.bench.key(), options()).unwrap();
    assert!(fetched(&early, &gone) > 0);
    assert_eq!(count(&early, &later).unwrap_err().code(), Code::Refused);
    early.close().unwrap();
    // What was restored is the one that is written; the older one takes over again.
    let told = holder(&engine, &gone).erase(&gone).unwrap_err();
    assert_eq!(told.code(), Code::OtherCopy, "{told}");
    drop(doctor);
    engine.close().unwrap();
    let mut taking_over = world.options();
    taking_over.ground = Ground::TakeOver;
    let engine = Engine::open(&world.store(), world.bench.key(), taking_over).unwrap();
    holder(&engine, &gone).erase(&gone).unwrap();
    engine.close().unwrap();
    let told = Engine::restore(&alone, &world.path("late"), &key, &options()).unwrap_err();
    assert_eq!(told.code(), Code::OlderCopy, "{told}");
    assert!(told.to_string().contains("keyring sink"), "{told}");
    assert!(
        told.to_string().contains("key epoch 1, the key is at 3"),
        "{told}"
    );
    let told = Engine::open(&world.path("late"), world.bench.key(), options()).err();
    assert_eq!(told.map(|it| it.code()), Some(Code::NotAStore));
    // The same directory is completed once the sink is brought.
    world.restore("late").unwrap();
    let late = Engine::open(&world.path("late"), world.bench.key(), options()).unwrap();
    assert!(count(&late, &later).unwrap() > 0);
    assert_eq!(count(&late, &gone).unwrap_err().code(), Code::Refused);
}

#[test]
fn bodies_deposited_after_the_backup_are_named_and_the_others_read() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (kept, _) = fill(&doctor, 2);
    engine.backup(&world.path("backup")).unwrap();
    let (late, deposited) = fill(&doctor, 5);
    drop(doctor);
    engine.close().unwrap();
    let restored = world.restore("restored").unwrap();
    let mut named: Vec<_> = restored.lost.iter().map(|it| it.document).collect();
    let mut wanted: Vec<_> = deposited.iter().map(|it| it.document).collect();
    named.sort();
    wanted.sort();
    assert_eq!(named, wanted);
    let engine = Engine::open(&world.path("restored"), world.bench.key(), options()).unwrap();
    assert!(fetched(&engine, &kept) > 0);
    assert_eq!(
        count(&engine, &late).unwrap(),
        deposited.len(),
        "listed still"
    );
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let told = doctor.fetch(deposited[0].document).unwrap_err();
    assert_eq!(told.code(), Code::Corrupt, "{told}");
    let every = SearchRequest::new("date:1900..").of(late).limit(100);
    let hits = doctor.search(&every).unwrap();
    assert_eq!(hits.len(), deposited.len(), "found still");
    assert!(hits.iter().all(|hit| hit.snippet.text.is_empty()));
    drop(doctor);
    engine.close().unwrap();
}

#[test]
fn a_second_backup_copies_only_what_is_new() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    fill(&doctor, 2);
    drop(doctor);
    engine.close().unwrap();
    let engine = world.open();
    let first = engine.backup(&world.path("backup")).unwrap();
    let again = engine.backup(&world.path("backup")).unwrap();
    assert!(first.copied_bytes > 0);
    assert_eq!(again.copied_bytes, 0, "{again:?}");
    let bodies = |path: &Path| -> u64 {
        let files = std::fs::read_dir(path.join("body")).unwrap();
        files.map(|it| it.unwrap().metadata().unwrap().len()).sum()
    };
    let before = bodies(&world.store());
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    fill(&doctor, 5);
    let third = engine.backup(&world.path("backup")).unwrap();
    assert_eq!(third.copied_bytes, bodies(&world.store()) - before);
    assert_eq!(bodies(&world.path("backup")), bodies(&world.store()));
    let catalogs = std::fs::read_dir(world.path("backup").join("catalog")).unwrap();
    assert_eq!(catalogs.count(), 1, "the older snapshots are gone");
}

#[test]
fn a_backup_is_paced_cancelled_and_continued() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let mut backup = engine.begin_backup(&world.path("backup")).unwrap();
    let first = backup.step(1000).unwrap();
    assert!(
        !first.done && first.copied >= 1000 && first.remaining > 0,
        "{first:?}"
    );
    assert_eq!(backup.report().unwrap_err().code(), Code::Changed);
    drop(backup);
    let mut backup = engine.begin_backup(&world.path("backup")).unwrap();
    let mut steps = 0;
    while !backup.step(10_000).unwrap().done {
        steps += 1;
    }
    assert!(steps > 1, "{steps}");
    drop((backup, doctor));
    engine.close().unwrap();
    world.restore("restored").unwrap();
    assert!(fetched(&world.reopened("restored"), &patient) > 0);
}

#[test]
fn a_backup_is_taken_while_the_store_is_used() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    let (first, _) = fill(&doctor, 5);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
            for rank in 6..9 {
                fill(&doctor, rank);
            }
            holder(&engine, &gone).erase(&gone).unwrap();
        });
        let mut rounds = 0;
        while !writer.is_finished() || rounds == 0 {
            engine.backup(&world.path("backup")).unwrap();
            rounds += 1;
        }
        writer.join().unwrap();
    });
    drop(doctor);
    engine.close().unwrap();
    assert!(world.restore("restored").is_ok());
    let engine = Engine::open(&world.path("restored"), world.bench.key(), options()).unwrap();
    assert!(fetched(&engine, &first) > 0);
    assert_eq!(count(&engine, &gone).unwrap_err().code(), Code::Refused);
}

#[test]
fn missing_index_files_are_made_anew_from_the_texts() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    drop(doctor);
    engine.close().unwrap();
    let engine = world.open();
    let all = engine.stats().unwrap().documents;
    engine.backup(&world.path("backup")).unwrap();
    engine.close().unwrap();
    let index = world.path("backup").join("index");
    let first = std::fs::read_dir(&index).unwrap().next().unwrap().unwrap();
    let mut bytes = std::fs::read(first.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(first.path(), bytes).unwrap();
    let restored = world.restore("restored").unwrap();
    assert!(
        restored.index_anew && restored.lost.is_empty(),
        "{restored:?}"
    );
    let engine = world.reopened("restored");
    assert_eq!(engine.stats().unwrap().documents, all);
    assert!(fetched(&engine, &patient) > 0);
}

#[test]
fn a_damaged_catalog_file_is_refused_by_name_and_another_sink_makes_up_for_it() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    engine.backup(&world.path("backup")).unwrap();
    fill(&doctor, 5);
    drop(doctor);
    engine.close().unwrap();
    // Two sinks that a store writes need not cut its commits into the same files: a copy has.
    std::fs::create_dir(world.path("second")).unwrap();
    copy_all(&world.path("sink"), &world.path("second"));
    let second = Fragile::new(&world.bench, "second");
    let newest = newest(&world.sink);
    let path = world.path("sink").join(&newest);
    let whole = std::fs::read(&path).unwrap();
    for damaged in [whole[..whole.len() - 1].to_vec(), flipped(&whole)] {
        std::fs::write(&path, damaged).unwrap();
        let told = world.restore("damaged").unwrap_err();
        assert_eq!(told.code(), Code::Corrupt, "{told}");
        let place = told.place().unwrap_or_default();
        assert!(place.starts_with(&newest), "{place} is not {newest}");
    }
    let sinks: Vec<Arc<dyn Sink>> = vec![world.sink.clone(), second];
    let sources = Sources::new(&world.path("backup"), sinks);
    let key = world.bench.key();
    Engine::restore(&sources, &world.path("damaged"), &key, &options()).unwrap();
    let engine = Engine::open(&world.path("damaged"), world.bench.key(), options()).unwrap();
    assert!(fetched(&engine, &patient) > 0);
}

/// Waits until a sink holds the newest commit, or has failed.
fn until_level(engine: &Engine, sink: usize, level: bool) {
    until("the sink is level, or has failed", || {
        let stats = engine.stats().unwrap().sinks.swap_remove(sink);
        stats.level == level && stats.failure.is_none() == level
    });
}

/// The deltas of a folder: from which commit to which, and the name.
fn deltas(folder: &Path) -> Vec<(u64, u64, String)> {
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut deltas: Vec<_> = names
        .filter_map(|name| {
            let rest = name.strip_prefix("delta-")?.to_owned();
            let parts: Vec<_> = rest.split('-').collect();
            Some((parts[0].parse().ok()?, parts[2].parse().ok()?, name))
        })
        .collect();
    deltas.sort();
    deltas
}

/// The delta of most commits: what a sink was given that had been away.
fn longest(folder: &Path) -> (u64, u64, String) {
    let deltas = deltas(folder).into_iter();
    deltas.max_by_key(|(from, to, _)| to - from).unwrap()
}

/// Two sinks that were away at different times cut the store's commits differently. Where a file
/// of one is damaged, those of the other lead around it; with no way around, every file that is
/// in the way is named.
#[test]
fn a_restore_goes_around_damaged_files_by_those_of_a_sink_that_was_cut_differently() {
    let world = World::new();
    let second = Fragile::new(&world.bench, "second");
    let both = [Arc::clone(&world.sink), Arc::clone(&second)];
    let engine = Engine::create(&world.store(), world.bench.key(), to(&both)).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let mut patients = vec![fill(&doctor, 2).0];
    engine.backup(&world.path("backup")).unwrap();
    for (rank, away) in [(3, 0), (4, 1)] {
        (0..2).for_each(|sink| until_level(&engine, sink, true));
        both[away].broken.store(true, Ordering::SeqCst);
        patients.push(fill(&doctor, rank).0);
        engine.settle().unwrap();
        until_level(&engine, away, false);
        until_level(&engine, 1 - away, true);
        both[away].broken.store(false, Ordering::SeqCst);
        until_level(&engine, away, true);
    }
    drop(doctor);
    let newest = engine.stats().unwrap().commit;
    engine.close().unwrap();
    let folders = ["sink", "second"].map(|name| world.path(name));
    let damaged = folders.each_ref().map(|folder| longest(folder));
    let disjoint = damaged[0].1 <= damaged[1].0 || damaged[1].1 <= damaged[0].0;
    assert!(disjoint, "{damaged:?}");
    for (folder, (from, to, name)) in folders.iter().zip(&damaged) {
        assert!(to - from > 1, "{damaged:?}");
        let path = folder.join(name);
        std::fs::write(&path, flipped(&std::fs::read(&path).unwrap())).unwrap();
    }
    let key = world.bench.key();
    let restore = |name: &str| {
        let sinks = both.iter().map(|it| Arc::clone(it) as Arc<dyn Sink>);
        let sources = Sources::new(&world.path("backup"), sinks.collect());
        Engine::restore(&sources, &world.path(name), &key, &options())
    };
    // What each of them needs lies in the other alone.
    let restored = restore("around").unwrap();
    assert!(restored.commit >= newest, "{restored:?} before {newest}");
    let around = Engine::open(&world.path("around"), world.bench.key(), options()).unwrap();
    for patient in &patients {
        assert!(count(&around, patient).unwrap() > 0);
    }
    around.close().unwrap();

    // One file more, and no way is left: both that lie over each other are named.
    let (from, to, _) = damaged[0];
    let within = |(start, end, _): &(u64, u64, String)| from <= *start && *end <= to;
    let (_, _, short) = deltas(&folders[1]).into_iter().find(within).unwrap();
    let path = folders[1].join(&short);
    std::fs::write(&path, flipped(&std::fs::read(&path).unwrap())).unwrap();
    let told = restore("nowhere").unwrap_err();
    assert_eq!(told.code(), Code::Corrupt, "{told}");
    let place = told.place().unwrap_or_default();
    assert!(
        place.contains(&damaged[0].2) && place.contains(&short),
        "{place}"
    );
    assert!(
        told.message().contains("the same command goes on there"),
        "{told}"
    );
    // The file is brought whole again: the same directory is completed.
    std::fs::write(&path, flipped(&std::fs::read(&path).unwrap())).unwrap();
    assert!(restore("nowhere").unwrap().commit >= newest);
}

/// Nothing stays of a restore that brought nothing.
#[test]
fn a_restore_that_fails_at_once_leaves_no_directory() {
    let world = World::new();
    let engine = world.create();
    fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    engine.backup(&world.path("backup")).unwrap();
    engine.close().unwrap();
    for folder in [world.path("sink"), world.path("backup").join("catalog")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "roll") {
                std::fs::write(&path, "no catalog file").unwrap();
            }
        }
    }
    let told = world.restore("restored").unwrap_err();
    assert_eq!(told.code(), Code::Corrupt, "{told}");
    assert!(!world.path("restored").exists(), "{told}");
    assert!(!told.message().contains("goes on there"), "{told}");
    let told = liasse::refresh(&world.sources(), &world.path("standby")).unwrap_err();
    assert!(!world.path("standby").exists(), "{told}");
}

/// The newest delta of a sink.
fn newest(sink: &Fragile) -> String {
    let names = sink.list().unwrap().into_iter();
    let deltas = names.filter(|name| name.starts_with("delta-"));
    deltas.max().unwrap()
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

#[test]
fn a_catalog_file_that_the_store_did_not_sign_is_refused() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    fill(&doctor, 2);
    engine.backup(&world.path("backup")).unwrap();
    drop(doctor);
    engine.close().unwrap();
    let newest = newest(&world.sink);
    let path = world.path("sink").join(&newest);
    let mut bytes = std::fs::read(&path).unwrap();
    // The signature stands at the end; everything before it still checks.
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let told = world.restore("restored").unwrap_err();
    assert_eq!(told.code(), Code::Corrupt, "{told}");
    assert!(told.to_string().contains("signature"), "{told}");
    let told = Engine::open(&world.path("restored"), world.bench.key(), options()).err();
    assert_eq!(told.map(|it| it.code()), Some(Code::NotAStore));
}

#[test]
fn a_standby_is_kept_fresh_and_opened() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (first, _) = fill(&doctor, 2);
    engine.backup(&world.path("backup")).unwrap();
    let standby = world.path("standby");
    let begun = liasse::refresh(&world.sources(), &standby).unwrap();
    let told = Engine::open(&standby, world.bench.key(), options()).err();
    assert_eq!(told.map(|it| it.code()), Some(Code::NotAStore));
    let (second, _) = fill(&doctor, 5);
    holder(&engine, &first).erase(&first).unwrap();
    engine.backup(&world.path("backup")).unwrap();
    drop(doctor);
    engine.close().unwrap();
    let fresh = liasse::refresh(&world.sources(), &standby).unwrap();
    assert!(
        fresh.commit > begun.commit && fresh.epoch > begun.epoch,
        "{fresh:?}"
    );
    assert_eq!(
        liasse::refresh(&world.sources(), &standby).unwrap().applied,
        0
    );
    std::fs::remove_dir_all(world.store()).unwrap();
    let key = world.bench.key();
    let promoted = liasse::promote(&standby, &key, &options()).unwrap();
    assert_eq!((promoted.commit, promoted.lost), (fresh.commit, Vec::new()));
    let engine = world.reopened("standby");
    assert!(fetched(&engine, &second) > 0);
    assert_eq!(count(&engine, &first).unwrap_err().code(), Code::Refused);
    drop(engine);
    let told = liasse::refresh(&world.sources(), &standby).unwrap_err();
    assert_eq!(told.code(), Code::Exists);
}

/// X12: a snapshot that is cut or altered, or another store's, takes nothing from a standby: it
/// is refused by name, and the standby is promoted as it was.
#[test]
fn a_damaged_snapshot_leaves_a_standby_as_it_was() {
    let world = World::new();
    let engine = Engine::create(&world.store(), world.bench.key(), options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (first, _) = fill(&doctor, 2);
    let backup = world.path("backup");
    engine.backup(&backup).unwrap();
    let (sources, standby) = (Sources::new(&backup, Vec::new()), world.path("standby"));
    let begun = liasse::refresh(&sources, &standby).unwrap();
    fill(&doctor, 5);
    engine.backup(&backup).unwrap();
    let all = fetched(&engine, &first);
    drop(doctor);
    engine.close().unwrap();
    let files = std::fs::read_dir(backup.join("catalog")).unwrap();
    let path = files.map(|it| it.unwrap().path()).max().unwrap();
    let whole = std::fs::read(&path).unwrap();
    for damaged in [
        whole[..whole.len() - 1].to_vec(),
        whole[..whole.len() / 2].to_vec(),
        flipped(&whole),
    ] {
        std::fs::write(&path, damaged).unwrap();
        let told = liasse::refresh(&sources, &standby).unwrap_err();
        assert_eq!(told.code(), Code::Corrupt, "{told}");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(told.place().unwrap().starts_with(name), "{told}");
    }
    let other = Bench::new();
    let foreign = Engine::create(&world.path("other"), other.key(), options()).unwrap();
    foreign.backup(&world.path("foreign")).unwrap();
    foreign.close().unwrap();
    let foreign = Sources::new(&world.path("foreign"), Vec::new());
    assert!(liasse::refresh(&foreign, &standby).is_err());
    std::fs::create_dir(world.path("fresh")).unwrap();
    copy_all(&standby, &world.path("fresh"));
    let promoted = liasse::promote(&standby, &world.bench.key(), &options()).unwrap();
    assert_eq!(promoted.commit, begun.commit);
    let engine = Engine::open(&standby, world.bench.key(), options()).unwrap();
    assert_eq!(fetched(&engine, &first), all);
    drop(engine);
    std::fs::write(&path, whole).unwrap();
    let fresh = liasse::refresh(&sources, &world.path("fresh")).unwrap();
    assert!(
        fresh.commit > begun.commit && fresh.applied == 1,
        "{fresh:?}"
    );
}

#[test]
fn a_directory_that_holds_something_else_is_left_alone() {
    let world = World::new();
    let engine = world.create();
    let other = world.path("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("letter"), "dear").unwrap();
    assert_eq!(engine.backup(&other).unwrap_err().code(), Code::Exists);
    engine.backup(&world.path("backup")).unwrap();
    assert_eq!(world.restore("other").unwrap_err().code(), Code::Exists);
    assert_eq!(world.restore("store").unwrap_err().code(), Code::Exists);
    let nowhere = Sources::new(&world.path("nowhere"), Vec::new());
    let key = world.bench.key();
    let told = Engine::restore(&nowhere, &world.path("restored"), &key, &options());
    assert_eq!(told.unwrap_err().code(), Code::NotAStore);
    let foreign = Bench::new();
    let sink = Arc::new(DirectorySink::new(&world.path("sink")));
    let sources = Sources::new(&world.path("backup"), vec![sink]);
    let key = foreign.key();
    let told = Engine::restore(&sources, &world.path("restored"), &key, &options());
    assert_eq!(told.unwrap_err().code(), Code::WrongKey);
}

/// What is not there, or is not what it is named as, fails before anything is made and before
/// the key has another writer.
#[test]
fn a_restore_from_what_is_not_there_makes_nothing_and_takes_nothing_over() {
    let world = World::new();
    let engine = world.create();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    engine.backup(&world.path("backup")).unwrap();
    std::fs::create_dir(world.path("empty")).unwrap();
    let sink = |name: &str| vec![Arc::new(DirectorySink::new(&world.path(name))) as Arc<dyn Sink>];
    let key = world.bench.key();
    for (backup, sinks, code) in [
        ("nowhere", sink("sink"), Code::NotAStore),
        ("empty", sink("sink"), Code::NotAStore),
        ("backup", sink("nowhere"), Code::Sink),
        ("backup", sink("empty"), Code::Sink),
        ("backup", Vec::new(), Code::Sink),
    ] {
        let sources = Sources::new(&world.path(backup), sinks);
        let into = world.path("restored");
        let told = Engine::restore(&sources, &into, &key, &options()).unwrap_err();
        assert_eq!(told.code(), code, "{told}");
        let told = liasse::refresh(&sources, &into).unwrap_err();
        assert_eq!(told.code(), code, "{told}");
        assert!(!into.exists() && !world.path("nowhere").exists(), "{told}");
    }
    let told = liasse::promote(&world.path("nowhere"), &key, &options()).unwrap_err();
    assert_eq!(told.code(), Code::NotAStore, "{told}");
    assert!(!world.path("nowhere").exists());
    // The store is still the one that is written.
    assert_eq!(holder(&engine, &patient).erase(&patient).unwrap().len(), 2);
    engine.close().unwrap();
}

/// A drill beside the living store, under a copy of the key file: it reads all, and the sink that
/// it was restored from stays the living store's, whose erasures go on. Once somebody says that
/// the store before is gone, the sink goes on with the restored one.
#[test]
fn a_drill_leaves_the_living_stores_sink_to_it() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, stays) = (fill(&doctor, 2).0, fill(&doctor, 5).0);
    engine.backup(&world.path("backup")).unwrap();
    drop(doctor);
    engine.settle().unwrap();
    std::fs::copy(world.path("key"), world.path("copy")).unwrap();
    let key = || RootKey::File(world.path("copy"));
    let drill = world.path("drill");
    Engine::restore(&world.sources(), &drill, &key(), &options()).unwrap();
    let held = world.sink.list().unwrap();
    for _ in 0..2 {
        let drilled = Engine::open(&drill, key(), world.options()).unwrap();
        assert!(count(&drilled, &gone).unwrap() > 0);
        fill(&session(&drilled, ("doctor", "medecin"), Purpose::Care), 6);
        let told = drilled.rotate_root().unwrap_err();
        assert_eq!(told.code(), Code::Sink, "{told}");
        assert!(told.message().contains("was restored from"), "{told}");
        assert!(told.hint().contains("liasse adopt"), "{told}");
        assert!(drilled.stats().unwrap().sinks[0].failure.is_some());
        drilled.close().unwrap();
        assert_eq!(world.sink.list().unwrap(), held);
    }
    // With a sink of its own it may do anything.
    let mut own = options();
    let sink: Arc<dyn Sink> = Fragile::new(&world.bench, "own");
    let (sink, why) = (vec![sink], "a drill".to_owned());
    own.sinks = Sinks::Except(sink, vec![Waiver { sink: None, why }]);
    let drilled = Engine::open(&drill, key(), own).unwrap();
    assert_eq!(holder(&drilled, &gone).erase(&gone).unwrap().len(), 2);
    drilled.close().unwrap();
    // The living store and its sink know nothing of it.
    assert!(count(&engine, &gone).unwrap() > 0);
    let receipts = holder(&engine, &gone).erase(&gone).unwrap();
    assert_eq!(receipts[1].sinks, "held by sink 1 (directory)");
    engine.close().unwrap();
    std::fs::remove_dir_all(world.store()).unwrap();
    world.restore("restored").unwrap();
    let mut taking_over = world.options();
    taking_over.ground = Ground::TakeOver;
    for options in [taking_over, world.options()] {
        let engine = Engine::open(&world.path("restored"), world.bench.key(), options).unwrap();
        assert!(count(&engine, &gone).is_err());
        assert!(count(&engine, &stays).unwrap() > 0);
        let held = engine.rotate_root().unwrap().sinks;
        assert_eq!(held, "held by sink 1 (directory)");
        engine.close().unwrap();
    }
}

/// The numbers that the counters give next, and whether the slots before them are retired.
fn slots(store: &Path) -> ([u64; 3], [usize; 3]) {
    let catalog = store::Catalog::open_read_only(store, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let counters = [
        store::Counter::DossierSlot,
        store::Counter::UnitSlot,
        store::Counter::SegmentSlot,
    ];
    let groves = [
        vault::Grove::Dossier,
        vault::Grove::Unit,
        vault::Grove::Segment,
    ];
    let next = counters.map(|counter| rows.counters().next(counter));
    let retired = groves.map(|grove| store::retired(&*rows, grove).unwrap().len());
    (next, retired)
}

/// S15: what a newer state of the store sealed may lie on a lost disk, or in the copy that was
/// left: its slots are given to nobody, and the next erasure replaces their keys.
#[test]
fn an_older_state_that_takes_its_place_gives_out_no_slot_again() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    engine.backup(&bench.root.join("backup")).unwrap();
    let copy = bench.crashed();
    for rank in 3..8 {
        fill(&doctor, rank);
    }
    drop(doctor);
    engine.close().unwrap();
    let (newest, _) = slots(&bench.root.join("store"));
    let sources = Sources::new(&bench.root.join("backup"), Vec::new());
    let folder = bench.root.join("restored");
    Engine::restore(&sources, &folder, &bench.key(), &options()).unwrap();
    let copied = copy.root.join("store");
    let succeeds = [(folder, &bench, false), (copied, &copy, true)];
    for (store, bench, takes_over) in succeeds {
        let mut ground = options();
        if takes_over {
            ground.ground = Ground::TakeOver;
        }
        let engine = Engine::open(&store, bench.key(), ground).unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        fill(&doctor, 9);
        drop(doctor);
        engine.close().unwrap();
        let (next, retired) = slots(&store);
        for (next, (newest, retired)) in next.into_iter().zip(newest.into_iter().zip(retired)) {
            assert!(next > newest + 1000, "{next} after {newest}");
            assert!(retired > 1000, "{retired}");
        }
        let engine = Engine::open(&store, bench.key(), options()).unwrap();
        holder(&engine, &patient).erase(&patient).unwrap();
        engine.close().unwrap();
        assert_eq!(slots(&store).1, [0; 3]);
    }
}

/// A restored store counts its commits and entries again from where the backup was: a mark of the
/// log before it would stand behind what came since. What it does not know is told as new.
#[test]
fn a_mark_from_before_a_restore_hides_nothing_that_came_after_it() {
    let world = World::new();
    let engine = world.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 0);
    engine.settle().unwrap();
    engine.backup(&world.path("backup")).unwrap();
    for _ in 0..40 {
        doctor.entries(&patient, Statuses::All).unwrap();
        engine.settle().unwrap();
    }
    let own = holder(&engine, &patient);
    let mark = own.changes(Some(&patient), None).unwrap().mark;
    assert!(
        own.changes(Some(&patient), Some(mark.as_str()))
            .unwrap()
            .changes
            .is_empty()
    );
    drop((doctor, own));
    engine.close().unwrap();
    world.restore("restored").unwrap();
    let engine = world.reopened("restored");
    let rescuer = session(&engine, ("rescuer", "medecin"), Purpose::EmergencyBtg);
    rescuer.break_glass(&patient, "coma").unwrap();
    let own = holder(&engine, &patient);
    let told = own.changes(Some(&patient), Some(mark.as_str())).unwrap();
    assert_eq!(
        told.glass.len(),
        1,
        "she is told whatever she had seen before"
    );
    assert_eq!(told.changes.len(), deposited.len());
    let after = own
        .changes(Some(&patient), Some(told.mark.as_str()))
        .unwrap();
    assert!(after.glass.is_empty() && after.changes.is_empty());
}
