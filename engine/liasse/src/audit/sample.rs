//! Which dossiers an audit opens, when it does not open all.
//!
//! For: audits that have not the time for every seal. Invariant: which they are follows from the
//! seed, the auditor's own, so that whoever holds the store cannot know it before the audit, and
//! whoever has the seed can look at the same ones again.

use crate::error::Result;
use base::{Digest, DossierNumber, Entropy};
use std::num::NonZeroU64;

/// About how many dossiers to open, and the seed they are chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    dossiers: NonZeroU64,
    seed: u64,
}

impl Sample {
    /// About `dossiers` of them, by a seed that is drawn now.
    ///
    /// # Errors
    /// What the source of random bytes gives.
    pub fn draw(dossiers: NonZeroU64, entropy: &dyn Entropy) -> Result<Self> {
        let mut seed = [0; 8];
        entropy.fill(&mut seed)?;
        Ok(Self::again(dossiers, u64::from_le_bytes(seed)))
    }

    /// About `dossiers` of them, by the seed of an earlier audit.
    #[must_use]
    pub const fn again(dossiers: NonZeroU64, seed: u64) -> Self {
        Self { dossiers, seed }
    }

    /// About how many.
    #[must_use]
    pub const fn dossiers(self) -> NonZeroU64 {
        self.dossiers
    }

    /// By which seed.
    #[must_use]
    pub const fn seed(self) -> u64 {
        self.seed
    }

    /// Whether a dossier is among them, when there are so many.
    pub(super) fn holds(self, number: DossierNumber, of: u64) -> bool {
        let number = number.number().to_le_bytes();
        self.drawn("liasse audit sample v2", &[&number]) % of.max(1) < self.dossiers.get()
    }

    /// Every number below `of`, from one on that the seed says.
    pub(super) fn onwards(self, of: u64) -> impl Iterator<Item = u64> {
        let first = self.drawn("liasse audit sample beside v1", &[]) % of.max(1);
        (first..of).chain(0..first)
    }

    fn drawn(self, domain: &'static str, more: &[&[u8]]) -> u64 {
        let seed = self.seed.to_le_bytes();
        let parts = [&[seed.as_slice()][..], more].concat();
        let chosen: Digest = vault::digest(domain, &parts);
        let drawn = chosen.as_bytes().first_chunk();
        drawn.map_or(0, |it| u64::from_le_bytes(*it))
    }
}
