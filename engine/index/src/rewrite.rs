//! Work on segments: flushing the tail, merging, rewriting without forgotten documents.
//!
//! For: a background thread and the erasure. Invariants: sources are read from one snapshot and
//! never changed; outputs are written under fresh keys before anything is recorded; a rewrite
//! that is not recorded leaves files that the next open removes; work that began before an
//! erasure is refused when it is recorded.

use crate::analysis::ANALYZER_VERSION;
use crate::directory::SegmentDirectory;
use crate::error::IndexError;
use crate::index::Index;
use crate::manifest::{self, Partition, SegmentRow};
use crate::segment::disk::{self, DiskSegment};
use crate::segment::{Segment, hidden};
use base::{
    CommitSeq, DocumentSet, DossierSet, Entropy, Ordinal, RowRead, RowWrite, StoreId, limit,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tantivy::{BitSet, Directory};
use vault::Slot;

/// What must leave the index.
#[derive(Clone, Default)]
pub struct Forget {
    /// Every document of these dossiers.
    pub dossiers: DossierSet,
    /// These documents.
    pub documents: DocumentSet,
}

/// Segments to be read and written anew.
pub struct RewritePlan {
    sources: Vec<Slot>,
    outputs: Vec<Partition>,
    level: u8,
    forget: Option<Forget>,
    erasures: u64,
}

impl RewritePlan {
    /// How many fresh key slots the work needs.
    #[must_use]
    pub fn slots_needed(&self) -> usize {
        self.outputs.len()
    }

    /// The key slots of the segments it replaces.
    #[must_use]
    pub fn sources(&self) -> &[Slot] {
        &self.sources
    }
}

/// Written segments that wait to be recorded and published.
#[must_use = "record it in a transaction, then publish it, or abandon it"]
pub struct Rewrite {
    pub(crate) store: StoreId,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) added: Vec<(SegmentRow, SegmentDirectory)>,
    pub(crate) removed: Vec<Slot>,
    pub(crate) watermark: CommitSeq,
    /// The watermark a flush started from.
    pub(crate) above: Option<CommitSeq>,
    pub(crate) erasures: u64,
    pub(crate) erasures_now: Arc<AtomicU64>,
}

impl Rewrite {
    /// Puts the manifest's rows into the caller's transaction.
    ///
    /// # Errors
    /// [`IndexError::Stale`] when an erasure or other work came between: plan it again.
    pub fn record(&self, rows: &mut dyn RowWrite) -> Result<(), IndexError> {
        if !self.is_current(rows)? {
            return Err(IndexError::Stale);
        }
        let head = manifest::read_head(rows)?;
        for slot in &self.removed {
            manifest::remove_segment(rows, *slot)?;
        }
        for (row, directory) in &self.added {
            let entropy = self.entropy.as_ref();
            manifest::put_segment(rows, self.store, row, directory.key(), entropy)?;
        }
        manifest::put_head(rows, &head, self.watermark)?;
        Ok(())
    }

