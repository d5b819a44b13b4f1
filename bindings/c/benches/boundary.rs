//! What the C boundary costs: a dossier of fifty documents listed by a C program and by Rust.
//!
//! Not for: what listing itself costs. Invariants: both lists are of the same documents; each
//! side takes its own time, so that what they tell one another is not measured.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use liasse::{Deposit, Engine, Matricule, Options, Purpose, RootKey, SessionRequest, Statuses};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

#[path = "../tests/it/workshop.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod workshop;

/// Documents of the dossier.
const DOCUMENTS: usize = 50;
/// How often each side is timed in turn, and how many lists are timed at once.
const TURNS: usize = 400;
const LISTS: u32 = 20;

/// A store with one dossier, and its key, in a folder that is removed at the end.
struct Store {
    root: PathBuf,
    patient: String,
}

impl Store {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("liasse-{name}-{}", std::process::id()));
        std::fs::create_dir(&root).unwrap();
        liasse::new_key_file(&root.join("key")).unwrap();
        let world = specimen::World::new(7);
        let mut of = (0..).filter(|patient| world.documents(*patient).len() >= DOCUMENTS);
        let dossier = world.dossier(of.next().unwrap());
        let store = Self {
            root,
            patient: dossier.patient.matricule.clone(),
        };
        let engine = Engine::create(&store.path(), store.key(), Options::default()).unwrap();
        let session = engine.session(request()).unwrap();
        for document in dossier.documents.iter().take(DOCUMENTS) {
            let mut document = document.clone();
            document.replaces = None;
            let text = document.cda();
            session
                .deposit(&Deposit::new(text.as_bytes()).opening())
                .unwrap();
        }
        drop(session);
        engine.close().unwrap();
        store
    }

    fn path(&self) -> PathBuf {
        self.root.join("store")
    }

    fn key(&self) -> RootKey {
        RootKey::File(self.root.join("key"))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn request() -> SessionRequest {
    SessionRequest {
        actor: "doctor".to_owned(),
        profession: "medecin".to_owned(),
        speciality: None,
        structure: None,
        purpose: Purpose::Care,
        patient: None,
        secret: false,
    }
}

/// Lists by Rust; how many bytes the titles have.
struct InRust {
    engine: Engine,
    session: liasse::Session,
    patient: Matricule,
}

impl InRust {
    fn new(store: &Store) -> Self {
        let engine = Engine::open(&store.path(), store.key(), Options::default()).unwrap();
        let session = engine.session(request()).unwrap();
        let patient = store.patient.parse().unwrap();
        Self {
            engine,
            session,
            patient,
        }
    }

    fn list(&self) -> usize {
        let entries = self
            .session
            .entries(&self.patient, Statuses::Approved)
            .unwrap();
        assert_eq!(entries.len(), DOCUMENTS);
        entries
            .iter()
            .map(|entry| black_box(entry).title.len())
            .sum()
    }
}

/// The same by a program in C, which takes its own time.
struct InC {
    program: Child,
    asks: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl InC {
    fn new(store: &Store) -> Self {
        let path = store.root.join("boundary");
        let source = workshop::home().join("benches/boundary.c");
        workshop::compile(&source, &path, &[Path::new("-O2")]);
        let mut command = Command::new(path);
        command.arg(&store.root).arg(&store.patient);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let asks = program.stdin.take().unwrap();
        let answers = BufReader::new(program.stdout.take().unwrap()).lines();
        Self {
            program,
            asks,
            answers,
        }
    }

    /// How long so many lists took, and how many bytes the titles of one have.
    fn lists(&mut self, wanted: u64) -> (Duration, usize) {
        writeln!(self.asks, "{wanted}").unwrap();
        let line = self.answers.next().unwrap().unwrap();
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let took = Duration::from_nanos(word().parse().unwrap());
        assert_eq!(word().parse(), Ok(DOCUMENTS), "as many as by Rust");
        (took, word().parse().unwrap())
    }

    fn end(self) {
        let Self {
            mut program, asks, ..
        } = self;
        drop(asks);
        assert!(program.wait().unwrap().success());
    }
}

fn boundary(criterion: &mut Criterion) {
    let (one, other) = (Store::new("in-rust"), Store::new("in-c"));
    let (rust, mut c) = (InRust::new(&one), InC::new(&other));
    assert_eq!(rust.list(), c.lists(1).1, "the same documents");
    let mut group = criterion.benchmark_group("listing fifty documents");
    group.bench_function("Rust", |bench| bench.iter(|| rust.list()));
    group.bench_function("C", |bench| bench.iter_custom(|wanted| c.lists(wanted).0));
    group.finish();
    let mut turn = || {
        let begun = Instant::now();
        for _ in 0..LISTS {
            black_box(rust.list());
        }
        [begun.elapsed(), c.lists(LISTS.into()).0].map(|took| took / LISTS)
    };
    let mut times: Vec<[Duration; 2]> = (0..TURNS).map(|_| turn()).collect();
    let least = [0, 1].map(|side| times.iter().map(|turn| turn[side]).min().unwrap());
    times.sort_by_key(|turn| turn[1].as_nanos() * 1000 / turn[0].as_nanos());
    let [rust_least, c_least] = least.map(|least| least.as_secs_f64() * 1e6);
    let middle = times[TURNS / 2].map(|time| time.as_secs_f64());
    println!(
        "in turns: Rust {rust_least:.2} us, C {c_least:.2} us, least of {TURNS}: {:.3}; median of \
         the turns' ratios {:.3}",
        c_least / rust_least,
        middle[1] / middle[0]
    );
    c.end();
    drop((rust.session, rust.engine));
}

criterion_group!(benches, boundary);
criterion_main!(benches);
