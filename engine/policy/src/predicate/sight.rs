//! One session's sight of documents gathered in columns.
//!
//! For: requests over many dossiers. Invariants: a dossier that is not entered shows nothing; what
//! depends on the dossier alone is decided once for all dossiers of a kind, the rest document by
//! document, 64 at a time.

use super::block::Columns;
use crate::decision::Rules;
use crate::facts::DossierFacts;
use base::Instant;

/// Whether a dossier's facts can be those of the session.
pub(crate) type Trusted<'a> = Box<dyn Fn(&DossierFacts) -> bool + 'a>;

/// Which documents of some columns a session sees, block by block.
pub struct Sight<'a> {
    columns: &'a Columns,
    /// By kind of dossier: what is left of the rules; `None` when it is not entered.
    kinds: Vec<Option<Rules>>,
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
        let kinds = columns.kinds().map(enter).collect();
        Self {
            columns,
            kinds,
            trusted,
            now,
        }
    }

    /// The documents of a block of 64 that are seen.
    #[must_use]
    pub fn block(&self, block: usize) -> u64 {
        let mut entered = [(0, 0); 64];
        let mut count = 0;
        self.columns.runs(block, |kind, dossier, run| {
            let rules = self.kinds.get(kind).and_then(Option::as_ref);
            if rules.is_none() || !(self.trusted)(dossier) {
                return;
            }
            let before = entered.iter_mut().take(count).find(|(it, _)| *it == kind);
            if let Some((_, mask)) = before {
                *mask |= run;
            } else if let Some(fresh) = entered.get_mut(count) {
                *fresh = (kind, run);
                count += 1;
            }
        });
        let mut seen = 0;
        for (kind, mask) in entered.into_iter().take(count) {
            if let Some(Some(rules)) = self.kinds.get(kind) {
                seen |= rules.block(self.columns, block, mask, self.now);
            }
        }
        seen
    }

    /// All blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.columns.blocks()).map(|block| self.block(block))
    }
}
