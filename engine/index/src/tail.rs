//! The tail: documents above the watermark, in memory segments of growing size.
//!
//! For: finding a deposit at once. Invariants: eight segments of one size class become one, so a
//! document is rebuilt a few times at most; only small ones are joined while the committer
//! waits, larger ones by [`Work`] on another thread.

use crate::analysis::Analysed;
use crate::segment::memory::MemorySegment;
use base::limit;
use std::sync::Arc;

/// The fresh documents.
#[derive(Default)]
pub(crate) struct Tail {
    segments: Vec<Arc<MemorySegment>>,
}

/// Segments to be joined into one.
pub(crate) struct Work {
    segments: Vec<Arc<MemorySegment>>,
}

impl Tail {
    /// The segments, oldest and largest first.
    pub(crate) fn segments(&self) -> &[Arc<MemorySegment>] {
        &self.segments
    }

    /// How many documents, and about how many bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let documents = self.segments.iter().flat_map(|segment| segment.documents());
        documents.fold((0, 0), |(count, bytes), document| {
            (count + 1, bytes + document.bytes())
        })
    }

    /// Adds documents as a segment of their own.
    pub(crate) fn append(&mut self, documents: Vec<Analysed>) {
        if documents.is_empty() {
            return;
        }
        let documents = documents.into_iter().map(Arc::new).collect();
        self.segments
            .push(Arc::new(MemorySegment::build(documents)));
        while let Some(work) = self.work_up_to(JOINED_AT_ONCE_MAX) {
            let merged = work.run();
            self.replace(&work, merged);
        }
    }

    /// What should be joined next.
    pub(crate) fn work(&self) -> Option<Work> {
        self.work_up_to(usize::MAX)
    }

    fn work_up_to(&self, documents_max: usize) -> Option<Work> {
        let least = self
            .segments
            .len()
            .checked_sub(limit::INDEX_SEGMENTS_MERGED)?;
        (0..=least).rev().find_map(|first| {
            let group = self
                .segments
                .get(first..first + limit::INDEX_SEGMENTS_MERGED)?;
            let class = size_class(group.first()?);
            let same = group.iter().all(|segment| size_class(segment) == class);
            let documents: usize = group.iter().map(|segment| segment.documents().len()).sum();
            (same && documents <= documents_max).then(|| Work {
                segments: group.to_vec(),
            })
        })
    }

    /// Puts a joined segment in the place of its parts; whether they were still there.
    pub(crate) fn replace(&mut self, work: &Work, merged: Arc<MemorySegment>) -> bool {
        let length = work.segments.len();
        let same = |group: &[Arc<MemorySegment>]| {
            group
                .iter()
                .zip(&work.segments)
                .all(|(one, other)| Arc::ptr_eq(one, other))
        };
        let Some(first) = self.segments.windows(length).position(same) else {
            return false;
        };
        self.segments.splice(first..first + length, [merged]);
        true
    }

    /// Keeps only some documents.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Analysed) -> bool) {
        let mut kept = Vec::with_capacity(self.segments.len());
        for segment in self.segments.drain(..) {
            let documents = segment.documents();
            let left: Vec<_> = documents.iter().filter(|one| keep(one)).cloned().collect();
            if left.len() == documents.len() {
                kept.push(segment);
            } else if !left.is_empty() {
                kept.push(Arc::new(MemorySegment::build(left)));
            }
        }
        self.segments = kept;
    }
}

impl Work {
    /// Builds the joined segment.
    pub(crate) fn run(&self) -> Arc<MemorySegment> {
        Arc::new(MemorySegment::join(&self.segments))
    }
}

/// Segments of one class differ in size by less than eight times.
fn size_class(segment: &MemorySegment) -> u32 {
    segment.documents().len().max(1).ilog2() / 3
}

/// Most documents that are joined while a committer waits: a few milliseconds.
const JOINED_AT_ONCE_MAX: usize = 64;

#[cfg(test)]
mod tests;
