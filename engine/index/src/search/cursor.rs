//! Cursors: the documents of one segment that match a part of an expression, in order of slots.
//!
//! For: `search::run`. Invariants: `seek` gives the first match at or behind its target and
//! never goes back; `score` is asked at a match only, adds integers, and takes the best of
//! synonyms, so it cannot depend on the order of work.

use super::place::{Near, Phrase};
use crate::segment::{CommonPostings, END, Postings, Segment};
use crate::statistics::score;

/// The matches of a part of an expression.
pub(crate) enum Cursor<'a> {
    /// Every document up to a count.
    Every(Every),
    /// One word.
    Word(Word<'a>),
    /// Words in sequence.
    Phrase(Box<Phrase<'a>>),
    /// Words near each other.
    Near(Box<Near<'a>>),
    /// Documents found beforehand, with their scores.
    Found(Found),
    /// Documents of some dates.
    Dated(Dated<'a>),
    /// All of the first, none of the second.
    All(All<'a>),
    /// Any of them.
    Any(Any<'a>),
}

impl Cursor<'_> {
    /// The first match at or behind `target`, or [`END`].
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        match self {
            Self::Every(every) => every.seek(target),
            Self::Word(word) => word.postings.seek(target),
            Self::Phrase(phrase) => phrase.seek(target),
            Self::Near(near) => near.seek(target),
            Self::Found(found) => found.seek(target),
            Self::Dated(dated) => dated.seek(target),
            Self::All(all) => all.seek(target),
            Self::Any(any) => any.seek(target),
        }
    }

    /// Its documents as those of a common word, when that is all it looks for.
    pub(crate) const fn common(&self) -> Option<&CommonPostings> {
        match self {
            Self::Word(Word {
                postings: Postings::Common(common),
                ..
            }) => Some(common),
            Self::Every(_)
            | Self::Word(_)
            | Self::Phrase(_)
            | Self::Near(_)
            | Self::Found(_)
            | Self::Dated(_)
            | Self::All(_)
            | Self::Any(_) => None,
        }
    }

    /// Score of the current match in a document of `tokens` tokens.
    pub(crate) fn score(&mut self, tokens: u32) -> u64 {
        match self {
            Self::Every(_) | Self::Dated(_) => 0,
            Self::Word(word) => score(word.weight, word.postings.frequency(), tokens),
            Self::Phrase(phrase) => score(phrase.weight(), phrase.frequency(), tokens),
            Self::Near(near) => score(near.weight(), near.frequency(), tokens),
            Self::Found(found) => found.score(tokens),
            Self::All(all) => all.score(tokens),
            Self::Any(any) => any.score(tokens),
        }
    }

    /// About how many matches there are: for the order of work only.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Self::Every(every) => every.end,
            Self::Word(word) => word.postings.count(),
            Self::Phrase(phrase) => phrase.cost(),
            Self::Near(near) => near.cost(),
            Self::Found(found) => u32::try_from(found.hits.len()).unwrap_or(u32::MAX),
            Self::Dated(_) => u32::MAX,
            Self::All(all) => all.required.first().map_or(u32::MAX, Cursor::cost),
            Self::Any(any) => any
                .parts
                .iter()
                .map(|part| part.0.cost())
                .fold(0, u32::saturating_add),
        }
    }
}

/// The documents that hold a word, wherever it stands.
pub(crate) struct Word<'a> {
    pub(crate) postings: Postings<'a>,
    pub(crate) weight: u64,
}

/// Every document.
pub(crate) struct Every {
    pub(crate) end: u32,
}

impl Every {
    const fn seek(&self, target: u32) -> u32 {
        if target < self.end { target } else { END }
    }
}

/// Documents of a range of dates.
pub(crate) struct Dated<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) end: u32,
}

impl Dated<'_> {
    fn seek(&self, target: u32) -> u32 {
        let inside = |slot: &u32| {
            self.segment
                .date(*slot)
                .is_some_and(|date| (self.from..=self.to).contains(&date))
        };
        (target..self.end).find(inside).unwrap_or(END)
    }
}

