//! `erase`, `erase_document`, batches of them, and `purge_due`: what goes for good; see
//! `erasing` for how.
//!
//! Invariants: one erasure at a time; the rules are asked again on the committer, about the
//! dossier as it is there; a request that is refused stops no other of its batch.

use crate::answer::{Purged, Receipt};
use crate::ask::{Erasure, Matricule, Target};
use crate::engine::{Engine, Shared};
use crate::erasing::{self, By, Request, Wanted};
use crate::error::{Code, Error, Result};
use crate::recorder::slot;
use crate::session::{Entered, Session};
use crate::{facts, names};
use base::{DocumentId, DossierNumber, Purpose, SessionId};
use journal::{Agent, Verb};
use policy::Action;
use std::sync::{Arc, PoisonError};
use store::{DossierSeal, SealedHead};

impl Session {
    /// Erases a dossier and all linked with it. Returns both receipts: the keys are destroyed,
    /// the index holds none of its words.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`], and what the key store and the disk give;
    /// an erasure that was begun is completed by the next one, or when the store is opened
    /// again. Then the holder is given its receipts by asking once more.
    pub fn erase(&self, patient: &Matricule) -> Result<Vec<Receipt>> {
        self.erase_one(&Target::Dossier(patient.clone()))
    }

    /// Erases one document with its earlier versions; the dossier gets a new key. Returns both
    /// receipts; those of an erasure that was held up to whoever began it and asks once more.
    ///
    /// # Errors
    /// As [`Session::erase`]; [`Code::Refused`] when the session may not see the document.
    pub fn erase_document(&self, document: DocumentId) -> Result<Vec<Receipt>> {
        self.erase_one(&Target::Document(document))
    }

    fn erase_one(&self, target: &Target) -> Result<Vec<Receipt>> {
        let outcome = self.erasure(target).and_then(|request| {
            let erased = self.shared.erase(vec![request]);
            let mut outcomes = erased.map_err(Error::without_sink)?;
            let outcome = outcomes.pop();
            outcome.ok_or(base::Bug::new("a request to erase has an outcome"))?
        });
        outcome.or_else(|error| self.kept_receipts(target, error))
    }

    /// What is asked for, when the rules let this session ask it.
    fn erasure(&self, target: &Target) -> Result<Request> {
        let view = self.shared.core.view()?;
        let (entered, what): (Entered, Wanted) = match target {
            Target::Dossier(patient) => (
                self.enter(&view, patient, Verb::LifeCycle)?,
                Wanted::Dossier,
            ),
            Target::Document(document) => {
                let (entered, ordinal) = self.enter_for(&view, *document, Verb::LifeCycle)?;
                let dictionary = entered.lens.lens().pack().dictionary();
                let entry = entered.listing.entry(ordinal.document());
                let entry = entry.map(|entry| facts::document(entry, &self.facts, dictionary));
                if !entry.is_some_and(|entry| entered.lens.shows(&entry)) {
                    self.record_denial(&view, &entered, Verb::LifeCycle, Some(*document))?;
                    return Err(Error::refused());
                }
                (entered, Wanted::Document(*document))
            }
        };
        if !entered.lens.may(Action::Erase).is_allowed() {
            let document = match what {
                Wanted::Dossier => None,
                Wanted::Document(document) => Some(document),
            };
            self.record_denial(&view, &entered, Verb::LifeCycle, document)?;
            return Err(Error::new(
                Code::WriteRefused,
                "the rules do not let this session erase that",
                "its holder may",
            ));
        }
        Ok(Request {
            by: By::Session(self.facts.clone()),
            agent: self.agent().clone(),
            number: entered.number,
            id: entered.id,
            what,
        })
    }
}

