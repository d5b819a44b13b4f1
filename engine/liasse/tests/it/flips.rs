//! Proves that no flipped bit of a closed store is read as something else, makes anything
//! vanish, or brings the process down: what is asked is answered as before, or with an error
//! that names damage. (Bare redb reads 1,475 of 5,000 flips silently.)

use crate::bench::{fill, options, request, session};
use base::OsEntropy;
use base::disk::FaultyDisk;
use liasse::{
    Class, Engine, Error, Kms, Matricule, Options, Purpose, RootKey, SearchRequest, Statuses,
};
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use vault::KeyFile;

/// What a store tells of itself.
type Told = BTreeMap<String, Vec<u8>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Harmless,
    RefusedAtOpen,
    RefusedAtRead,
    FoundByCheck,
    SilentlyWrong,
    SilentlyMissing,
    Panic,
}

struct Ground {
    disk: FaultyDisk,
    files: Vec<(String, u64)>,
    /// The disk of the key file: each copy of the store has the key as it was left.
    keys: FaultyDisk,
    patients: Vec<Matricule>,
    told: Told,
}

fn still() -> Options {
    let mut options = options();
    // Nothing is committed while a store is asked.
    options.trace_gather = Duration::from_secs(3600);
    options.store.segment_bytes_max = 20_000;
    options.store.cache_bytes = 4 << 20;
    options
}

impl Ground {
    /// Three dossiers; their documents in segments of the index, some of them replaced.
    fn new() -> Self {
        let (disk, keys) = (FaultyDisk::new(), FaultyDisk::new());
        KeyFile::create_on(Arc::new(keys.clone()), "key", &OsEntropy).unwrap();
        let root = root(&keys);
        let mut options = still();
        options.index_tail_documents_max = 8;
        let engine = Engine::create_on(Arc::new(disk.clone()), root, options).unwrap();
        let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
        let patients = [2, 3, 5].map(|rank| fill(&doctor, rank).0).to_vec();
        drop(doctor);
        engine.settle().unwrap();
        engine.close().unwrap();
        let files = disk.files();
        let files = files.into_iter().filter(|(_, length)| *length > 0);
        let mut ground = Self {
            disk: disk.copy(),
            files: files.collect(),
            keys: keys.copy(),
            patients,
            told: Told::new(),
        };
        let engine = ground.open(&ground.disk.copy()).unwrap();
        ground.told = ground.ask(&engine).unwrap();
        assert!(ground.told.len() > 12, "{}", ground.told.len());
        assert!(engine.check().unwrap().findings.is_empty());
        ground
    }

    fn open(&self, disk: &FaultyDisk) -> Result<Engine, Error> {
        let root = root(&self.keys.copy());
        Engine::open_on(Arc::new(disk.clone()), root, still())
    }

    /// Lists, every body, what a search over all finds, each history.
    fn ask(&self, engine: &Engine) -> Result<Told, Error> {
        let mut told = Told::new();
        let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
        for (number, patient) in self.patients.iter().enumerate() {
            for entry in doctor.entries(patient, Statuses::All)? {
                let id = entry.document;
                let line = format!(
                    "{} {} {:?} {:?} {} {}",
                    entry.title,
                    entry.unique_id,
                    entry.status,
                    entry.flags,
                    entry.version,
                    entry.creation_time.millis()
                );
                told.insert(format!("{number} entry {id}"), line.into_bytes());
                told.insert(format!("{number} body {id}"), doctor.fetch(id)?);
            }
            let own = engine.session(holder_request(patient))?;
            let history = own.history(patient)?;
            let wrote = history.iter().filter(|line| line.what == "write");
            for (at, line) in wrote.enumerate() {
                let line = format!("{} {:?}", line.actor, line.documents);
                told.insert(format!("{number} history {at}"), line.into_bytes());
            }
        }
        let panel = session(engine, ("doctor", "medecin"), Purpose::Panel);
        let mut every = SearchRequest::new("date:1900..").limit(1000);
        every = every.statuses(Statuses::All);
        for hit in panel.search(&every)? {
            told.insert(format!("found {}", hit.entry.document), Vec::new());
        }
        Ok(told)
    }

    /// What becomes of the store with one bit flipped.
    fn flipped(&self, at: u64, bit: u8) -> (Outcome, String) {
        let mut left = at;
        let inside = |file: &&(String, u64)| {
            let inside = left < file.1;
            left -= if inside { 0 } else { file.1 };
            inside
        };
        let (name, _) = self.files.iter().find(inside).unwrap();
        let disk = self.disk.copy();
        disk.flip(name, left, bit).unwrap();
        let place = format!("bit {bit} of byte {left} of {name}");
        let outcome = catch_unwind(AssertUnwindSafe(|| self.outcome(&disk)));
        match outcome {
            Ok((outcome, what)) => (outcome, format!("{place}: {what}")),
            Err(_) => {
                let last = PANICKED.replace(Some(None)).flatten();
                let last = last.map(|(panic, trace)| format!("{panic}\n{trace}"));
                (
                    Outcome::Panic,
                    format!("{place}: {}", last.unwrap_or_default()),
                )
            }
        }
    }

