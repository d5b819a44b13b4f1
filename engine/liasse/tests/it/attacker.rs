//! A thief who holds every copy of the store ever made and every key that still exists.
//!
//! She reads the copies through the rooms, past the facade: no rule holds her. Where a room
//! refuses an older copy she goes around: keys come from the living tree, rows from the copies,
//! and each sealed thing is tried under every key that can be derived.

use base::disk::FolderDisk;
use base::{Digest, DossierNumber, OsEntropy, RowRead, StoreId, Table};
use index::{
    Access, Code, Expr, Filter, Index, IndexError, IndexOptions, SegmentKeys, WordOptions,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{
    BodyPlace, Catalog, DocumentName, DossierSeal, Listing, Options, SealedHead, Snapshot,
    StoredBody, open_body, open_text,
};
use vault::{DossierKey, FILE_HEADER_BYTES, KeyTree, Kms, Place, SegmentKey, Slot, TreeError};

/// What she looks for: whoever finds one of these has learned something of a patient.
pub(crate) struct Marks {
    known: BTreeSet<Vec<u8>>,
    lengths: BTreeSet<usize>,
}

impl Marks {
    pub(crate) fn new(marks: impl IntoIterator<Item = String>) -> Self {
        let known: BTreeSet<Vec<u8>> = marks.into_iter().map(String::into_bytes).collect();
        let lengths = known.iter().map(Vec::len).collect();
        Self { known, lengths }
    }

    fn scan(&self, plain: &[u8], loot: &mut BTreeSet<String>) {
        for length in &self.lengths {
            for window in plain.windows(*length) {
                if matches!(window[0], b'q' | b'1' | b'w') && self.known.contains(window) {
                    loot.insert(String::from_utf8(window.to_vec()).unwrap());
                }
            }
        }
    }
}

/// The keys she can still derive.
struct Keys {
    store: StoreId,
    tree: Arc<KeyTree>,
    rows: Arc<Snapshot>,
}

impl Keys {
    fn dossier(&self, slot: u32) -> Option<DossierKey> {
        self.tree
            .dossier_key(&*self.rows, Slot::new(slot).ok()?)
            .ok()
    }
}

impl SegmentKeys for Keys {
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError> {
        let key = self.tree.segment_key(&*self.rows, slot);
        key.map_err(|_| IndexError::Key)
    }
}

/// What she came away with, and how much she tried.
#[derive(Default)]
pub(crate) struct Loot {
    pub(crate) marks: BTreeSet<String>,
    /// Rows, bodies, words and files tried.
    pub(crate) tried: usize,
    /// Those that opened.
    pub(crate) opened: usize,
    /// Copies whose own key tree opened.
    pub(crate) trees: usize,
    /// Where the bodies lie that she read.
    pub(crate) frames: Vec<Frame>,
}

/// A body that an earlier attack read.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    name: DocumentName,
    place: BodyPlace,
}

/// The attack: every copy of the store, the newest last, with what the KMS gives today.
/// `known` is what an earlier attack found out about where bodies lie.
pub(crate) fn attack(copies: &[PathBuf], kms: &dyn Kms, marks: &Marks, known: &[Frame]) -> Loot {
    let newest = Catalog::open(copies.last().unwrap(), Options::default()).unwrap();
    let rows = newest.snapshot().unwrap();
    let opened = KeyTree::open(&*rows, kms, newest.store()).unwrap();
    let keys = Arc::new(Keys {
        store: newest.store(),
        tree: Arc::clone(opened.tree()),
        rows,
    });
    drop(opened);
    let mut thief = Thief {
        keys,
        marks,
        loot: Loot::default(),
        seen: BTreeSet::new(),
        bodies: Vec::new(),
        closed: BTreeSet::new(),
        every: Vec::new(),
    };
    let dossiers = thief.keys.rows.counters().dossiers();
    let slots = 0..u32::try_from(dossiers).unwrap();
    thief.every = slots.filter_map(|slot| thief.keys.dossier(slot)).collect();
    let (last, older) = copies.split_last().unwrap();
    for copy in older {
        let catalog = Catalog::open(copy, Options::default()).unwrap();
        thief.rob(&catalog, copy, kms);
    }
    thief.rob(&newest, last, kms);
    thief.try_bodies(&newest, known);
    thief.search(last);
    thief.loot
}

struct Thief<'a> {
    keys: Arc<Keys>,
    marks: &'a Marks,
    loot: Loot,
    seen: BTreeSet<Digest>,
    bodies: Vec<StoredBody>,
    every: Vec<DossierKey>,
    /// Dossiers with a head that the key of its slot did not open.
    closed: BTreeSet<DossierNumber>,
}

