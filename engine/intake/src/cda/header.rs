//! The header of a CDA, gathered element by element and then made metadata.
//!
//! Invariant: what a document must say once is refused when it is said twice, because a reader
//! that takes the first and one that takes the last would file it differently.

use super::parts::{self, Span, add, children};
use crate::identity::{Identifier, Ins, InsAuthority};
use crate::metadata::{Author, Code, Metadata, Patient, Sex, Sha1, Traits};
use crate::paper::MediaType;
use crate::reason::{Oddity, Reason, Refusal};
use crate::xml::{Element, Walk};
use base::{Flags, Instant, code};

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Header {
    unique_id: Option<Identifier>,
    set_id: Option<Identifier>,
    version: Option<u32>,
    replaces: Vec<Identifier>,
    type_code: Option<Code>,
    type_at: usize,
    title: Option<String>,
    creation_time: Option<Instant>,
    authors: Vec<Author>,
    legal_authenticator: Option<Author>,
    confidentiality: Vec<Code>,
    templates: Vec<Identifier>,
    language: Option<String>,
    events: Vec<ServiceEvent>,
    encounter: Span,
    facility: Option<Code>,
    references: Vec<Identifier>,
    patient: Option<FoundPatient>,
}

#[derive(Default)]
struct ServiceEvent {
    code: Option<Code>,
    span: Span,
    practice: Option<Code>,
    has_performer: bool,
}

struct FoundPatient {
    ids: Vec<(Identifier, usize)>,
    traits: Traits,
    offset: usize,
}

