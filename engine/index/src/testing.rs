//! What the tests of this room share: keys, a folder, documents.

use crate::analysis::{Analysed, Code, DocumentText};
use crate::directory::{FOLDER, SegmentKeys};
use crate::error::IndexError;
use crate::index::{Index, IndexOptions};
use crate::search::{Filter, Scores};
use crate::{Expr, Searcher};
use base::disk::{Disk, FolderDisk};
use base::rows::MapRows;
use base::{
    CommitSeq, DocumentNumber, DossierNumber, Instant, Ordinal, OsEntropy, SeededEntropy, StoreId,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use vault::{KeyFile, KeyTree, SegmentKey, Slot};

pub(crate) const STORE: StoreId = StoreId::from_bytes([9; 16]);

/// A directory of one test, removed when it ends.
pub(crate) struct Scratch {
    directory: PathBuf,
}

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let unique = format!("liasse-index-{name}-{}", std::process::id());
        let directory = std::env::temp_dir().join(unique);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.directory
    }

    /// The directory as the disk of a store, with the folder of its index.
    pub(crate) fn disk(&self) -> Arc<dyn Disk> {
        let disk = FolderDisk::new(&self.directory);
        disk.create_folder(FOLDER).unwrap();
        Arc::new(disk)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// One key tree for all tests of the process: making one costs two key slots of disk.
pub(crate) struct Keys {
    tree: Arc<KeyTree>,
    rows: MapRows,
}

impl Keys {
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Keys>> = OnceLock::new();
        Arc::clone(SHARED.get_or_init(|| {
            let scratch = Scratch::new("keys");
            let kms = KeyFile::create(&scratch.path().join("key"), &OsEntropy).unwrap();
            let mut rows = MapRows::new();
            let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy).unwrap();
            Arc::new(Self { tree, rows })
        }))
    }
}

impl SegmentKeys for Keys {
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError> {
        self.tree
            .segment_key(&self.rows, slot)
            .map_err(|_| IndexError::Key)
    }
}

pub(crate) fn slot(number: u32) -> Slot {
    Slot::new(number).unwrap()
}

pub(crate) fn ordinal(dossier: u64, document: u32) -> Ordinal {
    let dossier = DossierNumber::new(dossier).unwrap();
    dossier.ordinal(DocumentNumber::new(document).unwrap())
}

pub(crate) fn document(ordinal: Ordinal, commit: u64, body: &str) -> Analysed {
    Analysed::new(&DocumentText {
        ordinal,
        commit: CommitSeq::new(commit),
        title: "Compte rendu",
        body,
        codes: &[Code {
            system: "CIM-10",
            code: "K35.8",
        }],
        date: Some(Instant::from_millis(1_000 * i64::try_from(commit).unwrap())),
    })
    .unwrap()
}

/// An index over a scratch folder and rows in memory.
pub(crate) struct Fixture {
    pub(crate) scratch: Scratch,
    pub(crate) rows: MapRows,
    pub(crate) index: Index,
    next_slot: u32,
}

impl Fixture {
    pub(crate) fn new(name: &str) -> Self {
        let scratch = Scratch::new(name);
        let rows = MapRows::new();
        let index = open(&scratch, &rows).unwrap();
        Self {
            scratch,
            rows,
            index,
            next_slot: 1,
        }
    }

    pub(crate) fn slots(&mut self, count: usize) -> Vec<Slot> {
        let first = self.next_slot;
        self.next_slot += u32::try_from(count).unwrap();
        (first..self.next_slot).map(slot).collect()
    }

    /// Flushes the tail as the engine does: write, record, publish.
    pub(crate) fn flush(&mut self) {
        let slots = self.slots(1);
        if let Some(work) = self.index.flush(slots[0]).unwrap() {
            work.record(&mut self.rows).unwrap();
            self.index.publish(work).unwrap();
        }
    }

    pub(crate) fn reopen(&mut self) {
        self.index = open(&self.scratch, &self.rows).unwrap();
    }
}

pub(crate) fn open(scratch: &Scratch, rows: &MapRows) -> Result<Index, IndexError> {
    let options = IndexOptions::new(STORE, Arc::new(SeededEntropy::new(7)));
    Index::open(scratch.disk(), rows, Keys::shared(), options)
}

/// The hits of a search, by ordinal.
pub(crate) fn hits(searcher: &Searcher, expr: &Expr, filter: Filter<'_>) -> BTreeMap<Ordinal, u64> {
    let mut hits = BTreeMap::new();
    searcher
        .search(expr, filter, Scores::Wanted, &mut |ordinal, score| {
            assert!(
                hits.insert(ordinal, score).is_none(),
                "a document answers once"
            );
            ControlFlow::Continue(())
        })
        .unwrap();
    hits
}
