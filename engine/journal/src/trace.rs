//! Traces: who did what to whose dossier, sealed under an audit key; and the words of a trace,
//! sealed under the dossier's own key because they speak of her health.
//!
//! For: what `history`, the auditor and the FHIR export read. Not for: what is in clear; see
//! `fact`. Invariants: no `Debug` on anything that names a person or quotes one; a trace is
//! padded, so that its length says little; decoding accepts only what encoding makes.

use crate::kind::{Class, Kind, codes};
use base::{Availability, Consent, DocumentId, DossierId, Flags, Instant, Purpose, SessionId};

mod codec;

codes!(
    /// What the actor asked for.
    Verb {
        /// The list of documents.
        Entries = 1, "entries";
        /// The content of documents.
        Fetch = 2, "fetch";
        /// A search.
        Search = 3, "search";
        /// A count.
        Count = 4, "count";
        /// Facets.
        Facets = 5, "facets";
        /// The timeline.
        Timeline = 6, "timeline";
        /// Data points.
        Points = 7, "points";
        /// What changed since the last visit.
        Changes = 8, "changes";
        /// Earlier traces.
        History = 9, "history";
        /// The list of authorised and blocked professionals.
        Relations = 10, "relations";
        /// The state of the dossier.
        State = 11, "state";
        /// A deposit or a replacement.
        Deposit = 12, "deposit";
        /// A change of flags or status.
        Modify = 13, "modify";
        /// A change of authorisations, blocks, consents or attending physicians.
        Administer = 14, "administer";
        /// Opening, closing or erasing.
        LifeCycle = 15, "life_cycle";
        /// An explanation of the rules.
        Explain = 16, "explain";
        /// An export of the dossier.
        Export = 17, "export";
        /// Bris de glace.
        BreakGlass = 18, "break_glass";
    }
);

codes!(
    /// What policy said.
    Decision {
        /// It allowed.
        Permit = 1, "permit";
        /// It refused.
        Deny = 2, "deny";
    }
);

codes!(
    /// Whether the session is a secret connection of a minor.
    Secrecy {
        /// It is not.
        Open = 1, "open";
        /// It is: its traces are never shown to representatives.
        Secret = 2, "secret";
    }
);

codes!(
    /// How documents came in.
    Writing {
        /// They are new.
        Deposited = 1, "deposited";
        /// They replace an earlier version.
        Replaced = 2, "replaced";
        /// Their metadata were corrected.
        Edited = 3, "edited";
    }
);

codes!(
    /// What a consent is about.
    ConsentMatter {
        /// Consultation by professionals.
        Consultation = 1, "consultation";
        /// Deposit by professionals.
        Deposit = 2, "deposit";
        /// Access of a centre 15 (`ETREAT`).
        Centre15 = 3, "ETREAT";
        /// Bris de glace (`BTG`).
        BreakGlass = 4, "BTG";
        /// Masked documents in an emergency (`MASKED`).
        Masked = 5, "MASKED";
    }
);

codes!(
    /// What binds a party to a dossier.
    Relation {
        /// An authorisation.
        Authorisation = 1, "authorisation";
        /// A block.
        Block = 2, "block";
        /// An attending physician.
        Attending = 3, "attending";
        /// A member of the care team.
        CareTeam = 4, "care_team";
        /// A legal representative or delegate.
        Representative = 5, "representative";
    }
);

codes!(
    /// Whether a relation was made or ended.
    RelationChange {
        /// It was made.
        Made = 1, "made";
        /// It was ended.
        Ended = 2, "ended";
    }
);

codes!(
    /// What became of a dossier.
    DossierChange {
        /// It was created.
        Created = 1, "created";
        /// It was closed.
        Closed = 2, "closed";
        /// It was reopened.
        Reopened = 3, "reopened";
        /// An alias was added or ended.
        AliasChanged = 4, "alias_changed";
        /// It was linked with another dossier of the same person.
        Linked = 5, "linked";
        /// Such a link was undone.
        Unlinked = 6, "unlinked";
        /// Masking by default was switched on.
        MaskedByDefault = 7, "masked_by_default";
        /// Masking by default was switched off.
        ShownByDefault = 8, "shown_by_default";
        /// Other data of its state were changed.
        Edited = 9, "edited";
    }
);

/// Who asked, as what, why.
#[derive(Clone, PartialEq, Eq)]
pub struct Agent {
    /// The person's or system's id.
    pub actor: String,
    /// Her profession's code.
    pub profession: String,
    /// Her speciality's code, or empty.
    pub speciality: String,
    /// Her structure's id, or empty.
    pub structure: String,
    /// Why she asked.
    pub purpose: Purpose,
    /// Her session.
    pub session: SessionId,
    /// Whether the session is secret.
    pub secrecy: Secrecy,
}

