//! `receipts`: what was proved of an erasure, asked for later.
//!
//! For: whoever asked for an erasure that a sink, a reader or a crash held up. Not for: who was
//! erased; nobody learns it here. Invariants: a kept receipt names its erasure, never a person; a
//! holder is given her own, and whoever is not the holder is refused as if there were none.

use crate::answer::{KeptReceipt, Receipt};
use crate::ask::Matricule;
use crate::engine::Engine;
use crate::erasing;
use crate::error::{Error, Result};
use crate::names;
use crate::session::Session;
use base::{AuditHandle, Purpose};
use std::collections::BTreeMap;
use std::sync::PoisonError;
use store::UnitKind;

impl Engine {
    /// All receipts of erasures, in the order of their journal entries; for operators.
    ///
    /// # Errors
    /// What the catalog gives.
    pub fn receipts(&self) -> Result<Vec<KeptReceipt>> {
        erasing::kept(self.shared.core.view()?.rows(), 0)
    }

    /// Completes the erasures that were begun and that a sink, a reader or the key store held
    /// up, and gives the receipts of this; without any it does nothing. The next erasure does so
    /// too, and so does opening: [`Self::receipts`] has these.
    ///
    /// # Errors
    /// What holds them up still.
    pub fn finish_erasures(&self) -> Result<Vec<KeptReceipt>> {
        let shared = &*self.shared;
        let turn = shared.erasing.lock();
        let _turn = turn.unwrap_or_else(PoisonError::into_inner);
        let before = journal::Log::open(shared.core.view()?.rows())?.size();
        erasing::resume(&mut &*shared)?;
        erasing::kept(shared.core.view()?.rows(), before)
    }
}

impl Session {
    /// The receipts of the holder's own dossier that was erased before, completed first where
    /// that was held up; `refused` when there is none, and to everybody else.
    pub(crate) fn kept_receipts(
        &self,
        patient: &Matricule,
        refused: Error,
    ) -> Result<Vec<Receipt>> {
        let Some(erased) = self.own_erased(patient)? else {
            return Err(refused);
        };
        let shared = &*self.shared;
        let turn = shared.erasing.lock();
        let turn = turn.unwrap_or_else(PoisonError::into_inner);
        erasing::resume(&mut &*shared).map_err(Error::without_sink)?;
        drop(turn);
        let kept = erasing::kept(shared.core.view()?.rows(), 0)?;
        // Its last two are of the dossier: nothing of it is erased after it.
        let kept = kept.into_iter().filter(|it| it.erasure == erased);
        let receipts: BTreeMap<_, _> = kept.map(|it| (it.receipt.number, it.receipt)).collect();
        Ok(receipts.into_values().collect())
    }

    /// The last erased dossier of the patient whom this session acts for, if that is `patient`.
    fn own_erased(&self, patient: &Matricule) -> Result<Option<AuditHandle>> {
        let mut erased = None;
        let acts = [Purpose::Holder, Purpose::Representative].contains(&self.facts.purpose);
        let Some(own) = self.acts_for.as_ref().filter(|_| acts) else {
            return Ok(erased);
        };
        let view = self.shared.core.view()?;
        let own = own.candidates();
        for identity in patient.candidates() {
            let alias = names::alias_key(&identity);
            if !own.iter().any(|it| names::alias_key(it) == alias) {
                continue;
            }
            let key = names::audited_key(&view.units, &alias);
            let held = view.units.lookup(view.rows(), UnitKind::Alias, &key)?;
            let audited = names::parse_audited(&held.unwrap_or_default());
            erased = audited.last().map(|it| it.place.handle).or(erased);
        }
        Ok(erased)
    }
}
