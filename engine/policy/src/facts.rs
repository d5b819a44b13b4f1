//! What a decision is made from: the session, the dossier as it stands towards that session,
//! one document.
//!
//! For: plain values, cheap to build from an archived record. Not for: reading records; this
//! room knows no storage.
//! Invariants: a relation holds at the instant of its facts or it is not there; what a window
//! will change, and when, is kept in `valid_until`; nothing here is printed by `Debug`.

use crate::dictionary::{ClassOrdinal, ProfessionOrdinal, TypeOrdinal};
use base::{Availability, Consent, DocumentId, DossierId, Flags, Instant, Purpose};

/// Who asks, and why.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionFacts {
    /// The actor's national or local id; for a patient, her own id.
    pub actor: String,
    /// The profession's code as the pack's matrix writes it; `patient` for holder and
    /// representative. An unknown code is refused everything.
    pub profession: String,
    /// Speciality or role code, empty when none.
    pub speciality: String,
    /// The structure she acts for, empty when none.
    pub structure: String,
    /// Why she reads.
    pub purpose: Purpose,
    /// Whether a minor asked that her representatives learn nothing of this session.
    pub secrecy: Secrecy,
    /// The dossier a holder or representative acts for; `None` for everyone else.
    pub patient: Option<DossierId>,
}

/// Whether a session is a minor's secret connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secrecy {
    /// No.
    Open,
    /// Yes: its deposits and its traces stay hidden from the representatives.
    Secret,
}

/// A span of time: from its start until before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: Instant,
    until: Instant,
}

/// How a session's actor stands to a dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Relation {
    /// The holder authorised the professional.
    Authorised = 0,
    /// The holder authorised the professional's structure.
    AuthorisedStructure = 1,
    /// The professional is in the care team.
    CareTeam = 2,
    /// The professional is an attending physician of the dossier.
    Attending = 3,
    /// The holder blocked the professional.
    Blocked = 4,
    /// The holder blocked the professional's structure.
    BlockedStructure = 5,
    /// The professional wrote or deposited a document of the dossier.
    Author = 6,
    /// The professional's structure wrote or deposited a document of the dossier.
    AuthorStructure = 7,
    /// The person holds the dossier.
    Holder = 8,
    /// The person is a legal representative of the holder.
    Representative = 9,
    /// The holder delegated access to the person (health care, help).
    Delegate = 10,
}

/// A dossier's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum DossierStatus {
    /// No dossier was ever opened for this person.
    Absent = 0,
    /// In use.
    Active = 1,
    /// Closed: archived for ten years.
    Closed = 2,
}

/// What the holder said, purpose by purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consents {
    /// Consultation.
    pub consultation: Consent,
    /// Deposit ("alimentation").
    pub deposit: Consent,
    /// The regulating physician of a centre 15 (`ETREAT`).
    pub etreat: Consent,
    /// Bris de glace (`BTG`).
    pub btg: Consent,
    /// Masked documents in an emergency (`MASKED`).
    pub masked: Consent,
}

/// A dossier as it stands towards one session at one instant.
#[derive(Clone)]
pub struct DossierFacts {
    /// The dossier.
    pub dossier: DossierId,
    /// Its status.
    pub status: DossierStatus,
    /// What the holder said.
    pub consents: Consents,
    /// When the holder comes of age; the past when unknown, so that representatives see
    /// nothing by mistake.
    pub majority: Instant,
    /// Flags that every deposit is stamped with (default masking).
    pub stamped: Flags,
    at: Instant,
    relations: Relations,
    valid_until: Instant,
}

/// The relations that hold, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Relations(u16);

/// Who signed a document, as the session's actor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Parties(u8);

/// The author or the depositor of a document, as its metadata names them.
#[derive(Clone, Copy)]
pub struct Party<'a> {
    /// The actor's id, empty when there is none.
    pub actor: &'a str,
    /// The actor's structure, empty when there is none.
    pub structure: &'a str,
    /// The actor's profession code.
    pub profession: &'a str,
}

