//! Ids as callers see them: 16 bytes, and their text.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::error::{Error, Fault};
use crate::output::Out;
use crate::{input, wall};
use liasse::{AuditHandle, DocumentId, DossierId};
use std::ffi::c_char;
use std::io::Write;

/// The id of a document or of a dossier: random, never a patient's number. A value to copy.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Id {
    /// Its 16 bytes.
    pub bytes: [u8; 16],
}

impl From<DocumentId> for Id {
    fn from(id: DocumentId) -> Self {
        Self {
            bytes: *id.as_bytes(),
        }
    }
}

impl From<DossierId> for Id {
    fn from(id: DossierId) -> Self {
        Self {
            bytes: *id.as_bytes(),
        }
    }
}

impl From<AuditHandle> for Id {
    fn from(id: AuditHandle) -> Self {
        Self {
            bytes: *id.as_bytes(),
        }
    }
}

impl Id {
    /// The document with this id.
    pub(crate) const fn document(self) -> DocumentId {
        DocumentId::from_bytes(self.bytes)
    }
}

/// Writes an id as 32 hexadecimal digits and a NUL into text, which has room for 33 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_id_format(
    id: *const Id,
    text: *mut c_char,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let id = unsafe { input::value(id, "id") }?;
        // SAFETY: the caller, by rule 5; the header asks for 33 bytes.
        let place = unsafe { Out::new(text.cast::<[u8; ID_TEXT_BYTES]>(), "text") }?;
        let mut written = [0; ID_TEXT_BYTES];
        let mut rest = written.as_mut_slice();
        write!(rest, "{}", id.document()).map_err(|_| Fault::panicked())?;
        place.set(written);
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Reads an id from its text: 32 hexadecimal digits, hyphens allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_id_parse(
    text: *const c_char,
    id: *mut Id,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let text = unsafe { input::text(text, "text") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(id, "id") }?;
        let id: DocumentId = text.parse().map_err(|_| Fault::value("text"))?;
        place.set(id.into());
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// 32 digits and the NUL.
const ID_TEXT_BYTES: usize = 33;

#[cfg(test)]
mod tests;
