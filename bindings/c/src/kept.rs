//! Receipts that were kept: of erasures that something held up, or that are asked for later.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::Engine;
use crate::erase::{self, ReceiptView, Said};
use crate::error::Error;
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::output::Out;
use crate::row::{self, Row, Rows, Texts};
use crate::wall;
use liasse::KeptReceipt;
use std::ptr;

/// A cursor over receipts that were kept. Threads: one at a time.
pub struct Kept {
    _opaque: [u8; 0],
}

impl Opaque for Kept {
    type Value = Rows<KeptRow>;
    const KIND: [u8; 4] = *b"Kept";
    const NAME: &'static str = "cursor";
}

/// A receipt that was kept. Valid until the next step of its cursor or its end. A later version
/// may add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct KeptView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The erasure, by the random name that the journal's entries about it bear. It names no
    /// person.
    pub erasure: Id,
    /// When it was given, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The receipt.
    pub receipt: *const ReceiptView,
}

/// Lists all receipts of erasures, in the order of their journal entries; for operators. Give
/// *cursor to liasse_kept_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_receipts(
    engine: *const Engine,
    cursor: *mut *mut Kept,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(engine.receipts()?)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Completes the erasures that were begun and that a sink, a reader or the key store held up;
/// without any it does nothing. The next erasure does so too, and so does opening. cursor, the
/// receipts of this, may be NULL; give *cursor to liasse_kept_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_finish_erasures(
    engine: *const Engine,
    cursor: *mut *mut Kept,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(cursor, "cursor") }?;
        let receipts = engine.finish_erasures()?;
        if let Some(place) = place {
            place.set(handle::give(Rows::new(receipts)));
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Steps to the next receipt: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_kept_next(
    cursor: *mut Kept,
    row: *mut *const KeptView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_kept_free(cursor: *mut Kept) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// The memory of one receipt's row.
#[derive(Default)]
pub(crate) struct KeptRow {
    texts: Texts<4>,
    receipt: Option<ReceiptView>,
    view: Option<KeptView>,
}

impl Row for KeptRow {
    type Item = KeptReceipt;
    type View = KeptView;

    fn load(&mut self, kept: KeptReceipt) -> *const KeptView {
        let receipt = erase::view(&mut self.texts, Said::from(kept.receipt));
        ptr::from_ref(self.view.insert(KeptView {
            struct_size: size_of::<KeptView>(),
            erasure: kept.erasure.into(),
            at: kept.at.millis(),
            receipt: ptr::from_ref(self.receipt.insert(receipt)),
        }))
    }
}
