//! Dossiers: opening, bris de glace, closing, erasing.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::error::Error;
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::session::{self, Session};
use crate::{input, wall};
use liasse::Receipt;
use std::ffi::c_char;
use std::ptr;

/// A cursor over the receipts of an erasure. Threads: one at a time.
pub struct Receipts {
    _opaque: [u8; 0],
}

impl Opaque for Receipts {
    type Value = Rows<ReceiptRow>;
    const KIND: [u8; 4] = *b"Rece";
    const NAME: &'static str = "cursor";
}

/// What an erasure did. Valid until the next step of its cursor or its end. A later version may
/// add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct ReceiptView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The journal entry that proves it.
    pub entry: u64,
    /// 1: the keys are destroyed; 2: the index holds no trace any more.
    pub number: u32,
    /// Zero.
    pub reserved: u32,
    /// How the root key is kept, which says what destruction means.
    pub root: Text,
    /// Whether the old root's destruction is done or scheduled.
    pub destruction: Text,
    /// What this erasure does not promise, in plain words; empty when it keeps every promise.
    pub caveat: Text,
}

/// Opens a dossier for a patient (matricule, or matricule@OID). dossier, its id, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_open_dossier(
    session: *const Session,
    patient: *const c_char,
    dossier: *mut Id,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(dossier, "dossier") }?;
        let dossier = session.open_dossier(&patient)?;
        if let Some(place) = place {
            place.set(dossier.into());
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Breaks the glass (purpose LIASSE_PURPOSE_EMERGENCY_BTG): opens a patient's dossier to this
/// session with a motive, length bytes of UTF-8, that the journal keeps and the holder reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_break_glass(
    session: *const Session,
    patient: *const c_char,
    motive: *const c_char,
    length: usize,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 3.
        let motive = unsafe { input::counted_text(motive, length, "motive") }?;
        Ok(session.break_glass(&patient, motive)?)
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Closes a patient's dossier; it is kept ten years.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_close_dossier(
    session: *const Session,
    patient: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        Ok(session.close_dossier(&patient)?)
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Erases a patient's dossier for good; nothing brings it back. Keep the receipts. Give *cursor
/// to liasse_receipts_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_erase(
    session: *const Session,
    patient: *const c_char,
    cursor: *mut *mut Receipts,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(session.erase(&patient)?)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next receipt: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_receipts_next(
    cursor: *mut Receipts,
    row: *mut *const ReceiptView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_receipts_free(cursor: *mut Receipts) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one receipt's row.
#[derive(Default)]
pub(crate) struct ReceiptRow {
    texts: Texts,
    view: Option<ReceiptView>,
}

impl Row for ReceiptRow {
    type Item = Receipt;
    type View = ReceiptView;

    fn load(&mut self, receipt: Receipt) -> *const ReceiptView {
        let [root, destruction, caveat] =
            self.texts
                .fill([&receipt.root, &receipt.destruction, &receipt.caveat]);
        ptr::from_ref(self.view.insert(ReceiptView {
            struct_size: size_of::<ReceiptView>(),
            entry: receipt.entry,
            number: u32::from(receipt.number),
            reserved: 0,
            root,
            destruction,
            caveat,
        }))
    }
}
