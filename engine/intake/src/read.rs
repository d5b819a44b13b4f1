//! From bytes to a [`Paper`].
//!
//! For: telling CDA from JSON, decoding, hashing, gathering the text. Invariant: a length is
//! compared with its limit before anything is decoded.

use crate::cda::points::Point;
use crate::cda::{self, Found};
use crate::encoding::{self, Decoded};
use crate::metadata::Sha1;
use crate::paper::{Body, Embedded, MediaType, Note, Paper, Section, Source, whole_text};
use crate::reason::{IntakeError, Oddity, Place, Reason};
use crate::{json, text};
use base::limit;

/// Reads a document: CDA R2, or Liasse's JSON form.
///
/// `hint` says what the host believes the bytes are; without it the first bytes decide.
///
/// # Errors
/// [`IntakeError`], with the reason, the place, and what to do.
pub fn read(bytes: &[u8], hint: Option<MediaType>) -> Result<Paper, IntakeError> {
    let refuse = |reason| Err(IntakeError::new(reason, Place::START));
    if bytes.trim_ascii().is_empty() {
        return refuse(Reason::Empty);
    }
    if bytes.len() > limit::XML_BYTES_MAX {
        let limit = limit::XML_BYTES_MAX;
        return refuse(Reason::TooLong { limit });
    }
    let what = match hint.or_else(|| MediaType::sniff(bytes)) {
        Some(MediaType::Cda) => return read_cda(bytes),
        Some(MediaType::Json) => return json::read(bytes),
        Some(MediaType::Pdf) => "a PDF file",
        Some(MediaType::Rtf) => "an RTF file",
        Some(MediaType::Jpeg | MediaType::Png | MediaType::Tiff) => "an image",
        Some(MediaType::Dicom) => "a DICOM object",
        Some(MediaType::Text) | None => "plain text",
    };
    refuse(Reason::SaysNothing { what })
}

/// The coded values of a document: a CDA has some, whatever else is deposited has none.
///
/// # Errors
/// [`IntakeError`] for more than [`limit::POINTS_MAX`].
pub fn points(bytes: &[u8]) -> Result<Vec<Point>, IntakeError> {
    let Ok(Decoded { text, skipped }) = encoding::decode(bytes) else {
        return Ok(Vec::new());
    };
    match cda::points::read(&text) {
        Ok(points) => Ok(points),
        Err(refusal) if matches!(refusal.reason, Reason::TooMany { .. }) => {
            Err(refusal.placed(&text, skipped))
        }
        Err(_) => Ok(Vec::new()),
    }
}

fn read_cda(bytes: &[u8]) -> Result<Paper, IntakeError> {
    let Decoded { text, skipped } = encoding::decode(bytes)?;
    let found = cda::read(&text).map_err(|refusal| refusal.placed(&text, skipped))?;
    let Found {
        mut metadata,
        mut sections,
        embedded,
        remarks,
    } = found;
    metadata.hash = Sha1::of(bytes);
    metadata.size = bytes.len() as u64;
    let mut notes: Vec<Note> = remarks
        .into_iter()
        .map(|remark| note(remark.oddity, Place::of(&text, remark.offset, skipped)))
        .collect();
    for (at, file) in embedded.iter().enumerate() {
        match embedded_text(file) {
            Some(text) => sections.push(Section {
                title: None,
                code: None,
                depth: 0,
                text,
                source: Source::Embedded(at),
            }),
            None => notes.push(Note::NoText { embedded: at }),
        }
    }
    Ok(Paper {
        metadata,
        body: Body::AsGiven,
        text: whole_text(&sections),
        sections,
        embedded,
        notes,
    })
}

/// The text of an embedded file, when it is one whose text can be read.
pub(crate) fn embedded_text(file: &Embedded) -> Option<String> {
    let text = match MediaType::from_mime(&file.media_type)? {
        MediaType::Text => text::plain(&encoding::decode_text(&file.bytes)),
        MediaType::Cda
        | MediaType::Json
        | MediaType::Pdf
        | MediaType::Rtf
        | MediaType::Jpeg
        | MediaType::Png
        | MediaType::Tiff
        | MediaType::Dicom => return None,
    };
    (!text.is_empty() && text.len() <= limit::TEXT_BYTES_MAX).then_some(text)
}

const fn note(oddity: Oddity, place: Place) -> Note {
    match oddity {
        Oddity::UnknownType => Note::UnknownType(place),
        Oddity::WrongInsKey => Note::WrongInsKey(place),
        Oddity::OldIns => Note::OldIns(place),
        Oddity::InStyleSheet => Note::InStyleSheet(place),
        Oddity::BodyElsewhere => Note::BodyElsewhere(place),
        Oddity::DamagedFigure => Note::DamagedFigure(place),
        Oddity::UnreadableDate => Note::UnreadableDate(place),
    }
}

#[cfg(test)]
mod tests;
