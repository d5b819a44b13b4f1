//! Proves that groups are built while others are synced, that those built on one that fails fail
//! with it and are told for certain, and that what waits for its commit is bounded.

use crate::bench::{Bench, dossier, fill, options, session};
use base::disk::{Crash, Disk, DiskFile, FaultPlan, FaultyDisk, OpenMode};
use journal::{Fact, Log};
use liasse::{
    Code, Deposit, Deposited, Engine, FixedClock, Instant, Purpose, Session, Statuses, Ticket,
};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What the gate does to syncs and to writes of the catalog.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Syncs wait.
    Held,
    /// Writes of the catalog wait, and then find no space.
    HeldFull,
    /// Writes of the catalog find no space.
    Full,
}

/// A disk whose catalog can be held up.
#[derive(Clone)]
struct Gate {
    disk: FaultyDisk,
    way: Arc<(Mutex<Way>, Condvar)>,
    /// How many writes of bodies succeed before one fails; none fails when it is negative.
    bodies_left: Arc<AtomicI32>,
}

impl Gate {
    fn new() -> Self {
        Self {
            disk: FaultyDisk::new(),
            way: Arc::new((Mutex::new(Way::Open), Condvar::new())),
            bodies_left: Arc::new(AtomicI32::new(-1)),
        }
    }

    fn set(&self, way: Way) {
        *self.way.0.lock().unwrap() = way;
        self.way.1.notify_all();
    }

    fn pass(&self, held: Way) -> Way {
        let way = self.way.0.lock().unwrap();
        *self.way.1.wait_while(way, |way| *way == held).unwrap()
    }

    /// Bytes of all body segments.
    fn bodies(&self) -> u64 {
        let files = self.disk.files();
        let bodies = files.iter().filter(|(name, _)| name.starts_with("body/"));
        bodies.map(|(_, length)| length).sum()
    }
}

impl Disk for Gate {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.disk.open(name, mode)?;
        let gate = self.clone();
        if name.starts_with("body/") {
            Ok(Arc::new(Body { file, gate }))
        } else if name == "catalog.redb" {
            Ok(Arc::new(Gated { file, gate }))
        } else {
            Ok(file)
        }
    }
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }
    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.create_folder(folder)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }
    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.remove_folder(folder)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_folder(folder)
    }
    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }
    fn drop_cache(&self, name: &str) -> io::Result<()> {
        self.disk.drop_cache(name)
    }
    fn lock_handle(&self, _: &str, _: OpenMode) -> io::Result<Option<File>> {
        Ok(None)
    }
}

struct Gated {
    file: Arc<dyn DiskFile>,
    gate: Gate,
}

impl Gated {
    fn find_space(&self) -> io::Result<()> {
        match self.gate.pass(Way::HeldFull) {
            Way::Full => Err(io::Error::from_raw_os_error(28)),
            Way::Open | Way::Held | Way::HeldFull => Ok(()),
        }
    }
}

impl DiskFile for Gated {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, out)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.find_space()?;
        self.file.write_at(offset, bytes)
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.find_space()?;
        self.file.set_length(length)
    }
    fn sync(&self) -> io::Result<()> {
        self.gate.pass(Way::Held);
        self.file.sync()
    }
}

/// A body segment of which one write fails.
struct Body {
    file: Arc<dyn DiskFile>,
    gate: Gate,
}

impl DiskFile for Body {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, out)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.gate.bodies_left.fetch_sub(1, Ordering::SeqCst) == 0 {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.file.write_at(offset, bytes)
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }
    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}

fn begin(session: &Session, rank: usize) -> Ticket<Deposited> {
    begin_document(session, rank, 0)
}

fn begin_document(session: &Session, rank: usize, document: usize) -> Ticket<Deposited> {
    let cda = dossier(rank).documents[document].cda();
    let deposit = Deposit::new(cda.as_bytes()).opening();
    session.begin_deposit(&deposit).unwrap()
}

/// Waits, as long as a test may, until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let (_held, never) = channel::<()>();
    for _ in 0..2000 {
        if holds() {
            return;
        }
        let _ = never.recv_timeout(Duration::from_millis(5));
    }
    panic!("it never came to pass that {what}");
}

