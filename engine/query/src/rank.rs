//! The order of answers: score, then date, then random id; never where a document lies.
//!
//! Invariant: two answers compare by what is shown of them alone, so that hidden documents,
//! segments and commits change no order.

use crate::question::{Order, Position};
use base::{DocumentId, Instant, Ordinal};
use std::cmp::{self, Reverse};
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

impl Ranked {
    /// Where it stands.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position {
            score: self.score,
            created: self.created,
            document: self.document,
        }
    }
}

/// A position as a number that grows with how early an answer comes.
type Key = (u64, i64, Reverse<DocumentId>);

/// The key of a position in an order.
const fn key(order: Order, at: &Position) -> Key {
    let date = dated(order, at.created);
    let id = Reverse(at.document);
    match order {
        Order::Relevance => (at.score, date, id),
        Order::Newest | Order::Oldest => (0, date, id),
    }
}

/// A date as a number that grows with how early an answer comes.
const fn dated(order: Order, created: Instant) -> i64 {
    match order {
        Order::Relevance | Order::Newest => created.millis(),
        Order::Oldest => !created.millis(),
    }
}

struct Keyed {
    key: Key,
    ranked: Ranked,
}

impl PartialEq for Keyed {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Keyed {}

impl Ord for Keyed {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Keyed {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The best answers of those offered.
pub struct TopK {
    order: Order,
    limit: usize,
    behind: Option<Key>,
    heap: BinaryHeap<Reverse<Keyed>>,
    more: bool,
}

impl TopK {
    /// Keeps the `limit` best of those that stand behind `after`.
    #[must_use]
    pub fn new(order: Order, limit: usize, after: Option<&Position>) -> Self {
        Self {
            order,
            limit,
            behind: after.map(|at| key(order, at)),
            heap: BinaryHeap::new(),
            more: false,
        }
    }

    /// Whether an answer of this score, written then, need be offered; one that need not is known
    /// to stand behind all that are kept.
    pub fn wants(&mut self, score: u64, created: impl FnOnce() -> Option<Instant>) -> bool {
        if self.behind.is_some() || self.heap.len() < self.limit {
            return true;
        }
        self.more = true;
        let Some(Reverse(worst)) = self.heap.peek() else {
            return false;
        };
        let score = if self.order == Order::Relevance {
            score
        } else {
            0
        };
        match score.cmp(&worst.key.0) {
            cmp::Ordering::Less => false,
            cmp::Ordering::Greater => true,
            cmp::Ordering::Equal => created().is_none_or(|it| dated(self.order, it) >= worst.key.1),
        }
    }

    /// Offers an answer.
    pub fn offer(&mut self, ranked: Ranked) {
        let key = key(self.order, &ranked.position());
        if self.behind.is_some_and(|behind| key >= behind) {
            return;
        }
        if self.heap.len() < self.limit {
            self.heap.push(Reverse(Keyed { key, ranked }));
            return;
        }
        self.more = true;
        if let Some(mut worst) = self.heap.peek_mut()
            && worst.0.key < key
        {
            *worst = Reverse(Keyed { key, ranked });
        }
    }

    /// Whether more answers were offered than are kept.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.more
    }

    /// The best, best first.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Ranked> {
        let mut kept: Vec<_> = self.heap.into_iter().map(|Reverse(keyed)| keyed).collect();
        kept.sort_by(|a, b| b.cmp(a));
        kept.into_iter().map(|keyed| keyed.ranked).collect()
    }
}

#[cfg(test)]
mod tests;
