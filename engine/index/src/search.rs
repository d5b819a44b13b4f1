//! Searching: an expression over a snapshot of segments, inside a filter.
//!
//! For: `query`. Not for: who may see an answer or which comes first. Invariants: which
//! documents match, and their scores, depend on the documents inside the filter, the expression
//! and the reference table alone: never on other documents, on segments or on the order of work.
//! Hits come in no order that means anything; the caller orders by score and a stable key.

mod compile;
mod cursor;
pub(crate) mod edits;
#[cfg(test)]
mod oracle;
mod place;
mod wording;

pub use wording::Wording;

use crate::error::IndexError;
use crate::expr::Expr;
use crate::index::Snapshot;
use crate::segment::{END, Segment};
use crate::statistics::ReferenceStatistics;
use base::{CommitSeq, DocumentSet, DossierNumber, Ordinal};
use compile::Compiler;
use cursor::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Which documents may answer.
#[derive(Clone, Copy)]
pub enum Filter<'a> {
    /// All documents.
    All,
    /// The documents of one dossier.
    Dossier(DossierNumber),
    /// These documents.
    Documents(&'a DocumentSet),
}

/// A snapshot of the index that can be searched. It pins the segments it saw.
#[derive(Clone)]
pub struct Searcher {
    snapshot: Arc<Snapshot>,
    statistics: Arc<ReferenceStatistics>,
}

/// Whether scores are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// They are.
    Wanted,
    /// They are not; every hit has score 0.
    Unwanted,
}

impl Searcher {
    pub(crate) const fn new(snapshot: Arc<Snapshot>, statistics: Arc<ReferenceStatistics>) -> Self {
        Self {
            snapshot,
            statistics,
        }
    }

    /// The last commit whose documents are all in segments on disk.
    #[must_use]
    pub fn watermark(&self) -> CommitSeq {
        self.snapshot.watermark()
    }

    /// Calls `sink` with each document inside `filter` that matches, and its score, until it
    /// breaks.
    ///
    /// # Errors
    /// [`IndexError::Damaged`] names a file whose bytes do not open.
    pub fn search(
        &self,
        expr: &Expr,
        filter: Filter<'_>,
        scores: Scores,
        sink: &mut dyn FnMut(Ordinal, u64) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        self.snapshot.whole()?;
        for segment in self.snapshot.segments() {
            segment.prepare()?;
            let range = slots(segment, filter);
            if range.0 >= range.1 {
                continue;
            }
            let compiler = Compiler {
                segment,
                statistics: &self.statistics,
                range,
                scores,
                instead: None,
            };
            let Some(mut cursor) = compiler.compile(&expr.node)? else {
                continue;
            };
            if run(segment, &mut cursor, filter, range, scores, sink).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// About how many documents match, whoever may see them: for the order of work only.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn estimate(&self, expr: &Expr) -> Result<u64, IndexError> {
        let mut estimate = 0;
        self.snapshot.whole()?;
        for segment in self.snapshot.segments() {
            segment.prepare()?;
            let compiler = Compiler {
                segment,
                statistics: &self.statistics,
                range: (0, segment.documents()),
                scores: Scores::Unwanted,
                instead: None,
            };
            if let Some(cursor) = compiler.compile(&expr.node)? {
                estimate += u64::from(cursor.cost().min(segment.documents()));
            }
        }
        Ok(estimate)
    }

    /// How many documents inside `filter` match.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn count(&self, expr: &Expr, filter: Filter<'_>) -> Result<u64, IndexError> {
        let mut count = 0;
        self.search(expr, filter, Scores::Unwanted, &mut |_, _| {
            count += 1;
            ControlFlow::Continue(())
        })?;
        Ok(count)
    }
}

/// The slots of a segment that a filter can let through: first, and one behind the last.
fn slots(segment: &Segment, filter: Filter<'_>) -> (u32, u32) {
    let all = segment.documents();
    let (first, last) = match filter {
        Filter::All => return (0, all),
        Filter::Dossier(dossier) => dossier.ordinals(),
        Filter::Documents(set) => match (set.first(), set.last()) {
            (Some(first), Some(last)) => (first, last),
            (None, _) | (_, None) => return (0, 0),
        },
    };
    let start = segment.slot_at_or_after(first, 0);
    let behind = last.value().checked_add(1).map(Ordinal::from_value);
    let end = behind.map_or(all, |behind| segment.slot_at_or_after(behind, start));
    (start, end)
}

fn run(
    segment: &Segment,
    cursor: &mut Cursor<'_>,
    filter: Filter<'_>,
    range: (u32, u32),
    scores: Scores,
    sink: &mut dyn FnMut(Ordinal, u64) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let (first, end) = range;
    let mut allowed = match filter {
        Filter::Documents(set) => Some(set.seek()),
        Filter::All | Filter::Dossier(_) => None,
    };
    let mut slot = cursor.seek(first);
    while slot < end && slot != END {
        let ordinal = segment.ordinal(slot);
        if let Some(allowed) = &mut allowed {
            // Leap-frog: whichever side is ahead decides where the other looks next.
            match allowed.at_or_after(ordinal) {
                None => break,
                Some(next) if next != ordinal => {
                    let target = segment.slot_at_or_after(next, slot + 1);
                    slot = cursor.seek(target);
                    continue;
                }
                Some(_) => {}
            }
        }
        let score = match scores {
            Scores::Wanted => cursor.score(segment.length(slot)),
            Scores::Unwanted => 0,
        };
        sink(ordinal, score)?;
        slot = cursor.seek(slot + 1);
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests;
