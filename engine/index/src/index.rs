//! The index of one store: tail, segments, and the work that turns one into the other.
//!
//! For: `liasse`, which drives it from its committer and a background thread. Not for: keys, or
//! deciding when to work (it only says what is due). Order of work: write files (`flush`,
//! `rewrite`), record the manifest in the caller's transaction ([`Rewrite::record`]), and after
//! its commit [`Index::publish`]. Invariants: a document is in the tail or in a segment, never
//! in both and never in neither; a searcher sees one snapshot; files leave the disk only after
//! no snapshot holds them; work begun before an erasure cannot be recorded after it.

use crate::analysis::{ANALYZER_VERSION, Analysed};
use crate::budget::Budget;
use crate::directory::{FOLDER, SegmentDirectory, SegmentKeys, path, slot_of};
use crate::error::IndexError;
use crate::manifest::{self, SegmentRow};
use crate::rewrite::{Forget, Rewrite};
use crate::search::Searcher;
use crate::segment::Segment;
use crate::segment::disk::DiskSegment;
use crate::segment::memory::MemorySegment;
use crate::statistics::ReferenceStatistics;
use crate::tail::Tail;
use base::disk::Disk;
use base::{CommitSeq, Entropy, RowRead, StoreId, limit};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vault::Slot;

/// What an index is opened with.
pub struct IndexOptions {
    /// The store it belongs to.
    pub store: StoreId,
    /// Where random bytes come from.
    pub entropy: Arc<dyn Entropy>,
    /// Reference frequencies for ranking.
    pub statistics: Arc<ReferenceStatistics>,
    /// Most decrypted bytes kept in memory.
    pub arena_bytes_max: usize,
    /// Documents of the tail above which it is due to be flushed.
    pub tail_documents_max: usize,
    /// Who opens it.
    pub access: Access,
    /// What to do about a segment that does not open.
    pub damaged: Damaged,
}

impl IndexOptions {
    /// Options with the built-in statistics and limits.
    #[must_use]
    pub fn new(store: StoreId, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            store,
            entropy,
            statistics: ReferenceStatistics::built_in(),
            arena_bytes_max: limit::INDEX_ARENA_BYTES_MAX,
            tail_documents_max: limit::INDEX_TAIL_DOCUMENTS_MAX,
            access: Access::Owner,
            damaged: Damaged::Refused,
        }
    }
}

/// What to do about a segment that does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// The index does not open either.
    Refused,
    /// It is set aside: every search says so, until what it held is indexed again.
    SetAside,
}

/// Who opens an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The engine: files that the manifest does not name are removed.
    Owner,
    /// A reader beside it, an auditor: nothing is touched.
    Reader,
}

/// The index of one store.
pub struct Index {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) options: IndexOptions,
    pub(crate) keys: Arc<dyn SegmentKeys>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) erasures: Arc<AtomicU64>,
    orphans: Vec<Slot>,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) tail: Tail,
    /// Segments that are damaged, and which of their files is.
    pub(crate) aside: BTreeMap<Slot, Aside>,
}

/// A segment that is listed but cannot be read.
pub(crate) struct Aside {
    pub(crate) file: String,
    pub(crate) directory: SegmentDirectory,
}

/// One state of the index.
pub(crate) struct Snapshot {
    segments: Vec<Segment>,
    pub(crate) disk: BTreeMap<Slot, Arc<Held>>,
    watermark: CommitSeq,
    /// A file of a segment that was set aside: nothing can be answered.
    damaged: Option<String>,
}

/// A segment on disk; its files are removed with the last snapshot that holds it, once retired.
pub(crate) struct Held {
    pub(crate) segment: Arc<DiskSegment>,
    retired: AtomicBool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if *self.retired.get_mut() {
            // What cannot be removed now is an orphan, and removed at the next open.
            let _ = self.segment.directory().remove();
        }
    }
}

impl Snapshot {
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) const fn watermark(&self) -> CommitSeq {
        self.watermark
    }

    /// Says so when a segment was set aside.
    pub(crate) fn whole(&self) -> Result<(), IndexError> {
        match &self.damaged {
            Some(file) => Err(IndexError::Damaged { file: file.clone() }),
            None => Ok(()),
        }
    }

    pub(crate) fn disk(&self) -> impl Iterator<Item = &Arc<DiskSegment>> {
        self.disk.values().map(|held| &held.segment)
    }

    fn new(
        disk: BTreeMap<Slot, Arc<Held>>,
        tail: &Tail,
        aside: &BTreeMap<Slot, Aside>,
        watermark: CommitSeq,
    ) -> Arc<Self> {
        let stored = disk
            .values()
            .map(|held| Segment::Disk(Arc::clone(&held.segment)));
        let fresh = tail
            .segments()
            .iter()
            .map(|segment| Segment::Memory(Arc::clone(segment)));
        Arc::new(Self {
            segments: stored.chain(fresh).collect(),
            disk,
            watermark,
            damaged: aside.values().next().map(|aside| aside.file.clone()),
        })
    }
}

