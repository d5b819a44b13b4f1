//! How fast a segment is written anew without what was erased.
//!
//! `cargo bench -p liasse-index --bench rewrite`. One segment of 20,000 specimen documents on the
//! disk; one dossier of it goes. Each turn reads, writes and syncs the whole segment, then takes
//! its files away again. Not for: the rotation around it, which `store`'s bench `erase` measures.
//! Invariant: what is measured is checked once before it is measured.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use base::disk::{Disk, FolderDisk};
use base::rows::MapRows;
use base::{CommitSeq, DocumentNumber, DossierNumber, OsEntropy, StoreId};
use criterion::{Criterion, Throughput};
use index::{
    Analysed, Code, DocumentText, Forget, Index, IndexError, IndexOptions, RewritePlan, SegmentKeys,
};
use specimen::World;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use vault::{KeyFile, KeyTree, SegmentKey, Slot};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(10))
        .sample_size(10)
        .configure_from_args();
    let folder = Folder::new();
    let ground = Ground::make(&folder);
    let mut group = criterion.benchmark_group("rewrite");
    group.throughput(Throughput::Elements(u64::from(ground.documents)));
    group.bench_function("without one dossier", |bench| {
        bench.iter(|| ground.rewrite());
    });
    group.finish();
    criterion.final_summary();
}

/// An index of one segment, and the work that takes a dossier out of it.
struct Ground {
    index: Index,
    plan: RewritePlan,
    documents: u32,
}

struct Keys {
    tree: Arc<KeyTree>,
    rows: MapRows,
}

impl SegmentKeys for Keys {
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError> {
        let key = self.tree.segment_key(&self.rows, slot);
        key.map_err(|_| IndexError::Key)
    }
}

impl Ground {
    fn make(folder: &Folder) -> Self {
        let kms = KeyFile::create(&folder.0.join("key"), &OsEntropy).expect("a key file");
        let mut rows = MapRows::new();
        let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy).expect("a tree");
        let keys = Keys { tree, rows };
        let disk = FolderDisk::new(&folder.0);
        disk.create_folder("index").expect("a folder");
        let mut rows = MapRows::new();
        let options = IndexOptions::new(STORE, Arc::new(OsEntropy));
        let index = Index::open(Arc::new(disk), &rows, Arc::new(keys), options);
        let index = index.expect("an index");
        index.append(analysed());
        let work = index.flush(slot(0)).expect("flushed").expect("a segment");
        work.record(&mut rows).expect("recorded");
        index.publish(work).expect("published");
        let segments = index.segments();
        let [segment] = &segments[..] else {
            unreachable!("one flush makes one segment");
        };
        let (documents, bytes) = (segment.documents, segment.bytes);
        println!("{documents} documents, {bytes} bytes");
        let forget = Forget {
            dossiers: [dossier(FORGOTTEN)].into_iter().collect(),
            ..Forget::default()
        };
        let mut plans = index.plan_forgetting(&forget);
        assert_eq!(plans.len(), 1, "the segment holds the dossier");
        let plan = plans.remove(0);
        Self {
            index,
            plan,
            documents,
        }
    }

    fn rewrite(&self) {
        let work = self.index.rewrite(&self.plan, &[slot(1)]);
        work.expect("rewritten").abandon().expect("removed");
    }
}

/// Documents of as many specimen dossiers as it takes.
fn analysed() -> Vec<Analysed> {
    let world = World::new(7);
    let mut analysed = Vec::with_capacity(DOCUMENTS);
    for patient in 0.. {
        for (number, document) in (0..).zip(world.documents(patient)) {
            let number = DocumentNumber::new(number).expect("few documents");
            let text = DocumentText {
                ordinal: dossier(patient).ordinal(number),
                commit: CommitSeq::new(patient + 1),
                title: &document.title,
                body: &document.text(),
                codes: &[Code {
                    system: "type",
                    code: document.type_code,
                }],
                date: Some(document.creation),
            };
            analysed.push(Analysed::new(&text).expect("analysed"));
        }
        if analysed.len() >= DOCUMENTS {
            break;
        }
    }
    analysed
}

fn dossier(number: u64) -> DossierNumber {
    DossierNumber::new(number).expect("few dossiers")
}

fn slot(number: u32) -> Slot {
    Slot::new(number).expect("few slots")
}

/// A folder below cargo's, removed with all it holds: the memory file systems that a temporary
/// folder may lie in do not sync.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let own = format!("liasse-bench-rewrite-{}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(own);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const STORE: StoreId = StoreId::from_bytes([7; 16]);
const DOCUMENTS: usize = 20_000;
/// A dossier that has documents.
const FORGOTTEN: u64 = 1;
