//! A thief who holds every copy of the store and of its sinks ever made, and every key that
//! still exists.
//!
//! She reads the copies through the rooms, past the facade: no rule holds her. Where a room
//! refuses an older copy she goes around: keys come from the living tree, rows from wherever
//! they lie, and each sealed thing is tried under every key of its kind. Each of her arms counts
//! what it tried and what it found, so that none of them hides behind another's success.

mod arms;
mod clear;
mod hoard;
mod library;

use arms::Arms;
use base::disk::FolderDisk;
use base::{DocumentId, DossierId, DossierNumber, OsEntropy, StoreId};
use hoard::{Hoard, slots};
use index::{
    Access, Code, Expr, Filter, Index, IndexError, IndexOptions, SegmentKeys, WordOptions,
};
use library::Library;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{BodyPlace, Catalog, Counter, DocumentName, Options, Snapshot};
use vault::{DossierKey, KeyTree, Kms, SegmentKey, Slot, UnitKey};

/// What she looks for: whoever finds one of these has learned something of a patient.
#[derive(Clone, Default)]
pub(crate) struct Marks {
    /// The bytes, and what finding them says.
    known: BTreeMap<Vec<u8>, String>,
    lengths: BTreeSet<usize>,
    /// Of each two bytes, whether one of them begins so.
    beginnings: Vec<bool>,
    words: Vec<String>,
}

impl Marks {
    pub(crate) fn new(marks: impl IntoIterator<Item = String>) -> Self {
        let mut new = Self::default();
        for mark in marks {
            new.words.push(mark.clone());
            new.add(mark.clone().into_bytes(), mark);
        }
        new
    }

    /// As these, and the ids that an earlier attack met.
    pub(crate) fn with(&self, ids: &BTreeMap<[u8; 16], String>) -> Self {
        let mut new = self.clone();
        for (id, name) in ids {
            new.add(id.to_vec(), name.clone());
        }
        new
    }

    fn add(&mut self, bytes: Vec<u8>, name: String) {
        self.lengths.insert(bytes.len());
        self.beginnings.resize(1 << 16, false);
        self.beginnings[pair(&bytes)] = true;
        self.known.insert(bytes, name);
    }

    fn scan(&self, plain: &[u8], found: &mut BTreeSet<String>) {
        for at in 0..plain.len().saturating_sub(1) {
            if !self.beginnings[pair(&plain[at..])] {
                continue;
            }
            for length in &self.lengths {
                let window = plain.get(at..at + length);
                found.extend(window.and_then(|window| self.known.get(window)).cloned());
            }
        }
    }
}

/// The first two bytes as a number.
fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// One copy: the store's directory and those of its sinks.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) store: PathBuf,
    pub(crate) sinks: Vec<PathBuf>,
}

/// What one arm did.
#[derive(Default, Debug)]
pub(crate) struct Arm {
    /// Openings that were tried.
    pub(crate) tried: usize,
    /// Those that succeeded.
    pub(crate) opened: usize,
    /// What they told.
    pub(crate) marks: BTreeSet<String>,
}

/// What she came away with.
#[derive(Default)]
pub(crate) struct Loot {
    pub(crate) arms: BTreeMap<String, Arm>,
    /// Where the bodies lie that she read.
    pub(crate) frames: Vec<Frame>,
    /// The ids she met, and whose they are.
    pub(crate) ids: BTreeMap<[u8; 16], String>,
    people: BTreeMap<DossierNumber, String>,
    /// What must tell of nobody, not even of the living: bytes as they lie in files, and the rows
    /// of tables without an arm.
    pub(crate) silent: BTreeMap<String, Arm>,
}

impl Loot {
    /// All that any arm found.
    pub(crate) fn marks(&self) -> BTreeSet<String> {
        { self.arms.values() }
            .flat_map(|arm| arm.marks.iter().cloned())
            .collect()
    }

    fn note(&mut self, dossier: DossierId, of: &str) {
        let name = format!("dossier of {of}");
        self.ids.insert(*dossier.as_bytes(), name);
    }

    fn note_document(&mut self, document: DocumentId, title: &str) {
        let name = format!("document {title}");
        self.ids.insert(*document.as_bytes(), name);
    }
}

/// A body that was read once.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    name: DocumentName,
    place: BodyPlace,
}

/// The keys she can still derive: every slot of the living tree.
struct Keys {
    store: StoreId,
    tree: Arc<KeyTree>,
    rows: Arc<Snapshot>,
    dossiers: Vec<DossierKey>,
    units: Vec<UnitKey>,
}