impl Index {
    /// Opens the index of the store on `disk` as the manifest in `rows` tells. The tail is empty:
    /// the caller appends the documents of the commits above [`Index::watermark`].
    ///
    /// # Errors
    /// [`IndexError::Manifest`], [`IndexError::Damaged`], [`IndexError::Analyzer`] when the
    /// index was analysed by later rules, and what the disk gives.
    pub fn open(
        disk: Arc<dyn Disk>,
        rows: &dyn RowRead,
        keys: Arc<dyn SegmentKeys>,
        options: IndexOptions,
    ) -> Result<Self, IndexError> {
        let (head, segments) = manifest::read(rows, options.store, keys.as_ref())?;
        let made_by = segments.values().map(|(row, _)| row.analyzer);
        let found = made_by.fold(head.analyzer, u32::max);
        if found > ANALYZER_VERSION {
            let known = ANALYZER_VERSION;
            return Err(IndexError::Analyzer { found, known });
        }
        let budget = Budget::new(options.arena_bytes_max);
        let mut orphans = Vec::new();
        if options.access == Access::Owner {
            disk.create_folder(FOLDER)?;
            disk.sync_folder("")?;
            orphans = remove_orphans(&*disk, |slot| segments.contains_key(&slot))?;
        }
        let (mut stored, mut aside) = (BTreeMap::new(), BTreeMap::new());
        for (slot, (row, key)) in segments {
            let (entropy, budget) = (Arc::clone(&options.entropy), Arc::clone(&budget));
            let directory = SegmentDirectory::new(Arc::clone(&disk), slot, key, entropy, budget);
            match DiskSegment::open(row, directory.clone()) {
                Ok(segment) => drop(stored.insert(slot, Held::new(segment))),
                Err(IndexError::Damaged { file }) if options.damaged == Damaged::SetAside => {
                    aside.insert(slot, Aside { file, directory });
                }
                Err(error) => return Err(error),
            }
        }
        let tail = Tail::default();
        let snapshot = Snapshot::new(stored, &tail, &aside, head.watermark);
        Ok(Self {
            disk,
            options,
            keys,
            budget,
            erasures: Arc::new(AtomicU64::new(0)),
            orphans,
            state: Mutex::new(State {
                snapshot,
                tail,
                aside,
            }),
        })
    }

    /// The key slots of the segments that the open removed, since no commit names them.
    #[must_use]
    pub fn orphans(&self) -> &[Slot] {
        &self.orphans
    }

    /// A snapshot to search.
    #[must_use]
    pub fn searcher(&self) -> Searcher {
        Searcher::new(self.snapshot(), Arc::clone(&self.options.statistics))
    }

    /// The last commit whose documents are all in segments on disk.
    #[must_use]
    pub fn watermark(&self) -> CommitSeq {
        self.snapshot().watermark
    }

    /// Adds committed documents to the tail: the next searcher finds them. Commits come in
    /// order, each whole.
    pub fn append(&self, documents: Vec<Analysed>) {
        let mut state = self.state();
        let watermark = state.snapshot.watermark;
        state.tail.append(
            documents
                .into_iter()
                .filter(|new| new.commit > watermark)
                .collect(),
        );
        state.publish();
    }

    /// Joins small segments of the tail; cheap when there is nothing to do. For a background
    /// thread.
    pub fn settle_tail(&self) {
        let Some(work) = self.state().tail.work() else {
            return;
        };
        let merged = work.run();
        let mut state = self.state();
        if state.tail.replace(&work, merged) {
            state.publish();
        }
    }

    /// How many documents are in the tail, and about how many bytes they take.
    #[must_use]
    pub fn tail_size(&self) -> (usize, usize) {
        self.state().tail.size()
    }

    /// Lets go of all decrypted pages that nobody reads: after an erasure, or on request.
    pub fn purge(&self) {
        self.budget.purge();
    }

    /// Takes documents out of the tail, and makes work begun before stale. Call it once the
    /// erasure's commit is durable and before it is acknowledged; then rewrite what
    /// [`Index::plan_forgetting`] names.
    pub fn forget_tail(&self, forget: &Forget) {
        let mut state = self.state();
        self.erasures.fetch_add(1, Ordering::SeqCst);
        state
            .tail
            .retain(|document| !forget.holds(document.ordinal));
        state.publish();
    }

