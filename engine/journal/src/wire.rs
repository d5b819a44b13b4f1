//! The fields that facts, traces and words are made of.
//!
//! Invariants: little-endian, fixed widths; a text carries its length before it and is UTF-8;
//! whatever is read can be written back byte by byte.

use base::{Cursor, CursorError, Digest, DocumentId, Instant, limit};

/// A field is longer than its length can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Appends a text of at most [`SHORT_BYTES_MAX`] bytes.
pub(crate) fn put_short(out: &mut Vec<u8>, text: &str) -> Result<(), TooLong> {
    out.push(u8::try_from(text.len()).map_err(|_| TooLong)?);
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Takes a text of at most [`SHORT_BYTES_MAX`] bytes.
pub(crate) fn take_short(cursor: &mut Cursor<'_>) -> Result<String, CursorError> {
    let length = usize::from(cursor.u8()?);
    text(cursor.take(length)?)
}

/// Appends a text of at most [`limit::FIELD_BYTES_MAX`] bytes.
pub(crate) fn put_long(out: &mut Vec<u8>, text: &str) -> Result<(), TooLong> {
    if text.len() > limit::FIELD_BYTES_MAX {
        return Err(TooLong);
    }
    let length = u16::try_from(text.len()).map_err(|_| TooLong)?;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Takes a text of at most [`limit::FIELD_BYTES_MAX`] bytes.
pub(crate) fn take_long(cursor: &mut Cursor<'_>) -> Result<String, CursorError> {
    let length = usize::from(cursor.u16()?);
    if length > limit::FIELD_BYTES_MAX {
        return Err(CursorError::Value);
    }
    text(cursor.take(length)?)
}

/// Appends document ids.
pub(crate) fn put_documents(out: &mut Vec<u8>, documents: &[DocumentId]) -> Result<(), TooLong> {
    if documents.len() > limit::TRACE_DOCUMENTS_MAX {
        return Err(TooLong);
    }
    let count = u16::try_from(documents.len()).map_err(|_| TooLong)?;
    out.extend_from_slice(&count.to_le_bytes());
    for document in documents {
        out.extend_from_slice(document.as_bytes());
    }
    Ok(())
}

/// Takes document ids.
pub(crate) fn take_documents(cursor: &mut Cursor<'_>) -> Result<Vec<DocumentId>, CursorError> {
    let count = usize::from(cursor.u16()?);
    if count > limit::TRACE_DOCUMENTS_MAX {
        return Err(CursorError::Value);
    }
    let mut bytes = Cursor::new(cursor.take(count * 16)?);
    (0..count)
        .map(|_| Ok(DocumentId::from_bytes(bytes.array()?)))
        .collect()
}

/// Appends a document id that may be missing.
pub(crate) fn put_document(out: &mut Vec<u8>, document: Option<DocumentId>) {
    match document {
        None => out.push(0),
        Some(document) => {
            out.push(1);
            out.extend_from_slice(document.as_bytes());
        }
    }
}

/// Takes a document id that may be missing.
pub(crate) fn take_document(cursor: &mut Cursor<'_>) -> Result<Option<DocumentId>, CursorError> {
    match cursor.u8()? {
        0 => Ok(None),
        1 => Ok(Some(DocumentId::from_bytes(cursor.array()?))),
        _ => Err(CursorError::Value),
    }
}

/// Appends an instant.
pub(crate) fn put_instant(out: &mut Vec<u8>, at: Instant) {
    out.extend_from_slice(&at.millis().to_le_bytes());
}

/// Takes an instant.
pub(crate) fn take_instant(cursor: &mut Cursor<'_>) -> Result<Instant, CursorError> {
    cursor.i64().map(Instant::from_millis)
}

/// Takes a digest.
pub(crate) fn take_digest(cursor: &mut Cursor<'_>) -> Result<Digest, CursorError> {
    cursor.array().map(Digest::from_bytes)
}

/// Takes a byte that stands for a code.
pub(crate) fn take_code<T>(
    cursor: &mut Cursor<'_>,
    from_byte: impl FnOnce(u8) -> Option<T>,
) -> Result<T, CursorError> {
    from_byte(cursor.u8()?).ok_or(CursorError::Value)
}

/// Pads `out` with zeros to the next multiple of [`PADDING_BYTES`], so that the length of a
/// sealed part says little.
pub(crate) fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(PADDING_BYTES), 0);
}

/// Checks that what is left of `total` bytes is the padding [`pad`] put there, and no more.
pub(crate) fn finish_padded(cursor: &Cursor<'_>, total: usize) -> Result<(), CursorError> {
    let mut rest = cursor.clone();
    let padding = rest.take(rest.remaining())?;
    let whole = total.is_multiple_of(PADDING_BYTES) && padding.len() < PADDING_BYTES;
    if !whole || padding.iter().any(|byte| *byte != 0) {
        return Err(CursorError::Trailing);
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<String, CursorError> {
    let text = std::str::from_utf8(bytes).map_err(|_| CursorError::NotText)?;
    Ok(text.to_owned())
}

/// Longest text that [`put_short`] takes.
const SHORT_BYTES_MAX: usize = 255;
// Whoever may ask can be named by a trace.
const _: () = assert!(limit::ACTOR_FIELD_BYTES_MAX <= SHORT_BYTES_MAX);
const _: () = assert!(limit::VERIFIER_KEY_BYTES_MAX <= SHORT_BYTES_MAX);
const _: () = assert!(SHORT_BYTES_MAX == u8::MAX as usize);
/// Sealed parts are a multiple of this many bytes long.
const PADDING_BYTES: usize = 64;
