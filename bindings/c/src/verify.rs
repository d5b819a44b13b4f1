//! The check of a whole store.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::{self, OpenOptions};
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::{input, wall};
use liasse::{Finding, Report};
use std::ffi::c_char;
use std::path::Path;
use std::ptr;

/// A cursor over what a check found. Threads: one at a time.
pub struct Findings {
    _opaque: [u8; 0],
}

impl Opaque for Findings {
    type Value = Reported;
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
        place.set(handle::give(report.into()));
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
    unsafe { row::step(cursor, row, error, |it| &mut it.findings) }
}

/// How much was checked: dossiers, documents, entries of the journal, segments of the index. Each
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_findings_checked(
    cursor: *const Findings,
    dossiers: *mut u64,
    documents: *mut u64,
    entries: *mut u64,
    segments: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let body = |reported: &Reported| -> Result<(), Fault> {
        let places = [
            (dossiers, "dossiers", reported.dossiers),
            (documents, "documents", reported.documents),
            (entries, "entries", reported.entries),
            (segments, "segments", reported.segments),
        ];
        for (place, name, count) in places {
            // SAFETY: the caller, by rule 5.
            if let Some(place) = unsafe { Out::optional(place, name) }? {
                place.set(count);
            }
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(cursor, error, body) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_findings_free(cursor: *mut Findings) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// What a check found, and how much it looked at.
pub(crate) struct Reported {
    findings: Rows<FindingRow>,
    dossiers: u64,
    documents: u64,
    entries: u64,
    segments: u64,
}

impl From<Report> for Reported {
    fn from(report: Report) -> Self {
        Self {
            findings: Rows::new(report.findings),
            dossiers: report.dossiers,
            documents: report.documents,
            entries: report.entries,
            segments: report.segments,
        }
    }
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