    fn outcome(&self, disk: &FaultyDisk) -> (Outcome, String) {
        let refused = |error: Error, outcome| {
            let class = error.class();
            // A bug is a panic or a contradiction behind the facade.
            let named = matches!(class, Class::Corrupt | Class::Environment);
            let wrong = if named {
                outcome
            } else {
                Outcome::SilentlyMissing
            };
            (wrong, format!("{class:?}: {error}"))
        };
        let engine = match self.open(disk) {
            Ok(engine) => engine,
            Err(error) => return refused(error, Outcome::RefusedAtOpen),
        };
        let told = match self.ask(&engine) {
            Ok(told) => told,
            Err(error) => return refused(error, Outcome::RefusedAtRead),
        };
        for (what, before) in &self.told {
            match told.get(what) {
                None => return (Outcome::SilentlyMissing, what.clone()),
                Some(now) if now != before => return (Outcome::SilentlyWrong, what.clone()),
                Some(_) => {}
            }
        }
        if told.len() > self.told.len() {
            return (Outcome::SilentlyWrong, "there is more".to_owned());
        }
        match engine.check() {
            Ok(report) if report.findings.is_empty() => (Outcome::Harmless, String::new()),
            Ok(_) => (Outcome::FoundByCheck, String::new()),
            Err(error) => refused(error, Outcome::RefusedAtRead),
        }
    }
}

fn root(keys: &FaultyDisk) -> RootKey {
    let file = KeyFile::open_on(Arc::new(keys.clone()), "key").unwrap();
    RootKey::Kms(Arc::new(file) as Arc<dyn Kms>)
}

fn holder_request(patient: &Matricule) -> liasse::SessionRequest {
    let mut request = request("holder", "patient", Purpose::Holder);
    request.structure = None;
    request.patient = Some(patient.clone());
    request
}

type Panicked = Option<(String, Backtrace)>;

thread_local! {
    /// Where a thread that expects panics panicked last.
    static PANICKED: RefCell<Option<Panicked>> = const { RefCell::new(None) };
}

/// Has panics of threads that expect them remembered, the others printed as ever.
fn remember_panics() {
    let printed = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let expected = PANICKED.with_borrow_mut(|last| {
            let last = last.as_mut()?;
            last.replace((panic.to_string(), Backtrace::force_capture()));
            Some(())
        });
        if expected.is_none() {
            printed(panic);
        }
    }));
}

#[test]
fn none_of_5000_flipped_bits_is_silent() {
    let nightly = std::env::var_os("LIASSE_NIGHTLY").is_some();
    let flips = if nightly { 50_000 } else { 5_000 };
    let seed = u64::from(std::process::id());
    let ground = Ground::new();
    remember_panics();
    let total: u64 = ground.files.iter().map(|(_, length)| length).sum();
    let next = AtomicU64::new(0);
    let explore = || {
        let mut tally: BTreeMap<Outcome, u64> = BTreeMap::new();
        let mut wrong = Vec::new();
        PANICKED.set(Some(None));
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= flips {
                return (tally, wrong);
            }
            let drawn = vault::digest("flip", &[&seed.to_le_bytes(), &number.to_le_bytes()]);
            let bytes = drawn.as_bytes();
            let at = u64::from_le_bytes(*bytes.first_chunk().unwrap()) % total;
            let (outcome, place) = ground.flipped(at, bytes[8] % 8);
            *tally.entry(outcome).or_default() += 1;
            if outcome >= Outcome::SilentlyWrong {
                wrong.push(place);
            }
        }
    };
    let (mut tally, mut wrong) = (BTreeMap::new(), Vec::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(explore)).collect();
        for thread in threads {
            let (counted, found) = thread.join().unwrap();
            for (outcome, count) in counted {
                *tally.entry(outcome).or_insert(0) += count;
            }
            wrong.extend(found);
        }
    });
    println!("seed {seed}: {tally:?} of {flips} flips over {total} bytes");
    assert!(wrong.is_empty(), "{tally:?}\n{}", wrong.join("\n"));
    let count = |outcome| tally.get(&outcome).copied().unwrap_or(0);
    assert!(count(Outcome::RefusedAtRead) > flips / 50, "{tally:?}");
    assert!(count(Outcome::Harmless) > flips / 50, "{tally:?}");
}
