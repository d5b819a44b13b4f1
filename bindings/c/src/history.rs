//! The traces of a dossier.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::error::{Error, Fault};
use crate::fetch::Bytes;
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::session::{self, Session};
use crate::{input, wall};
use liasse::{HistoryLine, Instant};
use std::ffi::c_char;
use std::ops::RangeInclusive;
use std::ptr;

/// A cursor over the traces of a dossier. Threads: one at a time.
pub struct History {
    _opaque: [u8; 0],
}

impl Opaque for History {
    type Value = Rows<HistoryRow>;
    const KIND: [u8; 4] = *b"Hist";
    const NAME: &'static str = "cursor";
}

/// One trace: who did what, when and why. Valid until the next step of its cursor or its end.
/// A later version may add fields behind the last: struct_size says how many bytes this library
/// knows.
#[repr(C)]
pub struct HistoryView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Its number in the journal; 0 but for an auditor.
    pub entry: u64,
    /// 1 when it was permitted, 0 when it was refused.
    pub permitted: u32,
    /// Zero.
    pub reserved: u32,
    /// What, for example "access", "query", "disclose", "break_glass".
    pub what: Text,
    /// Who.
    pub actor: Text,
    /// With which profession.
    pub profession: Text,
    /// For which structure, empty when none.
    pub structure: Text,
    /// Why.
    pub purpose: Text,
    /// Details for people: flags before and after, a motive.
    pub detail: Text,
    /// The documents it concerned, those the reader may know of; NULL when there are none.
    pub documents: *const Id,
    /// How many.
    pub document_count: usize,
}

/// Reads who did what in a patient's dossier (matricule, or matricule@OID). Give *cursor to
/// liasse_history_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_history(
    session: *const Session,
    patient: *const c_char,
    cursor: *mut *mut History,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(session.history(&patient)?)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Reads the same traces, those of acts between two instants, both among them, in milliseconds
/// since 1970-01-01 UTC; from is not after to. Give *cursor to liasse_history_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_history_during(
    session: *const Session,
    patient: *const c_char,
    from: i64,
    to: i64,
    cursor: *mut *mut History,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        let lines = session.history_during(&patient, &between(from, to)?)?;
        place.set(handle::give(Rows::new(lines)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// The same traces as FHIR R4 AuditEvents in the shape of IHE BALP: UTF-8, one JSON object to a
/// line. software and address are the program's own. Give *text to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_audit_events(
    session: *const Session,
    patient: *const c_char,
    software: *const c_char,
    address: *const c_char,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 3.
        let software = unsafe { input::text(software, "software") }?;
        // SAFETY: the caller, by rule 3.
        let address = unsafe { input::text(address, "address") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(text, "text") }?;
        let events = session.audit_events(&patient, software, address)?;
        place.set(handle::give(events.into_bytes()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// The same events, those of acts between two instants, both among them, in milliseconds since
/// 1970-01-01 UTC; from is not after to. Give *text to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_audit_events_during(
    session: *const Session,
    patient: *const c_char,
    from: i64,
    to: i64,
    software: *const c_char,
    address: *const c_char,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 3.
        let software = unsafe { input::text(software, "software") }?;
        // SAFETY: the caller, by rule 3.
        let address = unsafe { input::text(address, "address") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(text, "text") }?;
        let during = between(from, to)?;
        let events = session.audit_events_during(&patient, &during, software, address)?;
        place.set(handle::give(events.into_bytes()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// The acts from one instant to another, both among them.
fn between(from: i64, to: i64) -> Result<RangeInclusive<Instant>, Fault> {
    if from > to {
        return Err(Fault::value("from"));
    }
    Ok(Instant::from_millis(from)..=Instant::from_millis(to))
}

/// Steps to the next trace: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_history_next(
    cursor: *mut History,
    row: *mut *const HistoryView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_history_free(cursor: *mut History) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one trace's row.
#[derive(Default)]
pub(crate) struct HistoryRow {
    texts: Texts<6>,
    documents: Vec<Id>,
    view: Option<HistoryView>,
}

impl Row for HistoryRow {
    type Item = HistoryLine;
    type View = HistoryView;

    fn load(&mut self, line: HistoryLine) -> *const HistoryView {
        self.documents.clear();
        self.documents
            .extend(line.documents.iter().map(|document| Id::from(*document)));
        let documents = match self.documents.as_slice() {
            [] => ptr::null(),
            some => some.as_ptr(),
        };
        let [what, actor, profession, structure, purpose, detail] = self.texts.keep([
            line.what,
            line.actor,
            line.profession,
            line.structure,
            line.purpose,
            line.detail,
        ]);
        ptr::from_ref(self.view.insert(HistoryView {
            struct_size: size_of::<HistoryView>(),
            at: line.at.millis(),
            entry: line.entry.unwrap_or(0),
            permitted: u32::from(line.permitted),
            reserved: 0,
            what,
            actor,
            profession,
            structure,
            purpose,
            detail,
            documents,
            document_count: self.documents.len(),
        }))
    }
}
