//! The metadata of one document, by the names of the IHE XDS DocumentEntry.
//!
//! Plain owned data. What the registry alone knows (entryUUID, availability, submission time)
//! is not here. Invariant: no `Debug` prints a value.

use crate::identity::{Identifier, Ins, InsAuthority};
use base::{Flags, Instant};
use std::fmt;

/// What a document says of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Identifier given by the producer; the same in every copy.
    pub unique_id: Identifier,
    /// Identifier shared by all versions of the document.
    pub set_id: Option<Identifier>,
    /// Number of this version in its set.
    pub version: Option<u32>,
    /// The documents this one replaces.
    pub replaces: Vec<Identifier>,
    /// What kind of document it is.
    pub type_code: Code,
    /// Its class (JDV_J57), or [`base::code::CLASS_UNKNOWN`] when the type is not known.
    pub class_code: String,
    /// Its title.
    pub title: String,
    /// When the producer made it.
    pub creation_time: Instant,
    /// When the act it tells of began.
    pub service_start: Option<Instant>,
    /// When the act it tells of ended.
    pub service_stop: Option<Instant>,
    /// Who wrote it, in the order of the document.
    pub authors: Vec<Author>,
    /// Who answers for it.
    pub legal_authenticator: Option<Author>,
    /// Its confidentiality codes, in the order of the document.
    pub confidentiality: Vec<Code>,
    /// The visibility flags among them.
    pub flags: Flags,
    /// Its format.
    pub format: Option<Code>,
    /// The kind of place where the act was done.
    pub healthcare_facility_type: Option<Code>,
    /// The kind of practice.
    pub practice_setting: Option<Code>,
    /// The acts, modalities and body regions it tells of.
    pub event_codes: Vec<Code>,
    /// The orders it answers (referenceIdList).
    pub references: Vec<Identifier>,
    /// Its language, `fr-FR` as a rule.
    pub language: Option<String>,
    /// Media type of the body.
    pub mime_type: String,
    /// SHA-1 of the body, as XDS registries keep it.
    pub hash: Sha1,
    /// Length of the body in bytes.
    pub size: u64,
    /// Whose it is.
    pub patient: Patient,
}

/// A code of a terminology.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// The code.
    pub code: String,
    /// OID of the terminology.
    pub system: Option<String>,
    /// Label as the document gives it.
    pub label: Option<String>,
}

/// Whose the document is, as its producer knew her.
#[derive(Clone, PartialEq, Eq)]
pub struct Patient {
    /// The INS matricule.
    pub ins: Ins,
    /// Identifiers in the producer's own systems.
    pub local_ids: Vec<Identifier>,
    /// The traits of her identity.
    pub traits: Traits,
}

/// The traits of an identity. They identify nobody without the INS.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Traits {
    /// Family name at birth.
    pub birth_family: Option<String>,
    /// All given names at birth.
    pub birth_given: Option<String>,
    /// First given name at birth.
    pub first_given: Option<String>,
    /// Family name in use.
    pub used_family: Option<String>,
    /// Given name in use.
    pub used_given: Option<String>,
    /// Start of the day of birth, in UTC.
    pub birth_date: Option<Instant>,
    /// Sex.
    pub sex: Option<Sex>,
    /// INSEE code of the place of birth.
    pub birth_place: Option<String>,
}

/// Sex as an identity states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Not determined.
    Undetermined,
}

/// Somebody, or something, that wrote or signed a document.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// Identifier (RPPS, ADELI, INS of a patient, serial number of a device).
    pub id: Option<Identifier>,
    /// The person, if it is one.
    pub person: Option<Person>,
    /// The device's model, if it is one.
    pub device: Option<String>,
    /// The structure on whose behalf.
    pub institution: Option<Organization>,
    /// Role in this act (functionCode).
    pub role: Option<Code>,
    /// Profession and speciality.
    pub speciality: Option<Code>,
    /// When.
    pub time: Option<Instant>,
}

/// What kind of author it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorKind {
    /// A professional.
    Professional,
    /// The patient herself.
    Patient,
    /// A device or a piece of software.
    Device,
}

/// A person's name.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Family name.
    pub family: Option<String>,
    /// Given name.
    pub given: Option<String>,
    /// Civility, before the name.
    pub prefix: Option<String>,
    /// Title, after the name.
    pub suffix: Option<String>,
}

/// A structure.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Organization {
    /// Identifier (FINESS, SIRET).
    pub id: Option<Identifier>,
    /// Name.
    pub name: Option<String>,
}

/// A SHA-1 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sha1([u8; 20]);

impl Code {
    /// A code of `system`, without a label.
    #[must_use]
    pub fn new(code: &str, system: &str) -> Self {
        Self {
            code: code.to_owned(),
            system: Some(system.to_owned()),
            label: None,
        }
    }
}

impl Author {
    /// What kind of author it is.
    #[must_use]
    pub fn kind(&self) -> AuthorKind {
        let by_patient = self
            .id
            .as_ref()
            .is_some_and(|id| InsAuthority::from_oid(&id.root).is_some());
        if self.device.is_some() {
            AuthorKind::Device
        } else if by_patient {
            AuthorKind::Patient
        } else {
            AuthorKind::Professional
        }
    }
}

impl Person {
    /// Given name, then family name: how a list shows a person.
    #[must_use]
    pub fn display_name(&self) -> String {
        let parts = [&self.given, &self.family];
        let present: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        present.join(" ")
    }
}

impl Sex {
    /// The HL7 code: `F`, `M` or `UN`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
            Self::Undetermined => "UN",
        }
    }

    /// Reads the HL7 code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "F" => Some(Self::Female),
            "M" => Some(Self::Male),
            "UN" | "U" => Some(Self::Undetermined),
            _ => None,
        }
    }
}

impl Sha1 {
    /// Hashes a body.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha1::Digest;
        Self(sha1::Sha1::digest(bytes).into())
    }

    /// The twenty bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 20] {
        self.0
    }
}

impl fmt::Display for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

macro_rules! silent {
    ($($name:ident),*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        })*
    };
}

silent!(
    Metadata,
    Code,
    Patient,
    Traits,
    Author,
    Person,
    Organization,
    Sha1
);

#[cfg(test)]
mod tests;
