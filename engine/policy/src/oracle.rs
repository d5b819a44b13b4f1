//! The oracle: Cedar's own answer, document by document, against the predicate's.
//!
//! For: tests. Small domains and values on both sides of every boundary, since a wide one hides
//! faults: with dates over years an off-by-one was never seen. Any error of Cedar counts as a
//! refusal. Each failure prints the seed of its world.

mod dropped;
mod grammar;
mod judge;
mod run;
mod world;

use base::{Entropy, SeededEntropy};

/// Random choices out of one seed.
pub(super) struct Draw(SeededEntropy);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    pub(super) fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0
            .fill(&mut bytes)
            .expect("a seeded source always gives");
        usize::try_from(u64::from_le_bytes(bytes) % bound as u64).expect("below a usize")
    }

    /// True once in `of` times.
    pub(super) fn once_in(&self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(super) fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn word(&self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// Each member once in `of` times.
    pub(super) fn some<T: Copy>(&self, from: &[T], of: usize) -> Vec<T> {
        from.iter().copied().filter(|_| self.once_in(of)).collect()
    }
}