impl Engine {
    /// Erases dossiers and documents in batches, each asked for by a session of its own: two
    /// turns of the root and one rewriting of the index for a whole batch. An outcome for each,
    /// in order; what was erased before has the receipts that were kept.
    ///
    /// # Errors
    /// What the key store and the disk give; a batch that was begun is completed by the next
    /// erasure, or when the store is opened again.
    pub fn erase(&self, asked: &[Erasure<'_>]) -> Result<Vec<Result<Vec<Receipt>>>> {
        let mut outcomes = Vec::with_capacity(asked.len());
        for batch in asked.chunks(BATCH_MAX) {
            let (mut requests, mut refused) = (Vec::new(), Vec::new());
            for erasure in batch {
                let ours = Arc::ptr_eq(&erasure.session.shared, &self.shared);
                let request = if ours {
                    erasure.session.erasure(&erasure.target)
                } else {
                    Err(foreign())
                };
                refused.push(request.map(|request| requests.push(request)).err());
            }
            let mut erased = self.shared.erase(requests)?.into_iter();
            for (erasure, refused) in batch.iter().zip(refused) {
                let outcome = match refused {
                    Some(error) => Err(error),
                    None => erased.next().unwrap_or_else(|| Err(Error::refused())),
                };
                let Erasure { session, target } = erasure;
                outcomes.push(outcome.or_else(|error| session.kept_receipts(target, error)));
            }
        }
        Ok(outcomes)
    }

    /// Erases the dossiers whose ten years after closing have passed.
    ///
    /// # Errors
    /// As [`Engine::erase`].
    pub fn purge_due(&self) -> Result<Vec<Purged>> {
        let agent = Agent {
            actor: "liasse".to_owned(),
            profession: "system".to_owned(),
            speciality: String::new(),
            structure: String::new(),
            purpose: Purpose::Audit,
            session: SessionId::random(&*self.shared.core.entropy)?,
            secrecy: journal::Secrecy::Open,
        };
        let mut purged = Vec::new();
        for batch in self.shared.due()?.chunks(BATCH_MAX) {
            let mut requests = Vec::new();
            for number in batch {
                requests.extend(self.shared.term(*number, &agent)?);
            }
            let ids: Vec<_> = requests.iter().map(|request| request.id).collect();
            for (dossier, outcome) in ids.into_iter().zip(self.shared.erase(requests)?) {
                // A dossier reopened meanwhile, or gone with one it was linked to, stays out.
                if let Ok(receipts) = outcome {
                    purged.push(Purged { dossier, receipts });
                }
            }
        }
        Ok(purged)
    }
}

impl Shared {
    /// Erases a batch, after what an earlier one left undone.
    fn erase(&self, requests: Vec<Request>) -> Result<Vec<Result<Vec<Receipt>>>> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let _turn = self.erasing.lock().unwrap_or_else(PoisonError::into_inner);
        erasing::erase(&mut &*self, requests)
    }

    /// The dossiers that may be due.
    fn due(&self) -> Result<Vec<DossierNumber>> {
        let view = self.core.view()?;
        let today = names::due_day(self.core.now(&view));
        let mut due = Vec::new();
        view.units.visit_due(view.rows(), today, &mut |key, _| {
            due.extend(names::parse_due(key));
        })?;
        Ok(due)
    }

    /// The request to erase a dossier whose term has passed; none when it has not.
    fn term(&self, number: DossierNumber, agent: &Agent) -> Result<Option<Request>> {
        let view = self.core.view()?;
        let Some(sealed) = SealedHead::read(view.rows(), number)? else {
            return Ok(None);
        };
        let key = view.keys.dossier_key(view.rows(), slot(sealed.slot())?)?;
        let store = self.core.store;
        let seal = DossierSeal { store, key: &key };
        let listing = sealed.open(view.rows(), seal)?;
        let dossier = listing.dossier()?.to_dossier()?;
        let now = self.core.now(&view);
        let passed = dossier.closing.is_some_and(|closing| closing.purge <= now);
        Ok(passed.then(|| Request {
            by: By::Term,
            agent: agent.clone(),
            number,
            id: dossier.id,
            what: Wanted::Dossier,
        }))
    }
}

fn foreign() -> Error {
    Error::new(
        Code::Invalid,
        "the session belongs to another engine",
        "ask each engine for its own",
    )
}

/// Most erasures under one pair of rotations.
const BATCH_MAX: usize = 1000;
