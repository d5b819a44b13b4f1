//! The fields of the JSON form, checked as they are read.

use crate::identity::{Identifier, Ins, InsAuthority};
use crate::metadata::{Author, Code, Metadata, Organization, Patient, Person, Sex, Sha1, Traits};
use crate::xml::collapse;
use base::{Flags, Instant, code, limit};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The form as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    #[serde(rename = "liasse_document", deserialize_with = "form_version")]
    _version: (),
    unique_id: IdForm,
    #[serde(default)]
    set_id: Option<IdForm>,
    #[serde(default)]
    version: Option<u32>,
    #[serde(default, deserialize_with = "few")]
    replaces: Vec<IdForm>,
    #[serde(rename = "type")]
    type_code: CodeForm,
    title: Words,
    creation_time: TimeForm,
    #[serde(default)]
    service_start: Option<TimeForm>,
    #[serde(default)]
    service_stop: Option<TimeForm>,
    #[serde(default, deserialize_with = "few")]
    authors: Vec<AuthorForm>,
    #[serde(default)]
    legal_authenticator: Option<AuthorForm>,
    #[serde(default, deserialize_with = "few")]
    confidentiality: Vec<CodeForm>,
    #[serde(default)]
    format: Option<CodeForm>,
    #[serde(default)]
    healthcare_facility_type: Option<CodeForm>,
    #[serde(default)]
    practice_setting: Option<CodeForm>,
    #[serde(default, deserialize_with = "few")]
    event_codes: Vec<CodeForm>,
    #[serde(default, deserialize_with = "few")]
    references: Vec<IdForm>,
    #[serde(default)]
    language: Option<Words>,
    #[serde(default)]
    mime_type: Option<Words>,
    patient: PatientForm,
    #[serde(default)]
    pub(super) body_base64: Option<String>,
    #[serde(default)]
    pub(super) text: Option<String>,
}

/// Fields whose absence is named.
pub(super) const REQUIRED: [&str; 10] = [
    "liasse_document",
    "unique_id",
    "type",
    "title",
    "creation_time",
    "patient",
    "ins",
    "matricule",
    "oid",
    "code",
];

/// What a field that cannot be read is called.
pub(super) const MALFORMED: [&str; 7] = [
    FORM_VERSION,
    INSTANT,
    IDENTIFIER,
    WORDS,
    SEX,
    MATRICULE,
    VALUES,
];

