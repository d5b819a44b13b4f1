//! The bytes of a document.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::callback;
use crate::error::{Error, Fault};
use crate::handle::{self, Handle, Opaque};
use crate::id::Id;
use crate::output::Out;
use crate::session::Session;
use crate::{input, wall};
use std::ffi::c_void;

/// Takes the next length bytes, which are valid during the call. Returns 0 to go on, any other
/// number to end the call with LIASSE_E_CALLBACK.
pub type WriteCallback =
    Option<unsafe extern "C" fn(user: *mut c_void, bytes: *const u8, length: usize) -> i32>;

/// Bytes the library gave. Threads: any number at a time may look, one frees.
pub struct Bytes {
    _opaque: [u8; 0],
}

impl Opaque for Bytes {
    type Value = Vec<u8>;
    const KIND: [u8; 4] = *b"Byte";
    const NAME: &'static str = "bytes";
}

/// Fetches a document's bytes as they were deposited; of Liasse's JSON form, the body it carries.
/// Give *bytes to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_fetch(
    session: *const Session,
    document: *const Id,
    bytes: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let document = unsafe { input::value(document, "document") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(bytes, "bytes") }?;
        place.set(handle::give(session.fetch(document.document())?));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Fetches a document's bytes part by part: write is called with one part after the other, during
/// the call. The seal of the whole document is checked before its first byte is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_fetch_to(
    session: *const Session,
    document: *const Id,
    write: WriteCallback,
    user: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let document = unsafe { input::value(document, "document") }?;
        let write = write.ok_or_else(|| Fault::pointer("write"))?;
        let bytes = session.fetch(document.document())?;
        for part in bytes.chunks(PART_BYTES) {
            let (bytes, length) = (part.as_ptr(), part.len());
            // SAFETY: the caller named the function for this call, by rule 6; the part is ours.
            let answer = callback::run(|| unsafe { write(user, bytes, length) });
            if answer != 0 {
                return Err(Fault::callback("write"));
            }
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// The first of the bytes; they live as long as the handle. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_bytes_data(bytes: *const Bytes) -> *const u8 {
    // SAFETY: the caller, by rule 1.
    let handle = unsafe { handle::shared(bytes) };
    handle.map_or(std::ptr::null(), |handle| handle.value().as_ptr())
}

/// How many bytes there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_bytes_length(bytes: *const Bytes) -> usize {
    // SAFETY: the caller, by rule 1.
    let handle = unsafe { handle::shared(bytes) };
    handle.map(Handle::value).map_or(0, Vec::len)
}

/// Frees bytes. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_bytes_free(bytes: *mut Bytes) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(bytes) };
}

/// Bytes a callback is given at a time.
const PART_BYTES: usize = 256 << 10;
