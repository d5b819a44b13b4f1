//! The check of a whole store.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::{self, OpenOptions};
use crate::error::Error;
use crate::handle::{self, Opaque};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::{input, wall};
use liasse::Finding;
use std::ffi::c_char;
use std::path::Path;
use std::ptr;

/// A cursor over what a check found. Threads: one at a time.
pub struct Findings {
    _opaque: [u8; 0],
}

impl Opaque for Findings {
    type Value = Rows<FindingRow>;
    const KIND: [u8; 4] = *b"Find";
    const NAME: &'static str = "cursor";
}

/// Something wrong in a store. Valid until the next step of its cursor or its end. A later
/// version may add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct FindingView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The invariant that does not hold, as docs/invariants.md numbers it.
    pub invariant: Text,
    /// Where.
    pub place: Text,
    /// What.
    pub what: Text,
}

/// Checks the whole store in directory, which no engine has open: every journal entry, dossier,
/// document and index file. A sound store has no findings. Give *cursor to liasse_findings_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_verify(
    directory: *const c_char,
    options: *const OpenOptions,
    cursor: *mut *mut Findings,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        // SAFETY: the caller, by rule 4.
        let (root, options) = unsafe { engine::how(options) }?;
        let report = liasse::Engine::verify(Path::new(directory), root, options)?;
        place.set(handle::give(Rows::new(report.findings)));
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Steps to the next finding: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_findings_next(
    cursor: *mut Findings,
    row: *mut *const FindingView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_findings_free(cursor: *mut Findings) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one finding's row.
#[derive(Default)]
pub(crate) struct FindingRow {
    texts: Texts<3>,
    view: Option<FindingView>,
}

impl Row for FindingRow {
    type Item = Finding;
    type View = FindingView;

    fn load(&mut self, finding: Finding) -> *const FindingView {
        let invariant = finding.invariant.to_owned();
        let [invariant, place, what] = self.texts.keep([invariant, finding.place, finding.what]);
        let struct_size = size_of::<FindingView>();
        ptr::from_ref(self.view.insert(FindingView {
            struct_size,
            invariant,
            place,
            what,
        }))
    }
}
