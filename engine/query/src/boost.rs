//! Ranking that a host asks for besides the words: recent documents, and documents of some types,
//! before others that say as much.
//!
//! Invariants: a boost multiplies a score by an integer percentage that depends on what the answer
//! shows of the document (its date, its type) and on the question alone, never on other documents;
//! it changes no order but that of relevance, and neither which documents answer nor how many.

use crate::columns::{Cells, Columns, Value};
use crate::question::Field;
use base::Instant;

/// What makes a score weigh more or less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boosts {
    /// Recent documents gain.
    pub recency: Option<Recency>,
    /// What a score counts for in documents of a type, in percent: 100 changes nothing, 0 puts
    /// them last. A type that stands there twice has the first.
    pub types: Vec<(String, u32)>,
}

/// How much recent documents gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recency {
    /// What is recent is counted from here; given with the question, so that its pages agree.
    pub at: Instant,
    /// How much a document of that instant or later gains, in percent of its score.
    pub percent: u32,
    /// The age in days at which half of that gain is left; at three times it a quarter is.
    pub half_days: u32,
}

/// Boosts, ready for the rows of some columns.
pub(crate) struct Boosted<'a> {
    recency: Option<Recency>,
    types: Vec<(Value, u32)>,
    kind: Cells,
    columns: &'a Columns,
}

impl Boosts {
    /// Whether every score stays what it is.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.recency.is_none() && self.types.is_empty()
    }
}

impl Recency {
    /// What a score counts for in a document of this date, in percent.
    fn percent_at(&self, created: Instant) -> u64 {
        let age = self.at.millis().saturating_sub(created.millis());
        let age_days = u64::try_from(age / MILLIS_OF_A_DAY).unwrap_or(0);
        let (gain, half) = (u64::from(self.percent), u64::from(self.half_days.max(1)));
        NOTHING_GAINED + gain * half / half.saturating_add(age_days)
    }
}

impl<'a> Boosted<'a> {
    pub(crate) fn new(boosts: &Boosts, columns: &'a Columns) -> Self {
        let types = boosts.types.iter();
        let types = types.flat_map(|(code, percent)| {
            let values = columns.coded(code).into_iter();
            values.map(|value| (value, *percent))
        });
        Self {
            recency: boosts.recency,
            types: types.collect(),
            kind: Cells::of(Field::Type),
            columns,
        }
    }

    /// The score that orders a row.
    pub(crate) fn score(&self, nth: usize, score: u64) -> u64 {
        let recency = self.recency.as_ref().zip(self.columns.created(nth));
        let recency = recency.map_or(NOTHING_GAINED, |(it, created)| it.percent_at(created));
        let kind = self.columns.held(nth, self.kind).iter().next();
        let of_type = self.types.iter().find(|(value, _)| Some(*value) == kind);
        let of_type = of_type.map_or(NOTHING_GAINED, |(_, percent)| u64::from(*percent));
        let boosted = u128::from(score) * u128::from(recency) * u128::from(of_type);
        u64::try_from(boosted / u128::from(NOTHING_GAINED * NOTHING_GAINED)).unwrap_or(u64::MAX)
    }
}

const NOTHING_GAINED: u64 = 100;
const MILLIS_OF_A_DAY: i64 = 24 * 3600 * 1000;

#[cfg(test)]
mod tests;
