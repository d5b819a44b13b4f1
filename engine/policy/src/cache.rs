//! What was decided for a session, kept for its next request.
//!
//! For: the facade, which opens a lens at each verb. Not for: writes, which decide on fresh facts.
//! Invariants: what is kept is keyed by everything it was made from: the session (actor, purpose
//! and all), the pack, and, for a dossier, the version of its record; it is used only before the
//! instant at which an expiry, a majority or a change of pack may alter it (P8); it is bounded,
//! and losing it changes no answer.

use crate::facts::{DossierFacts, SessionFacts};
use crate::lens::{Bound, DossierLens, Lens};
use crate::pack::Pack;
use base::{DossierId, Instant, limit};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lenses of sessions, and of the dossiers they looked into.
#[derive(Default)]
pub struct SessionCache {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    sessions: BTreeMap<SessionFacts, OfSession>,
    /// Dossiers over all sessions.
    gates: usize,
    /// Counts requests; the session used longest ago has the least.
    tick: u64,
}

struct OfSession {
    bound: Arc<Bound>,
    dossiers: BTreeMap<DossierId, (u64, DossierLens)>,
    used: u64,
}

impl SessionCache {
    /// Nothing kept.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the session may see under the pack at the instant, as `Pack::lens` gives it.
    #[must_use]
    pub fn lens(&self, pack: &Arc<Pack>, session: &SessionFacts, now: Instant) -> Lens {
        let mut kept = self.kept();
        kept.tick += 1;
        let tick = kept.tick;
        if let Some(found) = kept.sessions.get_mut(session)
            && Arc::ptr_eq(found.bound.pack(), pack)
        {
            found.used = tick;
            return Lens::new(Arc::clone(&found.bound), now);
        }
        drop(kept);
        let bound = Arc::new(Bound::new(Arc::clone(pack), session));
        self.kept().insert(session.clone(), Arc::clone(&bound));
        Lens::new(bound, now)
    }

    /// The lens narrowed to a dossier, as `Lens::scope` gives it. `version` is that of the
    /// dossier's record, which grows with every change of it; `facts` are read from that record
    /// when nothing that still holds is kept.
    #[must_use]
    pub fn scope(
        &self,
        lens: &Lens,
        (dossier, version): (DossierId, u64),
        facts: impl FnOnce() -> DossierFacts,
    ) -> DossierLens {
        if let Some(renewed) = self.renewed(lens, dossier, version) {
            return renewed;
        }
        let scoped = lens.scope(&facts());
        self.kept().keep(lens, (dossier, version), &scoped);
        scoped
    }

    /// Forgets everything: after an erasure, and when packs are replaced.
    pub fn clear(&self) {
        *self.kept() = Kept::default();
    }

    fn renewed(&self, lens: &Lens, dossier: DossierId, version: u64) -> Option<DossierLens> {
        let kept = self.kept();
        let session = kept.sessions.get(lens.session())?;
        let (of, found) = session.dossiers.get(&dossier)?;
        // INVARIANT(P8): `renewed` refuses what no longer holds at the lens's instant.
        (*of == version).then(|| found.renewed(lens)).flatten()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn insert(&mut self, session: SessionFacts, bound: Arc<Bound>) {
        if self.sessions.len() >= limit::SESSIONS_KEPT_MAX {
            self.drop_oldest();
        }
        let fresh = OfSession {
            bound,
            dossiers: BTreeMap::new(),
            used: self.tick,
        };
        if let Some(replaced) = self.sessions.insert(session, fresh) {
            self.gates -= replaced.dossiers.len();
        }
    }

    fn keep(&mut self, lens: &Lens, (dossier, version): (DossierId, u64), scoped: &DossierLens) {
        while self.gates >= limit::GATES_KEPT_MAX {
            self.drop_oldest();
        }
        let Some(session) = self.sessions.get_mut(lens.session()) else {
            return;
        };
        // A session whose pack was replaced meanwhile keeps nothing of the old one.
        if !Arc::ptr_eq(&session.bound, lens.bound()) {
            return;
        }
        let before = session.dossiers.insert(dossier, (version, scoped.clone()));
        self.gates += usize::from(before.is_none());
    }

    fn drop_oldest(&mut self) {
        let oldest = self.sessions.iter().min_by_key(|(_, it)| it.used);
        let Some(oldest) = oldest.map(|(session, _)| session.clone()) else {
            self.gates = 0;
            return;
        };
        if let Some(dropped) = self.sessions.remove(&oldest) {
            self.gates -= dropped.dossiers.len();
        }
    }
}

#[cfg(test)]
mod tests;
