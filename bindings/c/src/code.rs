//! The numbers functions return, and who must act.
//!
//! Invariants: 0 is success, every other number is negative and never changes its meaning; a
//! code of the engine is its number negated; codes below -100 are those of the boundary itself.

#![allow(unsafe_code, reason = "exports a function")]

use liasse::Code;
use std::ffi::{CStr, c_char};

/// The call did what it should.
pub const LIASSE_OK: i32 = 0;

/// Refused: the rules say no, or there is nothing by that id; the two look the same.
pub const LIASSE_E_REFUSED: i32 = -1;
/// Refused: a write the rules do not allow.
pub const LIASSE_E_WRITE_REFUSED: i32 = -2;
/// Refused: the session's purpose is never allowed.
pub const LIASSE_E_PURPOSE_REFUSED: i32 = -3;
/// Misuse: a field, a code or a combination of options is wrong.
pub const LIASSE_E_INVALID: i32 = -10;
/// Misuse: the query cannot be read.
pub const LIASSE_E_QUERY_SYNTAX: i32 = -11;
/// Misuse: the session's purpose cannot do this.
pub const LIASSE_E_WRONG_PURPOSE: i32 = -12;
/// Misuse: a limit would be passed.
pub const LIASSE_E_LIMIT: i32 = -13;
/// Misuse: the document is not well-formed.
pub const LIASSE_E_DOCUMENT_SYNTAX: i32 = -14;
/// Misuse: the document names no patient.
pub const LIASSE_E_NO_PATIENT: i32 = -15;
/// Misuse: the document's kind is not known.
pub const LIASSE_E_DOCUMENT_KIND: i32 = -16;
/// Misuse: the document would grow without bound when read.
pub const LIASSE_E_DOCUMENT_BOMB: i32 = -17;
/// Misuse: there is something where the store or the key file should be created.
pub const LIASSE_E_EXISTS: i32 = -18;
/// Misuse: the engine was closed.
pub const LIASSE_E_CLOSED: i32 = -19;
/// Misuse: the policy pack is not valid.
pub const LIASSE_E_PACK: i32 = -20;
/// Retry: another process has the store.
pub const LIASSE_E_BUSY: i32 = -30;
/// Retry: what was seen changed meanwhile.
pub const LIASSE_E_CHANGED: i32 = -31;
/// Retry: the service or the token that keeps the root key does not answer.
pub const LIASSE_E_KEY_UNREACHABLE: i32 = -32;
/// Retry: the host ended the query.
pub const LIASSE_E_CANCELLED: i32 = -34;
/// Retry: the query took longer than the time it was given.
pub const LIASSE_E_LATE: i32 = -35;
/// Environment: the disk or the system failed.
pub const LIASSE_E_IO: i32 = -40;
/// Environment: no space is left.
pub const LIASSE_E_FULL: i32 = -41;
/// Environment: the directory may not be written.
pub const LIASSE_E_READ_ONLY: i32 = -42;
/// Environment: the key does not open this store.
pub const LIASSE_E_WRONG_KEY: i32 = -43;
/// Environment: the key store cannot be used.
pub const LIASSE_E_KEY_STORE: i32 = -44;
/// Environment: the directory is not a store.
pub const LIASSE_E_NOT_A_STORE: i32 = -45;
/// Environment: the store was written by a newer version.
pub const LIASSE_E_NEWER_FORMAT: i32 = -46;
/// Environment: the store is an older copy; its root key was rotated since.
pub const LIASSE_E_OLDER_COPY: i32 = -47;
/// Environment: a commit failed; close the engine and open the store again.
pub const LIASSE_E_POISONED: i32 = -48;
/// Environment: the system gives no random bytes.
pub const LIASSE_E_NO_ENTROPY: i32 = -49;
/// Environment: a keyring sink is behind; an erasure waits for it.
pub const LIASSE_E_SINK: i32 = -50;
/// Environment: another copy of the store is the one that is written.
pub const LIASSE_E_OTHER_COPY: i32 = -51;
/// Corrupt: bytes of the store are damaged.
pub const LIASSE_E_CORRUPT: i32 = -60;
/// Corrupt: the catalog is damaged or cut.
pub const LIASSE_E_CATALOG_DAMAGED: i32 = -61;
/// Bug: a fault in Liasse.
pub const LIASSE_E_BUG: i32 = -70;