/// One document, as rules see it.
#[derive(Clone, Copy)]
pub struct DocumentFacts {
    /// The document.
    pub document: DocumentId,
    /// Its type in the pack's dictionary.
    pub kind: TypeOrdinal,
    /// Its class in the pack's dictionary.
    pub class: ClassOrdinal,
    /// The profession of its author in the pack's dictionary.
    pub author_profession: ProfessionOrdinal,
    /// Its status.
    pub status: Availability,
    /// Its visibility flags.
    pub flags: Flags,
    /// When INVISIBLE_PATIENT lapses; without the flag it says nothing.
    pub hidden_until: Instant,
    /// When it was written.
    pub created: Instant,
    /// When it was deposited.
    pub deposited: Instant,
    /// Who signed it, as the session sees it: [`SessionFacts::parties`].
    pub parties: Parties,
}

impl SessionFacts {
    /// Which of the document's signatures are this session's own.
    #[must_use]
    pub fn parties(&self, author: Party<'_>, depositor: Party<'_>) -> Parties {
        let person = self.is_person();
        let mut bits = 0;
        for party in [author, depositor] {
            let by_person = party.profession == PROFESSION_PATIENT;
            if party.actor == self.actor && !self.actor.is_empty() && by_person == person {
                bits |= if person {
                    Parties::PERSON
                } else {
                    Parties::AUTHOR
                };
            }
            if !person && party.structure == self.structure && !self.structure.is_empty() {
                bits |= Parties::STRUCTURE;
            }
        }
        Parties(bits)
    }

    /// Whether a patient, not a professional, asks.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.profession == PROFESSION_PATIENT
    }
}

impl Window {
    /// All time.
    pub const ALWAYS: Self = Self {
        from: Instant::MIN,
        until: Instant::MAX,
    };

    /// From `from` until before `until`; empty when `until` is not later.
    #[must_use]
    pub const fn new(from: Instant, until: Instant) -> Self {
        Self { from, until }
    }

    /// Its first instant.
    #[must_use]
    pub const fn from(self) -> Instant {
        self.from
    }

    /// The first instant after it.
    #[must_use]
    pub const fn until(self) -> Instant {
        self.until
    }

    /// Whether the instant lies in it.
    #[must_use]
    pub fn contains(self, at: Instant) -> bool {
        self.from <= at && (at < self.until || self.until == Instant::MAX)
    }

    /// The first instant after `at` at which [`Window::contains`] may change.
    #[must_use]
    pub fn next_change(self, at: Instant) -> Instant {
        if at < self.from {
            self.from
        } else if at < self.until {
            self.until
        } else {
            Instant::MAX
        }
    }
}

impl Relation {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 11] = [
        Self::Authorised,
        Self::AuthorisedStructure,
        Self::CareTeam,
        Self::Attending,
        Self::Blocked,
        Self::BlockedStructure,
        Self::Author,
        Self::AuthorStructure,
        Self::Holder,
        Self::Representative,
        Self::Delegate,
    ];

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

impl Relations {
    /// No relation.
    pub const NONE: Self = Self(0);

    /// What only a patient's session can be to a dossier.
    pub(crate) const OF_PERSONS: Self = Self::NONE
        .with(Relation::Holder)
        .with(Relation::Representative)
        .with(Relation::Delegate);

    /// What only a professional's session can be to a dossier.
    pub(crate) const OF_PROFESSIONALS: Self =
        Self(((1 << Relation::ALL.len()) - 1) & !Self::OF_PERSONS.0);

