//! The values of FHIR's parameters: alternatives, tokens, identifiers.
//!
//! Invariant: a value that says nothing is refused, never taken for any.

use crate::columns::oid;
use crate::question::Token;
use crate::written::{WrittenError, bad};
use base::EntryId;

/// The values of which one must hold, as they are written; a backslash takes a comma's meaning
/// away.
pub(super) fn alternatives(name: &str, value: &str) -> Result<Vec<String>, WrittenError> {
    let mut values = vec![String::new()];
    let mut escaped = false;
    for character in value.chars() {
        if character == ',' && !escaped {
            values.push(String::new());
        } else if let Some(last) = values.last_mut() {
            last.push(character);
        }
        escaped = character == '\\' && !escaped;
    }
    if values.iter().any(|value| value.trim().is_empty()) {
        return Err(bad(name, "give a value on each side of a comma"));
    }
    Ok(values)
}

/// A value without the backslashes that stand before its commas, bars, dollars and backslashes.
pub(super) fn plain(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        let escapes = |next: &char| matches!(next, ',' | '|' | '$' | '\\');
        let next = (character == '\\').then(|| characters.next_if(escapes));
        plain.push(next.flatten().unwrap_or(character));
    }
    plain
}

/// The system, when one is named or said to be none, and what stands behind it.
pub(super) fn parts(value: &str) -> (Option<&str>, &str) {
    let mut escaped = false;
    for (at, character) in value.char_indices() {
        if character == '|' && !escaped {
            let (system, rest) = value.split_at(at);
            return (Some(system), rest.get(1..).unwrap_or_default());
        }
        escaped = character == '\\' && !escaped;
    }
    (None, value)
}

/// `code`, `system|code`, `|code` or `system|`.
pub(super) fn token(name: &str, value: &str) -> Result<Token, WrittenError> {
    let (system, code) = parts(value);
    let code = plain(code.strip_prefix("urn:oid:").unwrap_or(code));
    if code.is_empty() && system.is_none_or(str::is_empty) {
        return Err(bad(name, "give CODE or SYSTEM|CODE"));
    }
    Ok(Token {
        system: system.map(plain),
        code: (!code.is_empty()).then_some(code),
    })
}

/// An identifier of a document, in the forms in which documents hold theirs.
pub(super) fn ids(name: &str, value: &str) -> Result<Vec<String>, WrittenError> {
    let (system, id) = parts(value);
    let id = plain(id);
    if id.is_empty() {
        return Err(bad(name, "give the id behind its system"));
    }
    let (system, id) = match system.map(plain) {
        Some(system) if system != URIS && !system.is_empty() => (system, id),
        _ => {
            let bare = id.strip_prefix("urn:oid:");
            let bare = bare.or_else(|| id.strip_prefix("urn:uuid:"));
            (String::new(), bare.unwrap_or(&id).to_owned())
        }
    };
    if !system.is_empty() {
        return Ok(vec![format!("{}^{id}", oid(&system))]);
    }
    let mut ids = vec![id.clone()];
    if let Ok(entry) = id.parse::<EntryId>() {
        ids.extend([entry.to_string(), id.to_lowercase(), id.to_uppercase()]);
    }
    Ok(ids)
}

/// The system of ids that are URIs.
const URIS: &str = "urn:ietf:rfc3986";
