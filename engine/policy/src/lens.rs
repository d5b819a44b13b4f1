//! What one session may see, under one pack, at one instant.
//!
//! For: opening a session's lens, narrowing it to a dossier, deciding documents one by one or in
//! blocks. Not for: writes (`action`) and disclosure (`cleared`).
//! Invariants: a document is seen only if its dossier's gate is open and a rule permits it and
//! none forbids it; facts of another instant, or a profession the pack does not know, see
//! nothing; an answer holds until `valid_until`.

use crate::decision::{Decision, Rules};
use crate::facts::{DocumentFacts, DossierFacts, Parties, Party, Relations, Secrecy, SessionFacts};
use crate::pack::{Pack, RuleNumber};
use crate::predicate::block::Columns;
use crate::predicate::sight::{Sight, Trusted};
use crate::predicate::{Known, Request};
use crate::schema::ActionName;
use crate::second::SecondOpinion;
use base::{DossierId, Instant, Purpose};
use std::sync::{Arc, OnceLock};

/// One session under one pack at one instant. Cheap to clone.
#[derive(Clone)]
pub struct Lens {
    inner: Arc<Bound>,
    now: Instant,
    second: Option<Arc<SecondOpinion>>,
}

/// What a pack comes down to for one session, whatever the instant.
pub(crate) struct Bound {
    pack: Arc<Pack>,
    session: SessionFacts,
    gate: Rules,
    read: Rules,
    /// Bound when a number is first asked for: most sessions ask for none.
    count: OnceLock<Rules>,
}

/// How far a session may look in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nowhere.
    Nothing,
    /// Into one dossier that it names.
    OneDossier,
    /// Over the dossiers to which one of these relations holds.
    Related(Relations),
    /// Over all dossiers, for numbers only.
    CountsOnly,
}

/// A dossier seen through a lens. Cheap to clone.
#[derive(Clone)]
pub struct DossierLens {
    lens: Lens,
    dossier: DossierFacts,
    gate: Decision,
    read: Arc<Rules>,
    valid_until: Instant,
}

/// Whether a session may enter a dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may; each document is still decided.
    Open,
    /// It may not, and must not learn whether the dossier exists.
    Refused,
}

/// A trace as its reader's rules see it.
#[derive(Clone, Copy)]
pub struct TraceFacts<'a> {
    /// Whether the session that left it was secret.
    pub secrecy: Secrecy,
    /// The document it names; `None` for a trace of the dossier as a whole.
    pub document: Option<&'a DocumentFacts>,
}

impl Bound {
    pub(crate) fn new(pack: Arc<Pack>, session: &SessionFacts) -> Self {
        let bind = |action| bind(&pack, session, action, 0);
        let (gate, read) = (bind(ActionName::Consult), bind(ActionName::Read));
        let session = session.clone();
        Self {
            pack,
            session,
            gate,
            read,
            count: OnceLock::new(),
        }
    }

    fn count(&self) -> &Rules {
        let bind = || bind(&self.pack, &self.session, ActionName::Count, 0);
        self.count.get_or_init(bind)
    }

    pub(crate) const fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }
}

impl Lens {
    pub(crate) const fn new(inner: Arc<Bound>, now: Instant) -> Self {
        Self {
            inner,
            now,
            second: None,
        }
    }

    /// The same lens, which clears a document only when this second opinion agrees.
    #[must_use]
    pub fn seconded_by(self, second: Arc<SecondOpinion>) -> Self {
        Self {
            second: Some(second),
            ..self
        }
    }

    pub(crate) const fn bound(&self) -> &Arc<Bound> {
        &self.inner
    }

    /// The pack that decides.
    #[must_use]
    pub fn pack(&self) -> &Arc<Pack> {
        &self.inner.pack
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &SessionFacts {
        &self.inner.session
    }

    /// The instant it was opened for.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.now
    }

    /// When another pack, or none, takes over.
    #[must_use]
    pub fn valid_until(&self) -> Instant {
        self.inner.pack.validity().next_change(self.now)
    }

    /// Which of a document's signatures are the session's own.
    #[must_use]
    pub fn parties(&self, author: Party<'_>, depositor: Party<'_>) -> Parties {
        self.inner.session.parties(author, depositor)
    }