impl Header {
    /// Takes in one child of `ClinicalDocument`.
    pub(super) fn take<'a>(
        &mut self,
        walk: &mut Walk<'a>,
        element: &Element<'a>,
    ) -> Result<(), Refusal> {
        let at = element.offset();
        match element.name() {
            "templateId" => {
                let id = parts::identifier(walk, element, "template")?;
                add(&mut self.templates, id, "templates", at)
            }
            "id" => {
                let id = parts::identifier(walk, element, UNIQUE_ID)?;
                once(&mut self.unique_id, id, "unique identifier", at)
            }
            "code" => {
                self.type_at = at;
                let found = parts::code(walk, element, TYPE)?;
                once(&mut self.type_code, found, "type", at)
            }
            "title" => {
                let words = walk.words("title")?;
                once(&mut self.title, words, "title", at)
            }
            "effectiveTime" => {
                let time = creation_time(walk, element)?;
                once(&mut self.creation_time, time, "creation time", at)
            }
            "confidentialityCode" => {
                let found = parts::code(walk, element, "confidentiality")?;
                add(
                    &mut self.confidentiality,
                    found,
                    "confidentiality codes",
                    at,
                )
            }
            "languageCode" => {
                self.language = element.attribute("code", "language")?;
                walk.skip()
            }
            "setId" => {
                let id = parts::identifier(walk, element, "set identifier")?;
                once(&mut self.set_id, id, "set identifier", at)
            }
            "versionNumber" => {
                let value = element.attribute("value", "version number")?;
                self.version = value.map(|value| version(&value, at)).transpose()?;
                walk.skip()
            }
            _ => self.take_participant(walk, element),
        }
    }

    /// Takes in a child that names people, acts or other documents.
    fn take_participant<'a>(
        &mut self,
        walk: &mut Walk<'a>,
        element: &Element<'a>,
    ) -> Result<(), Refusal> {
        let at = element.offset();
        match element.name() {
            "recordTarget" => self.record_target(walk, at),
            "author" => {
                let author = participation(walk, "assignedAuthor")?;
                add(&mut self.authors, author, "authors", at)
            }
            "legalAuthenticator" => {
                let signer = participation(walk, "assignedEntity")?;
                once(
                    &mut self.legal_authenticator,
                    signer,
                    "legal authenticator",
                    at,
                )
            }
            "relatedDocument" => self.related_document(walk, element),
            "inFulfillmentOf" => self.order(walk),
            "documentationOf" => self.documentation(walk, at),
            "componentOf" => self.encounter(walk),
            _ => walk.skip(),
        }
    }

    /// Makes the metadata; `root_at` is where to say that something is missing.
    pub(super) fn finish(
        self,
        walk: &mut Walk<'_>,
        root_at: usize,
        main_media: Option<&str>,
    ) -> Result<Metadata, Refusal> {
        let missing = |what| Refusal::new(Reason::Missing { what }, root_at);
        let patient = self
            .patient
            .ok_or(Refusal::new(Reason::MissingPatientId, root_at))?;
        let type_code = self.type_code.ok_or(missing(TYPE))?;
        let known = code::document_type(&type_code.code);
        if known.is_none() {
            walk.remark(Oddity::UnknownType, self.type_at);
        }
        let label = type_code.label.clone();
        let title = self.title.or(label).unwrap_or_else(|| {
            known.map_or_else(|| type_code.code.clone(), |known| known.label.to_owned())
        });
        let principal = principal(&self.events);
        let span = principal.map_or_else(Span::default, |event| event.span);
        let flags = self
            .confidentiality
            .iter()
            .fold(Flags::NONE, |flags, code| {
                Flags::from_code(&code.code).map_or(flags, |flag| flags.with(flag))
            });
        Ok(Metadata {
            unique_id: self.unique_id.ok_or(missing(UNIQUE_ID))?,
            set_id: self.set_id,
            version: self.version,
            replaces: self.replaces,
            class_code: known
                .map_or(code::CLASS_UNKNOWN, |known| known.class)
                .to_owned(),
            title,
            creation_time: self.creation_time.ok_or(missing(CREATION))?,
            service_start: span.start.or(self.encounter.start),
            service_stop: if span.start.is_some() {
                span.stop
            } else {
                self.encounter.stop
            },
            authors: self.authors,
            legal_authenticator: self.legal_authenticator,
            confidentiality: self.confidentiality,
            flags,
            format: format(&self.templates, main_media),
            healthcare_facility_type: self.facility,
            practice_setting: self.events.iter().find_map(|event| event.practice.clone()),
            event_codes: self
                .events
                .iter()
                .filter_map(|event| event.code.clone())
                .collect(),
            references: self.references,
            language: self.language,
            mime_type: MediaType::Cda.mime().to_owned(),
            hash: Sha1::of(&[]),
            size: 0,
            patient: patient.identify(walk)?,
            type_code,
        })
    }

    fn record_target(&mut self, walk: &mut Walk<'_>, offset: usize) -> Result<(), Refusal> {
        if self.patient.is_some() {
            return Err(Refusal::new(Reason::Several { what: "patient" }, offset));
        }
        let mut found = FoundPatient {
            ids: Vec::new(),
            traits: Traits::default(),
            offset,
        };
        children(walk, |walk, role| {
            if role.name() != "patientRole" {
                return walk.skip();
            }
            children(walk, |walk, element| match element.name() {
                "id" => {
                    let id = parts::identifier(walk, &element, "patient identifier")?;
                    let id = id.map(|id| (id, element.offset()));
                    add(&mut found.ids, id, "patient identifiers", offset)
                }
                "patient" => traits(walk, &mut found.traits),
                _ => walk.skip(),
            })
        })?;
        self.patient = Some(found);
        Ok(())
    }

    fn related_document(
        &mut self,
        walk: &mut Walk<'_>,
        element: &Element<'_>,
    ) -> Result<(), Refusal> {
        let kind = element.attribute("typeCode", "relation to another document")?;
        if kind.as_deref() != Some("RPLC") {
            return walk.skip();
        }
        nested_ids(
            walk,
            "parentDocument",
            &mut self.replaces,
            "replaced documents",
        )
    }

    fn order(&mut self, walk: &mut Walk<'_>) -> Result<(), Refusal> {
        nested_ids(walk, "order", &mut self.references, "orders")
    }

    fn documentation(&mut self, walk: &mut Walk<'_>, offset: usize) -> Result<(), Refusal> {
        children(walk, |walk, event| {
            if event.name() != "serviceEvent" {
                return walk.skip();
            }
            let event = service_event(walk)?;
            add(&mut self.events, Some(event), "documented acts", offset)
        })
    }

    fn encounter(&mut self, walk: &mut Walk<'_>) -> Result<(), Refusal> {
        children(walk, |walk, encounter| {
            if encounter.name() != "encompassingEncounter" {
                return walk.skip();
            }
            children(walk, |walk, element| match element.name() {
                "effectiveTime" => {
                    self.encounter = parts::span(walk, &element, "time of the encounter")?;
                    Ok(())
                }
                "location" => children(walk, |walk, facility| {
                    children(walk, |walk, element| {
                        if facility.name() == "healthCareFacility" && element.name() == "code" {
                            self.facility = parts::code(walk, &element, "kind of facility")?;
                            Ok(())
                        } else {
                            walk.skip()
                        }
                    })
                }),
                _ => walk.skip(),
            })
        })
    }
}