struct Words(String);
struct IdForm(Identifier);
struct TimeForm(Instant);
struct SexForm(Sex);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeForm {
    code: Words,
    #[serde(default)]
    system: Option<Words>,
    #[serde(default)]
    label: Option<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthorForm {
    #[serde(default)]
    id: Option<IdForm>,
    #[serde(default)]
    person: Option<PersonForm>,
    #[serde(default)]
    device: Option<Words>,
    #[serde(default)]
    institution: Option<OrganizationForm>,
    #[serde(default)]
    role: Option<CodeForm>,
    #[serde(default)]
    speciality: Option<CodeForm>,
    #[serde(default)]
    time: Option<TimeForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonForm {
    #[serde(default)]
    family: Option<Words>,
    #[serde(default)]
    given: Option<Words>,
    #[serde(default)]
    prefix: Option<Words>,
    #[serde(default)]
    suffix: Option<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationForm {
    #[serde(default)]
    id: Option<IdForm>,
    #[serde(default)]
    name: Option<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatientForm {
    ins: InsForm,
    #[serde(default, deserialize_with = "few")]
    local_ids: Vec<IdForm>,
    #[serde(default)]
    traits: TraitsForm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIns {
    matricule: String,
    oid: String,
}

#[derive(Deserialize)]
#[serde(try_from = "RawIns")]
struct InsForm(Ins);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct TraitsForm {
    birth_family: Option<Words>,
    birth_given: Option<Words>,
    first_given: Option<Words>,
    used_family: Option<Words>,
    used_given: Option<Words>,
    birth_date: Option<TimeForm>,
    sex: Option<SexForm>,
    birth_place: Option<Words>,
}

impl Form {
    /// The metadata, given the body's bytes and what they look like.
    pub(super) fn metadata(self, body: &[u8], default_media: &str) -> Metadata {
        let known = code::document_type(&self.type_code.code.0);
        let confidentiality = all(self.confidentiality);
        let flags = confidentiality
            .iter()
            .fold(Flags::NONE, |flags, code: &Code| {
                Flags::from_code(&code.code).map_or(flags, |flag| flags.with(flag))
            });
        Metadata {
            unique_id: self.unique_id.0,
            set_id: self.set_id.map(|id| id.0),
            version: self.version,
            replaces: self.replaces.into_iter().map(|id| id.0).collect(),
            class_code: known
                .map_or(code::CLASS_UNKNOWN, |known| known.class)
                .to_owned(),
            type_code: self.type_code.into(),
            title: self.title.0,
            creation_time: self.creation_time.0,
            service_start: self.service_start.map(|time| time.0),
            service_stop: self.service_stop.map(|time| time.0),
            authors: self.authors.into_iter().map(Author::from).collect(),
            legal_authenticator: self.legal_authenticator.map(Author::from),
            confidentiality,
            flags,
            format: self.format.map(Code::from),
            healthcare_facility_type: self.healthcare_facility_type.map(Code::from),
            practice_setting: self.practice_setting.map(Code::from),
            event_codes: all(self.event_codes),
            references: self.references.into_iter().map(|id| id.0).collect(),
            language: words(self.language),
            mime_type: words(self.mime_type).unwrap_or_else(|| default_media.to_owned()),
            hash: Sha1::of(body),
            size: body.len() as u64,
            patient: self.patient.into(),
        }
    }
}

impl From<CodeForm> for Code {
    fn from(form: CodeForm) -> Self {
        Self {
            code: form.code.0,
            system: words(form.system),
            label: words(form.label),
        }
    }
}

impl From<AuthorForm> for Author {
    fn from(form: AuthorForm) -> Self {
        Self {
            id: form.id.map(|id| id.0),
            person: form.person.map(|person| Person {
                family: words(person.family),
                given: words(person.given),
                prefix: words(person.prefix),
                suffix: words(person.suffix),
            }),
            device: words(form.device),
            institution: form.institution.map(|institution| Organization {
                id: institution.id.map(|id| id.0),
                name: words(institution.name),
            }),
            role: form.role.map(Code::from),
            speciality: form.speciality.map(Code::from),
            time: form.time.map(|time| time.0),
        }
    }
}

impl From<PatientForm> for Patient {
    fn from(form: PatientForm) -> Self {
        let traits = form.traits;
        Self {
            ins: form.ins.0,
            local_ids: form.local_ids.into_iter().map(|id| id.0).collect(),
            traits: Traits {
                birth_family: words(traits.birth_family),
                birth_given: words(traits.birth_given),
                first_given: words(traits.first_given),
                used_family: words(traits.used_family),
                used_given: words(traits.used_given),
                birth_date: traits.birth_date.map(|time| time.0),
                sex: traits.sex.map(|sex| sex.0),
                birth_place: words(traits.birth_place),
            },
        }
    }
}

impl TryFrom<RawIns> for InsForm {
    type Error = &'static str;

    fn try_from(raw: RawIns) -> Result<Self, &'static str> {
        let authority = InsAuthority::from_oid(&raw.oid).ok_or(MATRICULE)?;
        Ins::new(&raw.matricule, authority)
            .map(Self)
            .map_err(|_| MATRICULE)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = collapse(&String::deserialize(deserializer)?);
        if words.is_empty() || words.len() > limit::FIELD_BYTES_MAX {
            return Err(D::Error::custom(WORDS));
        }
        Ok(Self(words))
    }
}

impl<'de> Deserialize<'de> for IdForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Words(text) = Words::deserialize(deserializer)?;
        let id = Identifier::from_xds(&text);
        let full = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
        if full(&id.root) && id.extension.as_deref().is_none_or(|part| !part.is_empty()) {
            Ok(Self(id))
        } else {
            Err(D::Error::custom(IDENTIFIER))
        }
    }
}

impl<'de> Deserialize<'de> for TimeForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Instant::from_rfc3339(&text)
            .or_else(|_| Instant::from_rfc3339(&format!("{text}T00:00:00Z")))
            .map(Self)
            .map_err(|_| D::Error::custom(INSTANT))
    }
}

impl<'de> Deserialize<'de> for SexForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Sex::from_code(&text).map(Self).ok_or(D::Error::custom(SEX))
    }
}

fn form_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match u32::deserialize(deserializer)? {
        1 => Ok(()),
        _ => Err(D::Error::custom(FORM_VERSION)),
    }
}

fn few<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let values = Vec::deserialize(deserializer)?;
    if values.len() > limit::FIELD_VALUES_MAX {
        return Err(D::Error::custom(VALUES));
    }
    Ok(values)
}

fn words(words: Option<Words>) -> Option<String> {
    words.map(|words| words.0)
}

fn all(codes: Vec<CodeForm>) -> Vec<Code> {
    codes.into_iter().map(Code::from).collect()
}

const FORM_VERSION: &str = "version of the form (liasse_document, which is 1)";
const INSTANT: &str = "date (RFC 3339, for example 2026-01-31T12:00:00Z or 2026-01-31)";
const IDENTIFIER: &str = "identifier (root, or root^extension)";
const WORDS: &str = "text of a field (not empty, at most 4096 bytes)";
const SEX: &str = "sex (F, M or UN)";
const MATRICULE: &str = "INS (matricule of 15 characters, oid of its authority)";
const VALUES: &str = "list (at most 256 values)";