impl Keys {
    fn living(newest: &Catalog, kms: &dyn Kms) -> Self {
        let rows = newest.snapshot().unwrap();
        let opened = KeyTree::open(&*rows, kms, newest.store()).unwrap();
        let tree = Arc::clone(opened.tree());
        let counters = rows.counters();
        let dossiers = slots(counters, Counter::DossierSlot)
            .map(|slot| tree.dossier_key(&*rows, slot).unwrap())
            .collect();
        let units = slots(counters, Counter::UnitSlot)
            .map(|slot| tree.unit_key(&*rows, slot).unwrap())
            .collect();
        Self {
            store: newest.store(),
            tree,
            rows,
            dossiers,
            units,
        }
    }
}

impl SegmentKeys for Keys {
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError> {
        let key = self.tree.segment_key(&*self.rows, slot);
        key.map_err(|_| IndexError::Key)
    }
}

/// The attack: every copy, the newest last, with what the KMS gives today. `known` is what an
/// earlier attack found out about where bodies lie.
pub(crate) fn attack(copies: &[Taken], kms: &dyn Kms, marks: &Marks, known: &[Frame]) -> Loot {
    let (mut rows, mut pages, mut sinks) = (Hoard::default(), Hoard::default(), Hoard::default());
    let mut clear = clear::Clear::new(marks);
    add_pages(copies, &mut pages, &mut clear);
    let (files, strange) = add_sinks(copies, &mut sinks, &mut clear);
    assert_eq!(strange, 0, "of {files} files of sinks");
    let last = &copies.last().unwrap().store;
    let newest = Catalog::open(last, Options::default()).unwrap();
    let keys = Arc::new(Keys::living(&newest, kms));
    let mut arms = Arms::new(Arc::clone(&keys), kms, marks);
    let mut index_files = Library::new(Arc::clone(&keys));
    let tables = hoard::with_known(sinks.tables());
    for copy in copies {
        let is_older = &copy.store != last;
        let older = is_older.then(|| Catalog::open(&copy.store, Options::default()).unwrap());
        let catalog = older.as_ref().unwrap_or(&newest);
        let snapshot = catalog.snapshot().unwrap();
        rows.add_rows(&tables, &*snapshot, &keys.tree);
        arms.add_bodies(known, catalog);
        index_files.add_copy(&copy.store, &snapshot);
    }
    for (origin, hoard) in [("copies", &rows), ("pages", &pages), ("sinks", &sinks)] {
        arms.rob(origin, hoard, &newest);
    }
    arms.rob_bodies();
    let listed = search(&keys, last, marks, &mut arms.loot);
    index_files.rob(&listed, marks, &mut arms.loot);
    arms.loot.silent.insert("bytes".to_owned(), clear.arm);
    arms.loot
}

/// Reads the pages of all catalogs, before opening one recovers it, and all else that lies there.
fn add_pages(copies: &[Taken], pages: &mut Hoard, clear: &mut clear::Clear<'_>) {
    let mut before = Vec::new();
    for copy in copies {
        let file = std::fs::read(copy.store.join("catalog.redb")).unwrap();
        pages.add_pages(&file, &before);
        before = file;
        clear.read_folder(&copy.store);
    }
}

/// Reads every file of every copy of every sink; how many there were, and how many were none.
fn add_sinks(copies: &[Taken], hoard: &mut Hoard, clear: &mut clear::Clear<'_>) -> (usize, usize) {
    let (mut seen, mut strange) = (BTreeSet::new(), 0);
    for folder in copies.iter().flat_map(|copy| &copy.sinks) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let sink = folder.file_name().unwrap().to_owned();
            let name = path.file_name().unwrap().to_owned();
            // A file that was still being written has no name of its own yet.
            let whole = path.extension().is_none_or(|it| it != "part");
            let whole = whole && name != "SINK";
            if whole && seen.insert((sink, name)) {
                clear.read(&std::fs::read(&path).unwrap(), &[]);
                strange += usize::from(!hoard.add_sink_file(&path));
            }
        }
    }
    (seen.len(), strange)
}

/// Asks the newest index for every word; the slots of the segments it lists.
fn search(keys: &Arc<Keys>, store: &Path, marks: &Marks, loot: &mut Loot) -> BTreeSet<u32> {
    let mut options = IndexOptions::new(keys.store, Arc::new(OsEntropy));
    options.access = Access::Reader;
    let disk = Arc::new(FolderDisk::new(store));
    let index = Index::open(disk, &*keys.rows, Arc::clone(keys) as _, options).unwrap();
    let searcher = index.searcher();
    let arm = loot.arms.entry("terms".to_owned()).or_default();
    for word in &marks.words {
        let author = Code {
            system: query::SYSTEM_AUTHOR,
            code: word,
        };
        let asked = [
            Expr::all_words(word, &WordOptions::default()).unwrap(),
            Expr::code(&author).unwrap(),
        ];
        for asked in &asked {
            arm.tried += 1;
            if searcher.count(asked, Filter::All).unwrap() > 0 {
                arm.opened += 1;
                arm.marks.insert(word.clone());
            }
        }
    }
    let segments = index.segments();
    segments.iter().map(|it| it.slot.number()).collect()
}