/// Who did what to whose dossier.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    /// When, to the millisecond.
    pub at: Instant,
    /// Whose dossier; `None` when many were counted over.
    pub dossier: Option<DossierId>,
    /// Who.
    pub agent: Agent,
    /// What policy said.
    pub decision: Decision,
    /// The policy pack and version that said it.
    pub pack: String,
    /// What was done.
    pub act: Act,
}

/// What was done.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Something of the dossier, but no content, was shown.
    Accessed {
        /// What was asked for.
        verb: Verb,
        /// The documents whose metadata were shown.
        documents: Vec<DocumentId>,
    },
    /// A search was answered; its words are sealed apart.
    Queried {
        /// What was asked for.
        verb: Verb,
        /// The documents that were shown, each with what was quoted from it.
        documents: Vec<DocumentId>,
    },
    /// Content left the engine.
    Disclosed {
        /// Of these documents.
        documents: Vec<DocumentId>,
    },
    /// The request was refused.
    Denied {
        /// What was asked for.
        verb: Verb,
        /// The document asked for, whether it exists or not.
        document: Option<DocumentId>,
    },
    /// Bris de glace; the motive is sealed apart.
    BrokeGlass,
    /// Documents came in.
    Wrote {
        /// How.
        writing: Writing,
        /// Which.
        documents: Vec<DocumentId>,
        /// What they replace.
        replaces: Option<DocumentId>,
    },
    /// Flags were changed.
    Flagged {
        /// Of this document.
        document: DocumentId,
        /// The flags before.
        before: Flags,
        /// The flags after.
        after: Flags,
    },
    /// A status was changed.
    StatusSet {
        /// Of this document.
        document: DocumentId,
        /// The status before.
        before: Availability,
        /// The status after.
        after: Availability,
    },
    /// A consent was changed.
    Consented {
        /// About what.
        matter: ConsentMatter,
        /// The consent before.
        before: Consent,
        /// The consent after.
        after: Consent,
    },
    /// A relation was changed.
    Related {
        /// Which.
        relation: Relation,
        /// How.
        change: RelationChange,
        /// With whom: the id of a professional, a structure or a person.
        party: String,
        /// Until when it holds.
        until: Instant,
    },
    /// The dossier as a whole was changed.
    DossierChanged {
        /// How.
        change: DossierChange,
    },
    /// Documents, or the whole dossier when none is named, were erased.
    Erased {
        /// Which.
        documents: Vec<DocumentId>,
    },
    /// Something was counted over many dossiers.
    Counted {
        /// What was asked for.
        verb: Verb,
        /// The question, as it was asked.
        question: String,
    },
}

/// What the actor wrote: sealed under the dossier's data key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The text of a query, or empty.
    pub query: String,
    /// The motive of a bris de glace or of an erasure, or empty.
    pub motive: String,
}

impl Act {
    /// The kind of entry that records it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Accessed { .. } => Kind::Access,
            Self::Queried { .. } => Kind::Query,
            Self::Disclosed { .. } => Kind::Disclose,
            Self::Denied { .. } => Kind::Deny,
            Self::BrokeGlass => Kind::BreakGlass,
            Self::Wrote { .. } => Kind::Write,
            Self::Flagged { .. } => Kind::Mask,
            Self::StatusSet { .. } => Kind::Status,
            Self::Consented { .. } => Kind::Consent,
            Self::Related { .. } => Kind::Relation,
            Self::DossierChanged { .. } => Kind::Dossier,
            Self::Erased { .. } => Kind::Erase,
            Self::Counted { .. } => Kind::Aggregate,
        }
    }

    /// The documents it names.
    #[must_use]
    pub fn documents(&self) -> &[DocumentId] {
        match self {
            Self::Accessed { documents, .. }
            | Self::Queried { documents, .. }
            | Self::Disclosed { documents }
            | Self::Wrote { documents, .. }
            | Self::Erased { documents } => documents,
            Self::Flagged { document, .. } | Self::StatusSet { document, .. } => {
                std::slice::from_ref(document)
            }
            Self::Denied { document, .. } => document.as_slice(),
            Self::BrokeGlass
            | Self::Consented { .. }
            | Self::Related { .. }
            | Self::DossierChanged { .. }
            | Self::Counted { .. } => &[],
        }
    }
}

impl Trace {
    /// The class in which it is kept: that of its kind, but emergencies have their own.
    #[must_use]
    pub const fn class(&self) -> Class {
        match (self.act.kind().class(), self.agent.purpose) {
            (Class::Reading, Purpose::EmergencyBtg | Purpose::EmergencySamu) => Class::Emergency,
            (class, _) => class,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
