//! One session's sight of documents gathered in columns.
//!
//! For: requests over many dossiers. Invariants: a dossier that is not entered shows nothing; what
//! depends on the dossier alone is decided once for all dossiers of a kind, the rest document by
//! document, 64 at a time.

use super::block::Columns;
use crate::decision::Rules;
use crate::facts::DossierFacts;
use base::Instant;

/// Whether a dossier's facts can be those of the session; `None`: its kind says so.
pub(crate) type Trusted<'a> = Option<Box<dyn Fn(&DossierFacts) -> bool + 'a>>;

/// Which documents of some columns a session sees, block by block.
pub struct Sight<'a> {
    columns: &'a Columns,
    /// By kind of dossier: which of `left` decides; `None` when it is not entered.
    kinds: Vec<Option<usize>>,
    /// What is left of the rules, each once: dossiers of several kinds often leave the same.
    left: Vec<Rules>,
    trusted: Trusted<'a>,
    now: Instant,
}

impl<'a> Sight<'a> {
    pub(crate) fn new(
        columns: &'a Columns,
        enter: impl Fn(&DossierFacts) -> Option<Rules>,
        trusted: Trusted<'a>,
        now: Instant,
    ) -> Self {
        let mut left: Vec<Rules> = Vec::new();
        let mut place = |rules: Rules| {
            let known = left.iter().position(|it| *it == rules);
            known.unwrap_or_else(|| {
                left.push(rules);
                left.len() - 1
            })
        };
        let kinds = columns.kinds().map(enter);
        let kinds = kinds.map(|it| it.map(&mut place)).collect();
        Self {
            columns,
            kinds,
            left,
            trusted,
            now,
        }
    }

    /// The documents of a block of 64 that are seen.
    #[must_use]
    pub fn block(&self, block: usize) -> u64 {
        self.block_over(block, &mut vec![0; self.left.len()])
    }

    /// All blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = u64> + '_ {
        let mut masks = vec![0; self.left.len()];
        (0..self.columns.blocks()).map(move |block| self.block_over(block, &mut masks))
    }

    /// The same over room for one word for each of `left`, all zero before and after.
    fn block_over(&self, block: usize, masks: &mut [u64]) -> u64 {
        self.columns.runs(block, |kind, dossier, run| {
            let Some(Some(left)) = self.kinds.get(kind) else {
                return;
            };
            let trusted = self.trusted.as_ref();
            if trusted.is_none_or(|trusted| trusted(dossier))
                && let Some(mask) = masks.get_mut(*left)
            {
                *mask |= run;
            }
        });
        let mut seen = 0;
        for (rules, mask) in self.left.iter().zip(masks) {
            let live = std::mem::take(mask);
            if live != 0 {
                seen |= rules.block(self.columns, block, live, self.now);
            }
        }
        seen
    }
}
