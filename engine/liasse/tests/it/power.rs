//! Proves that a power cut behind any write leaves an erasure, a change of the root, a backup, a
//! restore and a promotion either not begun or completed by whoever comes next; and that a store
//! lost at any write of an erasure is restored from a backup and a sink.
//!
//! Store, key file, sink and backup lie in folders of one faulty disk, so that a cut between a
//! write of one and a write of another is tried like any other. What no sync had made durable is
//! lost, kept or torn, in turn.

use crate::bench::{holder, options, session};
use crate::forgetting::{deposit, doctor, ins, paper};
use base::OsEntropy;
use base::disk::{Crash, Disk, DiskFile, FaultyDisk, OpenMode};
use liasse::{
    Code, DirectorySink, DocumentId, Engine, Erasure, Ground, Options, Purpose, RootKey,
    SearchRequest, Sink, Sinks, Sources, Statuses, Target,
};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use vault::kms::Use;
use vault::{KeyFile, Kms};

/// A folder of a faulty disk, as a disk.
pub(crate) struct Part {
    disk: FaultyDisk,
    folder: &'static str,
}

impl Part {
    pub(crate) fn of(disk: &FaultyDisk, folder: &'static str) -> Arc<dyn Disk> {
        if !disk.list("").unwrap().iter().any(|name| name == folder) {
            disk.create_folder(folder).unwrap();
            disk.sync_folder("").unwrap();
        }
        let disk = disk.clone();
        Arc::new(Self { disk, folder })
    }

    fn path(&self, name: &str) -> String {
        let separator = if name.is_empty() { "" } else { "/" };
        format!("{}{separator}{name}", self.folder)
    }
}

impl Disk for Part {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.open(&self.path(name), mode)
    }
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(&self.path(folder))
    }
    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.create_folder(&self.path(folder))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(&self.path(name))
    }
    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.remove_folder(&self.path(folder))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(&self.path(from), &self.path(to))
    }
    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_folder(&self.path(folder))
    }
    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }
    fn drop_cache(&self, name: &str) -> io::Result<()> {
        self.disk.drop_cache(&self.path(name))
    }
    fn lock_handle(&self, _: &str, _: OpenMode) -> io::Result<Option<File>> {
        Ok(None)
    }
}

fn root(disk: &FaultyDisk) -> RootKey {
    RootKey::Kms(Arc::new(key_file(disk)))
}

pub(crate) fn key_file(disk: &FaultyDisk) -> KeyFile {
    KeyFile::open_on(Part::of(disk, "keys"), "key").unwrap()
}

fn sink(disk: &FaultyDisk) -> Arc<dyn Sink> {
    Arc::new(DirectorySink::on(Part::of(disk, "sink"), "sink"))
}

/// With the sink in that folder.
fn with_sink(disk: &FaultyDisk) -> Options {
    let mut options = options();
    options.sinks = Sinks::To(vec![sink(disk)]);
    options.trace_gather = Duration::ZERO;
    options
}

fn open_in(disk: &FaultyDisk, folder: &'static str) -> liasse::Result<Engine> {
    open_under(root(disk), disk, folder)
}

/// Opens the store in a folder under any root.
pub(crate) fn open_under(
    root: RootKey,
    disk: &FaultyDisk,
    folder: &'static str,
) -> liasse::Result<Engine> {
    let mut options = with_sink(disk);
    if folder == "restored" {
        // The store before it is gone: its sink becomes this one's.
        options.ground = Ground::TakeOver;
    }
    Engine::open_on(Part::of(disk, folder), root, options)
}

pub(crate) fn sources(disk: &FaultyDisk) -> Sources {
    Sources::on(Part::of(disk, "backup"), vec![sink(disk)])
}

/// Restores from what is on `disk` into a folder of `target`.
pub(crate) fn restore(disk: &FaultyDisk, target: &FaultyDisk) -> liasse::Result<()> {
    restore_under(&root(disk), disk, target)
}

/// The same under any root.
pub(crate) fn restore_under(
    root: &RootKey,
    disk: &FaultyDisk,
    target: &FaultyDisk,
) -> liasse::Result<()> {
    let restored = Part::of(target, "restored");
    let restored = Engine::restore_on(&sources(disk), &restored, root, &options());
    restored.map(|(_, restored)| assert!(restored.lost.is_empty(), "{restored:?}"))
}

pub(crate) fn back_up(engine: &Engine, disk: &FaultyDisk) {
    let mut backup = engine.begin_backup_on(Part::of(disk, "backup")).unwrap();
    while !backup.step(1 << 20).unwrap().done {}
    assert!(backup.report().unwrap().damaged.is_empty());
}

/// Persons 1 to 3 with a document each, and 4 with two; a backup; an index of two segments.
pub(crate) struct World {
    pub(crate) disk: FaultyDisk,
    pub(crate) second: DocumentId,
}