    /// Whether nothing came between since it was planned.
    ///
    /// # Errors
    /// What the rows give.
    pub fn is_current(&self, rows: &dyn RowRead) -> Result<bool, IndexError> {
        if self.erasures_now.load(Ordering::SeqCst) != self.erasures {
            return Ok(false);
        }
        let watermark = manifest::read_head(rows)?.watermark;
        if self.above.is_some_and(|above| watermark != above) {
            return Ok(false);
        }
        for slot in &self.removed {
            if !manifest::lists(rows, *slot)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The key slots of the segments it has written.
    #[must_use]
    pub fn writes(&self) -> Vec<Slot> {
        self.added.iter().map(|(row, _)| row.slot).collect()
    }

    /// The key slots of the segments it replaces: retired once it is recorded.
    #[must_use]
    pub fn retires(&self) -> &[Slot] {
        &self.removed
    }

    /// The watermark once it is recorded.
    #[must_use]
    pub const fn watermark(&self) -> CommitSeq {
        self.watermark
    }

    /// Removes what was written. Only when its transaction is known not to have committed.
    ///
    /// # Errors
    /// What the disk gives.
    pub fn abandon(self) -> Result<(), IndexError> {
        for (_, directory) in &self.added {
            directory.remove()?;
        }
        Ok(())
    }

    pub(crate) fn into_parts(self) -> (Vec<(SegmentRow, SegmentDirectory)>, Vec<Slot>, CommitSeq) {
        (self.added, self.removed, self.watermark)
    }
}

impl Index {
    /// Whether the tail is large enough to be flushed.
    #[must_use]
    pub fn flush_is_due(&self) -> bool {
        let (documents, bytes) = self.tail_size();
        documents >= self.options.tail_documents_max || bytes >= limit::INDEX_TAIL_BYTES_MAX
    }

    /// Writes the tail into a segment under the key in `slot`; `None` when the tail is empty.
    ///
    /// # Errors
    /// What the disk and the keys give.
    pub fn flush(&self, slot: Slot) -> Result<Option<Rewrite>, IndexError> {
        let erasures = self.erasures.load(Ordering::SeqCst);
        let above = self.watermark();
        let Some(tail) = self.tail_joined() else {
            return Ok(None);
        };
        let documents = tail.documents();
        let (Some(first), Some(last)) = (documents.first(), documents.last()) else {
            return Ok(None);
        };
        let row = SegmentRow {
            slot,
            level: 0,
            partition: Partition::WHOLE,
            documents: u32::try_from(documents.len()).unwrap_or(u32::MAX),
            first: first.ordinal,
            last: last.ordinal,
            bytes: 0,
            analyzer: ANALYZER_VERSION,
            files: None,
        };
        let watermark = documents
            .iter()
            .map(|document| document.commit)
            .max()
            .unwrap_or(above);
        let directory = self.directory(slot)?;
        let added = finish(row, directory, |directory| {
            hidden::write(directory, &tail).map_err(disk::error)
        })?;
        Ok(Some(self.rewritten(
            vec![added],
            Vec::new(),
            watermark,
            Some(above),
            erasures,
        )))
    }

    /// The next merge that is due, if any.
    #[must_use]
    pub fn plan_merge(&self) -> Option<RewritePlan> {
        let erasures = self.erasures.load(Ordering::SeqCst);
        let snapshot = self.snapshot();
        let rows: Vec<SegmentRow> = snapshot.disk().map(|segment| *segment.row()).collect();
        let (sources, outputs, level) = due(&rows)?;
        Some(RewritePlan {
            sources,
            outputs,
            level,
            forget: None,
            erasures,
        })
    }

    /// The rewrites after which no segment holds what must be forgotten, one for each segment
    /// that holds some of it, or that cannot be read: its rewrite will say so.
    #[must_use]
    pub fn plan_forgetting(&self, forget: &Forget) -> Vec<RewritePlan> {
        let erasures = self.erasures.load(Ordering::SeqCst);
        let snapshot = self.snapshot();
        snapshot
            .disk()
            .filter(|segment| forget.touches(segment))
            .map(|segment| RewritePlan {
                sources: vec![segment.row().slot],
                outputs: vec![segment.row().partition],
                level: segment.row().level,
                forget: Some(forget.clone()),
                erasures,
            })
            .chain(self.state().aside.keys().map(|slot| RewritePlan {
                sources: vec![*slot],
                outputs: vec![Partition::WHOLE],
                level: 0,
                forget: Some(forget.clone()),
                erasures,
            }))
            .collect()
    }

    /// Does planned work: reads the sources, writes the outputs under the keys in `slots`.
    ///
    /// # Errors
    /// [`IndexError::Slots`] when fewer slots are given than needed, [`IndexError::Stale`] when
    /// a source is gone, and what the disk and the keys give.
    pub fn rewrite(&self, plan: &RewritePlan, slots: &[Slot]) -> Result<Rewrite, IndexError> {
        if slots.len() < plan.slots_needed() {
            let (needed, given) = (plan.slots_needed(), slots.len());
            return Err(IndexError::Slots { needed, given });
        }
        let snapshot = self.snapshot();
        let wanted: BTreeSet<Slot> = plan.sources.iter().copied().collect();
        let sources: Vec<&Arc<DiskSegment>> = snapshot
            .disk()
            .filter(|segment| wanted.contains(&segment.row().slot))
            .collect();
        if sources.len() != wanted.len() {
            let state = self.state();
            let damaged = wanted.iter().find_map(|slot| state.aside.get(slot));
            return Err(
                damaged.map_or(IndexError::Stale, |aside| IndexError::Damaged {
                    file: aside.file.clone(),
                }),
            );
        }
        for source in &sources {
            source.prepare()?;
        }
        let made_by = sources.iter().map(|source| source.row().analyzer);
        let analyzer = made_by.min().unwrap_or(ANALYZER_VERSION);
        let mut added = Vec::new();
        for (partition, slot) in plan.outputs.iter().zip(slots) {
            let kept = Kept::choose(&sources, *partition, plan.forget.as_ref())?;
            if let Some((first, last)) = kept.range {
                let row = SegmentRow {
                    slot: *slot,
                    level: plan.level,
                    partition: *partition,
                    documents: kept.documents,
                    first,
                    last,
                    bytes: 0,
                    analyzer,
                    files: None,
                };
                let directory = self.directory(*slot)?;
                added.push(finish(row, directory, |directory| {
                    hidden::merge(&kept.sources, directory).map_err(disk::error)
                })?);
            }
        }
        let watermark = snapshot.watermark();
        Ok(self.rewritten(added, plan.sources.clone(), watermark, None, plan.erasures))
    }

    fn rewritten(
        &self,
        added: Vec<(SegmentRow, SegmentDirectory)>,
        removed: Vec<Slot>,
        watermark: CommitSeq,
        above: Option<CommitSeq>,
        erasures: u64,
    ) -> Rewrite {
        Rewrite {
            store: self.options.store,
            entropy: Arc::clone(&self.options.entropy),
            added,
            removed,
            watermark,
            above,
            erasures,
            erasures_now: Arc::clone(&self.erasures),
        }
    }
}

impl Forget {
    pub(crate) fn holds(&self, ordinal: Ordinal) -> bool {
        self.dossiers.contains(ordinal.dossier()) || self.documents.contains(ordinal)
    }

    /// Whether a segment holds any of it.
    fn touches(&self, segment: &Arc<DiskSegment>) -> bool {
        if segment.prepare().is_err() {
            return true;
        }
        let row = segment.row();
        let searched = Segment::Disk(Arc::clone(segment));
        let holds = |first: Ordinal, last: Ordinal| {
            let slot = searched.slot_at_or_after(first, 0);
            slot < row.documents && searched.ordinal(slot) <= last
        };
        let mut dossiers = self.dossiers.iter();
        let mut documents = self.documents.iter();
        dossiers.any(|dossier| {
            row.partition.holds(dossier) && holds(dossier.ordinals().0, dossier.ordinals().1)
        }) || documents.any(|one| row.partition.holds(one.dossier()) && holds(one, one))
    }
}

/// The documents of some segments that go into one output.
struct Kept {
    sources: Vec<(tantivy::Segment, BitSet)>,
    documents: u32,
    range: Option<(Ordinal, Ordinal)>,
}

impl Kept {
    fn choose(
        sources: &[&Arc<DiskSegment>],
        partition: Partition,
        forget: Option<&Forget>,
    ) -> Result<Self, IndexError> {
        let mut kept = Self {
            sources: Vec::new(),
            documents: 0,
            range: None,
        };
        for source in sources {
            let mut alive = BitSet::with_max_value(source.documents());
            let mut count = 0;
            for slot in 0..source.documents() {
                let ordinal = Ordinal::from_value(source.ordinal(slot));
                let forgotten = forget.is_some_and(|forget| forget.holds(ordinal));
                if forgotten || !partition.holds(ordinal.dossier()) {
                    continue;
                }
                alive.insert(slot);
                count += 1;
                let (first, last) = kept.range.unwrap_or((ordinal, ordinal));
                kept.range = Some((first.min(ordinal), last.max(ordinal)));
            }
            if count > 0 {
                kept.documents += count;
                kept.sources.push((source.passing()?, alive));
            }
        }
        Ok(kept)
    }
}

/// Runs `write`, syncs the folder, and counts the bytes; removes the files when it fails.
pub(crate) fn finish(
    row: SegmentRow,
    directory: SegmentDirectory,
    write: impl FnOnce(&SegmentDirectory) -> Result<(), IndexError>,
) -> Result<(SegmentRow, SegmentDirectory), IndexError> {
    let written = write(&directory)
        .and_then(|()| Ok(directory.sync_directory()?))
        .and_then(|()| Ok(directory.files()?));
    match written {
        Ok(files) => {
            let bytes = files.iter().map(|(_, bytes)| bytes).sum();
            let files = directory.digests();
            let row = SegmentRow {
                bytes,
                files: Some(files.ok_or(UNWRITTEN)?),
                ..row
            };
            Ok((row, directory))
        }
        Err(failed) => {
            // Best effort: what stays is removed at the next open.
            let _ = directory.remove();
            Err(failed)
        }
    }
}

const UNWRITTEN: base::Bug = base::Bug::new("tantivy writes every file of a segment");

/// What is due: sources, output partitions, level.
fn due(rows: &[SegmentRow]) -> Option<(Vec<Slot>, Vec<Partition>, u8)> {
    let fresh: Vec<Slot> = rows
        .iter()
        .filter(|row| row.level == 0)
        .map(|row| row.slot)
        .collect();
    let partitions: BTreeSet<Partition> = rows
        .iter()
        .filter(|row| row.level > 0)
        .map(|row| row.partition)
        .collect();
    if fresh.len() >= limit::INDEX_SEGMENTS_MERGED {
        let outputs = if partitions.is_empty() {
            vec![Partition::WHOLE]
        } else {
            partitions.into_iter().collect()
        };
        return Some((fresh, outputs, 1));
    }
    for partition in partitions {
        let held: Vec<&SegmentRow> = rows
            .iter()
            .filter(|row| row.level > 0 && row.partition == partition)
            .collect();
        let documents: u64 = held.iter().map(|row| u64::from(row.documents)).sum();
        let top = held.iter().map(|row| row.level).max()?;
        if documents > limit::INDEX_PARTITION_DOCUMENTS_MAX && partition.can_split() {
            let slots = held.iter().map(|row| row.slot).collect();
            return Some((slots, partition.split().to_vec(), top));
        }
        for level in 1..=top {
            let same: Vec<Slot> = held
                .iter()
                .filter(|row| row.level == level)
                .map(|row| row.slot)
                .collect();
            if same.len() >= limit::INDEX_SEGMENTS_MERGED {
                return Some((same, vec![partition], level.saturating_add(1)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