/// Misuse: a pointer that must not be is NULL, or is not aligned.
pub const LIASSE_E_POINTER: i32 = -101;
/// Misuse: the struct_size of an options struct is none this library knows, or a field that it
/// does not know is set.
pub const LIASSE_E_STRUCT_SIZE: i32 = -102;
/// Misuse: a text is not UTF-8, or holds a NUL.
pub const LIASSE_E_TEXT: i32 = -103;
/// Misuse: a length is larger than any the library takes.
pub const LIASSE_E_LENGTH: i32 = -104;
/// Misuse: a number is none of the constants it should be, or says nothing where it must.
pub const LIASSE_E_VALUE: i32 = -105;
/// Misuse: a handle is of another type, or was freed.
pub const LIASSE_E_HANDLE: i32 = -106;
/// Bug: the call panicked; its handle answers LIASSE_E_POISONED_HANDLE from now on.
pub const LIASSE_E_PANIC: i32 = -107;
/// Bug: an earlier call on this handle panicked; free it.
pub const LIASSE_E_POISONED_HANDLE: i32 = -108;
/// Misuse: a handle was made before this process was forked off; only the process that made it
/// may use it.
pub const LIASSE_E_FORKED: i32 = -109;
/// Misuse: a callback called the library, which is at work further up the same stack.
pub const LIASSE_E_REENTERED: i32 = -110;
/// Retry: the call would need more memory than it, or all calls at a time, may take.
pub const LIASSE_E_BUDGET: i32 = -111;
/// Misuse: a callback said that it failed, or answered what it cannot.
pub const LIASSE_E_CALLBACK: i32 = -112;

/// Nobody must act: the rules say no, or there is nothing.
pub const LIASSE_CLASS_REFUSED: u32 = 1;
/// The caller must act: what it passed is wrong.
pub const LIASSE_CLASS_MISUSE: u32 = 2;
/// Nobody must act for now: try again.
pub const LIASSE_CLASS_RETRY: u32 = 3;
/// The operator must act: disk, permissions, key store.
pub const LIASSE_CLASS_ENVIRONMENT: u32 = 4;
/// The operator must act: the store is damaged at a place.
pub const LIASSE_CLASS_CORRUPT: u32 = 5;
/// Liasse's makers must act.
pub const LIASSE_CLASS_BUG: u32 = 6;

/// The stable name of a code, for logs and for comparing across languages ("refused",
/// "wrong_key"); "unknown" for a number that is none. The text lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn liasse_code_name(code: i32) -> *const c_char {
    let known = NAMES.iter().find(|(number, _)| *number == code);
    known.map_or(c"unknown", |(_, name)| name).as_ptr()
}

/// The number that stands for a code of the engine.
pub(crate) const fn of(code: Code) -> i32 {
    -code.number()
}

const NAMES: &[(i32, &CStr)] = &[
    (LIASSE_OK, c"ok"),
    (LIASSE_E_REFUSED, c"refused"),
    (LIASSE_E_WRITE_REFUSED, c"write_refused"),
    (LIASSE_E_PURPOSE_REFUSED, c"purpose_refused"),
    (LIASSE_E_INVALID, c"invalid"),
    (LIASSE_E_QUERY_SYNTAX, c"query_syntax"),
    (LIASSE_E_WRONG_PURPOSE, c"wrong_purpose"),
    (LIASSE_E_LIMIT, c"limit"),
    (LIASSE_E_DOCUMENT_SYNTAX, c"document_syntax"),
    (LIASSE_E_NO_PATIENT, c"no_patient"),
    (LIASSE_E_DOCUMENT_KIND, c"document_kind"),
    (LIASSE_E_DOCUMENT_BOMB, c"document_bomb"),
    (LIASSE_E_EXISTS, c"exists"),
    (LIASSE_E_CLOSED, c"closed"),
    (LIASSE_E_PACK, c"pack"),
    (LIASSE_E_BUSY, c"busy"),
    (LIASSE_E_CHANGED, c"changed"),
    (LIASSE_E_KEY_UNREACHABLE, c"key_unreachable"),
    (LIASSE_E_CANCELLED, c"cancelled"),
    (LIASSE_E_LATE, c"late"),
    (LIASSE_E_IO, c"io"),
    (LIASSE_E_FULL, c"full"),
    (LIASSE_E_READ_ONLY, c"read_only"),
    (LIASSE_E_WRONG_KEY, c"wrong_key"),
    (LIASSE_E_KEY_STORE, c"key_store"),
    (LIASSE_E_NOT_A_STORE, c"not_a_store"),
    (LIASSE_E_NEWER_FORMAT, c"newer_format"),
    (LIASSE_E_OLDER_COPY, c"older_copy"),
    (LIASSE_E_POISONED, c"poisoned"),
    (LIASSE_E_NO_ENTROPY, c"no_entropy"),
    (LIASSE_E_SINK, c"sink"),
    (LIASSE_E_OTHER_COPY, c"other_copy"),
    (LIASSE_E_CORRUPT, c"corrupt"),
    (LIASSE_E_CATALOG_DAMAGED, c"catalog_damaged"),
    (LIASSE_E_BUG, c"bug"),
    (LIASSE_E_POINTER, c"pointer"),
    (LIASSE_E_STRUCT_SIZE, c"struct_size"),
    (LIASSE_E_TEXT, c"text"),
    (LIASSE_E_LENGTH, c"length"),
    (LIASSE_E_VALUE, c"value"),
    (LIASSE_E_HANDLE, c"handle"),
    (LIASSE_E_PANIC, c"panic"),
    (LIASSE_E_POISONED_HANDLE, c"poisoned_handle"),
    (LIASSE_E_FORKED, c"forked"),
    (LIASSE_E_REENTERED, c"reentered"),
    (LIASSE_E_BUDGET, c"budget"),
    (LIASSE_E_CALLBACK, c"callback"),
];

#[cfg(test)]
mod tests;
