//! Reference statistics: how common a word is in published French medical texts.
//!
//! For: ranking that cannot leak. Not for: learning anything from the store. Invariants: every
//! weight is an integer computed with integers, the same on every machine; it depends on the
//! table and the word alone, never on the documents of the store. Words that share a stem share
//! a count: the chance that a document holds any of them, were they independent.

mod expected;

use crate::analysis::{CAPITALS_MARK, Words};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// A table of document frequencies is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the table is not a word, a tab and a frequency per million")]
pub struct NotATable {
    /// The line, from 1.
    pub line: usize,
}

/// Document frequencies per million documents, by stem.
pub struct ReferenceStatistics {
    frequencies: BTreeMap<Box<str>, u32>,
}

impl ReferenceStatistics {
    /// The table that ships with the engine.
    #[must_use]
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&BUILT_IN)
    }

    /// Reads a table: a word, a tab, its document frequency per million documents, a line each.
    ///
    /// # Errors
    /// [`NotATable`] when a line is none.
    pub fn from_tsv(table: &str) -> Result<Self, NotATable> {
        let mut frequencies: BTreeMap<Box<str>, u32> = BTreeMap::new();
        for (index, line) in table.lines().enumerate() {
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let wrong = NotATable { line: index + 1 };
            let (word, count) = line.split_once('\t').ok_or(wrong)?;
            let count: u32 = count.parse().map_err(|_| wrong)?;
            if count > MILLION {
                return Err(wrong);
            }
            let words = Words::scan(word);
            let mut stem = String::new();
            if let [only] = words.words() {
                words.push_stem(only, &mut stem);
            } else {
                stem.push_str(word);
            }
            let known = frequencies.entry(stem.into_boxed_str()).or_insert(0);
            *known = either(*known, count);
        }
        Ok(Self { frequencies })
    }

    /// Inverse document frequency of a token, in 1/2^20.
    #[must_use]
    pub(crate) fn weight(&self, token: &str) -> u64 {
        let count = u64::from(self.frequency(token));
        let million = u64::from(MILLION);
        // ln(1 + (n - df + 1/2) / (df + 1/2)) = ln(2 n + 2) - ln(2 df + 1)
        logarithm(2 * million + 2).saturating_sub(logarithm(2 * count + 1)) >> (FRACTION - 20)
    }
}

impl ReferenceStatistics {
    /// Documents per million that hold a token.
    fn frequency(&self, token: &str) -> u32 {
        let plain = token.trim_start_matches(CAPITALS_MARK);
        let count = self.frequencies.get(plain).copied().unwrap_or(UNKNOWN);
        if plain.len() < token.len() {
            // The table does not tell TA from ta: an abbreviation is never that common.
            return count.min(CAPITALS_COUNT_MAX);
        }
        count
    }
}

/// Score of a term that occurs `frequency` times in a document of `tokens` tokens, in 1/2^20:
/// BM25 with k1 = 1.2, b = 0.75 and a constant average length.
#[must_use]
pub(crate) fn score(weight: u64, frequency: u32, tokens: u32) -> u64 {
    let frequency = u64::from(frequency.min(FREQUENCY_MAX));
    let tokens = u64::from(tokens.min(TOKENS_MAX));
    let above = frequency * 2200 * AVERAGE_TOKENS;
    let below = (frequency * 1000 + 300) * AVERAGE_TOKENS + 900 * tokens;
    let share = (above << 16) / below;
    (weight * share) >> 16
}

/// The chance per million of one event or another, were they independent.
fn either(one: u32, other: u32) -> u32 {
    let both = u64::from(one) * u64::from(other) / u64::from(MILLION);
    let either = u64::from(one) + u64::from(other) - both;
    u32::try_from(either).unwrap_or(MILLION).min(MILLION)
}

/// Natural logarithm of a whole number, in 1/2^24, by integers alone.
fn logarithm(number: u64) -> u64 {
    let whole = u64::from(number.max(1).ilog2());
    let mut mantissa = u128::from(number.max(1)) << (62 - whole);
    let mut bits = whole << FRACTION;
    for bit in (0..FRACTION).rev() {
        mantissa = (mantissa * mantissa) >> 62;
        if mantissa >= 2 << 62 {
            mantissa >>= 1;
            bits |= 1 << bit;
        }
    }
    // bits is the logarithm to base 2; 11629080 is ln 2 in 1/2^24.
    u64::try_from((u128::from(bits) * 11_629_080) >> FRACTION).unwrap_or(u64::MAX)
}

static BUILT_IN: LazyLock<Arc<ReferenceStatistics>> = LazyLock::new(|| {
    let table = include_str!("../data/reference_df.tsv");
    Arc::new(ReferenceStatistics::from_tsv(table).expect("the built-in table is one: tested"))
});

const MILLION: u32 = 1_000_000;
/// Documents per million that hold a word the table does not know.
const UNKNOWN: u32 = 50;
/// Most documents per million that hold an abbreviation.
const CAPITALS_COUNT_MAX: u32 = 20_000;
/// Length of a document with which all are compared, in tokens.
const AVERAGE_TOKENS: u64 = 400;
const FREQUENCY_MAX: u32 = 1023;
const TOKENS_MAX: u32 = 1 << 24;
const FRACTION: u64 = 24;

#[cfg(test)]
mod tests;