#[test]
fn a_group_is_built_while_the_one_before_is_synced() {
    let (bench, gate) = (Bench::new(), Gate::new());
    let engine = Engine::create_on(Arc::new(gate.clone()), bench.key(), options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, kept) = fill(&doctor, 2);
    engine.settle().unwrap();
    let before = gate.bodies();
    gate.set(Way::Held);
    let first = begin(&doctor, 3);
    until("the first group is on its way", || gate.bodies() > before);
    let one = gate.bodies();
    let second = begin(&doctor, 4);
    until("the second is built meanwhile", || gate.bodies() > one);
    // What is not durable is not shown.
    let listed = doctor.entries(&patient, Statuses::All).unwrap();
    assert_eq!(listed.len(), kept.len());
    assert_eq!(engine.stats().unwrap().dossiers, 1);
    gate.set(Way::Open);
    let (first, second) = (first.wait().unwrap(), second.wait().unwrap());
    assert!(!doctor.fetch(first.document).unwrap().is_empty());
    assert!(!doctor.fetch(second.document).unwrap().is_empty());
    let report = engine.check().unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    drop(doctor);
    engine.close().unwrap();
}

#[test]
fn those_built_on_a_group_that_fails_fail_with_it_and_the_engine_works_on() {
    let (bench, gate) = (Bench::new(), Gate::new());
    let engine = Engine::create_on(Arc::new(gate.clone()), bench.key(), options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, kept) = fill(&doctor, 2);
    // A trace that waits is in the first of them.
    engine.settle().unwrap();
    gate.set(Way::HeldFull);
    doctor.entries(&patient, Statuses::All).unwrap();
    let before = gate.bodies();
    let first = begin(&doctor, 3);
    until("the first group is on its way", || gate.bodies() > before);
    let one = gate.bodies();
    let second = begin(&doctor, 4);
    until("the second is built on it", || gate.bodies() > one);
    gate.set(Way::Full);
    for ticket in [first, second] {
        assert_eq!(ticket.wait().unwrap_err().code(), Code::Full);
    }
    // Not even the catalog can be opened anew.
    assert_eq!(engine.stats().unwrap_err().code(), Code::Full);
    let told = doctor.entries(&patient, Statuses::All).unwrap_err();
    assert_eq!(told.code(), Code::Full);
    let cda = dossier(5).documents[0].cda();
    let told = doctor.deposit(&Deposit::new(cda.as_bytes()).opening());
    assert_eq!(told.unwrap_err().code(), Code::Full);
    gate.set(Way::Open);
    assert_eq!(engine.stats().unwrap().dossiers, 1);
    let again = [begin(&doctor, 4), begin(&doctor, 3)];
    let again = again.map(|ticket| ticket.wait().unwrap());
    let listed = doctor.entries(&patient, Statuses::All).unwrap();
    assert_eq!(listed.len(), kept.len());
    engine.settle().unwrap();
    let report = engine.check().unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    drop(doctor);
    engine.close().unwrap();
    let disk = Arc::new(gate.clone());
    let engine = Engine::open_on(disk, bench.key(), options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    for deposited in again {
        assert!(!doctor.fetch(deposited.document).unwrap().is_empty());
    }
    drop(doctor);
    engine.close().unwrap();
    assert!(gaps(Arc::new(gate.disk)).is_empty(), "no trace was lost");
}

/// Several deposits are in one group when a body of theirs cannot be written: whoever is told
/// that a document is kept finds it, wherever the write fails, and the engine works on.
#[test]
fn a_body_that_cannot_be_written_costs_nobody_else_in_the_group_theirs() {
    let mut refused = 0;
    for left in 0..8 {
        let (bench, gate) = (Bench::new(), Gate::new());
        let mut options = options();
        // Every body has a segment of its own, and is written when the next one comes.
        options.store.segment_bytes_max = 1;
        options.trace_gather = Duration::from_secs(3600);
        let engine = Engine::create_on(Arc::new(gate.clone()), bench.key(), options).unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        for rank in [2, 3] {
            begin(&doctor, rank).wait().unwrap();
        }
        gate.set(Way::Held);
        let mut waiting = Vec::new();
        for rank in [4, 5] {
            let before = gate.bodies();
            waiting.push(begin(&doctor, rank));
            until("it is on its way", || gate.bodies() > before);
        }
        for document in 1..4 {
            let both = [2, 3].map(|rank| begin_document(&doctor, rank, document));
            waiting.extend(both);
        }
        gate.bodies_left.store(left, Ordering::SeqCst);
        gate.set(Way::Open);
        let mut kept = Vec::new();
        for ticket in waiting {
            match ticket.wait() {
                Ok(deposited) => kept.push(deposited.document),
                Err(_) => refused += 1,
            }
        }
        for document in kept {
            assert!(!doctor.fetch(document).unwrap().is_empty(), "write {left}");
        }
        begin(&doctor, 6).wait().unwrap();
        engine.settle().unwrap();
        let report = engine.check().unwrap();
        assert!(report.findings.is_empty(), "{left}: {:?}", report.findings);
        drop(doctor);
        engine.close().unwrap();
        assert!(gaps(Arc::new(gate.disk)).is_empty(), "no trace was lost");
    }
    assert!(refused > 8, "{refused}");
}

#[test]
fn a_deposit_waits_while_too_many_bytes_wait_for_their_commit() {
    let (bench, gate) = (Bench::new(), Gate::new());
    let mut options = options();
    options.waiting_bytes_max = 1;
    let engine = Engine::create_on(Arc::new(gate.clone()), bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    gate.set(Way::Held);
    let first = begin(&doctor, 3);
    let (taken, told) = channel();
    std::thread::scope(|scope| {
        let doctor = &doctor;
        scope.spawn(move || {
            let ticket = begin(doctor, 4);
            taken.send(()).unwrap();
            ticket.wait().unwrap()
        });
        let early = told.recv_timeout(Duration::from_millis(100));
        assert_eq!(early, Err(RecvTimeoutError::Timeout), "it was not taken");
        gate.set(Way::Open);
        first.wait().unwrap();
        told.recv().unwrap();
    });
    assert_eq!(engine.stats().unwrap().dossiers, 2);
}

/// No thread of an engine outlives its closing.
#[test]
fn a_store_that_was_closed_can_be_opened_at_once() {
    let bench = Bench::new();
    let mut engine = bench.create();
    for rank in 2..14 {
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        fill(&doctor, rank);
        drop(doctor);
        engine.close().unwrap();
        engine = bench.open().unwrap();
    }
    assert_eq!(engine.stats().unwrap().dossiers, 12);
    engine.close().unwrap();
    bench.verify();
}

/// The gaps that the journal of a closed store shows.
fn gaps(disk: Arc<dyn Disk>) -> Vec<(Instant, Instant)> {
    let catalog = store::Catalog::open_read_only_on(disk, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let log = Log::open(&*rows).unwrap();
    let entries = (0..log.size()).map(|at| log.entry(&*rows, at).unwrap());
    entries
        .filter_map(|entry| {
            if let Some(Fact::Gap { from, to }) = entry.fact() {
                Some((from, to))
            } else {
                None
            }
        })
        .collect()
}

/// A trace waits while two groups are under way, the later of which has a later instant: when the
/// system is lost with it, the gap begins when it came, not at the last commit.
#[test]
fn a_trace_that_was_in_no_group_falls_into_the_gap_after_a_loss_of_power() {
    let (bench, gate) = (Bench::new(), Gate::new());
    let now = Instant::from_millis(1_800_000_000_000);
    let clock = Arc::new(FixedClock::new(now));
    let mut options = options();
    options.clock = Arc::clone(&clock) as _;
    options.trace_gather = Duration::from_secs(3600);
    let disk = Arc::new(gate.clone());
    let engine = Engine::create_on(disk, bench.key(), options.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    engine.settle().unwrap();
    gate.disk.start_recording();
    gate.set(Way::Held);
    let mut tickets = Vec::new();
    for rank in [3, 4] {
        // The first trace is in the first group; the second waits until that is durable.
        doctor.entries(&patient, Statuses::All).unwrap();
        let before = gate.bodies();
        if rank == 4 {
            clock.set(now.plus_days(1));
        }
        tickets.push(begin(&doctor, rank));
        until("it is on its way", || gate.bodies() > before);
    }
    gate.set(Way::Open);
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    let (left, _) = gate
        .disk
        .after_power_cut(gate.disk.events(), Crash::KeepNothing);
    clock.set(now.plus_days(5));
    let left = Arc::new(left);
    Engine::open_on(Arc::clone(&left) as _, bench.key(), options)
        .unwrap()
        .close()
        .unwrap();
    assert_eq!(gaps(left), [(now, now.plus_days(5))]);
}

/// Nothing is answered once traces are lost, and the journal says between when.
#[test]
fn traces_lost_with_a_commit_that_failed_fall_into_a_gap() {
    let (bench, disk) = (Bench::new(), FaultyDisk::new());
    let now = Instant::from_millis(1_800_000_000_000);
    let clock = Arc::new(FixedClock::new(now));
    let mut options = options();
    options.clock = Arc::clone(&clock) as _;
    // The trace waits until something is committed.
    options.trace_gather = Duration::from_secs(3600);
    let open = || Engine::open_on(Arc::new(disk.clone()), bench.key(), options.clone()).unwrap();
    let created = Engine::create_on(Arc::new(disk.clone()), bench.key(), options.clone());
    let engine = created.unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, kept) = fill(&doctor, 2);
    engine.settle().unwrap();
    clock.set(now.plus_days(1));
    let listed = doctor.entries(&patient, Statuses::All).unwrap();
    assert_eq!(listed.len(), kept.len());
    disk.set_plan(FaultPlan {
        dead: true,
        ..FaultPlan::default()
    });
    assert_eq!(engine.settle().unwrap_err().code(), Code::Poisoned);
    let told = doctor.entries(&patient, Statuses::All).unwrap_err();
    assert_eq!(told.code(), Code::Poisoned, "{told}");
    drop(doctor);
    engine.close().unwrap_err();
    disk.set_plan(FaultPlan::default());
    clock.set(now.plus_days(2));
    let engine = open();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let listed = doctor.entries(&patient, Statuses::All).unwrap();
    assert_eq!(listed.len(), kept.len());
    drop(doctor);
    engine.close().unwrap();
    assert_eq!(gaps(Arc::new(disk.clone())), [(now, now.plus_days(2))]);
    // A clean end leaves none.
    open().close().unwrap();
    assert_eq!(gaps(Arc::new(disk)).len(), 1);
}

/// After an error a document is not there, but for the one code that says that nobody knows: no
/// sync that fails, and no write, is told under another.
#[test]
fn only_one_code_leaves_open_whether_a_deposit_was_kept() {
    let mut told = [0, 0];
    for at in (1..40).flat_map(|at| [(at, true), (at, false)]) {
        let (bench, disk) = (Bench::new(), FaultyDisk::new());
        let open = || Engine::open_on(Arc::new(disk.clone()), bench.key(), options());
        let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), options()).unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        engine.settle().unwrap();
        let mut plan = FaultPlan::default();
        let (at, sync) = at;
        if sync {
            plan.sync_fails_at = Some(at);
        } else {
            plan.broken_at = Some(at);
        }
        disk.set_plan(plan);
        let answer = begin(&doctor, 2).wait();
        let struck = disk.operations() >= at;
        disk.set_plan(FaultPlan::default());
        drop(doctor);
        let closed = engine.close();
        let engine = open().unwrap();
        let there = engine.stats().unwrap().documents;
        match answer {
            Ok(_) => assert_eq!(there, 1, "at {at}"),
            Err(error) if error.code() == Code::Poisoned => told[0] += 1,
            Err(error) => {
                told[1] += 1;
                assert_eq!(there, 0, "at {at}: {error}");
                assert!(!sync, "at {at}: of a failed sync nobody knows: {error}");
                closed.unwrap();
            }
        }
        if !struck {
            break;
        }
    }
    assert!(told[0] > 2, "{told:?}");
}
