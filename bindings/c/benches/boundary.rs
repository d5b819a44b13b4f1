//! What the C boundary costs: a dossier of fifty documents listed through C and through Rust.
//!
//! Not for: what listing itself costs. Invariant: both lists are of the same documents, and every
//! field of a row is there before it is thrown away.

#![allow(unsafe_code, reason = "calls the functions that C programs call")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use liasse::{Deposit, Engine, Matricule, Options, Purpose, RootKey, SessionRequest, Statuses};
use liasse_c::{OpenOptions, SessionOptions};
use std::ffi::{CString, c_char};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::ptr;
use std::time::{Duration, Instant};

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

/// The same through the functions of the header, called as a program calls them.
struct InC {
    engine: *mut liasse_c::Engine,
    session: *mut liasse_c::Session,
    patient: CString,
}

impl InC {
    fn new(store: &Store) -> Self {
        let text = |path: &Path| CString::new(path.to_str().unwrap()).unwrap();
        let (path, key) = (text(&store.path()), text(&store.root.join("key")));
        // SAFETY: zeroes are a size, NULLs and numbers, as the header says.
        let mut how: OpenOptions = unsafe { std::mem::zeroed() };
        how.struct_size = size_of_val(&how);
        how.key_file = key.as_ptr();
        // SAFETY: as before.
        let mut who: SessionOptions = unsafe { std::mem::zeroed() };
        who.struct_size = size_of_val(&who);
        who.actor = c"doctor".as_ptr();
        who.profession = c"medecin".as_ptr();
        who.purpose = liasse_c::LIASSE_PURPOSE_CARE;
        let (mut engine, mut session) = (ptr::null_mut(), ptr::null_mut());
        let error = ptr::null_mut();
        let (directory, how) = (path.as_ptr(), &raw const how);
        // SAFETY: texts, options and places live during the call.
        let opened =
            unsafe { liasse_c::liasse_engine_open(directory, how, &raw mut engine, error) };
        assert_eq!(opened, 0);
        // SAFETY: as before; the engine was just opened.
        let opened = unsafe {
            liasse_c::liasse_session_open(engine, &raw const who, &raw mut session, error)
        };
        assert_eq!(opened, 0);
        let patient = CString::new(store.patient.clone()).unwrap();
        Self {
            engine,
            session,
            patient,
        }
    }

    fn list(&self) -> usize {
        let entries = black_box(
            liasse_c::liasse_session_entries
                as unsafe extern "C" fn(
                    *const liasse_c::Session,
                    *const c_char,
                    u32,
                    *mut *mut liasse_c::Entries,
                    *mut *mut liasse_c::Error,
                ) -> i32,
        );
        let next = black_box(
            liasse_c::liasse_entries_next
                as unsafe extern "C" fn(
                    *mut liasse_c::Entries,
                    *mut *const liasse_c::EntryView,
                    *mut *mut liasse_c::Error,
                ) -> i32,
        );
        let (mut cursor, mut row) = (ptr::null_mut(), ptr::null());
        let error = ptr::null_mut();
        // SAFETY: the session is open; the text and the place live during the call.
        let code = unsafe {
            entries(
                self.session,
                self.patient.as_ptr(),
                0,
                &raw mut cursor,
                error,
            )
        };
        assert_eq!(code, 0);
        let (mut count, mut bytes) = (0, 0);
        loop {
            // SAFETY: the cursor was just given, and nothing else uses it.
            assert_eq!(unsafe { next(cursor, &raw mut row, error) }, 0);
            // SAFETY: a row is valid until the next step.
            let Some(entry) = (unsafe { row.as_ref() }) else {
                break;
            };
            count += 1;
            bytes += black_box(entry).title.length;
        }
        assert_eq!(count, DOCUMENTS);
        // SAFETY: it is given back once.
        unsafe { liasse_c::liasse_entries_free(cursor) };
        bytes
    }
}

impl Drop for InC {
    fn drop(&mut self) {
        // SAFETY: both are given back once, and nothing uses them any more.
        unsafe { liasse_c::liasse_session_close(self.session) };
        // SAFETY: as before.
        unsafe { liasse_c::liasse_engine_close(self.engine, ptr::null_mut()) };
    }
}

fn boundary(criterion: &mut Criterion) {
    let (one, other) = (Store::new("in-rust"), Store::new("in-c"));
    let (rust, c) = (InRust::new(&one), InC::new(&other));
    assert_eq!(rust.list(), c.list(), "the same documents");
    let mut group = criterion.benchmark_group("listing fifty documents");
    group.bench_function("Rust", |bench| bench.iter(|| rust.list()));
    group.bench_function("C", |bench| bench.iter(|| c.list()));
    group.finish();
    let timed = |list: &dyn Fn() -> usize| {
        let begun = Instant::now();
        for _ in 0..LISTS {
            black_box(list());
        }
        begun.elapsed() / LISTS
    };
    let mut times: Vec<[Duration; 2]> = (0..TURNS)
        .map(|_| [timed(&|| rust.list()), timed(&|| c.list())])
        .collect();
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
    drop((rust.session, rust.engine));
}

criterion_group!(benches, boundary);
criterion_main!(benches);
