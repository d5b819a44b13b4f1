//! The order of answers: score, then date, then random id; never where a document lies.
//!
//! Invariant: two answers compare by what is shown of them alone, so that hidden documents,
//! segments and commits change no order.

use base::{DocumentId, Instant, Ordinal};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A document that answers, with what it is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Its score.
    pub score: u64,
    /// When it was written.
    pub created: Instant,
    /// Its random id.
    pub document: DocumentId,
    /// Its place, which orders nothing.
    pub ordinal: Ordinal,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.score, it.created, Reverse(it.document));
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The best answers of those offered.
pub struct TopK {
    limit: usize,
    heap: BinaryHeap<Reverse<Ranked>>,
}

impl TopK {
    /// Keeps the `limit` best.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            heap: BinaryHeap::new(),
        }
    }

    /// Offers an answer.
    pub fn offer(&mut self, ranked: Ranked) {
        if self.heap.len() < self.limit {
            self.heap.push(Reverse(ranked));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && worst.0 < ranked
        {
            *worst = Reverse(ranked);
        }
    }

    /// The best, best first.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Ranked> {
        let mut ranked: Vec<_> = self
            .heap
            .into_iter()
            .map(|Reverse(ranked)| ranked)
            .collect();
        ranked.sort_by(|a, b| b.cmp(a));
        ranked
    }
}

#[cfg(test)]
mod tests;
