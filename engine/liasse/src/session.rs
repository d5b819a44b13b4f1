//! A session: one actor, one purpose, and what every verb of hers begins and ends with.
//!
//! For: entering a dossier, recording, releasing. Each verb stands in a file of its own.
//! Invariants: absent and forbidden are refused by the same value (R24); nothing is released
//! before its trace is recorded, durably for emergencies; the instant is taken at each verb.

use crate::ask::{Matricule, SessionRequest};
use crate::core::View;
use crate::engine::Shared;
use crate::error::{Code, Error, Result};
use crate::facts;
use crate::measure;
use crate::names::{self, DossierName};
use crate::recorder::{AuditPlace, Line, Recorder, slot, trace, trace_of_store};
use base::{DocumentId, DossierId, DossierNumber, Instant, Purpose, SessionId, limit};
use intake::Ins;
use journal::{Act, Agent, Decision, Draft, Pending, Recorded, Verb, Words};
use policy::{DossierLens, Gate, Lens, Reach, SessionFacts};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use store::{DossierSeal, Listing, SealedHead, Spending, UnitKind};
use vault::DossierKey;

/// A session of one actor.
///
/// What it gives was cleared and recorded. What it works with is out of reach: its rules,
///
/// ```compile_fail,E0616
/// fn out(session: &liasse::Session) -> usize {
///     std::mem::size_of_val(&session.facts)
/// }
/// ```
///
/// the engine's catalog and keys,
///
/// ```compile_fail,E0616
/// fn out(session: &liasse::Session) -> usize {
///     std::mem::size_of_val(&*session.shared.core)
/// }
/// ```
///
/// a look at a dossier, whether or not it may be entered,
///
/// ```compile_fail,E0624
/// fn out() {
///     let _ = liasse::Session::enter;
/// }
/// ```
///
/// what a search may find, before it is cleared,
///
/// ```compile_fail,E0603
/// fn out(shown: &liasse::shown::Shown) -> usize {
///     std::mem::size_of_val(shown)
/// }
/// ```
///
/// and the rooms in which all of it is kept.
///
/// ```compile_fail,E0433
/// fn out(body: &[u8]) -> bool {
///     liasse::store::open_body(body).is_ok()
/// }
/// ```
pub struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) facts: SessionFacts,
    /// The patient whom it acts for.
    pub(crate) acts_for: Option<Matricule>,
    agent: Agent,
    broken_glass: Mutex<BTreeSet<DossierId>>,
}

/// Whether the rules alone say what a session sees of a dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// They do.
    Ruled,
    /// It sees nothing yet: the glass is not broken.
    Unbroken,
}

/// A dossier the session looks at.
pub(crate) struct Entered {
    pub(crate) number: DossierNumber,
    pub(crate) id: DossierId,
    pub(crate) key: DossierKey,
    pub(crate) listing: Arc<Listing>,
    pub(crate) lens: DossierLens,
    pub(crate) audit: AuditPlace,
}

impl Session {
    pub(crate) fn begin(shared: Arc<Shared>, request: SessionRequest) -> Result<Self> {
        check(&request)?;
        let view = shared.core.view()?;
        let acts_for = match &request.patient {
            Some(patient) => find(&view, &patient.candidates())?.map(|name| name.id),
            None => None,
        };
        let facts = SessionFacts {
            actor: request.actor.clone(),
            profession: request.profession.clone(),
            speciality: request.speciality.clone().unwrap_or_default(),
            structure: request.structure.clone().unwrap_or_default(),
            purpose: request.purpose,
            secrecy: if request.secret {
                policy::Secrecy::Secret
            } else {
                policy::Secrecy::Open
            },
            patient: acts_for,
        };
        let agent = Agent {
            actor: facts.actor.clone(),
            profession: facts.profession.clone(),
            speciality: facts.speciality.clone(),
            structure: facts.structure.clone(),
            purpose: facts.purpose,
            session: SessionId::random(&*shared.core.entropy)?,
            secrecy: if request.secret {
                journal::Secrecy::Secret
            } else {
                journal::Secrecy::Open
            },
        };
        Ok(Self {
            shared,
            facts,
            acts_for: request.patient,
            agent,
            broken_glass: Mutex::default(),
        })
    }

    /// The rules of this session at an instant.
    pub(crate) fn lens(&self, at: Instant) -> Result<Lens> {
        self.shared
            .core
            .policies
            .lens(&self.facts, at)
            .ok_or_else(|| {
                Error::new(
                    Code::Refused,
                    "no policy pack is in force",
                    "install one that is",
                )
            })
    }

