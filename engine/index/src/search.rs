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
mod standing;
mod wording;

pub use standing::Standing;
pub use wording::Wording;

use crate::error::IndexError;
use crate::expr::Expr;
use crate::index::Snapshot;
use crate::segment::{Postings, Segment, are_many};
use crate::statistics::ReferenceStatistics;
use base::{CommitSeq, DocumentSeek, DocumentSet, DossierNumber, Ordinal, leap};
use compile::Compiler;
use cursor::Cursor;
use standing::Place;
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
    /// These documents, in the order of their ordinals.
    Ordered(&'a [Ordinal]),
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
            let compiler = self.compiler(segment, range, scores);
            let Some(mut cursor) = compiled(expr, &compiler)? else {
                continue;
            };
            let went = run(segment, &mut cursor, filter, range, &mut |slot, cursor| {
                let score = score(segment, slot, cursor, scores);
                sink(segment.ordinal(slot), score)
            });
            if went.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Calls `sink` with each of some documents that match, by its number among them, and its
    /// score, until it breaks. Where they stand is kept for the next time.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn search_among(
        &self,
        expr: &Expr,
        standing: &Standing,
        scores: Scores,
        sink: &mut dyn FnMut(usize, u64) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        self.snapshot.whole()?;
        for segment in self.snapshot.segments() {
            segment.prepare()?;
        }
        standing.follow(self.snapshot.segments());
        for segment in self.snapshot.segments() {
            let places = standing.places(segment);
            let range = ends(&places);
            let compiler = Compiler {
                all_over: are_many(places.len(), segment.documents()),
                ..self.compiler(segment, range, scores)
            };
            let Some(mut cursor) = compiled(expr, &compiler)? else {
                continue;
            };
            let went = among(&places, &mut cursor, &mut |place, cursor| {
                let score = score(segment, place.slot, cursor, scores);
                sink(place.nth as usize, score)
            });
            if went.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn compiler<'a>(
        &'a self,
        segment: &'a Segment,
        range: (u32, u32),
        scores: Scores,
    ) -> Compiler<'a> {
        Compiler {
            segment,
            statistics: &self.statistics,
            range,
            scores,
            all_over: false,
            instead: None,
        }
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
            let all = (0, segment.documents());
            let compiler = self.compiler(segment, all, Scores::Unwanted);
            if let Some(cursor) = compiled(expr, &compiler)? {
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

/// The cursor over an expression, or `None` when nothing in the range can match.
fn compiled<'a>(expr: &Expr, compiler: &Compiler<'a>) -> Result<Option<Cursor<'a>>, IndexError> {
    if compiler.range.0 >= compiler.range.1 {
        return Ok(None);
    }
    compiler.compile(&expr.node)
}

/// The slots of a segment that a filter can let through: first, and one behind the last.
fn slots(segment: &Segment, filter: Filter<'_>) -> (u32, u32) {
    let all = segment.documents();
    let ends = |first: Option<Ordinal>, last: Option<Ordinal>| first.zip(last);
    let ordered = |list: &[Ordinal]| ends(list.first().copied(), list.last().copied());
    let ends = match filter {
        Filter::All => return (0, all),
        Filter::Dossier(dossier) => Some(dossier.ordinals()),
        Filter::Documents(set) => ends(set.first(), set.last()),
        Filter::Ordered(list) => ordered(list),
    };
    let Some((first, last)) = ends else {
        return (0, 0);
    };
    let start = segment.slot_at_or_after(first, 0);
    let behind = last.value().checked_add(1).map(Ordinal::from_value);
    let end = behind.map_or(all, |behind| segment.slot_at_or_after(behind, start));
    (start, end)
}

/// The first slot of some places, and one behind the last.
fn ends(places: &[Place]) -> (u32, u32) {
    let ends = places.first().zip(places.last());
    ends.map_or((0, 0), |(first, last)| (first.slot, last.slot + 1))
}

fn score(segment: &Segment, slot: u32, cursor: &mut Cursor<'_>, scores: Scores) -> u64 {
    match scores {
        Scores::Wanted => cursor.score(segment.length(slot)),
        Scores::Unwanted => 0,
    }
}

/// Walks the documents that a filter lets through, leaping ahead.
enum Allowed<'a> {
    Any,
    Set(Box<DocumentSeek<'a>>),
    Ordered(&'a [Ordinal]),
}

impl<'a> Allowed<'a> {
    fn new(filter: Filter<'a>) -> Self {
        match filter {
            Filter::All | Filter::Dossier(_) => Self::Any,
            Filter::Documents(set) => Self::Set(Box::new(set.seek())),
            Filter::Ordered(list) => Self::Ordered(list),
        }
    }

    /// The first one at or behind `target`; targets must not fall.
    fn at_or_after(&mut self, target: Ordinal) -> Option<Ordinal> {
        match self {
            Self::Any => Some(target),
            Self::Set(set) => set.at_or_after(target),
            Self::Ordered(list) => {
                *list = leap(list, |document| *document < target);
                list.first().copied()
            }
        }
    }
}

/// Calls `each` with the slots inside a range that `of` has and a filter lets through.
fn run<S: Seek>(
    segment: &Segment,
    of: &mut S,
    filter: Filter<'_>,
    (first, end): (u32, u32),
    each: &mut dyn FnMut(u32, &mut S) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut allowed = Allowed::new(filter);
    let mut slot = of.seek(first);
    while slot < end {
        let ordinal = segment.ordinal(slot);
        // Leap-frog: whichever side is ahead decides where the other looks next.
        let target = match allowed.at_or_after(ordinal) {
            None => break,
            Some(next) if next != ordinal => segment.slot_at_or_after(next, slot + 1),
            Some(_) => {
                each(slot, of)?;
                slot + 1
            }
        };
        slot = of.seek(target);
    }
    ControlFlow::Continue(())
}

/// Calls `each` with those of some places that a cursor has.
fn among<'a>(
    places: &[Place],
    cursor: &mut Cursor<'a>,
    each: &mut dyn FnMut(Place, &mut Cursor<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if cursor.common().is_some() {
        return among_common(places, cursor, each);
    }
    let mut rest = places;
    while let Some((first, behind)) = rest.split_first() {
        let slot = cursor.seek(first.slot);
        if slot == first.slot {
            each(*first, cursor)?;
            rest = behind;
        } else {
            rest = leap(behind, |other| other.slot < slot);
        }
    }
    ControlFlow::Continue(())
}

/// The same of a common word.
fn among_common<'a>(
    places: &[Place],
    cursor: &mut Cursor<'a>,
    each: &mut dyn FnMut(Place, &mut Cursor<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut held = [Place { slot: 0, nth: 0 }; PLACES_AT_ONCE];
    for some in places.chunks(PLACES_AT_ONCE) {
        let common = cursor.common();
        let count = common.map_or(0, |it| it.held_of(some, |place| place.slot, &mut held));
        for place in held.iter().take(count) {
            cursor.seek(place.slot);
            each(*place, cursor)?;
        }
    }
    ControlFlow::Continue(())
}

/// What has some slots of a segment.
trait Seek {
    /// The first one at or behind `target`, or one behind all.
    fn seek(&mut self, target: u32) -> u32;
}

impl Seek for Cursor<'_> {
    fn seek(&mut self, target: u32) -> u32 {
        Cursor::seek(self, target)
    }
}

impl Seek for Postings<'_> {
    fn seek(&mut self, target: u32) -> u32 {
        Postings::seek(self, target)
    }
}

const PLACES_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests;
