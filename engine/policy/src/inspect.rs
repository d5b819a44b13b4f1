//! Looking at a pack from outside: what it gives, what changed, what looks wrong.
//!
//! For: `check`, `diff` and the matrix as a page. Invariant: everything is asked of the same
//! lens that decides for sessions; nothing here reads rules on its own.

mod bound;
mod chain;
mod check;
mod diff;
pub(crate) mod gain;
mod page;
mod table;
pub(crate) mod way;

pub use bound::{Excess, bounds};
pub use check::{Finding, Unusual, check};
pub use diff::{Change, Direction, diff};
pub use gain::Gain;
pub use page::matrix_page;
pub use table::matrix_text;

use crate::facts::{
    DocumentFacts, DossierFacts, DossierStatus, Parties, Relation, Secrecy, SessionFacts, Window,
};
use crate::lens::DossierLens;
use crate::pack::Pack;
use base::{Availability, DocumentId, DossierId, Flags, Instant, Purpose};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a session stands to the dossier it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// In care, authorised by the holder.
    Authorised,
    /// In care, in the care team.
    CareTeam,
    /// In care, attending physician.
    Attending,
    /// In care, without any relation to the dossier.
    Unrelated,
    /// Bris de glace.
    BreakGlass,
    /// The centre 15.
    Centre15,
    /// For a contract, authorised by the holder.
    Contract,
}

impl Situation {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Authorised,
        Self::CareTeam,
        Self::Attending,
        Self::Unrelated,
        Self::BreakGlass,
        Self::Centre15,
        Self::Contract,
    ];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorised => "authorised",
            Self::CareTeam => "care team",
            Self::Attending => "attending physician",
            Self::Unrelated => "no relation",
            Self::BreakGlass => "bris de glace",
            Self::Centre15 => "centre 15",
            Self::Contract => "contract",
        }
    }

    const fn purpose(self) -> Purpose {
        match self {
            Self::Authorised | Self::CareTeam | Self::Attending | Self::Unrelated => Purpose::Care,
            Self::BreakGlass => Purpose::EmergencyBtg,
            Self::Centre15 => Purpose::EmergencySamu,
            Self::Contract => Purpose::Contract,
        }
    }

    const fn relation(self) -> Option<Relation> {
        match self {
            Self::Authorised | Self::Contract => Some(Relation::Authorised),
            Self::CareTeam => Some(Relation::CareTeam),
            Self::Attending => Some(Relation::Attending),
            Self::Unrelated | Self::BreakGlass | Self::Centre15 => None,
        }
    }
}

/// A made-up session of a profession before a made-up dossier.
fn stand(pack: &Arc<Pack>, profession: &str, situation: Situation) -> DossierLens {
    let session = session(profession, situation.purpose());
    let mut dossier = DossierFacts::new(DOSSIER, DossierStatus::Active, day(pack));
    if let Some(relation) = situation.relation() {
        dossier.hold(relation, Window::ALWAYS);
    }
    pack.lens(&session, day(pack)).scope(&dossier)
}

fn session(profession: &str, purpose: Purpose) -> SessionFacts {
    SessionFacts {
        actor: "anyone".to_owned(),
        profession: profession.to_owned(),
        speciality: String::new(),
        structure: "anywhere".to_owned(),
        purpose,
        secrecy: Secrecy::Open,
        patient: Some(DOSSIER),
    }
}

/// Another's approved document of this type.
fn paper(pack: &Pack, kind: &str, flags: Flags) -> DocumentFacts {
    let class = base::code::document_type(kind).map_or(base::code::CLASS_UNKNOWN, |it| it.class);
    DocumentFacts {
        document: DocumentId::from_bytes([0; 16]),
        kind: pack.dictionary().type_ordinal(kind),
        class: pack.dictionary().class_ordinal(class),
        author_profession: pack.dictionary().profession_ordinal("medecin"),
        status: Availability::Approved,
        flags,
        hidden_until: Instant::MAX,
        created: day(pack),
        deposited: day(pack),
        parties: Parties::NONE,
    }
}

/// Types by class: the pack's own, else the nomenclature's.
fn by_class(pack: &Pack) -> BTreeMap<String, Vec<&str>> {
    let lines: BTreeMap<_, _> = pack
        .matrix()
        .types()
        .map(|(class, kind)| (kind, class))
        .collect();
    let mut classes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for kind in pack.dictionary().types() {
        let known = base::code::document_type(kind).map(|it| it.class);
        let class = lines
            .get(kind)
            .copied()
            .or(known)
            .unwrap_or(base::code::CLASS_UNKNOWN);
        classes.entry(class.to_owned()).or_default().push(kind);
    }
    classes
}

/// A day on which the pack is in force.
fn day(pack: &Pack) -> Instant {
    pack.validity().from()
}

const DOSSIER: DossierId = DossierId::from_bytes([0; 16]);

#[cfg(test)]
mod tests;
