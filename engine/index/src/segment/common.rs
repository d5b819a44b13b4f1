//! Common words of a segment, unpacked once: the documents that hold one as a set of bits.
//!
//! For: searches among documents that are spread over the whole segment, which would unpack every
//! block of a common word's postings each time. Not for: words whose postings can be leapt over.
//! Invariants: a set holds what the postings hold, in a segment that never changes; it is counted
//! as decrypted index and let go of as that is; it is wiped when it is dropped.

use super::{END, Field};
use crate::budget::{Budget, Keeper};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::{DocSet as _, TERMINATED};
use zeroize::Zeroizing;

/// What is kept of the common words of one segment.
pub(crate) struct CommonWords {
    words: Mutex<Words>,
    touched: AtomicU64,
    budget: Arc<Budget>,
}

type Words = BTreeMap<(Field, Box<str>), Arc<WordSet>>;

/// The documents that hold one word, and how often each does.
struct WordSet {
    /// Bit `slot % 64` of number `slot / 64`.
    bits: Zeroizing<Vec<u64>>,
    /// How many documents stand before those of each number.
    before: Zeroizing<Vec<u32>>,
    /// Of each document that holds it, in the order of slots.
    frequencies: Zeroizing<Vec<u8>>,
    used: Arc<AtomicUsize>,
}

/// A word's documents in order of slots. It starts at the first of them.
pub(crate) struct CommonPostings {
    set: Arc<WordSet>,
    slot: u32,
}

impl CommonWords {
    /// Those of one segment, none so far.
    pub(crate) fn new(budget: &Arc<Budget>) -> Arc<Self> {
        let words = Arc::new(Self {
            words: Mutex::default(),
            touched: AtomicU64::new(0),
            budget: Arc::clone(budget),
        });
        let keeper: Arc<dyn Keeper> = Arc::<Self>::clone(&words);
        budget.add(&keeper);
        words
    }

    /// The documents of a word that is kept.
    pub(crate) fn get(&self, field: Field, word: &str) -> Option<CommonPostings> {
        let words = self.words();
        let set = words.get(&(field, Box::from(word)))?;
        self.touched.store(self.budget.tick(), Ordering::Relaxed);
        Some(CommonPostings::new(Arc::clone(set)))
    }

    /// Unpacks and keeps a word; `None` where a document holds it too often for a set.
    pub(crate) fn keep(
        &self,
        field: Field,
        word: &str,
        (postings, documents): (SegmentPostings, u32),
    ) -> Option<CommonPostings> {
        let set = WordSet::unpack(postings, documents, self.budget.used())?;
        let set = Arc::new(set);
        let key = (field, Box::from(word));
        self.words().insert(key, Arc::clone(&set));
        self.touched.store(self.budget.tick(), Ordering::Relaxed);
        self.budget.settle();
        Some(CommonPostings::new(set))
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper for CommonWords {
    fn touched(&self) -> u64 {
        self.touched.load(Ordering::Relaxed)
    }

    fn evict(&self) {
        self.words().retain(|_, set| Arc::strong_count(set) > 1);
    }
}

impl WordSet {
    fn unpack(
        mut postings: SegmentPostings,
        documents: u32,
        used: Arc<AtomicUsize>,
    ) -> Option<Self> {
        let numbers = index(documents).div_ceil(64);
        let mut bits = Zeroizing::new(vec![0_u64; numbers]);
        // Room for all from the start: a growing vector leaves copies behind.
        let count = index(postings.size_hint());
        let mut frequencies = Zeroizing::new(Vec::with_capacity(count));
        let mut slot = postings.doc();
        while slot != TERMINATED {
            *bits.get_mut(index(slot / 64))? |= 1 << (slot % 64);
            frequencies.push(u8::try_from(postings.term_freq()).ok()?);
            slot = postings.advance();
        }
        let mut before = Zeroizing::new(Vec::with_capacity(numbers));
        let mut sum = 0;
        for number in bits.iter() {
            before.push(sum);
            sum += number.count_ones();
        }
        let set = Self {
            bits,
            before,
            frequencies,
            used,
        };
        set.used.fetch_add(set.bytes(), Ordering::Relaxed);
        Some(set)
    }

    fn bytes(&self) -> usize {
        self.bits.len() * 8 + self.before.len() * 4 + self.frequencies.len()
    }

    /// The first document at or behind `target`.
    fn at_or_after(&self, target: u32) -> u32 {
        let mut at = index(target / 64);
        let mut left = self
            .bits
            .get(at)
            .map_or(0, |it| it >> (target % 64) << (target % 64));
        while left == 0 {
            at += 1;
            match self.bits.get(at) {
                Some(number) => left = *number,
                None => return END,
            }
        }
        u32::try_from(at * 64).map_or(END, |first| first + left.trailing_zeros())
    }

    fn frequency(&self, slot: u32) -> u32 {
        let at = index(slot / 64);
        let (Some(number), Some(before)) = (self.bits.get(at), self.before.get(at)) else {
            return 0;
        };
        let below = (number & ((1 << (slot % 64)) - 1)).count_ones();
        let nth = index(before + below);
        self.frequencies.get(nth).copied().map_or(0, u32::from)
    }
}

impl Drop for WordSet {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes(), Ordering::Relaxed);
    }
}

impl CommonPostings {
    fn new(set: Arc<WordSet>) -> Self {
        let slot = set.at_or_after(0);
        Self { set, slot }
    }

    /// Moves to the first document at or behind `target`.
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        if self.slot < target {
            self.slot = self.set.at_or_after(target);
        }
        self.slot
    }

    /// Puts those of some things whose documents hold the word at the front of `held`, in their
    /// order, and says how many they are. Which do is hard to foresee: nothing is jumped over.
    pub(crate) fn held_of<T: Copy>(
        &self,
        of: &[T],
        slot: impl Fn(&T) -> u32,
        held: &mut [T],
    ) -> usize {
        let mut count = 0;
        for one in of {
            let slot = slot(one);
            let number = self.set.bits.get(index(slot / 64)).copied().unwrap_or(0);
            if let Some(held) = held.get_mut(count) {
                *held = *one;
            }
            count += usize::from(number >> (slot % 64) & 1 == 1);
        }
        count
    }

    /// How many documents there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.set.frequencies.len()).unwrap_or(u32::MAX)
    }

    /// How often the current document holds it.
    pub(crate) fn frequency(&self) -> u32 {
        self.set.frequency(self.slot)
    }
}

/// Whether so many postings in so many documents are a common word's: an average block of them
/// spans few documents, of which some are asked for.
pub(crate) const fn is_common(postings: u32, documents: u32) -> bool {
    postings >= documents / COMMON_SHARE
}

/// Whether so many documents, spread over a segment of so many, leave hardly a block of a common
/// word's postings unread.
pub(crate) const fn are_many(asked: usize, documents: u32) -> bool {
    asked >= (documents / MANY_SHARE) as usize
}

const fn index(number: u32) -> usize {
    number as usize
}

/// A word in one of so many documents is common.
const COMMON_SHARE: u32 = 16;
/// One of so many documents: two blocks of 128 postings of a word that every document holds.
const MANY_SHARE: u32 = 256;

#[cfg(test)]
mod tests;