    /// How far the session may look in one request: a care session never looks across
    /// dossiers, an emergency neither.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let guard = self.inner.gate.guard();
        if guard == Some(Relations::NONE) || !self.in_force() {
            return Reach::Nothing;
        }
        match self.inner.session.purpose {
            Purpose::Contract => Reach::Nothing,
            Purpose::Panel => guard.map_or(Reach::OneDossier, Reach::Related),
            Purpose::Population => Reach::CountsOnly,
            Purpose::Care
            | Purpose::EmergencyBtg
            | Purpose::EmergencySamu
            | Purpose::Holder
            | Purpose::Representative
            | Purpose::Audit => Reach::OneDossier,
        }
    }

    /// Narrows the lens to one dossier.
    #[must_use]
    pub fn scope(&self, dossier: &DossierFacts) -> DossierLens {
        let known = self.known(dossier);
        let gate = if self.answers_for(dossier) {
            self.inner.gate.decide(known)
        } else {
            Decision::refused()
        };
        let read = Arc::new(self.inner.read.fold(known));
        let boundary = self
            .inner
            .gate
            .boundary(known)
            .min(self.inner.read.boundary(known));
        let valid_until = boundary.min(dossier.valid_until()).min(self.valid_until());
        DossierLens {
            lens: self.clone(),
            dossier: dossier.clone(),
            gate,
            read,
            valid_until,
        }
    }

    /// The session's sight of documents gathered in columns. A dossier whose facts are of another
    /// instant, or say what this session cannot be, shows nothing.
    #[must_use]
    pub fn over<'a>(&'a self, columns: &'a Columns) -> Sight<'a> {
        self.sight(columns, &self.inner.read)
    }

    /// The documents in columns that may enter a number given to the session.
    #[must_use]
    pub fn counting<'a>(&'a self, columns: &'a Columns) -> Sight<'a> {
        self.sight(columns, self.inner.count())
    }

    fn sight<'a>(&'a self, columns: &'a Columns, rules: &Rules) -> Sight<'a> {
        // What a person may be to a dossier depends on which one it is: asked of each, not of one
        // for all of a kind.
        let person = self.inner.session.is_person();
        let enter = |dossier: &DossierFacts| {
            let stands = person || self.answers_for(dossier);
            let enters = stands && self.inner.gate.allow(self.known(dossier));
            enters.then(|| rules.fold(self.known(dossier)))
        };
        let trusted: Trusted<'a> = if person {
            Some(Box::new(|dossier| self.answers_for(dossier)))
        } else {
            None
        };
        Sight::new(columns, enter, trusted, self.now)
    }

    pub(crate) fn gate_rules(&self) -> &Rules {
        &self.inner.gate
    }

    pub(crate) fn read_rules(&self) -> &Rules {
        &self.inner.read
    }

    pub(crate) fn known<'a>(&self, dossier: &'a DossierFacts) -> Known<'a> {
        Known {
            dossier: Some(dossier),
            now: Some(self.now),
            ..Known::default()
        }
    }

    fn in_force(&self) -> bool {
        self.inner.pack.validity().contains(self.now)
    }

    /// Facts of another instant, or with a relation this session cannot have, decide nothing.
    fn answers_for(&self, dossier: &DossierFacts) -> bool {
        let possible = self.possible(dossier.dossier);
        dossier.at() == self.now && self.in_force() && possible.contains_all(dossier.relations())
    }

    /// The relations this session can have: a professional holds no dossier, and a person
    /// acts for the one her session names.
    fn possible(&self, dossier: DossierId) -> Relations {
        let session = &self.inner.session;
        match (session.is_person(), session.patient == Some(dossier)) {
            (false, _) => Relations::OF_PROFESSIONALS,
            (true, true) => Relations::OF_PERSONS,
            (true, false) => Relations::NONE,
        }
    }
}

impl DossierLens {
    /// Whether the session may enter the dossier.
    #[must_use]
    pub const fn gate(&self) -> Gate {
        if self.gate.is_allowed() {
            Gate::Open
        } else {
            Gate::Refused
        }
    }

    /// The gate with the rules that decided it.
    #[must_use]
    pub const fn gate_decision(&self) -> &Decision {
        &self.gate
    }

    /// The lens it was narrowed from.
    #[must_use]
    pub const fn lens(&self) -> &Lens {
        &self.lens
    }

    /// The dossier's facts.
    #[must_use]
    pub const fn dossier(&self) -> &DossierFacts {
        &self.dossier
    }