impl World {
    pub(crate) fn new() -> Self {
        let disk = FaultyDisk::new();
        KeyFile::create_on(Part::of(&disk, "keys"), "key", &OsEntropy).unwrap();
        let root = RootKey::Kms(Arc::new(key_file(&disk)));
        let store = Part::of(&disk, "store");
        let engine = Engine::create_on(store, root, with_sink(&disk)).unwrap();
        for person in 1..=4 {
            deposit(&doctor(&engine), &paper(person, "A", "premier", ""));
        }
        engine.close().unwrap();
        let engine = open_in(&disk, "store").unwrap();
        let second = deposit(&doctor(&engine), &paper(4, "B", "second", "")).document;
        back_up(&engine, &disk);
        engine.close().unwrap();
        Self { disk, second }
    }

    /// Does `act` on a copy of this world, and hands each state that a power cut behind one of
    /// its writes leaves to `judge`, with whether the act had ended.
    fn cut(&self, act: impl FnOnce(&FaultyDisk), judge: impl Fn(&FaultyDisk, bool) + Sync) {
        let disk = self.disk.copy();
        disk.start_recording();
        act(&disk);
        disk.mark(1);
        let events = disk.events();
        assert!(events > 10, "{events} events");
        println!("{events} events");
        std::thread::scope(|scope| {
            for half in 0..2 {
                let (disk, judge) = (&disk, &judge);
                scope.spawn(move || {
                    let mut replay = disk.replay();
                    for event in (half..=events).step_by(2) {
                        replay.advance(event);
                        let crash = match event / 2 % 3 {
                            0 => Crash::KeepNothing,
                            1 => Crash::KeepAll,
                            _ => Crash::Seeded(event as u64),
                        };
                        let _at = At(event, crash);
                        judge(&replay.power_cut(crash), replay.mark().is_some());
                    }
                });
            }
        });
    }
}

/// Says where a judgement failed.
struct At(usize, Crash);

impl Drop for At {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("cut behind event {} with {:?}", self.0, self.1);
        }
    }
}

/// How many documents of each person are listed, found and read.
fn look(engine: &Engine) -> [usize; 4] {
    [1, 2, 3, 4].map(|person| {
        let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
        let entries = match doctor.entries(&ins(person), Statuses::All) {
            Ok(entries) => entries,
            Err(error) => {
                assert_eq!(error.code(), Code::Refused);
                return 0;
            }
        };
        for entry in &entries {
            assert!(!doctor.fetch(entry.document).unwrap().is_empty());
        }
        let hits = doctor.search(&SearchRequest::new("bilan").of(ins(person)));
        assert_eq!(hits.unwrap().len(), entries.len(), "found as listed");
        entries.len()
    })
}

/// Opens the store in a folder, looks at it whole, closes it, and says what was there.
pub(crate) fn seen(disk: &FaultyDisk, folder: &'static str) -> [usize; 4] {
    let engine = open_in(disk, folder).unwrap();
    let seen = look(&engine);
    let report = engine.check().unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let state = key_file(disk).load(store_of(disk, folder), Use::Open);
    assert_eq!(state.unwrap().retired, [], "no older root is left");
    engine.close().unwrap();
    seen
}

fn store_of(disk: &FaultyDisk, folder: &'static str) -> base::StoreId {
    let part = Part::of(&disk.copy(), folder);
    let catalog = store::Catalog::open_on(part, store::Options::default());
    catalog.unwrap().store()
}

/// An erasure is not begun, or it is completed by opening the store.
fn erases(act: impl FnOnce(&World, &Engine), after: [usize; 4]) {
    let world = World::new();
    world.cut(
        |disk| {
            let engine = open_in(disk, "store").unwrap();
            act(&world, &engine);
        },
        |disk, ended| {
            let seen = seen(disk, "store");
            assert!(seen == after || (!ended && seen == BEFORE), "{seen:?}");
        },
    );
}

#[test]
fn an_erasure_of_a_dossier_cut_short_at_any_write() {
    erases(
        |_, engine| {
            let receipts = holder(engine, &ins(1)).erase(&ins(1));
            assert_eq!(receipts.unwrap().len(), 2);
        },
        [0, 1, 1, 2],
    );
}

#[test]
fn an_erasure_of_a_document_cut_short_at_any_write() {
    erases(
        |world, engine| {
            let receipts = holder(engine, &ins(4)).erase_document(world.second);
            assert_eq!(receipts.unwrap().len(), 2);
        },
        [1, 1, 1, 1],
    );
}

#[test]
fn an_erasure_of_a_batch_cut_short_at_any_write() {
    let batch = |world: &World, engine: &Engine| erase_batch(world.second, engine).unwrap();
    erases(batch, [0, 0, 1, 1]);
}