    /// Enters the patient's dossier, or is refused.
    pub(crate) fn enter(&self, view: &View, patient: &Matricule, verb: Verb) -> Result<Entered> {
        let lens = self.lens(self.shared.core.now(view))?;
        self.enter_by(view, &lens, patient, verb)
    }

    /// The same by a lens that decides about other things of the request too.
    pub(crate) fn enter_by(
        &self,
        view: &View,
        lens: &Lens,
        patient: &Matricule,
        verb: Verb,
    ) -> Result<Entered> {
        let lookup = |kind, key: &[u8]| self.lookup(view, kind, key);
        let name = names::dossier(&lookup, &patient.candidates())?;
        self.admitted((view, lens), name.map(|name| name.number), verb, None)
    }

    /// Enters the dossier that holds the document, or is refused.
    pub(crate) fn enter_for(
        &self,
        view: &View,
        document: DocumentId,
        verb: Verb,
    ) -> Result<(Entered, base::Ordinal)> {
        let lookup = |kind, key: &[u8]| self.lookup(view, kind, key);
        let ordinal = names::document(&lookup, document)?;
        let number = ordinal.map(base::Ordinal::dossier);
        let lens = self.lens(self.shared.core.now(view))?;
        let entered = self.admitted((view, &lens), number, verb, Some(document))?;
        let ordinal = ordinal.ok_or_else(Error::refused)?;
        Ok((entered, ordinal))
    }

    /// Looks an item of the sealed units up, and remembers for this session where it leads.
    fn lookup(&self, view: &View, kind: UnitKind, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let heads = &self.shared.core.heads;
        let unit = view.units.sealed(view.rows(), kind, key)?;
        let (mark, name) = (unit.mark()?, (self.agent.session, kind, key));
        let (round, kept) = heads.find_item(name, mark);
        if let Some(value) = kept {
            return Ok(value);
        }
        let value = view.units.item(view.rows(), &unit, key)?;
        heads.keep_item(name, round, (mark, value.clone()));
        Ok(value)
    }

    /// Looks at a dossier with this session's rules, whether or not they let it in.
    pub(crate) fn look(
        &self,
        view: &View,
        lens: &Lens,
        number: DossierNumber,
    ) -> Result<Option<Entered>> {
        let Some((key, listing)) = self.opened(view, number)? else {
            return Ok(None);
        };
        let dossier = listing.dossier()?;
        let name = (dossier.id(), listing.version());
        let lens = self.shared.core.policies.scope(lens, name, || {
            facts::dossier(dossier, listing.entries(), &self.facts, lens.at())
        });
        let audit = AuditPlace {
            handle: dossier.audit(),
            slot: dossier.audit_slot(),
        };
        let id = dossier.id();
        Ok(Some(Entered {
            number,
            id,
            key,
            listing,
            lens,
            audit,
        }))
    }

    /// The key and the head of a dossier: the head that this session opened of late, while the
    /// state tree names the row it was opened from, else its row's.
    fn opened(
        &self,
        view: &View,
        number: DossierNumber,
    ) -> Result<Option<(DossierKey, Arc<Listing>)>> {
        let heads = &self.shared.core.heads;
        let name = (self.agent.session, number);
        let key = |of| -> Result<DossierKey> { Ok(view.keys.dossier_key(view.rows(), slot(of)?)?) };
        let leaf = SealedHead::leaf(view.rows(), number)?;
        let kept = leaf.map(|leaf| heads.find(name, leaf));
        if let Some((_, Some(listing))) = kept {
            return Ok(Some((key(listing.slot())?, listing)));
        }
        let Some(sealed) = SealedHead::read(view.rows(), number)? else {
            return Ok(None);
        };
        let key = key(sealed.slot())?;
        let seal = DossierSeal {
            store: self.shared.core.store,
            key: &key,
        };
        let listing = Arc::new(sealed.open(view.rows(), seal)?);
        if let Some((round, _)) = kept {
            heads.keep(name, round, &listing);
        }
        Ok(Some((key, listing)))
    }

    /// What the session sees of a dossier before its rules are asked.
    pub(crate) fn sight(&self, dossier: DossierId) -> Sight {
        if self.facts.purpose != Purpose::EmergencyBtg {
            return Sight::Ruled;
        }
        let broken = self.broken_glass.lock();
        let broken = broken.unwrap_or_else(PoisonError::into_inner);
        if broken.contains(&dossier) {
            Sight::Ruled
        } else {
            Sight::Unbroken
        }
    }