    /// Whether the session sees the document; the fast form of [`DossierLens::sees`].
    #[must_use]
    pub fn shows(&self, document: &DocumentFacts) -> bool {
        self.gate.is_allowed() && self.read.allow(self.of_document(document))
    }

    /// Whether the session sees the document, with the rules that decided.
    #[must_use]
    pub fn sees(&self, document: &DocumentFacts) -> Decision {
        self.entered(|| self.read.decide(self.of_document(document)))
    }

    /// Whether the document may enter a number given to the session.
    #[must_use]
    pub fn counts(&self, document: &DocumentFacts) -> Decision {
        self.entered(|| self.lens.inner.count().decide(self.of_document(document)))
    }

    /// Whether the session may read a trace left in this dossier. A trace that names a document
    /// also needs that document's own rules.
    #[must_use]
    pub fn sees_trace(&self, trace: TraceFacts<'_>) -> Decision {
        let secret = match trace.secrecy {
            Secrecy::Secret => crate::predicate::Circumstance::SecretTrace.bit(),
            Secrecy::Open => 0,
        };
        let history = self.entered(|| self.decide(ActionName::History, secret, None));
        match trace.document {
            Some(document) if history.is_allowed() => {
                self.decide(ActionName::Trace, secret, Some(document))
            }
            Some(_) | None => history,
        }
    }

    /// The first later instant at which the gate, or a document's rules as far as they depend
    /// on the dossier, may decide otherwise.
    #[must_use]
    pub const fn valid_until(&self) -> Instant {
        self.valid_until
    }

    /// The first later instant at which the decision about this document may change.
    #[must_use]
    pub fn document_valid_until(&self, document: &DocumentFacts) -> Instant {
        self.read
            .boundary(self.of_document(document))
            .min(self.valid_until)
    }

    pub(crate) fn read_rules(&self) -> &Rules {
        &self.read
    }

    /// The same answer for a later instant, while it holds: before [`Self::valid_until`], for a
    /// lens of the same rules.
    pub(crate) fn renewed(&self, lens: &Lens) -> Option<Self> {
        let at = lens.at();
        let holds = self.dossier.at() <= at && at < self.valid_until;
        let same = Arc::ptr_eq(&self.lens.inner, &lens.inner);
        (holds && same).then(|| Self {
            lens: lens.clone(),
            dossier: self.dossier.clone().still_at(at),
            ..self.clone()
        })
    }

    /// Whether the second opinion, if one is asked, lets the document be shown too.
    pub(crate) fn is_seconded(&self, document: &DocumentFacts) -> bool {
        let second = self.lens.second.as_ref();
        second.is_none_or(|second| second.agrees(self, document))
    }

    /// Whether the second opinion, if one is asked, lets the document be counted too.
    pub(crate) fn is_seconded_in_numbers(&self, document: &DocumentFacts) -> bool {
        let second = self.lens.second.as_ref();
        second.is_none_or(|second| second.agrees_to_count(self, document))
    }

    /// Decides an action that is not cached in the lens.
    pub(crate) fn decide(
        &self,
        action: ActionName,
        circumstances: u16,
        document: Option<&DocumentFacts>,
    ) -> Decision {
        let inner = &self.lens.inner;
        let rules = bind(&inner.pack, &inner.session, action, circumstances);
        if !self.lens.answers_for(&self.dossier) {
            return Decision::refused();
        }
        rules.decide(Known {
            document,
            ..self.lens.known(&self.dossier)
        })
    }

    fn entered(&self, decide: impl FnOnce() -> Decision) -> Decision {
        if self.gate.is_allowed() {
            decide()
        } else {
            self.gate
        }
    }

    fn of_document<'a>(&'a self, document: &'a DocumentFacts) -> Known<'a> {
        Known {
            document: Some(document),
            ..self.lens.known(&self.dossier)
        }
    }
}

/// The rules for one session and action, with the request folded in.
fn bind(pack: &Pack, session: &SessionFacts, action: ActionName, circumstances: u16) -> Rules {
    let request = Request {
        actor: &session.actor,
        structure: &session.structure,
        speciality: &session.speciality,
        purpose: session.purpose,
        secret: session.secrecy == Secrecy::Secret,
        circumstances,
    };
    let profession = pack.dictionary().profession_ordinal(&session.profession);
    let known = Known {
        request: Some(&request),
        ..Known::default()
    };
    Rules::new(pack.lowered(profession, action), known)
}

impl RuleNumber {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests;
