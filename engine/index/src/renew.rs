//! Renewal: documents of a segment analysed again from their texts.
//!
//! For: segments that an older analyzer made, and segments that are damaged. Not for: reading
//! texts; the caller gives each document as the analyzer of today reads it. Invariants: the new
//! segments take the old one's place in one commit, so that a document answers once and at any
//! moment; what is written before that belongs to nothing and goes with the next open, so that
//! work that was cut short begins again where the last commit left it; what was read before an
//! erasure is not written behind it.

use crate::analysis::{ANALYZER_VERSION, Analysed};
use crate::error::IndexError;
use crate::index::{Aside, Index};
use crate::manifest::{Partition, SegmentRow};
use crate::rewrite::{Rewrite, finish};
use crate::segment::memory::MemorySegment;
use crate::segment::{Segment, disk, hidden};
use base::{DocumentSet, Ordinal, limit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vault::Slot;

/// Which segments are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// Those that an older analyzer made.
    Outdated,
    /// All.
    Every,
}

/// Segments whose documents are analysed again.
pub struct Renewal {
    sources: Vec<Slot>,
    documents: DocumentSet,
    partition: Partition,
    level: u8,
    erasures: u64,
}

impl Renewal {
    /// The key slots of the segments it replaces.
    #[must_use]
    pub fn sources(&self) -> &[Slot] {
        &self.sources
    }

    /// How many documents.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.documents.len()
    }
}

impl Index {
    /// Reads every page of every segment, and sets those aside that do not open; tells whether
    /// any is set aside. From then on every search says so.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn set_damaged_aside(&self) -> Result<bool, IndexError> {
        let mut damaged = BTreeMap::new();
        for segment in self.snapshot().disk() {
            let directory = segment.directory();
            directory.verify(&mut |file| {
                let aside = Aside {
                    file: file.to_owned(),
                    directory: directory.clone(),
                };
                damaged.entry(segment.row().slot).or_insert(aside);
            })?;
        }
        let mut state = self.state();
        let mut disk = state.snapshot.disk.clone();
        for (slot, aside) in damaged {
            if disk.remove(&slot).is_some() {
                state.aside.insert(slot, aside);
            }
        }
        state.show(disk);
        Ok(!state.aside.is_empty())
    }

    /// What segments that were set aside held: those of `kept`, the documents that must be in
    /// segments, that are in none. `None` when none was set aside.
    ///
    /// # Errors
    /// When another segment cannot be read.
    pub fn plan_repair(&self, kept: &DocumentSet) -> Result<Option<Renewal>, IndexError> {
        let erasures = self.erasures.load(Ordering::SeqCst);
        let (sources, snapshot) = {
            let state = self.state();
            let sources: Vec<Slot> = state.aside.keys().copied().collect();
            (sources, Arc::clone(&state.snapshot))
        };
        if sources.is_empty() {
            return Ok(None);
        }
        let mut documents = DocumentSet::new();
        kept.iter().for_each(|ordinal| documents.insert(ordinal));
        for segment in snapshot.segments() {
            segment.prepare()?;
            for slot in 0..segment.documents() {
                documents.remove(segment.ordinal(slot));
            }
        }
        Ok(Some(Renewal {
            sources,
            documents,
            partition: Partition::WHOLE,
            level: 0,
            erasures,
        }))
    }

    /// The segments to renew, one by one.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn plan_renewals(&self, which: Renewed) -> Result<Vec<Renewal>, IndexError> {
        let erasures = self.erasures.load(Ordering::SeqCst);
        let mut renewals = Vec::new();
        for segment in self.snapshot().disk() {
            let row = segment.row();
            if which == Renewed::Outdated && row.analyzer == ANALYZER_VERSION {
                continue;
            }
            segment.prepare()?;
            let searched = Segment::Disk(Arc::clone(segment));
            let mut documents = DocumentSet::new();
            (0..row.documents).for_each(|slot| documents.insert(searched.ordinal(slot)));
            renewals.push(Renewal {
                sources: vec![row.slot],
                documents,
                partition: row.partition,
                level: row.level,
                erasures,
            });
        }
        Ok(renewals)
    }

    /// Does planned work: takes each document as `read` gives it (`None` when it is kept no
    /// more) and writes segments under the keys that `slot` gives, each no larger than a tail.
    /// `None` when an erasure came between: what was read may be erased, and nothing of it is
    /// written; plan it anew.
    ///
    /// # Errors
    /// What `read` and `slot` give, the disk and the keys.
    pub fn renew<E: From<IndexError>>(
        &self,
        renewal: &Renewal,
        read: &mut dyn FnMut(Ordinal) -> Result<Option<Analysed>, E>,
        slot: &mut dyn FnMut() -> Result<Slot, E>,
    ) -> Result<Option<Rewrite>, E> {
        let mut work = Rewrite {
            store: self.options.store,
            entropy: Arc::clone(&self.options.entropy),
            added: Vec::new(),
            removed: renewal.sources.clone(),
            watermark: self.watermark(),
            above: None,
            erasures: renewal.erasures,
            erasures_now: Arc::clone(&self.erasures),
        };
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for ordinal in renewal.documents.iter() {
            let Some(document) = read(ordinal)? else {
                continue;
            };
            bytes += document.bytes();
            batch.push(Arc::new(document));
            let full = batch.len() >= self.options.tail_documents_max;
            if full || bytes >= limit::INDEX_TAIL_BYTES_MAX {
                if self.write_batch(renewal, &batch, slot()?, &mut work)? == Overtaken::Yes {
                    work.abandon()?;
                    return Ok(None);
                }
                (batch, bytes) = (Vec::new(), 0);
            }
        }
        if !batch.is_empty()
            && self.write_batch(renewal, &batch, slot()?, &mut work)? == Overtaken::Yes
        {
            work.abandon()?;
            return Ok(None);
        }
        Ok(Some(work))
    }

    /// Writes documents, which come in their order, as a segment, unless an erasure came between
    /// since they were planned.
    fn write_batch(
        &self,
        renewal: &Renewal,
        batch: &[Arc<Analysed>],
        slot: Slot,
        work: &mut Rewrite,
    ) -> Result<Overtaken, IndexError> {
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            return Ok(Overtaken::No);
        };
        let row = SegmentRow {
            slot,
            level: renewal.level,
            partition: renewal.partition,
            documents: u32::try_from(batch.len()).unwrap_or(u32::MAX),
            first: first.ordinal,
            last: last.ordinal,
            bytes: 0,
            analyzer: ANALYZER_VERSION,
            files: None,
        };
        let directory = self.directory(slot)?;
        // INVARIANT(S15): asked once the key is there. An erasure that begins later replaces
        // that key; the key of one that began before may outlive what it erased.
        if self.erasures.load(Ordering::SeqCst) != renewal.erasures {
            return Ok(Overtaken::Yes);
        }
        work.added.push(finish(row, directory, |directory| {
            let documents = MemorySegment::build(batch.to_vec());
            hidden::write(directory, &documents).map_err(disk::error)
        })?);
        Ok(Overtaken::No)
    }
}

/// Whether an erasure came between.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overtaken {
    No,
    Yes,
}

#[cfg(test)]
mod tests;
