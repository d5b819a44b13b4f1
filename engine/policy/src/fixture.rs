//! Sessions, dossiers and documents for the tests of this crate.

use crate::facts::{
    DocumentFacts, DossierFacts, DossierStatus, Parties, Secrecy, SessionFacts, Window,
};
use crate::{ClassOrdinal, Pack, ProfessionOrdinal, Relation};
use base::{Availability, DocumentId, DossierId, Flags, Instant, Purpose};
use std::sync::{Arc, LazyLock};

pub(crate) static LAUNCH: LazyLock<Arc<Pack>> = LazyLock::new(|| builtin("dmp-2011"));
pub(crate) static REFORM: LazyLock<Arc<Pack>> = LazyLock::new(|| builtin("dmp-2023"));

pub(crate) const DOSSIER: DossierId = DossierId::from_bytes([7; 16]);

pub(crate) fn noon() -> Instant {
    Instant::from_rfc3339("2026-03-01T12:00:00Z").expect("written here")
}

pub(crate) fn professional(profession: &str, purpose: Purpose) -> SessionFacts {
    SessionFacts {
        actor: "actor-1".to_owned(),
        profession: profession.to_owned(),
        speciality: String::new(),
        structure: "clinic-1".to_owned(),
        purpose,
        secrecy: Secrecy::Open,
        patient: None,
    }
}

pub(crate) fn person(purpose: Purpose) -> SessionFacts {
    SessionFacts {
        actor: "person-1".to_owned(),
        structure: String::new(),
        patient: Some(DOSSIER),
        ..professional("patient", purpose)
    }
}

pub(crate) fn dossier(relations: &[Relation]) -> DossierFacts {
    let mut facts = DossierFacts::new(DOSSIER, DossierStatus::Active, noon());
    for relation in relations {
        facts.hold(*relation, Window::ALWAYS);
    }
    facts
}

pub(crate) fn document(pack: &Pack, kind: &str) -> DocumentFacts {
    DocumentFacts {
        document: DocumentId::from_bytes([9; 16]),
        kind: pack.dictionary().type_ordinal(kind),
        class: ClassOrdinal::UNKNOWN,
        author_profession: ProfessionOrdinal::UNKNOWN,
        status: Availability::Approved,
        flags: Flags::NONE,
        hidden_until: Instant::MIN,
        created: noon().plus_days(-10),
        deposited: noon().plus_days(-10),
        parties: Parties::NONE,
    }
}

fn builtin(name: &str) -> Arc<Pack> {
    Arc::new(Pack::builtin(name).unwrap_or_else(|error| panic!("{name}: {error}")))
}
