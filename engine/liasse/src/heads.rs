//! What sessions opened of late, each thing kept for the session that opened it: heads, and where
//! names lead.
//!
//! For: lists, fetches and searches of the same dossier one after the other. Invariants: a head is
//! used again only while the state tree names the very row it was opened from, and where a name
//! leads (or that it leads nowhere) only while its sealed unit is the very one that was opened; a
//! session's calls are made faster by its own calls alone, so that how long one takes tells
//! nothing of what others looked at; nothing of an erased dossier is kept once its keys are
//! destroyed, whoever was reading meanwhile.

use crate::shelf::Shelf;
use base::{Digest, DossierNumber, Ordinal, SessionId, limit};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Listing, UnitKind, UnitMark};

/// What all sessions opened.
#[derive(Default)]
pub(crate) struct Heads {
    kept: Mutex<Kept>,
}

/// Whose head of which dossier.
type Name = (SessionId, DossierNumber);
/// Who looked up which item of the sealed units.
type Item = (SessionId, Option<UnitKind>, Vec<u8>);

struct Kept {
    /// How often everything was forgotten.
    round: u64,
    heads: Shelf<Name, Arc<Listing>>,
    items: Shelf<Item, (UnitMark, Option<Vec<u8>>)>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            round: 0,
            heads: Shelf::new(limit::HEADS_KEPT_BYTES_MAX),
            items: Shelf::new(limit::NAMES_KEPT_BYTES_MAX),
        }
    }
}

/// When something was looked for: what is found behind it is kept only if nothing was forgotten
/// since.
#[derive(Clone, Copy)]
pub(crate) struct Round(u64);

impl Heads {
    /// The head that a session opened of this row, and the round it is asked in.
    pub(crate) fn find(&self, name: Name, digest: Digest) -> (Round, Option<Arc<Listing>>) {
        let mut kept = self.kept();
        let same = |listing: &Arc<Listing>| listing.digest() == digest;
        let listing = kept.heads.find(&name, same).map(Arc::clone);
        (Round(kept.round), listing)
    }

    /// Keeps a head that was opened, unless everything was forgotten since `round`.
    pub(crate) fn keep(&self, name: Name, round: Round, listing: &Arc<Listing>) {
        let mut kept = self.kept();
        if kept.round == round.0 {
            kept.heads.keep(name, Arc::clone(listing), listing.bytes());
        }
    }

    /// What an item of the sealed units said when the session opened this very unit for it.
    pub(crate) fn find_item(
        &self,
        (session, kind, key): (SessionId, UnitKind, &[u8]),
        mark: UnitMark,
    ) -> (Round, Option<Option<Vec<u8>>>) {
        let mut kept = self.kept();
        let name = (session, Some(kind), key.to_vec());
        let found = kept.items.find(&name, |(held, _)| *held == mark);
        let value = found.map(|(_, value)| value.clone());
        (Round(kept.round), value)
    }

    /// Keeps what an item said, or that there is none, unless everything was forgotten since.
    pub(crate) fn keep_item(
        &self,
        (session, kind, key): (SessionId, UnitKind, &[u8]),
        round: Round,
        (mark, value): (UnitMark, Option<Vec<u8>>),
    ) {
        let mut kept = self.kept();
        if kept.round == round.0 {
            let bytes = ITEM_BYTES + key.len() + value.as_ref().map_or(0, Vec::len);
            let name = (session, Some(kind), key.to_vec());
            kept.items.keep(name, (mark, value), bytes);
        }
    }

    /// Forgets what was kept of all sessions.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept();
        let round = kept.round + 1;
        *kept = Kept {
            round,
            ..Kept::default()
        };
    }

    /// Forgets what was kept of a session.
    pub(crate) fn end(&self, session: SessionId) {
        let mut kept = self.kept();
        let first = Ordinal::from_value(0).dossier();
        kept.heads
            .clear(&(session, first), |(of, _)| *of == session);
        let first = (session, None, Vec::new());
        kept.items.clear(&first, |(of, ..)| *of == session);
    }

    /// How many heads are kept, and their bytes; the same of names.
    #[cfg(test)]
    pub(crate) fn size(&self) -> [(usize, usize); 2] {
        let kept = self.kept();
        [kept.heads.size(), kept.items.size()]
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About what a name takes besides its own bytes.
const ITEM_BYTES: usize = 256;

#[cfg(test)]
mod tests;