/// Documents found by an expansion.
pub(crate) struct Found {
    /// Slot, weight and frequency of the best expansion, sorted by slot, each slot once.
    hits: Vec<Hit>,
    at: usize,
}

/// One document of an expansion.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) slot: u32,
    pub(crate) weight: u64,
    pub(crate) frequency: u32,
}

impl Found {
    /// Sorts hits and keeps the best of each document.
    pub(crate) fn new(mut hits: Vec<Hit>) -> Self {
        hits.sort_unstable_by(|one, other| {
            one.slot
                .cmp(&other.slot)
                .then(other.weight.cmp(&one.weight))
                .then(other.frequency.cmp(&one.frequency))
        });
        hits.dedup_by_key(|hit| hit.slot);
        Self { hits, at: 0 }
    }

    /// The hits, sorted, each document once.
    pub(crate) fn into_hits(self) -> Vec<Hit> {
        self.hits
    }

    fn seek(&mut self, target: u32) -> u32 {
        let rest = self.hits.get(self.at..).unwrap_or_default();
        self.at += rest.partition_point(|hit| hit.slot < target);
        self.hits.get(self.at).map_or(END, |hit| hit.slot)
    }

    fn score(&self, tokens: u32) -> u64 {
        self.hits
            .get(self.at)
            .map_or(0, |hit| score(hit.weight, hit.frequency, tokens))
    }
}

/// All of some, none of others.
pub(crate) struct All<'a> {
    /// Cheapest first.
    required: Vec<Cursor<'a>>,
    excluded: Vec<Cursor<'a>>,
    /// The current document, once it was asked: the excluded parts may stand behind it.
    slot: Option<u32>,
}

impl<'a> All<'a> {
    /// Both lists may be in any order; `required` is not empty.
    pub(crate) fn new(mut required: Vec<Cursor<'a>>, excluded: Vec<Cursor<'a>>) -> Self {
        required.sort_by_key(Cursor::cost);
        Self {
            required,
            excluded,
            slot: None,
        }
    }

    fn seek(&mut self, target: u32) -> u32 {
        match self.slot {
            Some(slot) if slot >= target => slot,
            Some(_) | None => {
                let slot = self.find(target);
                self.slot = Some(slot);
                slot
            }
        }
    }

    fn find(&mut self, target: u32) -> u32 {
        let mut slot = target;
        'candidates: loop {
            for part in &mut self.required {
                let found = part.seek(slot);
                if found == END {
                    return END;
                }
                if found > slot {
                    slot = found;
                    continue 'candidates;
                }
            }
            for part in &mut self.excluded {
                if part.seek(slot) == slot {
                    slot += 1;
                    continue 'candidates;
                }
            }
            return slot;
        }
    }

    fn score(&mut self, tokens: u32) -> u64 {
        self.required
            .iter_mut()
            .map(|part| part.score(tokens))
            .sum()
    }
}

/// Any of some.
pub(crate) struct Any<'a> {
    /// Each part and its current document, once it was asked.
    parts: Vec<(Cursor<'a>, Option<u32>)>,
    combine: Combine,
    slot: u32,
}

/// How the scores of several matches go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combine {
    /// They add up.
    Sum,
    /// The best counts.
    Best,
}

impl<'a> Any<'a> {
    /// Asks no part yet.
    pub(crate) fn new(parts: Vec<Cursor<'a>>, combine: Combine) -> Self {
        let parts = parts.into_iter().map(|part| (part, None));
        Self {
            parts: parts.collect(),
            combine,
            slot: END,
        }
    }

    fn seek(&mut self, target: u32) -> u32 {
        self.slot = END;
        for (part, slot) in &mut self.parts {
            let here = match *slot {
                Some(here) if here >= target => here,
                Some(_) | None => part.seek(target),
            };
            *slot = Some(here);
            self.slot = self.slot.min(here);
        }
        self.slot
    }

    fn score(&mut self, tokens: u32) -> u64 {
        let here = self.slot;
        let matching = self.parts.iter_mut().filter(|part| part.1 == Some(here));
        let scores = matching.map(|(part, _)| part.score(tokens));
        match self.combine {
            Combine::Sum => scores.sum(),
            Combine::Best => scores.max().unwrap_or(0),
        }
    }
}
