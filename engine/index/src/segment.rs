//! A segment: some documents' postings, on disk or in memory, behind one face.
//!
//! For: `search`. Invariants: slots run from 0 and sort by ordinal; a segment never changes; the
//! same documents give the same postings whichever kind holds them.

mod common;
pub(crate) mod disk;
pub(crate) mod hidden;
pub(crate) mod memory;

use crate::analysis::{Analysed, Packed};
use crate::error::IndexError;
use base::Ordinal;
pub(crate) use common::{CommonPostings, are_many};
use disk::DiskSegment;
use memory::{MemoryPostings, MemorySegment};
use std::sync::Arc;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::{DocSet as _, TERMINATED};
use tantivy_fst::Automaton;
use vault::Slot;

/// The fields of a document in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// Title and text.
    Body,
    /// The tokens of the text that are denied.
    Negated,
    /// The tokens of the text that are said of a relative.
    Family,
    /// The tokens of the text that nobody is said to have: headings, conditions, risks.
    Unstated,
    /// The title alone.
    Title,
    /// Coded values.
    Codes,
}

impl Field {
    /// How many fields there are.
    pub(crate) const COUNT: usize = 6;
    /// All fields, in the order of their numbers.
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Body,
        Self::Negated,
        Self::Family,
        Self::Unstated,
        Self::Title,
        Self::Codes,
    ];

    /// The field's number.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Body => 0,
            Self::Negated => 1,
            Self::Family => 2,
            Self::Unstated => 3,
            Self::Title => 4,
            Self::Codes => 5,
        }
    }

    /// The field's name in the schema.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Negated => "negated",
            Self::Family => "family",
            Self::Unstated => "unstated",
            Self::Title => "title",
            Self::Codes => "codes",
        }
    }

    /// The field's tokens in a document.
    pub(crate) const fn tokens(self, document: &Analysed) -> &Packed {
        match self {
            Self::Body => &document.body,
            Self::Negated => &document.negated,
            Self::Family => &document.family,
            Self::Unstated => &document.unstated,
            Self::Title => &document.title,
            Self::Codes => &document.codes,
        }
    }
}

/// Lengths of documents as segments keep them: one byte, coarse above 40 tokens.
pub(crate) struct Lengths;

impl Lengths {
    /// The byte for a length in tokens.
    pub(crate) fn code(tokens: u32) -> u8 {
        FieldNormReader::fieldnorm_to_id(tokens)
    }

    /// The length a byte stands for, in tokens.
    pub(crate) fn tokens(code: u8) -> u32 {
        FieldNormReader::id_to_fieldnorm(code)
    }
}

/// One segment.
#[derive(Clone)]
pub(crate) enum Segment {
    /// Of the fresh tail.
    Memory(Arc<MemorySegment>),
    /// Of the manifest.
    Disk(Arc<DiskSegment>),
}

impl Segment {
    /// How many documents it holds.
    pub(crate) fn documents(&self) -> u32 {
        match self {
            Self::Memory(segment) => u32::try_from(segment.documents().len()).unwrap_or(u32::MAX),
            Self::Disk(segment) => segment.documents(),
        }
    }

    /// What names it, if it is one of the manifest.
    pub(crate) fn slot(&self) -> Option<Slot> {
        match self {
            Self::Memory(_) => None,
            Self::Disk(segment) => Some(segment.row().slot),
        }
    }