    /// Says that the glass of a dossier is broken for this session.
    pub(crate) fn break_glass_of(&self, dossier: DossierId) {
        let mut broken = self
            .broken_glass
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        broken.insert(dossier);
    }

    /// The trace of an act in a dossier.
    pub(crate) fn line<'a>(
        &self,
        entered: &'a Entered,
        act: Act,
        words: Option<Words>,
    ) -> Line<'a> {
        let lens = entered.lens.lens();
        let trace = trace(
            lens.at(),
            entered.id,
            &self.agent,
            &pack(lens),
            Decision::Permit,
            act,
        );
        Line {
            place: entered.audit,
            trace,
            words: words.map(|words| (&entered.key, words)),
        }
    }

    /// Who acts, for traces.
    pub(crate) const fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Hands on what became of a look; one that ends without an answer leaves its traces too, for
    /// how it ended tells that something was looked at.
    pub(crate) fn left<T>(&self, view: &View, lines: &[Line<'_>], done: Result<T>) -> Result<T> {
        if done.is_err() {
            self.record(view, lines).map(drop)?;
        }
        done
    }

    /// The trace of an act over all the actor's dossiers, whichever they are: an event of the
    /// store.
    pub(crate) fn line_of_store(&self, lens: &Lens, act: Act) -> Line<'static> {
        Line {
            place: AuditPlace::of_store(self.shared.core.store),
            trace: trace_of_store(lens.at(), self.agent(), &pack(lens), Decision::Permit, act),
            words: None,
        }
    }

    /// Records traces: durably for an emergency and for what the host chose, else in the current
    /// group.
    pub(crate) fn record(&self, view: &View, lines: &[Line<'_>]) -> Result<Recorded<Pending>> {
        let core = &self.shared.core;
        let recorder = Recorder {
            store: core.store,
            rows: view.rows(),
            keys: &view.keys,
            entropy: &*core.entropy,
        };
        let drafts: Vec<Draft> = lines
            .iter()
            .map(|line| recorder.draft(line))
            .collect::<Result<_>>()?;
        let urgent = match self.facts.purpose {
            Purpose::EmergencyBtg | Purpose::EmergencySamu => true,
            Purpose::Care
            | Purpose::Panel
            | Purpose::Holder
            | Purpose::Representative
            | Purpose::Population
            | Purpose::Audit
            | Purpose::Contract => false,
        };
        if urgent || core.durable_purposes.contains(&self.facts.purpose) {
            return self.record_durably(drafts);
        }
        let (mut proofs, mut late) = (Vec::new(), Vec::new());
        for draft in drafts {
            match core.outbox.admit(draft, || core.moment(view)) {
                Ok(proof) => proofs.push(proof),
                Err(rejected) => late.push(rejected.draft),
            }
        }
        self.shared.wake();
        if !late.is_empty() {
            proofs.push(self.record_durably(late)?);
        }
        Ok(Recorded::joined(proofs))
    }

    fn record_durably(&self, drafts: Vec<Draft>) -> Result<Recorded<Pending>> {
        let ticket = self.shared.submit(
            Spending::Reserve,
            move |group| {
                Ok(drafts
                    .into_iter()
                    .map(|d| group.draft(d))
                    .collect::<Vec<_>>())
            },
            |numbers, committed| {
                let proofs: Result<Vec<_>> =
                    numbers.into_iter().map(|at| committed.proof(at)).collect();
                Ok(Recorded::joined(proofs?))
            },
        );
        Ok(ticket.wait()?.into())
    }

    fn admitted(
        &self,
        at: (&View, &Lens),
        number: Option<DossierNumber>,
        verb: Verb,
        document: Option<DocumentId>,
    ) -> Result<Entered> {
        let admitted = self.judged(at, number, verb, document);
        measure::request(verb, self.facts.purpose, &admitted);
        admitted
    }

    fn judged(
        &self,
        (view, lens): (&View, &Lens),
        number: Option<DossierNumber>,
        verb: Verb,
        document: Option<DocumentId>,
    ) -> Result<Entered> {
        let looked = match number {
            Some(number) => match self.look(view, lens, number) {
                Ok(looked) => looked,
                Err(error) => {
                    // Whose traces they are is damaged with it.
                    self.record_absence(view, lens, verb, document)?;
                    return Err(error);
                }
            },
            None => None,
        };
        if self.facts.purpose == Purpose::EmergencyBtg && verb != Verb::BreakGlass {
            let dossier = looked.as_ref().map(|dossier| dossier.id);
            if dossier.is_none_or(|dossier| self.sight(dossier) == Sight::Unbroken) {
                self.record_refusal((view, lens), looked.as_ref(), verb, document)?;
                // Where a document lies that she may not see is not told by another error.
                return Err(match document {
                    Some(_) => Error::refused(),
                    None => Error::new(
                        Code::WrongPurpose,
                        "the glass was not broken for this dossier",
                        "break it first, and say why",
                    ),
                });
            }
        }
        match looked {
            Some(entered) if enters(&entered.lens) => Ok(entered),
            looked => {
                self.record_refusal((view, lens), looked.as_ref(), verb, document)?;
                Err(Error::refused())
            }
        }
    }

    /// One trace of what was refused, whether or not it is there.
    fn record_refusal(
        &self,
        (view, lens): (&View, &Lens),
        looked: Option<&Entered>,
        verb: Verb,
        document: Option<DocumentId>,
    ) -> Result<()> {
        match looked {
            Some(entered) => self.record_denial(view, entered, verb, document),
            None => self.record_absence(view, lens, verb, document),
        }
    }

    /// Records a request about what is not there: one trace of the store, as a refused one leaves
    /// one of its dossier. What a refusal writes, and how it fails when there is no space, does
    /// not tell the two apart.
    fn record_absence(
        &self,
        view: &View,
        lens: &Lens,
        verb: Verb,
        document: Option<DocumentId>,
    ) -> Result<()> {
        let act = Act::Denied { verb, document };
        let line = Line {
            place: AuditPlace::of_store(self.shared.core.store),
            trace: trace_of_store(lens.at(), self.agent(), &pack(lens), Decision::Deny, act),
            words: None,
        };
        self.record(view, &[line]).map(drop)
    }

    /// Records that a request was refused.
    pub(crate) fn record_denial(
        &self,
        view: &View,
        entered: &Entered,
        verb: Verb,
        document: Option<DocumentId>,
    ) -> Result<()> {
        let mut line = self.line(entered, Act::Denied { verb, document }, None);
        line.trace.decision = Decision::Deny;
        self.record(view, &[line]).map(drop)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.core.panels.end(self.agent.session);
        self.shared.core.heads.end(self.agent.session);
    }
}