impl Thief<'_> {
    fn rob(&mut self, catalog: &Catalog, folder: &Path, kms: &dyn Kms) {
        let rows = catalog.snapshot().unwrap();
        match KeyTree::open(&*rows, kms, self.keys.store) {
            Ok(_) => self.loot.trees += 1,
            Err(TreeError::OlderCopy { .. } | TreeError::OlderKey { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        self.rob_heads(catalog, &rows);
        for table in ["units", "kept_words"] {
            self.rob_rows(&rows, Table::new(table));
        }
        self.rob_journal(&rows);
        self.rob_index(folder);
    }

    /// Whether this was not tried before.
    fn is_new(&mut self, what: &'static str, parts: &[&[u8]]) -> bool {
        let new = self.seen.insert(vault::digest(what, parts));
        self.loot.tried += usize::from(new);
        new
    }

    fn rob_heads(&mut self, catalog: &Catalog, rows: &Arc<Snapshot>) {
        for number in 0..rows.counters().dossiers() {
            let number = DossierNumber::new(number).unwrap();
            let Some(sealed) = SealedHead::read(&**rows, number).unwrap() else {
                continue;
            };
            if !self.is_new("head", &[sealed.digest().as_bytes()]) {
                continue;
            }
            let slot = sealed.slot();
            let mut keys: Vec<_> = self.keys.dossier(slot).into_iter().collect();
            // The living tree over the copy's own nodes: nothing should come of it.
            let crossed = self
                .keys
                .tree
                .dossier_key(&**rows, Slot::new(slot).unwrap());
            keys.extend(crossed.ok());
            let opened = keys.iter().find_map(|key| self.open(rows, number, key));
            if let (Some(listing), Some(key)) = (opened, keys.first()) {
                self.read(catalog, rows, &listing, key);
            } else if self.closed.insert(number) {
                self.try_all_keys(rows, number);
            }
        }
    }

    /// A head that its own slot's key did not open, under every other key.
    fn try_all_keys(&mut self, rows: &Snapshot, number: DossierNumber) {
        for key in &self.every {
            self.loot.tried += 1;
            let opened = self.open(rows, number, key);
            assert!(opened.is_none(), "a foreign key opens a head");
        }
    }

    fn open(&self, rows: &Snapshot, number: DossierNumber, key: &DossierKey) -> Option<Listing> {
        let store = self.keys.store;
        let sealed = SealedHead::read(rows, number).unwrap()?;
        sealed.open(rows, DossierSeal { store, key }).ok()
    }

    /// Reads all that an opened head leads to.
    fn read(&mut self, catalog: &Catalog, rows: &Snapshot, listing: &Listing, key: &DossierKey) {
        self.loot.opened += 1;
        let store = self.keys.store;
        let dossier = listing.dossier().unwrap();
        for alias in dossier.aliases() {
            self.scan(alias.matricule().as_bytes());
        }
        for entry in listing.entries() {
            self.scan(entry.title().as_bytes());
            for author in entry.authors() {
                self.scan(author.id().as_bytes());
            }
            let seal = DossierSeal { store, key };
            let stored = listing.body(rows, seal, entry.number());
            let Ok(Some(stored)) = stored else { continue };
            let name = DocumentName {
                store,
                dossier: dossier.id(),
                document: entry.document(),
            };
            if self.is_new("body", &[entry.document().as_bytes()]) {
                let (body, text) = frame_of(catalog, stored.place);
                let packing = stored.place.packing();
                if let Ok(body) = open_body(name, &stored.key, packing, &body) {
                    self.loot.opened += 1;
                    self.scan(&body);
                }
                if let Ok(text) = open_text(name, &stored.key, packing, &text) {
                    self.scan(text.as_bytes());
                }
                let place = stored.place;
                self.loot.frames.push(Frame { name, place });
                self.bodies.push(stored);
            }
        }
    }

    /// Rows whose clear header names the slot of a unit, or whose key names a dossier.
    fn rob_rows(&mut self, rows: &Snapshot, table: Table) {
        let mut found = Vec::new();
        rows.visit(table, &[], &[0xff; 32], &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
        for (key, value) in found {
            if !self.is_new(table.name(), &[&key, &value]) {
                continue;
            }
            let plain = if table == Table::new("units") {
                let slot = u32::from_le_bytes(*value[4..].first_chunk().unwrap());
                let unit = self
                    .keys
                    .tree
                    .unit_key(&*self.keys.rows, Slot::new(slot).unwrap());
                let place = [&key[..], &value[..16]].concat();
                let place = place_of(self.keys.store, table, &place, 0);
                unit.ok()
                    .and_then(|unit| unit.open(&place, &value[16..]).ok())
            } else {
                let place = place_of(self.keys.store, table, &key, 1);
                let slots = 0..u32::try_from(rows.counters().dossiers()).unwrap();
                let keys = Arc::clone(&self.keys);
                let mut opened =
                    slots.filter_map(|slot| keys.dossier(slot)?.open(&place, &value).ok());
                opened.next()
            };
            if let Some(plain) = plain {
                self.loot.opened += 1;
                self.scan(&plain);
            }
        }
    }

    /// Words of traces, sealed under the patients' data keys; the traces themselves stay.
    fn rob_journal(&mut self, rows: &Snapshot) {
        let log = journal::Log::open(rows).unwrap();
        let mut worded = Vec::new();
        log.entries(rows, 0..log.size(), &mut |_, entry| {
            if entry.sealed_words().is_some() {
                worded.push(entry);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        for entry in worded {
            if !self.is_new("words", &[entry.bytes()]) {
                continue;
            }
            for slot in 0..u32::try_from(rows.counters().dossiers()).unwrap() {
                let key = self.keys.dossier(slot);
                let words = key.and_then(|key| entry.open_words(self.keys.store, &key).ok());
                if let Some(words) = words {
                    self.loot.opened += 1;
                    self.scan(words.query.as_bytes());
                    self.scan(words.motive.as_bytes());
                }
            }
        }
    }

    /// Each file of the index under the living key of its slot. One that opens must be of a
    /// segment that the newest manifest lists: its words are searched there.
    fn rob_index(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder.join("index")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            let Some(header) = bytes.first_chunk::<FILE_HEADER_BYTES>() else {
                continue;
            };
            if !self.is_new("index", &[name.as_bytes(), header]) {
                continue;
            }
            let slot = u32::from_str_radix(name.split('.').next().unwrap(), 16).unwrap();
            let key = self.keys.key(Slot::new(slot).unwrap()).unwrap();
            if key.open_file(&name, header).is_ok() {
                self.loot.opened += 1;
                self.loot.marks.insert(format!("segment {slot}"));
            }
        }
    }

    /// Bodies that an earlier attack found, under every body key that is left.
    fn try_bodies(&mut self, newest: &Catalog, known: &[Frame]) {
        let read: BTreeSet<_> = self
            .loot
            .frames
            .iter()
            .map(|frame| frame.name.document)
            .collect();
        for frame in known
            .iter()
            .filter(|frame| !read.contains(&frame.name.document))
        {
            let (body, _) = frame_of(newest, frame.place);
            let packing = frame.place.packing();
            for stored in &self.bodies {
                self.loot.tried += 1;
                let opened = open_body(frame.name, &stored.key, packing, &body);
                assert!(opened.is_err(), "a foreign key opens a body");
            }
        }
    }

    /// Asks the newest index for every word, and for each segment it lists.
    fn search(&mut self, folder: &Path) {
        let options = {
            let mut options = IndexOptions::new(self.keys.store, Arc::new(OsEntropy));
            options.access = Access::Reader;
            options
        };
        let keys = Arc::clone(&self.keys);
        let disk = Arc::new(FolderDisk::new(folder));
        let index = Index::open(disk, &*keys.rows, Arc::clone(&keys) as _, options).unwrap();
        for segment in index.segments() {
            self.loot
                .marks
                .remove(&format!("segment {}", segment.slot.number()));
        }
        let searcher = index.searcher();
        for mark in &self.marks.known {
            let word = std::str::from_utf8(mark).unwrap();
            let author = Code {
                system: query::SYSTEM_AUTHOR,
                code: word,
            };
            let asked = [
                Expr::all_words(word, &WordOptions::default()).unwrap(),
                Expr::code(&author).unwrap(),
            ];
            if asked
                .iter()
                .any(|asked| searcher.count(asked, Filter::All).unwrap() > 0)
            {
                self.loot.marks.insert(word.to_owned());
            }
        }
    }

    fn scan(&mut self, plain: &[u8]) {
        self.marks.scan(plain, &mut self.loot.marks);
    }
}

fn frame_of(catalog: &Catalog, place: BodyPlace) -> (Vec<u8>, Vec<u8>) {
    let body = catalog.read_body(place).unwrap_or_default();
    (body, catalog.read_text(place).unwrap_or_default())
}

fn place_of(store: StoreId, table: Table, row: &[u8], version: u64) -> Place<'_> {
    Place {
        store,
        table,
        row,
        version,
        codec: 0,
        dictionary: 0,
    }
}