impl FoundPatient {
    /// Chooses the INS among the ids; the others are local ids.
    fn identify(self, walk: &mut Walk<'_>) -> Result<Patient, Refusal> {
        let mut chosen: Option<(Ins, usize)> = None;
        let mut local_ids = Vec::new();
        for (id, at) in self.ids {
            let Some(authority) = InsAuthority::from_oid(&id.root) else {
                local_ids.push(id);
                continue;
            };
            let Some(matricule) = &id.extension else {
                continue;
            };
            let ins = Ins::new(matricule, authority)
                .map_err(|_| Refusal::new(Reason::Malformed { what: MATRICULE }, at))?;
            match &chosen {
                Some((first, _)) if *first == ins => {}
                Some((first, _)) if first.authority() == authority => {
                    return Err(Refusal::new(Reason::Several { what: MATRICULE }, at));
                }
                Some((first, _)) if first.authority() < authority => local_ids.push(id),
                Some(_) | None => {
                    let passed_over = chosen.replace((ins, at));
                    local_ids.extend(passed_over.map(|(ins, _)| {
                        let root = ins.authority().oid().to_owned();
                        Identifier::new(root, Some(ins.matricule().to_owned()))
                    }));
                }
            }
        }
        let Some((ins, at)) = chosen else {
            return Err(Refusal::new(Reason::MissingPatientId, self.offset));
        };
        if !ins.authority().is_current() {
            walk.remark(Oddity::OldIns, at);
        }
        if !ins.key_is_right() {
            walk.remark(Oddity::WrongInsKey, at);
        }
        Ok(Patient {
            ins,
            local_ids,
            traits: self.traits,
        })
    }
}

fn once<T>(
    slot: &mut Option<T>,
    value: Option<T>,
    what: &'static str,
    offset: usize,
) -> Result<(), Refusal> {
    if value.is_none() {
        return Ok(());
    }
    if slot.is_some() {
        return Err(Refusal::new(Reason::Several { what }, offset));
    }
    *slot = value;
    Ok(())
}

/// The one date that a document cannot do without.
fn creation_time(walk: &mut Walk<'_>, element: &Element<'_>) -> Result<Option<Instant>, Refusal> {
    let what = CREATION;
    let time = match element.attribute("value", what)? {
        Some(value) => Some(
            Instant::from_hl7(&value).map_err(|_| element.refuse(Reason::Malformed { what }))?,
        ),
        None => None,
    };
    walk.skip()?;
    Ok(time)
}

fn version(text: &str, offset: usize) -> Result<u32, Refusal> {
    text.parse().map_err(|_| {
        let what = "version number";
        Refusal::new(Reason::Malformed { what }, offset)
    })
}

fn participation(walk: &mut Walk<'_>, inner: &str) -> Result<Option<Author>, Refusal> {
    let mut author = Author::default();
    children(walk, |walk, element| {
        match element.name() {
            "time" => author.time = parts::time(walk, &element, "time of an author")?,
            "functionCode" => author.role = parts::code(walk, &element, "role of an author")?,
            name if name == inner => {
                parts::assigned(walk, &mut author)?;
            }
            _ => walk.skip()?,
        }
        Ok(())
    })?;
    Ok((author != Author::default()).then_some(author))
}

fn nested_ids(
    walk: &mut Walk<'_>,
    inner: &str,
    ids: &mut Vec<Identifier>,
    what: &'static str,
) -> Result<(), Refusal> {
    children(walk, |walk, element| {
        if element.name() != inner {
            return walk.skip();
        }
        children(walk, |walk, element| {
            if element.name() != "id" {
                return walk.skip();
            }
            let id = parts::identifier(walk, &element, what)?;
            add(ids, id, what, element.offset())
        })
    })
}