/// The dossier of the first identity that has one.
pub(crate) fn find(view: &View, identities: &[Ins]) -> Result<Option<DossierName>> {
    let lookup = |kind, key: &[u8]| Ok(view.units.lookup(view.rows(), kind, key)?);
    names::dossier(&lookup, identities)
}

/// Whether the rules let a session into a dossier it names; one that may only count never is.
pub(crate) fn enters(lens: &DossierLens) -> bool {
    lens.gate() == Gate::Open && lens.lens().reach() != Reach::CountsOnly
}

/// The pack and its version, as traces name them.
pub(crate) fn pack(lens: &Lens) -> String {
    format!("{} {}", lens.pack().name(), lens.pack().version())
}

fn check(request: &SessionRequest) -> Result<()> {
    let fields = [
        Some(&request.actor),
        Some(&request.profession),
        request.speciality.as_ref(),
        request.structure.as_ref(),
    ];
    for field in fields.into_iter().flatten() {
        if field.len() > limit::ACTOR_FIELD_BYTES_MAX || field.chars().any(char::is_control) {
            return Err(Error::new(
                Code::Invalid,
                "a field of the actor is too long or holds a control character",
                "give ids and codes of at most 255 bytes",
            ));
        }
    }
    if request.actor.is_empty() || request.profession.is_empty() {
        return Err(Error::new(
            Code::Invalid,
            "the actor has no id or no profession",
            "give both",
        ));
    }
    match request.purpose {
        Purpose::Contract => Err(Error::new(
            Code::PurposeRefused,
            "no access for a contract, even with consent",
            "",
        )),
        Purpose::Holder | Purpose::Representative if request.patient.is_none() => Err(Error::new(
            Code::Invalid,
            "a holder's or representative's session names its patient",
            "give the patient's matricule",
        )),
        Purpose::Holder
        | Purpose::Representative
        | Purpose::Care
        | Purpose::Panel
        | Purpose::EmergencyBtg
        | Purpose::EmergencySamu
        | Purpose::Population
        | Purpose::Audit => Ok(()),
    }
}
