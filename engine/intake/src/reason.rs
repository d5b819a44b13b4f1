//! Why a document is refused, and where in it.
//!
//! Invariant: a reason is made of fixed texts and numbers; nothing of the document is in it.

use std::fmt;
use thiserror::Error;

/// A refusal: the reason and the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntakeError {
    reason: Reason,
    place: Place,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Offset in bytes, from 0.
    pub offset: usize,
}

/// Why a document is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// There are no bytes.
    #[error("the document is empty; give a CDA R2 document or Liasse's JSON form")]
    Empty,
    /// Longer than what is parsed.
    #[error(
        "the document is longer than the {limit} bytes that are parsed; split it, or deposit \
             the body with metadata of its own"
    )]
    TooLong {
        /// Most bytes that are parsed.
        limit: usize,
    },
    /// Not UTF-8 although it says so.
    #[error("the document is not valid UTF-8 here; write it again in UTF-8")]
    NotUtf8,
    /// An encoding that is not read.
    #[error(
        "the document declares an encoding that is not read; use UTF-8, UTF-16, ISO-8859-1, \
             ISO-8859-15 or windows-1252"
    )]
    Encoding,
    /// Not well-formed XML.
    #[error("not well-formed XML: {what}; correct the document where it was made")]
    NotXml {
        /// What is wrong.
        what: &'static str,
    },
    /// A document type declaration.
    #[error("the document has a DOCTYPE, by which XML can be made to explode; remove it")]
    Doctype,
    /// An entity that XML does not predefine.
    #[error("an entity other than the five of XML is used; write the character itself")]
    Entity,
    /// Nested deeper than the limit.
    #[error("elements are nested deeper than {limit}; flatten the document")]
    TooDeep {
        /// Deepest nesting that is read.
        limit: usize,
    },
    /// XML, but no CDA.
    #[error("XML, but not a CDA R2 document: no ClinicalDocument of urn:hl7-org:v3 at its root")]
    NotCda,
    /// More than one document, or more than one patient.
    #[error("the document has more than one {what}; deposit one file for each")]
    Several {
        /// What there is too much of.
        what: &'static str,
    },
    /// Something that every document must say is not said.
    #[error("the document does not say its {what}; complete it where it was made")]
    Missing {
        /// What is missing, with the element or the field that would say it.
        what: &'static str,
    },
    /// No INS matricule among the patient's ids.
    #[error(
        "the document does not say whose it is: no INS matricule in \
             recordTarget/patientRole/id; qualify the identity, then make the document again"
    )]
    MissingPatientId,
    /// A value that is not of its type.
    #[error("the {what} is not of its type; correct it where the document was made")]
    Malformed {
        /// What is malformed.
        what: &'static str,
    },
    /// A field above its limit.
    #[error("the {what} is longer than {limit} bytes; shorten it")]
    FieldTooLong {
        /// Which field.
        what: &'static str,
        /// Longest field in bytes.
        limit: usize,
    },
    /// A repeated field with too many values.
    #[error("there are more than {limit} {what}; split the document")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// Most values.
        limit: usize,
    },
    /// An embedded body is not base64.
    #[error("the embedded body is not valid base64; embed it again")]
    NotBase64,
    /// Not Liasse's JSON form.
    #[error("not Liasse's JSON form: {what}; see docs/intake.md")]
    NotJson {
        /// What is wrong.
        what: &'static str,
    },
    /// A body that does not say whose it is.
    #[error(
        "{what} alone does not say whose it is; wrap it in a CDA R2 document or in Liasse's \
             JSON form"
    )]
    SaysNothing {
        /// What kind of body it is.
        what: &'static str,
    },
}

impl IntakeError {
    /// A refusal for `reason` at `place`.
    #[must_use]
    pub const fn new(reason: Reason, place: Place) -> Self {
        Self { reason, place }
    }

    /// Why the document is refused.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Where in the document.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.place)
    }
}

impl std::error::Error for IntakeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

impl Place {
    /// The first byte.
    pub const START: Self = Self {
        line: 1,
        column: 1,
        offset: 0,
    };

    /// The place of byte `offset` of `text`, before which `skipped` bytes were left out.
    pub(crate) fn of(text: &str, offset: usize, skipped: usize) -> Self {
        let place = Self::of_bytes(text.as_bytes(), offset);
        Self {
            offset: place.offset + skipped,
            ..place
        }
    }

    /// The place of byte `offset` of `bytes`; columns count UTF-8 characters.
    pub(crate) fn of_bytes(bytes: &[u8], offset: usize) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n');
        let column = before[line_start.map_or(0, |at| at + 1)..]
            .iter()
            .filter(|byte| **byte & 0xC0 != 0x80)
            .count();
        Self {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: column + 1,
            offset: before.len(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A refusal inside a parser, before its offset is made a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) offset: usize,
}

impl Refusal {
    pub(crate) const fn new(reason: Reason, offset: usize) -> Self {
        Self { reason, offset }
    }

    pub(crate) fn placed(self, text: &str, skipped: usize) -> IntakeError {
        IntakeError::new(self.reason, Place::of(text, self.offset, skipped))
    }
}

/// Something odd, before its offset is made a place.
#[derive(Clone, Copy)]
pub(crate) struct Remark {
    pub(crate) oddity: Oddity,
    pub(crate) offset: usize,
}

/// What is odd.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    UnknownType,
    WrongInsKey,
    OldIns,
    InStyleSheet,
    BodyElsewhere,
    DamagedFigure,
    UnreadableDate,
}

#[cfg(test)]
mod tests;