    /// Reads what ordinals, dates and lengths need; comes before them.
    pub(crate) fn prepare(&self) -> Result<(), IndexError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Disk(segment) => segment.prepare(),
        }
    }

    /// The ordinal of a document.
    pub(crate) fn ordinal(&self, slot: u32) -> Ordinal {
        match self {
            Self::Memory(segment) => {
                let at = usize::try_from(slot).unwrap_or(usize::MAX);
                segment
                    .documents()
                    .get(at)
                    .map_or(Ordinal::from_value(u64::MAX), |d| d.ordinal)
            }
            Self::Disk(segment) => Ordinal::from_value(segment.ordinal(slot)),
        }
    }

    /// The date of a document in milliseconds, or `None`.
    pub(crate) fn date(&self, slot: u32) -> Option<i64> {
        match self {
            Self::Memory(segment) => {
                let at = usize::try_from(slot).unwrap_or(usize::MAX);
                segment.documents().get(at)?.date.map(base::Instant::millis)
            }
            Self::Disk(segment) => segment.date(slot),
        }
    }

    /// The length of a document's body in tokens, coarse.
    pub(crate) fn length(&self, slot: u32) -> u32 {
        Lengths::tokens(match self {
            Self::Memory(segment) => segment.length_code(slot),
            Self::Disk(segment) => segment.length_code(slot),
        })
    }

    /// The first slot in `from..` whose ordinal is at or behind `ordinal`.
    pub(crate) fn slot_at_or_after(&self, ordinal: Ordinal, from: u32) -> u32 {
        let count = self.documents();
        let mut low = from;
        let mut step = 1;
        while low < count && self.ordinal(low) < ordinal {
            let ahead = low.saturating_add(step).min(count);
            if ahead < count && self.ordinal(ahead) < ordinal {
                low = ahead;
                step = step.saturating_mul(2);
                continue;
            }
            return self.bisect(ordinal, low + 1, ahead);
        }
        low
    }

    fn bisect(&self, ordinal: Ordinal, mut low: u32, mut high: u32) -> u32 {
        while low < high {
            let middle = low.midpoint(high);
            if self.ordinal(middle) < ordinal {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The postings of a term, or `None` when no document has it.
    pub(crate) fn postings(
        &self,
        field: Field,
        term: &str,
        places: Places,
    ) -> Result<Option<Postings<'_>>, IndexError> {
        match self {
            Self::Memory(segment) => Ok(segment.postings(field, term).map(Postings::Memory)),
            Self::Disk(segment) => segment
                .postings(field, term, places)
                .map(|found| found.map(|postings| Postings::Disk(Box::new(postings)))),
        }
    }

    /// The postings of a term that is asked for all over the segment, without positions; those of
    /// a common one are kept as a set.
    pub(crate) fn postings_all_over(
        &self,
        field: Field,
        term: &str,
    ) -> Result<Option<Postings<'_>>, IndexError> {
        match self {
            Self::Memory(_) => self.postings(field, term, Places::Unread),
            Self::Disk(segment) => segment.postings_all_over(field, term),
        }
    }

    /// Calls `each` with the postings of every term that starts with `prefix`.
    pub(crate) fn for_each_prefix<'a>(
        &'a self,
        field: Field,
        prefix: &str,
        places: Places,
        each: &mut dyn FnMut(&str, Postings<'a>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        match self {
            Self::Memory(segment) => {
                let mut outcome = Ok(());
                segment.for_each_prefix(field, prefix, |term, postings| {
                    if outcome.is_ok() {
                        outcome = each(term, Postings::Memory(postings));
                    }
                });
                outcome
            }
            Self::Disk(segment) => segment.for_each_prefix(field, prefix, places, |term, found| {
                each(term, Postings::Disk(Box::new(found)))
            }),
        }
    }

    /// Calls `each` with the postings of every term that `automaton` accepts.
    pub(crate) fn for_each_match<'a, A: Automaton>(
        &'a self,
        field: Field,
        automaton: &A,
        places: Places,
        each: &mut dyn FnMut(&str, Postings<'a>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError>
    where
        A::State: Clone,
    {
        match self {
            Self::Memory(segment) => {
                let mut outcome = Ok(());
                segment.for_each_match(field, automaton, |term, postings| {
                    if outcome.is_ok() {
                        outcome = each(term, Postings::Memory(postings));
                    }
                });
                outcome
            }
            Self::Disk(segment) => {
                segment.for_each_match(field, automaton, places, |term, found| {
                    each(term, Postings::Disk(Box::new(found)))
                })
            }
        }
    }
}

/// Whether positions will be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// Frequencies only.
    Unread,
    /// Positions too.
    Read,
}

/// The documents that hold one term, in order of slots. It starts at the first of them.
pub(crate) enum Postings<'a> {
    /// In memory.
    Memory(MemoryPostings<'a>),
    /// From a file.
    Disk(Box<SegmentPostings>),
    /// Of a common word of a file.
    Common(CommonPostings),
}

impl Postings<'_> {
    /// Moves to the first document at or behind `target`.
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        match self {
            Self::Memory(postings) => postings.seek(target),
            Self::Disk(postings) => {
                let slot = postings.doc();
                if slot >= target {
                    slot
                } else if target == slot + 1 {
                    postings.advance()
                } else {
                    postings.seek(target)
                }
            }
            Self::Common(postings) => postings.seek(target),
        }
    }

    /// How many documents there are, of all dossiers: for the order of work only.
    pub(crate) fn count(&self) -> u32 {
        match self {
            Self::Memory(postings) => postings.count(),
            Self::Disk(postings) => postings.size_hint(),
            Self::Common(postings) => postings.count(),
        }
    }

    /// How often the term occurs in the current document.
    pub(crate) fn frequency(&self) -> u32 {
        match self {
            Self::Memory(postings) => postings.frequency(),
            Self::Disk(postings) => postings.term_freq(),
            Self::Common(postings) => postings.frequency(),
        }
    }

    /// The term's positions in the current document.
    pub(crate) fn places(&mut self, out: &mut Vec<u32>) {
        match self {
            Self::Memory(postings) => {
                out.clear();
                out.extend_from_slice(postings.places());
            }
            Self::Disk(postings) => postings.positions(out),
            // Whoever asks for places reads no set.
            Self::Common(_) => out.clear(),
        }
    }
}

/// Behind the last document.
pub(crate) const END: u32 = TERMINATED;
