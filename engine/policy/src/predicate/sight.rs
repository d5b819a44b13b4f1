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
    /// By kind of dossier: which of `left` decides; one more than there are when it is not
    /// entered, so that nothing is asked of each run.
    kinds: Vec<usize>,
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
        let kinds: Vec<_> = columns.kinds().map(enter).collect();
        let kinds: Vec<_> = kinds.into_iter().map(|it| it.map(&mut place)).collect();
        let none = left.len();
        let kinds = kinds.into_iter().map(|it| it.unwrap_or(none)).collect();
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
        self.block_over(block, &mut vec![0; self.left.len() + 1])
    }

    /// All blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = u64> + '_ {
        let mut masks = vec![0; self.left.len() + 1];
        (0..self.columns.blocks()).map(move |block| self.block_over(block, &mut masks))
    }

    /// The same over room for one word for each of `left` and one more, all but the last zero
    /// before and after.
    fn block_over(&self, block: usize, masks: &mut [u64]) -> u64 {
        let place = |kind: usize| self.kinds.get(kind).copied().unwrap_or(self.left.len());
        if let Some(trusted) = &self.trusted {
            self.columns.runs(block, |kind, dossier, run| {
                if self.columns.facts(dossier).is_some_and(trusted)
                    && let Some(mask) = masks.get_mut(place(kind))
                {
                    *mask |= run;
                }
            });
        } else {
            self.columns.runs(block, |kind, _, run| {
                if let Some(mask) = masks.get_mut(place(kind)) {
                    *mask |= run;
                }
            });
        }
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
