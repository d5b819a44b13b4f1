//! How fast a store is audited, an access is proved, and traces become durable.
//!
//! `cargo bench -p liasse-audit --bench rates -- --quick`. `LIASSE_BENCH_DOCUMENTS` says how many
//! specimen documents the store has (2,000); `LIASSE_BENCH_FOLDER` where it lies, else among the
//! system's temporary files. With `LIASSE_BENCH_KEEP` the store is made once in that folder and
//! stays, for `liasse-audit check` over many documents. Audits are counted in bytes of the store
//! that they checked, with opening it. Not for: what a host waits for, which `benches/own` says.
//! Invariant: what is measured is checked once before it is measured.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use base::{AuditHandle, DossierId, Instant, OsEntropy, Purpose, SessionId, StoreId};
use criterion::{Criterion, Throughput};
use journal::{Act, Agent, Decision, Draft, Log, Origin, Prover, Secrecy, Trace, TraceSeal, Verb};
use liasse::{
    AuditReport, AuditRequest, Auditor, Deposit, Depth, Engine, Notebook, RootKey, Session,
    SessionRequest, Verdict,
};
use std::collections::VecDeque;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Catalog, Spending};
use vault::{EntryKey, KeyFile, KeyTree, Slot};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5))
        .sample_size(10)
        .configure_from_args();
    let folder = Folder::new();
    let kept = std::env::var_os("LIASSE_BENCH_KEEP").map(PathBuf::from);
    audits(&mut criterion, kept.as_deref().unwrap_or(&folder.0));
    appends(&mut criterion, &folder.0);
    criterion.final_summary();
}

/// Whole audits at each depth, and the proof of one entry.
fn audits(criterion: &mut Criterion, folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let key = fill(folder);
    let store = folder.join("store");
    let notebook = notebook(folder, &open(&store, Depth::AuditKeys, &key));
    let mut group = criterion.benchmark_group("audit");
    for (name, depth) in [
        ("keyless", Depth::Keyless),
        ("audit keys", Depth::AuditKeys),
        ("full", Depth::Full),
    ] {
        let report = audit(&store, depth, (&key, &notebook));
        assert_eq!(report.verdict(), Verdict::Clean, "{:?}", report.findings);
        println!(
            "{name}: {} bytes, {} entries",
            report.bytes, report.log.size
        );
        group.throughput(Throughput::Bytes(report.bytes));
        group.bench_function(name, |bench| {
            bench.iter(|| black_box(audit(&store, depth, (&key, &notebook))));
        });
    }
    group.finish();
    let auditor = open(&store, Depth::AuditKeys, &key);
    let (checkpoint, verifier) = auditor.checkpoint().expect("a checkpoint");
    let signed = Some((checkpoint.as_str(), verifier.as_str()));
    let mut group = criterion.benchmark_group("one access");
    group.bench_function("prove, with its trace and a checkpoint at hand", |bench| {
        bench.iter(|| black_box(auditor.prove(3, signed).expect("a proof")));
    });
    let keyless = open(&store, Depth::Keyless, &key);
    let mut index = 0;
    group.bench_function(
        "prove any of the first thousand, sealed as it is",
        |bench| {
            bench.iter(|| {
                index = (index + 389) % 1_000;
                black_box(keyless.prove(index, signed).expect("a proof"));
            });
        },
    );
    let proved = auditor.prove(3, signed).expect("a proof");
    group.bench_function("check without the store", |bench| {
        bench.iter(|| {
            let facts = liasse::check_proof(&proved.proof, &proved.entry, &proved.key);
            black_box(facts.expect("it holds"));
        });
    });
    group.finish();
}

/// Sealed traces, in groups of one durable commit each; then the path of one in a log of so many.
fn appends(criterion: &mut Criterion, folder: &Path) {
    let mut ground = Ground::make(&folder.join("log"));
    let mut group = criterion.benchmark_group("append, durable");
    for count in [1, 100, 1_000] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("{count} traces in a group"), |bench| {
            bench.iter(|| ground.append(count));
        });
    }
    group.finish();
    for _ in 0..MANY {
        ground.append(10_000);
    }
    let rows = ground.catalog.snapshot().expect("a snapshot");
    let (prover, mut index) = (Prover::new(ground.log.clone()), 0);
    let size = prover.log().size();
    let name = format!("one access/inclusion in {size} entries");
    criterion.bench_function(&name, |bench| {
        bench.iter(|| {
            index = (index + 7_919) % size;
            let proof = prover.prove_inclusion(&*rows, index, size);
            black_box(proof.expect("a proof"));
        });
    });
}

fn open(store: &Path, depth: Depth, key: &RootKey) -> Auditor {
    let root = (depth > Depth::Keyless).then_some(key);
    Auditor::open(store, depth, root, &liasse::Options::default()).expect("it opens")
}

/// The log's key, without which a keyless audit leaves its signature out.
fn notebook(folder: &Path, auditor: &Auditor) -> Notebook {
    let folder = folder.join("notebook");
    std::fs::create_dir_all(&folder).expect("a folder");
    let (_, verifier) = auditor.checkpoint().expect("a checkpoint");
    std::fs::write(folder.join("key"), verifier).expect("a file");
    Notebook::open(&folder).expect("a notebook").0
}

