//! Bytes to text: UTF-8 as it is, four other encodings decoded.
//!
//! Invariant: an encoding is taken from a closed list, by byte order mark first, then by the
//! XML declaration; what is not on it is refused, never guessed.

use crate::reason::{IntakeError, Place, Reason};
use encoding_rs::{Encoding, ISO_8859_15, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// Text, and how many bytes of a mark before it were left out.
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) skipped: usize,
}

/// Decodes an XML document.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, IntakeError> {
    let (encoding, skipped) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, length),
        None => (declared(bytes)?, 0),
    };
    let body = &bytes[skipped..];
    let text = if encoding == UTF_8 {
        Cow::Borrowed(std::str::from_utf8(body).map_err(|fault| {
            let offset = skipped + fault.valid_up_to();
            IntakeError::new(Reason::NotUtf8, Place::of_bytes(bytes, offset))
        })?)
    } else {
        let decoded = encoding.decode_without_bom_handling_and_without_replacement(body);
        decoded.ok_or(IntakeError::new(Reason::Encoding, Place::START))?
    };
    Ok(Decoded { text, skipped })
}

/// Decodes plain text: UTF-8 when it is, else windows-1252, which can be any bytes.
pub(crate) fn decode_text(bytes: &[u8]) -> Cow<'_, str> {
    match Encoding::for_bom(bytes) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(&bytes[length..]).0,
        None => std::str::from_utf8(bytes).map_or_else(
            |_| WINDOWS_1252.decode_without_bom_handling(bytes).0,
            Cow::Borrowed,
        ),
    }
}

fn declared(bytes: &[u8]) -> Result<&'static Encoding, IntakeError> {
    let Some((label, offset)) = declared_label(bytes) else {
        return Ok(UTF_8);
    };
    match label.to_ascii_lowercase().as_slice() {
        b"utf-8" | b"utf8" | b"us-ascii" | b"ascii" => Ok(UTF_8),
        b"iso-8859-1" | b"latin1" | b"windows-1252" | b"cp1252" => Ok(WINDOWS_1252),
        b"iso-8859-15" => Ok(ISO_8859_15),
        _ => {
            let place = Place::of_bytes(bytes, offset);
            Err(IntakeError::new(Reason::Encoding, place))
        }
    }
}

/// The value of `encoding` in the XML declaration, and where it begins.
fn declared_label(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let declaration = bytes.get(..bytes.len().min(DECLARATION_BYTES_MAX))?;
    if !declaration.starts_with(b"<?xml") {
        return None;
    }
    let end = find(declaration, b"?>")?;
    let name = find(&declaration[..end], b"encoding")? + b"encoding".len();
    let quote = name
        + declaration[name..end]
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\''))?;
    let start = quote + 1;
    let length = declaration[start..end]
        .iter()
        .position(|byte| *byte == declaration[quote])?;
    Some((&declaration[start..start + length], start))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

const DECLARATION_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests;