    /// Makes recorded work visible: call it once the transaction that recorded it is durable.
    /// Gives the key slots that no segment uses any more, to be forgotten.
    ///
    /// # Errors
    /// When a new segment does not open; the manifest is then true and the index must be
    /// opened again.
    pub fn publish(&self, work: Rewrite) -> Result<Vec<Slot>, IndexError> {
        let (added, removed, watermark) = work.into_parts();
        let mut opened = Vec::with_capacity(added.len());
        for (row, directory) in added {
            opened.push((row.slot, Held::new(DiskSegment::open(row, directory)?)));
        }
        let mut state = self.state();
        let mut disk = state.snapshot.disk.clone();
        for slot in &removed {
            if let Some(aside) = state.aside.remove(slot) {
                // What cannot be removed now is an orphan, and removed at the next open.
                let _ = aside.directory.remove();
            }
            if let Some(held) = disk.remove(slot) {
                held.retired.store(true, Ordering::SeqCst);
            }
        }
        disk.extend(opened);
        let watermark = state.snapshot.watermark.max(watermark);
        state.tail.retain(|document| document.commit > watermark);
        state.snapshot = Snapshot::new(disk, &state.tail, &state.aside, watermark);
        Ok(removed)
    }

    /// Reads every page of every file of every segment; calls `damaged` with the name of each
    /// file that does not open.
    ///
    /// # Errors
    /// When the disk cannot be read; damage is no error but a call.
    pub fn verify(&self, damaged: &mut dyn FnMut(&str)) -> Result<(), IndexError> {
        for segment in self.snapshot().disk() {
            segment.directory().verify(damaged)?;
        }
        self.state()
            .aside
            .values()
            .for_each(|aside| damaged(&aside.file));
        Ok(())
    }

    /// The manifest's segments, for operators: slot, level, documents, bytes on disk.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentInfo> {
        self.snapshot()
            .disk()
            .map(|segment| SegmentInfo::of(segment.row()))
            .collect()
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().snapshot)
    }

    /// The whole tail as one segment; `None` when it is empty.
    pub(crate) fn tail_joined(&self) -> Option<Arc<MemorySegment>> {
        let segments = self.state().tail.segments().to_vec();
        match segments.as_slice() {
            [] => None,
            [one] => Some(Arc::clone(one)),
            several => Some(Arc::new(MemorySegment::join(several))),
        }
    }

    pub(crate) fn directory(&self, slot: Slot) -> Result<SegmentDirectory, IndexError> {
        let key = self.keys.key(slot)?;
        let disk = Arc::clone(&self.disk);
        let entropy = Arc::clone(&self.options.entropy);
        let budget = Arc::clone(&self.budget);
        Ok(SegmentDirectory::new(disk, slot, key, entropy, budget))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn publish(&mut self) {
        let disk = self.snapshot.disk.clone();
        self.show(disk);
    }

    /// Makes these the segments on disk that are searched.
    pub(crate) fn show(&mut self, disk: BTreeMap<Slot, Arc<Held>>) {
        let watermark = self.snapshot.watermark;
        self.snapshot = Snapshot::new(disk, &self.tail, &self.aside, watermark);
    }
}

impl Held {
    fn new(segment: DiskSegment) -> Arc<Self> {
        Arc::new(Self {
            segment: Arc::new(segment),
            retired: AtomicBool::new(false),
        })
    }
}

/// A segment as an operator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Slot of its key; its files are named after it.
    pub slot: Slot,
    /// 0: flushed from the tail; above: merged.
    pub level: u8,
    /// How many documents it holds.
    pub documents: u32,
    /// Bytes on disk.
    pub bytes: u64,
    /// Version of the analyzer that made it; `reindex` renews those of older ones.
    pub analyzer: u32,
}

impl SegmentInfo {
    const fn of(row: &SegmentRow) -> Self {
        Self {
            slot: row.slot,
            level: row.level,
            documents: row.documents,
            bytes: row.bytes,
            analyzer: row.analyzer,
        }
    }
}

/// Removes the files of segments that are not listed; gives their slots.
fn remove_orphans(disk: &dyn Disk, is_listed: impl Fn(Slot) -> bool) -> io::Result<Vec<Slot>> {
    let mut orphans = Vec::new();
    for name in disk.list(FOLDER)? {
        if let Some(slot) = slot_of(&name).filter(|slot| !is_listed(*slot)) {
            disk.remove(&path(&name))?;
            orphans.push(slot);
        }
    }
    orphans.sort_unstable();
    orphans.dedup();
    Ok(orphans)
}

#[cfg(test)]
mod tests;