fn audit(store: &Path, depth: Depth, (key, notebook): (&RootKey, &Notebook)) -> AuditReport {
    let auditor = open(store, depth, key);
    let mut request = AuditRequest::default();
    request.notebook = Some(notebook);
    let report = auditor.audit(request, &mut |_| ControlFlow::Continue(()));
    report.expect("a report")
}

/// A store with so many documents of specimen patients, unless it is there already.
fn fill(folder: &Path) -> RootKey {
    let path = folder.join("root.key");
    let key = RootKey::File(path.clone());
    if folder.join("store").exists() {
        return key;
    }
    liasse::new_key_file(&path).expect("a key file");
    let asked = std::env::var("LIASSE_BENCH_DOCUMENTS");
    let count = asked.map_or(2_000, |count| count.parse().expect("a number"));
    let options = liasse::Options::default();
    let engine = Engine::create(&folder.join("store"), key, options).expect("a store");
    let session = care(&engine);
    let world = specimen::World::new(SEED);
    let mut papers = (0..)
        .flat_map(|patient| world.documents(patient))
        .take(count);
    let mut waiting = VecDeque::new();
    loop {
        while waiting.len() < IN_FLIGHT
            && let Some(paper) = papers.next()
        {
            let bytes = paper.json().to_string().into_bytes();
            let deposit = Deposit::new(&bytes).opening();
            waiting.push_back(session.begin_deposit(&deposit).expect("it is taken"));
        }
        let Some(ticket) = waiting.pop_front() else {
            break;
        };
        ticket.wait().expect("it is kept");
    }
    drop(session);
    engine.close().expect("closed");
    RootKey::File(path)
}

fn care(engine: &Engine) -> Session {
    let request = SessionRequest {
        actor: "899700000001".to_owned(),
        profession: "medecin".to_owned(),
        speciality: None,
        structure: Some("750000001".to_owned()),
        purpose: Purpose::Care,
        patient: None,
        secret: false,
    };
    engine.session(request).expect("a session")
}

/// A log in a catalog on the disk, and the keys of one patient's traces.
struct Ground {
    catalog: Catalog,
    log: Log,
    key: EntryKey,
    count: u64,
}

impl Ground {
    fn make(folder: &Path) -> Self {
        std::fs::create_dir(folder).expect("a folder");
        let kms = KeyFile::create(&folder.join("key"), &OsEntropy).expect("a key file");
        let options = store::Options::default();
        let catalog = Catalog::create(&folder.join("store"), STORE, NOW, options);
        let catalog = catalog.expect("a catalog");
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).expect("begun");
        let tree = KeyTree::create(&mut transaction, &kms, STORE, &OsEntropy).expect("a tree");
        let log = Log::create(&mut transaction, Origin::of_store(STORE, 0)).expect("a log");
        let audit = |slot| {
            let slot = Slot::new(slot).expect("a slot");
            let key = tree.audit_key(&transaction, slot);
            key.expect("an audit key")
        };
        let key = audit(1).entry_key(&audit(2));
        transaction.commit().expect("committed");
        let mut ground = Self {
            catalog,
            log,
            key,
            count: 0,
        };
        ground.append(10);
        assert_eq!(ground.log.size(), 10);
        let rows = ground.catalog.snapshot().expect("a snapshot");
        let entry = ground.log.entry(&*rows, 9).expect("an entry");
        assert!(entry.open_trace(STORE, &ground.key).is_ok());
        ground
    }

    fn append(&mut self, count: u64) {
        let drafts = (0..count).map(|_| self.draft()).collect();
        let mut transaction = self.catalog.begin(Spending::Ordinary, NOW).expect("begun");
        let appended = self.log.append(&mut transaction, drafts).expect("appended");
        transaction.commit().expect("committed");
        drop(black_box(appended));
    }

    /// One of a thousand dossiers is read.
    fn draft(&mut self) -> Draft {
        self.count += 1;
        let mut handle = [7; 16];
        handle[..2].copy_from_slice(&((self.count % 1_000) as u16).to_le_bytes());
        let seal = TraceSeal {
            store: STORE,
            handle: AuditHandle::from_bytes(handle),
            key: &self.key,
            entropy: &OsEntropy,
        };
        let trace = Trace {
            at: NOW,
            dossier: Some(DossierId::from_bytes(handle)),
            agent: Agent {
                actor: "899700000001".to_owned(),
                profession: "medecin".to_owned(),
                speciality: String::new(),
                structure: "750000001".to_owned(),
                purpose: Purpose::Care,
                session: SessionId::from_bytes([3; 16]),
                secrecy: Secrecy::Open,
            },
            decision: Decision::Permit,
            pack: "dmp-2011/1".to_owned(),
            act: Act::Accessed {
                verb: Verb::Entries,
                documents: Vec::new(),
            },
        };
        Draft::trace(&seal, &trace, None).expect("sealed")
    }
}

/// A folder, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let parent = std::env::var_os("LIASSE_BENCH_FOLDER");
        let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
        let path = parent.join(format!("liasse-rates-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const STORE: StoreId = StoreId::from_bytes([7; 16]);
const NOW: Instant = Instant::from_millis(1_790_000_000_000);
/// How often ten thousand traces are appended before one is proved.
const MANY: u64 = 20;
const IN_FLIGHT: usize = 100;
const SEED: u64 = 11;
