//! From what a document says of itself to the entry the store keeps and the text the index
//! reads.
//!
//! Not for: reading documents; `intake` does. Invariant: the depositor is the session's actor,
//! never who the document names.

use crate::error::{Code, Error};
use base::{DocumentId, EntryId, Flags, Instant};
use intake::{IntakeError, Metadata, Reason};
use policy::SessionFacts;
use store::{Author, Coded, Depositor, Entry, Reference};

/// The entry of a new document.
pub(crate) fn entry(
    metadata: &Metadata,
    ids: (DocumentId, EntryId),
    session: &SessionFacts,
    flags: Flags,
    deposited: Instant,
) -> Entry {
    let mut entry = Entry::new(ids.0, ids.1, deposited);
    entry.unique_id = metadata.unique_id.xds();
    entry.flags = flags;
    entry.invisible_until = flags
        .contains(Flags::INVISIBLE_PATIENT)
        .then(|| deposited.plus_months(1));
    if let Some(code) = confidentiality(&metadata.confidentiality) {
        entry.confidentiality = code;
    }
    entry.kind = coded(&metadata.type_code);
    entry.class = class(&metadata.class_code);
    entry.format = metadata.format.as_ref().map(coded).unwrap_or_default();
    entry.facility = metadata
        .healthcare_facility_type
        .as_ref()
        .map(coded)
        .unwrap_or_default();
    entry.practice = metadata
        .practice_setting
        .as_ref()
        .map(coded)
        .unwrap_or_default();
    entry.events = metadata.event_codes.iter().map(coded).collect();
    entry.authors = metadata.authors.iter().map(author).collect();
    entry.legal_authenticator = metadata.legal_authenticator.as_ref().map(author);
    entry.source_patient = metadata
        .patient
        .local_ids
        .first()
        .map(intake::Identifier::xds)
        .unwrap_or_default();
    entry.created = metadata.creation_time;
    entry.service_start = metadata.service_start.unwrap_or(metadata.creation_time);
    entry.service_end = metadata.service_stop;
    entry.title.clone_from(&metadata.title);
    if let Some(language) = &metadata.language {
        entry.language.clone_from(language);
    }
    entry.mime.clone_from(&metadata.mime_type);
    entry.hash = metadata.hash.bytes();
    entry.size = metadata.size;
    entry.references = metadata.references.iter().map(reference).collect();
    // A person deposits for herself, whatever structure her host names.
    let structure = if session.is_person() {
        String::new()
    } else {
        session.structure.clone()
    };
    entry.depositor = Depositor {
        actor: session.actor.clone(),
        structure,
        profession: session.profession.clone(),
    };
    entry
}

/// What a document says of its confidentiality: the strictest of the codes it gives, since an entry
/// keeps one. The flags among them are kept as flags.
fn confidentiality(codes: &[intake::Code]) -> Option<String> {
    let codes = codes.iter().map(|code| code.code.as_str());
    let codes = codes.filter(|code| !code.is_empty() && Flags::from_code(code).is_err());
    let strictness = |code: &&str| STRICTER.iter().position(|known| known == code);
    // The first of equals, so that what no table knows does not displace what came before it.
    let strictest = codes.reduce(|one, other| {
        if strictness(&other) > strictness(&one) {
            other
        } else {
            one
        }
    });
    strictest.map(str::to_owned)
}

/// The codes of a document that can be searched for.
pub(crate) fn codes(metadata: &Metadata) -> impl Iterator<Item = index::Code<'_>> {
    metadata.event_codes.iter().map(|coded| index::Code {
        system: coded.system.as_deref().unwrap_or_default(),
        code: &coded.code,
    })
}

fn class(code: &str) -> Coded {
    let known = base::code::document_types()
        .iter()
        .find(|known| known.class == code);
    Coded {
        code: code.to_owned(),
        system: String::new(),
        label: known
            .map(|known| known.class_label.to_owned())
            .unwrap_or_default(),
    }
}

fn coded(code: &intake::Code) -> Coded {
    Coded {
        code: code.code.clone(),
        system: code.system.clone().unwrap_or_default(),
        label: code.label.clone().unwrap_or_default(),
    }
}

fn author(author: &intake::Author) -> Author {
    let institution = author.institution.as_ref();
    let person = author.person.as_ref().map(intake::Person::display_name);
    Author {
        id: author
            .id
            .as_ref()
            .map(intake::Identifier::xds)
            .unwrap_or_default(),
        name: person.or_else(|| author.device.clone()).unwrap_or_default(),
        structure_id: institution
            .and_then(|it| it.id.as_ref())
            .map(intake::Identifier::xds)
            .unwrap_or_default(),
        structure_name: institution
            .and_then(|it| it.name.clone())
            .unwrap_or_default(),
        role: author
            .role
            .as_ref()
            .map(|role| role.code.clone())
            .unwrap_or_default(),
        speciality: author
            .speciality
            .as_ref()
            .map(|it| it.code.clone())
            .unwrap_or_default(),
    }
}

fn reference(identifier: &intake::Identifier) -> Reference {
    Reference {
        id: identifier.extension.clone().unwrap_or_default(),
        authority: identifier.root.clone(),
        kind: String::new(),
    }
}

impl From<IntakeError> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a room may learn new errors"
    )]
    fn from(error: IntakeError) -> Self {
        let code = match error.reason() {
            Reason::MissingPatientId => Code::NoPatient,
            Reason::Doctype | Reason::Entity | Reason::TooDeep { .. } => Code::DocumentBomb,
            Reason::TooLong { .. } | Reason::FieldTooLong { .. } | Reason::TooMany { .. } => {
                Code::Limit
            }
            Reason::NotCda | Reason::SaysNothing { .. } | Reason::Empty => Code::DocumentKind,
            _ => Code::DocumentSyntax,
        };
        // INVARIANT(P4): a reason is made of fixed texts and numbers.
        Self::new(code, error.reason().to_string(), "").at(error.place().to_string())
    }
}

/// The confidentiality codes of HL7, the least strict first.
const STRICTER: [&str; 6] = ["U", "L", "M", "N", "R", "V"];
