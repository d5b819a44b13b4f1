//! A data point: a coded value, and the document that states it.
//!
//! Invariant: texts are those of the document; nothing is converted, rounded or translated.

use base::{DocumentId, DossierId, Instant};
use std::fmt;

/// A coded value that a document states. Who cites it cites the document.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataPoint {
    /// The document that states it.
    pub document: DocumentId,
    /// The document's dossier.
    pub dossier: DossierId,
    /// What kind of statement it is.
    pub kind: PointKind,
    /// What was observed, given or prescribed.
    pub code: String,
    /// OID of the code's terminology, empty when the document gives none.
    pub system: String,
    /// Label of the code, empty when the document gives none.
    pub label: String,
    /// What was found, or how much was given: a number, a code or a text, empty for a substance
    /// without an amount.
    pub value: String,
    /// Unit of a number.
    pub unit: String,
    /// OID of the terminology of a value that is a code.
    pub value_system: String,
    /// Label of a value that is a code.
    pub value_label: String,
    /// When, if the statement says so itself.
    pub at: Option<Instant>,
    /// Whether the document states that it is not so.
    pub negated: bool,
}

/// What kind of statement a data point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// Something was observed: a result, an allergy, a problem.
    Observation,
    /// A substance was given, for example a vaccine.
    Administration,
    /// A substance shall be given.
    Prescription,
}

impl fmt::Debug for DataPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataPoint({})", self.document)
    }
}
