//! Erasures: of a dossier, of a document, of many at a time, of those whose term has passed.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::code;
use crate::engine::Engine;
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::input::{self, Options};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::session::{self, Session};
use crate::wall;
use liasse::{DossierId, Erasure, Receipt, Rotated, Target};
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
    /// Which keyring sinks hold what a restore needs after it, or that there is none and why.
    pub sinks: Text,
}

/// An erasure of a batch. Zero it, set struct_size to its sizeof, then session and one of patient
/// and document.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ErasureOptions {
    /// sizeof(liasse_erasure), the same in all of a batch.
    pub struct_size: usize,
    /// Who asks for it.
    pub session: *const Session,
    /// Whose dossier is to be erased (matricule, or matricule@OID), or NULL.
    pub patient: *const c_char,
    /// Which document is to be erased, or NULL.
    pub document: *const Id,
}

// SAFETY: `repr(C)`, four words, the first of which is the size; zeroes are a size and NULLs.
unsafe impl Options for ErasureOptions {
    const NAME: &'static str = "erasures";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// A cursor over the outcomes of a batch of erasures. Threads: one at a time.
pub struct Outcomes {
    _opaque: [u8; 0],
}

impl Opaque for Outcomes {
    type Value = Rows<OutcomeRow>;
    const KIND: [u8; 4] = *b"Outc";
    const NAME: &'static str = "cursor";
}

/// What came of one erasure. Valid until the next step of its cursor or its end. A later version
/// may add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct OutcomeView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The dossier, of liasse_engine_purge_due; zeroes of liasse_engine_erase.
    pub dossier: Id,
    /// LIASSE_OK, or why it was not erased.
    pub code: i32,
    /// Zero.
    pub reserved: u32,
    /// What happened when it was not erased, else empty.
    pub message: Text,
    /// What to do about it, else empty.
    pub hint: Text,
    /// Its receipts, each as large as the struct_size it starts with says; NULL when there are
    /// none.
    pub receipts: *const ReceiptView,
    /// How many.
    pub receipt_count: usize,
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
        place.set(handle::give(Rows::new(said(session.erase(&patient)?))));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Erases a document for good, with its earlier versions. Keep the receipts. Give *cursor to
/// liasse_receipts_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_erase_document(
    session: *const Session,
    document: *const Id,
    cursor: *mut *mut Receipts,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let document = unsafe { input::value(document, "document") }?.document();
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        let receipts = session.erase_document(document)?;
        place.set(handle::give(Rows::new(said(receipts))));
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

/// Erases count dossiers and documents, each asked for by a session of its own, faster than one
/// by one. The outcomes come in their order. Give *cursor to liasse_outcomes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_erase(
    engine: *const Engine,
    erasures: *const ErasureOptions,
    count: usize,
    cursor: *mut *mut Outcomes,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        // SAFETY: the caller, by rules 1 and 4.
        let asked = unsafe { input::options_array(erasures, count) }?;
        let asked = asked
            .iter()
            // SAFETY: the caller, by rules 1 and 3.
            .map(|given| unsafe { erasure(given) })
            .collect::<Result<Vec<_>, _>>()?;
        let outcomes = engine.erase(&asked)?.into_iter();
        let outcomes = outcomes.map(|outcome| (None, outcome.map(said))).collect();
        place.set(handle::give(Rows::new(outcomes)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Erases the dossiers that were closed ten years ago and more. Give *cursor to
/// liasse_outcomes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_purge_due(
    engine: *const Engine,
    cursor: *mut *mut Outcomes,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        let purged = engine.purge_due()?.into_iter();
        let outcomes = purged.map(|purged| (Some(purged.dossier), Ok(said(purged.receipts))));
        place.set(handle::give(Rows::new(outcomes.collect())));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Makes a new root key, puts all keys of the store under it and destroys the old one: for an
/// operator who suspects it. epoch, the new one's, and cursor may be NULL; the one row of cursor
/// says what the destruction is worth, its number and entry are 0. Give *cursor to
/// liasse_receipts_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_rotate_root(
    engine: *const Engine,
    epoch: *mut u64,
    cursor: *mut *mut Receipts,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let epoch = unsafe { Out::optional(epoch, "epoch") }?;
        // SAFETY: the caller, by rule 5.
        let cursor = unsafe { Out::optional(cursor, "cursor") }?;
        let rotated = engine.rotate_root()?;
        if let Some(place) = epoch {
            place.set(rotated.epoch);
        }
        if let Some(place) = cursor {
            place.set(handle::give(Rows::new(vec![rotated.into()])));
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Steps to the next outcome: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_outcomes_next(
    cursor: *mut Outcomes,
    row: *mut *const OutcomeView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_outcomes_free(cursor: *mut Outcomes) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// What one of a batch asks for.
///
/// # Safety
/// Rules 1 and 3 of the header.
unsafe fn erasure<'a>(given: &ErasureOptions) -> Result<Erasure<'a>, Fault> {
    // SAFETY: the caller, by rule 1.
    let session = unsafe { handle::shared(given.session) }?.usable_value()?;
    // SAFETY: the caller, by rule 3.
    let patient = unsafe { session::optional_patient(given.patient, "erasures.patient") }?;
    let target = match (patient, given.document.is_null()) {
        (Some(patient), true) => Target::Dossier(patient),
        (None, false) => {
            // SAFETY: the caller, by rule 3.
            let document = unsafe { input::value(given.document, "erasures.document") }?;
            Target::Document(document.document())
        }
        (Some(_), false) | (None, true) => {
            return Err(Fault::value("erasures: set one of patient and document"));
        }
    };
    Ok(Erasure { session, target })
}

/// What a receipt says, of an erasure or of a new root key.
pub(crate) struct Said {
    number: u8,
    entry: u64,
    root: String,
    destruction: String,
    caveat: String,
    sinks: String,
}

impl From<Receipt> for Said {
    fn from(receipt: Receipt) -> Self {
        Self {
            number: receipt.number,
            entry: receipt.entry,
            root: receipt.root,
            destruction: receipt.destruction,
            caveat: receipt.caveat,
            sinks: receipt.sinks,
        }
    }
}

impl From<Rotated> for Said {
    fn from(rotated: Rotated) -> Self {
        Self {
            number: 0,
            entry: 0,
            root: rotated.root,
            destruction: rotated.destruction,
            caveat: rotated.caveat,
            sinks: rotated.sinks,
        }
    }
}

fn said(receipts: Vec<Receipt>) -> Vec<Said> {
    receipts.into_iter().map(Said::from).collect()
}

/// The memory of one receipt's row.
#[derive(Default)]
pub(crate) struct ReceiptRow {
    texts: Texts<4>,
    view: Option<ReceiptView>,
}

impl Row for ReceiptRow {
    type Item = Said;
    type View = ReceiptView;

    fn load(&mut self, said: Said) -> *const ReceiptView {
        ptr::from_ref(self.view.insert(view(&mut self.texts, said)))
    }
}

/// The memory of one outcome's row.
#[derive(Default)]
pub(crate) struct OutcomeRow {
    texts: Texts<2>,
    receipt_texts: Vec<Texts<4>>,
    receipts: Vec<ReceiptView>,
    view: Option<OutcomeView>,
}

impl Row for OutcomeRow {
    type Item = (Option<DossierId>, liasse::Result<Vec<Said>>);
    type View = OutcomeView;

    fn load(&mut self, (dossier, outcome): Self::Item) -> *const OutcomeView {
        let (code, message, hint, receipts) = match outcome {
            Ok(receipts) => (code::LIASSE_OK, "", "", receipts),
            Err(ref error) => (
                code::of(error.code()),
                error.message(),
                error.hint(),
                Vec::new(),
            ),
        };
        self.receipts.clear();
        self.receipt_texts.clear();
        for receipt in receipts {
            let mut texts = Texts::default();
            self.receipts.push(view(&mut texts, receipt));
            self.receipt_texts.push(texts);
        }
        let [message, hint] = self.texts.keep([message, hint].map(str::to_owned));
        ptr::from_ref(self.view.insert(OutcomeView {
            struct_size: size_of::<OutcomeView>(),
            dossier: dossier.map_or(Id { bytes: [0; 16] }, Id::from),
            code,
            reserved: 0,
            message,
            hint,
            receipts: match self.receipts.as_slice() {
                [] => ptr::null(),
                some => some.as_ptr(),
            },
            receipt_count: self.receipts.len(),
        }))
    }
}

pub(crate) fn view(texts: &mut Texts<4>, receipt: Said) -> ReceiptView {
    let [root, destruction, caveat, sinks] = texts.keep([
        receipt.root,
        receipt.destruction,
        receipt.caveat,
        receipt.sinks,
    ]);
    ReceiptView {
        struct_size: size_of::<ReceiptView>(),
        entry: receipt.entry,
        number: u32::from(receipt.number),
        reserved: 0,
        root,
        destruction,
        caveat,
        sinks,
    }
}
