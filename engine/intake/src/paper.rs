//! A document that was read: metadata, text, what is embedded in it.

use crate::metadata::{Code, Metadata};
use crate::reason::Place;
use base::limit;
use std::fmt;
use thiserror::Error;

/// A document that was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    /// What it says of itself.
    pub metadata: Metadata,
    /// Its body.
    pub body: Body,
    /// All its readable text, or `None` when it has none (a scan, a PDF that was not read).
    pub text: Option<String>,
    /// The text by section, in the order of the document.
    pub sections: Vec<Section>,
    /// Files embedded in it, decoded.
    pub embedded: Vec<Embedded>,
    /// What is odd in it without being a reason to refuse it.
    pub notes: Vec<Note>,
}

/// Which bytes are the document's body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// The bytes that were read, as they are.
    AsGiven,
    /// Bytes that what was read carried.
    Carried(Vec<u8>),
}

/// A part of a document's text.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: Option<String>,
    /// Its code.
    pub code: Option<Code>,
    /// How many sections it lies in.
    pub depth: u16,
    /// Its text, without that of the sections in it: lines are rows, items and paragraphs,
    /// tabs part the cells of a row.
    pub text: String,
    /// Where the text comes from.
    pub source: Source,
}

/// Where a section's text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The narrative of the document.
    Narrative,
    /// The n-th embedded file.
    Embedded(usize),
    /// The body itself, which is plain text.
    Body,
    /// Text that came with the document from its host.
    Supplied,
}

/// A file embedded in a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Embedded {
    /// Its media type as the document states it.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Kinds of bytes that can be handed to [`crate::read`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaType {
    /// A CDA R2 document.
    Cda,
    /// Liasse's JSON form.
    Json,
    /// A PDF file.
    Pdf,
    /// An RTF file.
    Rtf,
    /// Plain text.
    Text,
    /// A JPEG image.
    Jpeg,
    /// A PNG image.
    Png,
    /// A TIFF image.
    Tiff,
    /// A DICOM object.
    Dicom,
}

/// Something odd in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The type is not in the table: only the author and the attending physician see it.
    UnknownType(Place),
    /// The key of the INS matricule is not that of its digits.
    WrongInsKey(Place),
    /// The matricule is of an authority that gives none any more.
    OldIns(Place),
    /// The document lies in a style sheet ("auto-presentable").
    InStyleSheet(Place),
    /// The body is referred to, not embedded.
    BodyElsewhere(Place),
    /// A figure embedded in the document is not valid base64.
    DamagedFigure(Place),
    /// A date that is not essential is not of its type; it is taken as not said.
    UnreadableDate(Place),
    /// An embedded file has no text that could be read; the host may supply it.
    NoText {
        /// Which embedded file.
        embedded: usize,
    },
}

impl MediaType {
    /// Its MIME name.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Cda => "text/xml",
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
            Self::Rtf => "application/rtf",
            Self::Text => "text/plain",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Dicom => "application/dicom",
        }
    }

    /// Reads a MIME name; parameters after `;` are left out.
    #[must_use]
    pub fn from_mime(mime: &str) -> Option<Self> {
        let name = mime.split(';').next().unwrap_or_default().trim();
        match name.to_ascii_lowercase().as_str() {
            "text/xml" | "application/xml" | "text/x-hl7-text+xml" => Some(Self::Cda),
            "application/json" => Some(Self::Json),
            "application/pdf" => Some(Self::Pdf),
            "application/rtf" | "text/rtf" => Some(Self::Rtf),
            "text/plain" => Some(Self::Text),
            "image/jpeg" | "image/jpg" => Some(Self::Jpeg),
            "image/png" => Some(Self::Png),
            "image/tiff" => Some(Self::Tiff),
            "application/dicom" => Some(Self::Dicom),
            _ => None,
        }
    }

    /// What the first bytes look like. Text is never guessed.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let after_bom = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let trimmed = after_bom.trim_ascii_start();
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        if starts(b"%PDF-") {
            Some(Self::Pdf)
        } else if starts(b"{\\rtf") {
            Some(Self::Rtf)
        } else if starts(b"\xFF\xD8\xFF") {
            Some(Self::Jpeg)
        } else if starts(b"\x89PNG\r\n\x1A\n") {
            Some(Self::Png)
        } else if starts(b"II*\0") || starts(b"MM\0*") {
            Some(Self::Tiff)
        } else if bytes.get(128..132) == Some(b"DICM") {
            Some(Self::Dicom)
        } else if trimmed.starts_with(b"<") || starts(b"\xFF\xFE") || starts(b"\xFE\xFF") {
            Some(Self::Cda)
        } else if trimmed.starts_with(b"{") {
            Some(Self::Json)
        } else {
            None
        }
    }
}

impl Paper {
    /// The bytes of the body, given those that were read.
    #[must_use]
    pub fn body_bytes<'a>(&'a self, given: &'a [u8]) -> &'a [u8] {
        match &self.body {
            Body::AsGiven => given,
            Body::Carried(bytes) => bytes,
        }
    }

    /// Adds the text of an embedded file that the host could read and this room could not.
    ///
    /// # Errors
    /// [`NotEmbedded`] when there is no such file, or its text is longer than the limit.
    pub fn supply_text(&mut self, embedded: usize, text: &str) -> Result<(), NotEmbedded> {
        let text = crate::text::plain(text);
        if embedded >= self.embedded.len() || text.len() > limit::TEXT_BYTES_MAX {
            return Err(NotEmbedded);
        }
        self.notes.retain(|note| *note != Note::NoText { embedded });
        self.sections
            .retain(|section| section.source != Source::Embedded(embedded));
        self.sections.push(Section {
            title: None,
            code: None,
            depth: 0,
            text,
            source: Source::Embedded(embedded),
        });
        self.text = whole_text(&self.sections);
        Ok(())
    }
}

/// Text was supplied for a file that is not embedded, or more than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the document has no such embedded file, or its text is longer than the limit")]
pub struct NotEmbedded;

/// The sections' titles and texts in their order, an empty line before each.
pub(crate) fn whole_text(sections: &[Section]) -> Option<String> {
    let mut whole = String::new();
    for section in sections {
        let parts = [section.title.as_deref().unwrap_or_default(), &section.text];
        for (at, part) in parts.into_iter().enumerate() {
            if part.is_empty() {
                continue;
            }
            if !whole.is_empty() {
                let under_title = at == 1 && section.title.is_some();
                whole.push_str(if under_title { "\n" } else { "\n\n" });
            }
            whole.push_str(part);
        }
    }
    (!whole.is_empty()).then_some(whole)
}

impl fmt::Debug for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paper")
            .field("text_bytes", &self.text.as_ref().map(String::len))
            .field("sections", &self.sections.len())
            .field("embedded", &self.embedded.len())
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