/// Persons 1 and 2, and the second document of 4.
pub(crate) fn erase_batch(second: DocumentId, engine: &Engine) -> liasse::Result<()> {
    let holders = [1, 2, 4].map(|person| holder(engine, &ins(person)));
    let targets = [
        Target::Dossier(ins(1)),
        Target::Dossier(ins(2)),
        Target::Document(second),
    ];
    let asked = holders.iter().zip(targets);
    let asked: Vec<_> = asked
        .map(|(session, target)| Erasure { session, target })
        .collect();
    let outcomes = engine.erase(&asked)?;
    outcomes
        .into_iter()
        .try_for_each(|outcome| outcome.map(drop))
}

#[test]
fn a_change_of_the_root_cut_short_at_any_write() {
    erases(
        |_, engine| {
            let rotated = engine.rotate_root().unwrap();
            assert_eq!(rotated.epoch, 2, "{rotated:?}");
            assert_eq!(rotated.destruction, "destroyed");
        },
        BEFORE,
    );
}

/// The disk of the store is lost at any write of an erasure; sink and backup are elsewhere.
fn erases_and_loses(act: impl FnOnce(&World, &Engine), after: [usize; 4]) {
    let world = World::new();
    world.cut(
        |disk| {
            let engine = open_in(disk, "store").unwrap();
            act(&world, &engine);
        },
        |disk, ended| {
            restore(disk, disk).unwrap();
            let seen = seen(disk, "restored");
            assert!(seen == after || (!ended && seen == BEFORE), "{seen:?}");
        },
    );
}

#[test]
fn erase_lose_the_disk_at_any_write_and_restore() {
    let dossier = |_: &World, engine: &Engine| {
        holder(engine, &ins(1)).erase(&ins(1)).unwrap();
    };
    erases_and_loses(dossier, [0, 1, 1, 2]);
}

#[test]
fn erase_a_batch_lose_the_disk_at_any_write_and_restore() {
    let batch = |world: &World, engine: &Engine| erase_batch(world.second, engine).unwrap();
    erases_and_loses(batch, [0, 0, 1, 1]);
}

/// A second backup is cut short: the store is as it was, what the first one held is restored
/// with what the sink holds, and the next backup is whole.
#[test]
fn a_backup_cut_short_at_any_write() {
    let world = world_ahead_of_its_backup();
    world.cut(
        |disk| back_up(&open_in(disk, "store").unwrap(), disk),
        |disk, _| {
            backed_up_again(disk);
        },
    );
}

/// A world whose third person has a document that no backup has yet.
pub(crate) fn world_ahead_of_its_backup() -> World {
    let world = World::new();
    let engine = open_in(&world.disk, "store").unwrap();
    deposit(&doctor(&engine), &paper(3, "B", "second", ""));
    engine.close().unwrap();
    world
}

/// What there is of a second backup is restored, and the next one is whole.
pub(crate) fn backed_up_again(disk: &FaultyDisk) {
    let target = FaultyDisk::new();
    let half = Engine::restore_on(
        &sources(disk),
        &Part::of(&target, "restored"),
        &root(disk),
        &options(),
    );
    let (_, half) = half.unwrap();
    assert!(half.lost.len() <= 1, "only the new body: {half:?}");
    // What was restored took over from it.
    let mut options = with_sink(disk);
    options.ground = Ground::TakeOver;
    let engine = Engine::open_on(Part::of(disk, "store"), root(disk), options).unwrap();
    back_up(&engine, disk);
    engine.close().unwrap();
    restore(disk, disk).unwrap();
    assert_eq!(seen(disk, "restored"), [1, 1, 2, 2]);
}

/// What a cut leaves of a restore is a store, or is made one by another restore.
pub(crate) fn restored_again(disk: &FaultyDisk, ended: bool) {
    let part = Part::of(disk, "restored");
    let named = part.list("").unwrap().iter().any(|name| name == "FORMAT");
    assert!(named || !ended, "a restore that ended left a store");
    if !named {
        restore(disk, disk).unwrap();
    }
    assert_eq!(seen(disk, "restored"), BEFORE);
}

#[test]
fn a_restore_cut_short_at_any_write_of_it() {
    let world = World::new();
    world.cut(|disk| restore(disk, disk).unwrap(), restored_again);
}

#[test]
fn a_promotion_cut_short_at_any_write() {
    let world = World::new();
    let standby = Part::of(&world.disk, "restored");
    liasse::refresh_on(&sources(&world.disk), standby).unwrap();
    world.cut(|disk| restore(disk, disk).unwrap(), restored_again);
}

pub(crate) const BEFORE: [usize; 4] = [1, 1, 1, 2];
