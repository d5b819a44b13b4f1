//! Heads that sessions opened of late, each kept for the session that opened it.
//!
//! For: lists, fetches and searches of the same dossier one after the other. Invariants: a head is
//! used again only while the state tree names the very row it was opened from; a session's calls
//! are made faster by its own calls alone, so that how long one takes tells nothing of what
//! others looked at; nothing of an erased dossier is kept once its keys are destroyed, whoever
//! was reading meanwhile.

use base::{Digest, DossierNumber, Ordinal, SessionId, limit};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Listing;

/// The heads of all sessions.
#[derive(Default)]
pub(crate) struct Heads {
    kept: Mutex<Kept>,
}

/// Whose head of which dossier.
type Name = (SessionId, DossierNumber);

#[derive(Default)]
struct Kept {
    /// How often everything was forgotten.
    round: u64,
    heads: BTreeMap<Name, Held>,
    /// The heads by when they were used last.
    used: BTreeMap<u64, Name>,
    turn: u64,
    bytes: usize,
}

struct Held {
    listing: Arc<Listing>,
    turn: u64,
}

impl Kept {
    fn remove(&mut self, name: &Name) {
        if let Some(held) = self.heads.remove(name) {
            self.used.remove(&held.turn);
            self.bytes -= held.listing.bytes();
        }
    }
}

impl Heads {
    /// The head that a session opened of this row, and the round it is asked in.
    pub(crate) fn find(&self, name: Name, digest: Digest) -> (u64, Option<Arc<Listing>>) {
        let mut kept = self.kept();
        kept.turn += 1;
        let Kept {
            round,
            heads,
            used,
            turn,
            ..
        } = &mut *kept;
        let held = heads.get_mut(&name);
        let found = held.filter(|held| held.listing.digest() == digest);
        let listing = found.map(|held| {
            used.remove(&held.turn);
            held.turn = *turn;
            used.insert(*turn, name);
            Arc::clone(&held.listing)
        });
        (*round, listing)
    }

    /// Keeps a head that was opened, unless everything was forgotten since `round`.
    pub(crate) fn keep(&self, name: Name, round: u64, listing: &Arc<Listing>) {
        let mut kept = self.kept();
        let bytes = listing.bytes();
        if kept.round != round || bytes > limit::HEADS_KEPT_BYTES_MAX {
            return;
        }
        kept.remove(&name);
        while kept.bytes + bytes > limit::HEADS_KEPT_BYTES_MAX {
            let Some((_, oldest)) = kept.used.pop_first() else {
                break;
            };
            kept.remove(&oldest);
        }
        kept.turn += 1;
        let turn = kept.turn;
        kept.bytes += bytes;
        kept.used.insert(turn, name);
        let listing = Arc::clone(listing);
        kept.heads.insert(name, Held { listing, turn });
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
        let behind = kept.heads.range((session, first)..);
        let names = behind.map(|(name, _)| *name);
        let own: Vec<Name> = names.take_while(|(of, _)| *of == session).collect();
        for name in own {
            kept.remove(&name);
        }
    }

    /// How many heads are kept, and their bytes.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (usize, usize) {
        let kept = self.kept();
        assert_eq!(kept.heads.len(), kept.used.len());
        (kept.heads.len(), kept.bytes)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
