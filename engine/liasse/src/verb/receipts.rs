//! `receipts`: what was proved of an erasure, asked for later.
//!
//! For: whoever asked for an erasure that a sink, a reader or a crash held up. Not for: who was
//! erased; nobody learns it here. Invariants: a kept receipt names its erasure, never a person; a
//! holder is given her own, with a trace, and whoever is not the holder is refused as if there were
//! none.

use crate::answer::{KeptReceipt, Receipt};
use crate::ask::{Matricule, Target};
use crate::core::View;
use crate::engine::Engine;
use crate::erasing;
use crate::error::{Code, Error, Result};
use crate::names::{self, Audited};
use crate::recorder::{Line, trace};
use crate::session::{self, Session, pack};
use base::{DocumentId, Purpose};
use intake::Ins;
use journal::{Act, Decision, Verb};
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
    /// The receipts of what the holder erased of her own before, completed first where that was
    /// held up; `refused` when there is none, and to everybody else.
    pub(crate) fn kept_receipts(&self, target: &Target, refused: Error) -> Result<Vec<Receipt>> {
        if refused.code() != Code::Refused {
            return Err(refused);
        }
        let found = match target {
            Target::Dossier(patient) => self.own_erased(patient)?,
            Target::Document(document) => self.own_erasure_of(*document)?,
        };
        let Some((erased, since)) = found else {
            return Err(refused);
        };
        let shared = &*self.shared;
        let turn = shared.erasing.lock();
        let turn = turn.unwrap_or_else(PoisonError::into_inner);
        erasing::resume(&mut &*shared).map_err(Error::without_sink)?;
        drop(turn);
        let view = shared.core.view()?;
        let kept = erasing::kept(view.rows(), since)?;
        let kept = kept
            .into_iter()
            .filter(|it| it.erasure == erased.place.handle);
        let mut receipts = BTreeMap::new();
        for KeptReceipt { receipt, .. } in kept {
            match target {
                // Its last two are of the dossier: nothing of it is erased after it.
                Target::Dossier(_) => drop(receipts.insert(receipt.number, receipt)),
                // Whatever is erased next is begun when these two are given.
                Target::Document(_) => drop(receipts.entry(receipt.number).or_insert(receipt)),
            }
        }
        self.record(&view, &[self.handing_out(&view, &erased)?])
            .map(drop)?;
        Ok(receipts.into_values().collect())
    }

    /// The trace of receipts that are handed out once more, behind those of the dossier.
    fn handing_out(&self, view: &View, erased: &Audited) -> Result<Line<'static>> {
        let lens = self.lens(self.shared.core.now(view))?;
        let act = Act::Accessed {
            verb: Verb::LifeCycle,
            documents: Vec::new(),
        };
        let (agent, pack) = (self.agent(), pack(&lens));
        Ok(Line {
            place: erased.place,
            trace: trace(lens.at(), erased.id, agent, &pack, Decision::Permit, act),
            words: None,
        })
    }

    /// The last erased dossier of the holder whom this session acts for, if that is `patient`.
    fn own_erased(&self, patient: &Matricule) -> Result<Option<(Audited, u64)>> {
        let Some(own) = self.own() else {
            return Ok(None);
        };
        let own = own.candidates();
        let mut erased = None;
        let view = self.shared.core.view()?;
        for identity in patient.candidates() {
            let alias = names::alias_key(&identity);
            if own.iter().any(|it| names::alias_key(it) == alias) {
                erased = erased_of(&view, &identity)?.pop().or(erased);
            }
        }
        Ok(erased.map(|erased| (erased, 0)))
    }

    /// The erasure of a document by this same actor, in a dossier of the holder whom this
    /// session acts for; and the entry of the journal that tells it.
    fn own_erasure_of(&self, document: DocumentId) -> Result<Option<(Audited, u64)>> {
        let Some(own) = self.own() else {
            return Ok(None);
        };
        let view = self.shared.core.view()?;
        let mut places = Vec::new();
        for identity in own.candidates() {
            places.extend(erased_of(&view, &identity)?);
        }
        if let Some(name) = session::find(&view, &own.candidates())? {
            let lens = self.lens(self.shared.core.now(&view))?;
            let living = self.look(&view, &lens, name.number)?;
            places.extend(living.map(|entered| Audited {
                id: entered.id,
                place: entered.audit,
            }));
        }
        for erased in places {
            if let Some(entry) = self.erased_at(&view, erased.place, document)? {
                return Ok(Some((erased, entry)));
            }
        }
        Ok(None)
    }

    /// The patient of a holder's session: a representative never erases, and who claims to be one
    /// is not told of an erasure (R26).
    fn own(&self) -> Option<&Matricule> {
        let holds = self.facts.purpose == Purpose::Holder;
        self.acts_for.as_ref().filter(|_| holds)
    }
}

/// A person's erased dossiers, the newest last.
fn erased_of(view: &View, identity: &Ins) -> Result<Vec<Audited>> {
    let key = names::audited_key(&view.units, &names::alias_key(identity));
    let held = view.units.lookup(view.rows(), UnitKind::Alias, &key)?;
    Ok(names::parse_audited(&held.unwrap_or_default()))
}