fn service_event(walk: &mut Walk<'_>) -> Result<ServiceEvent, Refusal> {
    let mut event = ServiceEvent::default();
    children(walk, |walk, element| {
        match element.name() {
            "code" => event.code = parts::code(walk, &element, "documented act")?,
            "effectiveTime" => event.span = parts::span(walk, &element, "time of the act")?,
            "performer" => {
                event.has_performer = true;
                children(walk, |walk, element| {
                    if element.name() != "assignedEntity" {
                        return walk.skip();
                    }
                    let practice = parts::assigned(walk, &mut Author::default())?;
                    event.practice = practice.or(event.practice.take());
                    Ok(())
                })?;
            }
            _ => walk.skip()?,
        }
        Ok(())
    })?;
    Ok(event)
}

/// The act the document is about: CI-SIS gives it a performer and a time.
fn principal(events: &[ServiceEvent]) -> Option<&ServiceEvent> {
    let timed = || events.iter().filter(|event| event.span.start.is_some());
    timed().find(|event| event.has_performer).or(timed().next())
}

fn traits(walk: &mut Walk<'_>, traits: &mut Traits) -> Result<(), Refusal> {
    children(walk, |walk, element| {
        match element.name() {
            "name" => patient_name(walk, traits)?,
            "administrativeGenderCode" => {
                let found = parts::code(walk, &element, "sex of the patient")?;
                traits.sex = found.and_then(|found| Sex::from_code(&found.code));
            }
            "birthTime" => {
                traits.birth_date = parts::time(walk, &element, "birth date of the patient")?;
            }
            "birthplace" => traits.birth_place = birth_place(walk)?,
            _ => walk.skip()?,
        }
        Ok(())
    })
}

fn patient_name(walk: &mut Walk<'_>, traits: &mut Traits) -> Result<(), Refusal> {
    children(walk, |walk, part| {
        let qualifier = part.attribute("qualifier", "name of the patient")?;
        let words = walk.words("name of the patient")?;
        let slot = match (part.name(), qualifier.as_deref()) {
            ("family", Some("BR") | None) => &mut traits.birth_family,
            ("family", Some("CL" | "SP")) => &mut traits.used_family,
            ("given", Some("BR")) => &mut traits.first_given,
            ("given", Some("CL")) => &mut traits.used_given,
            ("given", None) => &mut traits.birth_given,
            _ => return Ok(()),
        };
        let before = slot.take();
        *slot = match part.name() {
            "given" => parts::joined(before, words),
            _ => before.or(words),
        };
        Ok(())
    })
}

fn birth_place(walk: &mut Walk<'_>) -> Result<Option<String>, Refusal> {
    let mut found = None;
    children(walk, |walk, _place| {
        children(walk, |walk, _address| {
            children(walk, |walk, element| match element.name() {
                "county" => {
                    found = walk.words("birth place of the patient")?;
                    Ok(())
                }
                _ => walk.skip(),
            })
        })
    })?;
    Ok(found)
}

/// CDA does not carry the XDS format code. A level 1 document's is IHE's own; otherwise the
/// most specific template stands for it, and the host maps it (JDV_J10).
fn format(templates: &[Identifier], main_media: Option<&str>) -> Option<Code> {
    if templates.iter().any(|id| id.root == XDS_SD_TEMPLATE) {
        let media = main_media.and_then(MediaType::from_mime);
        let code = if media == Some(MediaType::Text) {
            "urn:ihe:iti:xds-sd:text:2008"
        } else {
            "urn:ihe:iti:xds-sd:pdf:2008"
        };
        return Some(Code::new(code, IHE_FORMAT_CODES));
    }
    templates.last().map(|id| Code {
        code: id.xds(),
        system: None,
        label: None,
    })
}

const UNIQUE_ID: &str = "unique identifier (ClinicalDocument/id)";
const TYPE: &str = "type (ClinicalDocument/code)";
const CREATION: &str = "creation time (ClinicalDocument/effectiveTime)";
const MATRICULE: &str = "INS matricule";
const XDS_SD_TEMPLATE: &str = "1.3.6.1.4.1.19376.1.2.20";
const IHE_FORMAT_CODES: &str = "1.3.6.1.4.1.19376.1.2.3";

#[cfg(test)]
mod tests;
