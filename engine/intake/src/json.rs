//! Liasse's own JSON form of a document: metadata by their XDS names, and a body or a text.
//!
//! For: hosts without CDA, and synthetic dossiers. Not for: FHIR, which has its own tools.
//! The form is written out in `docs/intake.md`. Invariant: each field is checked while it is
//! read, so that a refusal has a place; an unknown field is refused, never dropped.

mod form;

use crate::paper::{Body, Embedded, MediaType, Note, Paper, Section, Source, whole_text};
use crate::read::embedded_text;
use crate::reason::{IntakeError, Place, Reason};
use crate::text;
use base::{code, limit};
use form::{Form, MALFORMED, REQUIRED};
use serde_json::error::Category;

/// Reads the JSON form.
pub(crate) fn read(bytes: &[u8]) -> Result<Paper, IntakeError> {
    let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    let json = std::str::from_utf8(bytes).map_err(|fault| {
        let place = Place::of_bytes(bytes, fault.valid_up_to());
        IntakeError::new(Reason::NotUtf8, place)
    })?;
    let form: Form = serde_json::from_str(json).map_err(|fault| refusal(json, &fault))?;
    paper(form, &|| Place::of_bytes(bytes, bytes.len()))
}

fn paper(mut form: Form, end: &dyn Fn() -> Place) -> Result<Paper, IntakeError> {
    let supplied = form.text.as_deref().map(text::plain);
    if supplied
        .as_ref()
        .is_some_and(|text| text.len() > limit::TEXT_BYTES_MAX)
    {
        let (what, limit) = ("text", limit::TEXT_BYTES_MAX);
        return Err(IntakeError::new(
            Reason::FieldTooLong { what, limit },
            end(),
        ));
    }
    let (bytes, default_media) = match (&form.body_base64, form.text.take()) {
        (Some(base64), _) => {
            let refused = || IntakeError::new(Reason::NotBase64, end());
            let bytes = text::decode_base64(base64).ok_or_else(refused)?;
            let media = MediaType::sniff(&bytes).map_or(OCTETS, MediaType::mime);
            (bytes, media)
        }
        (None, Some(text)) => (text.into_bytes(), MediaType::Text.mime()),
        (None, None) => {
            let what = "body (body_base64 or text)";
            return Err(IntakeError::new(Reason::Missing { what }, end()));
        }
    };
    let metadata = form.metadata(&bytes, default_media);
    let mut notes = Vec::new();
    if code::document_type(&metadata.type_code.code).is_none() {
        notes.push(Note::UnknownType(end()));
    }
    if !metadata.patient.ins.key_is_right() {
        notes.push(Note::WrongInsKey(end()));
    }
    if !metadata.patient.ins.authority().is_current() {
        notes.push(Note::OldIns(end()));
    }
    let text = supplied.filter(|text| !text.is_empty());
    let (text, source) = match text {
        Some(text) => (Some(text), Source::Supplied),
        None => {
            let file = Embedded {
                media_type: metadata.mime_type.clone(),
                bytes: bytes.clone(),
            };
            (embedded_text(&file), Source::Body)
        }
    };
    let sections: Vec<_> = text
        .map(|text| Section {
            title: None,
            code: None,
            depth: 0,
            text,
            source,
        })
        .into_iter()
        .collect();
    Ok(Paper {
        metadata,
        body: Body::Carried(bytes),
        text: whole_text(&sections),
        sections,
        embedded: Vec::new(),
        notes,
    })
}

/// The fault of the JSON reader in our words: its own may quote the document.
fn refusal(json: &str, fault: &serde_json::Error) -> IntakeError {
    let line_start = match fault.line().checked_sub(1) {
        Some(0) | None => 0,
        Some(before) => json
            .match_indices('\n')
            .nth(before - 1)
            .map_or(json.len(), |(at, _)| at + 1),
    };
    let offset = line_start + fault.column().saturating_sub(1);
    let place = Place::of_bytes(json.as_bytes(), offset);
    let reason = match fault.classify() {
        Category::Syntax | Category::Eof | Category::Io => Reason::NotJson {
            what: "it is not well-formed JSON",
        },
        Category::Data => data_reason(&fault.to_string()),
    };
    IntakeError::new(reason, place)
}

fn data_reason(message: &str) -> Reason {
    let is = |start: &str| message.starts_with(start);
    let missing = REQUIRED
        .iter()
        .find(|name| is(&format!("missing field `{name}`")));
    let malformed = MALFORMED.iter().find(|what| is(what));
    match (missing, malformed) {
        (Some(what), _) => Reason::Missing { what },
        (None, Some(what)) => Reason::Malformed { what },
        (None, None) if is("unknown field") => Reason::NotJson {
            what: "a field is not one of the form",
        },
        (None, None) if is("duplicate field") => Reason::NotJson {
            what: "a field is given twice",
        },
        (None, None) => Reason::NotJson {
            what: "a field is not of its type",
        },
    }
}

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
const OCTETS: &str = "application/octet-stream";

#[cfg(test)]
mod tests;