    /// Whether all of `other` are among them.
    pub(crate) const fn contains_all(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether the relation is among them.
    #[must_use]
    pub const fn contains(self, relation: Relation) -> bool {
        self.0 & relation.bit() != 0
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, relation: Relation) -> Self {
        Self(self.0 | relation.bit())
    }

    /// The relations, in the order of their bits.
    pub fn iter(self) -> impl Iterator<Item = Relation> {
        let all = Relation::ALL.into_iter();
        all.filter(move |relation| self.contains(*relation))
    }

    /// These and those of `other`.
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Parties {
    /// Not the session's own.
    pub const NONE: Self = Self(0);
    /// The actor wrote or deposited it.
    pub(crate) const AUTHOR: u8 = 1;
    /// The actor's structure wrote or deposited it.
    pub(crate) const STRUCTURE: u8 = 2;
    /// The person deposited it herself.
    pub(crate) const PERSON: u8 = 4;

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the session's actor, or her structure, wrote or deposited it.
    #[must_use]
    pub const fn is_own(self) -> bool {
        self.0 != 0
    }
}

impl Consents {
    /// The holder was not asked anything yet.
    pub const UNASKED: Self = Self {
        consultation: Consent::Unasked,
        deposit: Consent::Unasked,
        etreat: Consent::Unasked,
        btg: Consent::Unasked,
        masked: Consent::Unasked,
    };
}

impl DossierFacts {
    /// A dossier towards a session with no relation to it: nobody asked the holder anything,
    /// and she is of age.
    #[must_use]
    pub const fn new(dossier: DossierId, status: DossierStatus, at: Instant) -> Self {
        Self {
            dossier,
            status,
            consents: Consents::UNASKED,
            majority: Instant::MIN,
            stamped: Flags::NONE,
            at,
            relations: Relations::NONE,
            valid_until: Instant::MAX,
        }
    }

    /// Adds a relation for as long as its window says. Called once per record: an actor's and
    /// her structure's authorisations may overlap.
    pub fn hold(&mut self, relation: Relation, window: Window) {
        if window.contains(self.at) {
            self.relations = self.relations.with(relation);
        }
        self.valid_until = self.valid_until.min(window.next_change(self.at));
    }

    /// Whether the relation holds at the instant of the facts.
    #[must_use]
    pub const fn holds(&self, relation: Relation) -> bool {
        self.relations.contains(relation)
    }

    /// The instant the facts speak of.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// The first later instant at which one of the relations may change.
    #[must_use]
    pub const fn valid_until(&self) -> Instant {
        self.valid_until
    }

    /// The flags a deposit carries once the dossier's default masking is stamped on it.
    #[must_use]
    pub const fn stamp(&self, asked: Flags) -> Flags {
        asked.with(self.stamped)
    }

    pub(crate) const fn relations(&self) -> Relations {
        self.relations
    }

    /// The same facts at a later instant, before which nothing of them changes: the caller has
    /// compared it with [`Self::valid_until`].
    pub(crate) const fn still_at(mut self, at: Instant) -> Self {
        self.at = at;
        self
    }
}

/// When INVISIBLE_PATIENT lapses: a calendar month after the deposit, whenever it was set.
#[must_use]
pub fn lapse_of(deposited: Instant) -> Instant {
    deposited.plus_months(1)
}

/// When the holder is told that her dossier was updated, and no more: two weeks after the
/// deposit of a document still hidden from her.
#[must_use]
pub const fn notice_of(deposited: Instant) -> Instant {
    deposited.plus_days(14)
}

impl DocumentFacts {
    /// Its flags as they stand at an instant: INVISIBLE_PATIENT is gone once it has lapsed.
    #[must_use]
    pub fn flags_at(&self, now: Instant) -> Flags {
        if self.hidden_from_holder_until() <= now {
            self.flags.without(Flags::INVISIBLE_PATIENT)
        } else {
            self.flags
        }
    }

    /// Until when the document is hidden from the holder: the past when it is not.
    pub(crate) const fn hidden_from_holder_until(&self) -> Instant {
        if self.flags.contains(Flags::INVISIBLE_PATIENT) {
            self.hidden_until
        } else {
            Instant::MIN
        }
    }
}

/// The profession code of holders and representatives.
pub const PROFESSION_PATIENT: &str = "patient";

#[cfg(test)]
mod tests;
