//! How many documents a query may find, by the published table alone.
//!
//! For: telling operators what a query costs about. Not for: choosing a plan. Invariant: the
//! estimate depends on the query and the table, never on what is stored: whoever has both can
//! compute it without the store.

use super::{MILLION, ReferenceStatistics, UNKNOWN, either};
use crate::expr::{Expr, Node};
use std::ops::Bound;

impl ReferenceStatistics {
    /// In how many of a million published documents the query would be found, were words
    /// independent and were those of a phrase always in sequence.
    #[must_use]
    pub fn expected_in_a_million(&self, query: &Expr) -> u32 {
        self.expected(&query.node)
    }

    fn expected(&self, node: &Node) -> u32 {
        match node {
            Node::Every | Node::Dated(..) | Node::Not(_) => MILLION,
            Node::Code(_) => UNKNOWN,
            Node::Phrase(_, words) => both(words.iter().map(|word| self.frequency(word))),
            Node::Fuzzy(_, word, _) => self.frequency(word),
            Node::Prefix(_, start, _) => {
                let from = (Bound::Included(start.as_str()), Bound::Unbounded);
                let words = self.frequencies.range::<str, _>(from);
                let begun = words.take_while(|(word, _)| word.starts_with(start.as_str()));
                any(begun.map(|(_, count)| *count)).max(UNKNOWN)
            }
            Node::Near(_, groups, _) => both(groups.iter().map(|forms| {
                let form = |words: &Vec<String>| both(words.iter().map(|it| self.frequency(it)));
                any(forms.iter().map(form))
            })),
            Node::And(parts) => both(parts.iter().map(|part| self.expected(part))),
            Node::Or(parts) | Node::Best(parts) => {
                any(parts.iter().map(|part| self.expected(part)))
            }
        }
    }
}

/// The chance per million of all of them.
fn both(chances: impl Iterator<Item = u32>) -> u32 {
    let all = chances.fold(u64::from(MILLION), |all, chance| {
        all * u64::from(chance) / u64::from(MILLION)
    });
    u32::try_from(all).unwrap_or(MILLION)
}

/// The chance per million of any of them.
fn any(chances: impl Iterator<Item = u32>) -> u32 {
    chances.fold(0, either)
}
