//! A question as it is written by another program, before its patient and cursor are known.
//!
//! For: what JSON and the FHIR search string have in common. Invariant: what is not understood
//! is refused, never passed over: a condition that is dropped would show more than was asked.

use crate::dates;
use crate::question::{Question, Span};
use base::{Availability, Instant};
use thiserror::Error;

/// A question with what only the engine can read.
#[derive(Clone, Default)]
pub struct Written {
    /// The patient's matricule, with `@` and its authority's OID where they were given; without
    /// one, all of the actor's dossiers are meant.
    pub patient: Option<String>,
    /// The cursor to go on from.
    pub after: Option<String>,
    /// The rest.
    pub question: Question,
}

/// Why a written question cannot be asked. It repeats no value, which may name a patient.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WrittenError {
    /// It is not JSON, or not of this form.
    #[error("the JSON is not a question: line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A parameter or field that does not exist.
    #[error("`{name}` cannot be asked for; known: {known}")]
    Unknown {
        /// What was written.
        name: String,
        /// What exists.
        known: &'static str,
    },
    /// A parameter that exists, and cannot be asked for.
    #[error("`{name}` cannot be asked for: {why}")]
    Unasked {
        /// The parameter.
        name: String,
        /// Why, and what to ask for.
        why: &'static str,
    },
    /// A value that the parameter cannot have.
    #[error("the value of `{name}` is not one: {form}")]
    Value {
        /// The parameter.
        name: String,
        /// What it may be.
        form: &'static str,
    },
    /// A parameter that may stand once stands twice.
    #[error("`{name}` may be given once")]
    Twice {
        /// The parameter.
        name: String,
    },
}

/// A name that nobody knows, as an error may repeat it: what is not a plain word may be a
/// matricule that stands in the wrong place.
pub(crate) fn unknown(name: &str, known: &'static str) -> WrittenError {
    let plain = |it: char| it.is_ascii_lowercase() || matches!(it, '_' | '-' | '.');
    let told = name.len() <= NAME_BYTES_MAX && name.chars().all(plain);
    WrittenError::Unknown {
        name: if told { name } else { "this" }.to_owned(),
        known,
    }
}

/// A parameter that exists, and cannot be asked for.
pub(crate) fn unasked(name: &str, why: &'static str) -> WrittenError {
    WrittenError::Unasked {
        name: name.to_owned(),
        why,
    }
}

/// A value that the parameter `name` cannot have.
pub(crate) fn bad(name: &str, form: &'static str) -> WrittenError {
    WrittenError::Value {
        name: name.to_owned(),
        form,
    }
}

/// A year, a month, a day or an instant, as the span of instants it stands for.
pub(crate) fn span(name: &str, text: &str) -> Result<Span, WrittenError> {
    if let Some((from, to)) = dates::range(text).filter(|_| !text.contains("..")) {
        return Ok(Span { from, to });
    }
    let at = Instant::from_rfc3339(text).map_err(|_| bad(name, DATE))?;
    let to = if text.contains('.') {
        at
    } else {
        Instant::from_millis(at.millis().saturating_add(999))
    };
    Ok(Span { from: at, to })
}

/// All statuses a document can be shown in.
pub(crate) const SHOWN: [Availability; 3] = [
    Availability::Approved,
    Availability::Deprecated,
    Availability::Archived,
];
const DATE: &str = "give 2024, 2024-03, 2024-03-01 or an RFC 3339 instant";
const NAME_BYTES_MAX: usize = 32;
