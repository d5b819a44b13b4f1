//! The policy packs a store works under.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::Engine;
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::{input, wall};
use liasse::PackInForce;
use std::ffi::c_char;
use std::path::Path;
use std::ptr;

/// A cursor over policy packs, in the order of their validity. Threads: one at a time.
pub struct Packs {
    _opaque: [u8; 0],
}

impl Opaque for Packs {
    type Value = Rows<PackRow>;
    const KIND: [u8; 4] = *b"Pack";
    const NAME: &'static str = "cursor";
}

/// A policy pack of a store. Valid until the next step of its cursor or its end. A later version
/// may add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct PackView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// From when it decides, in milliseconds since 1970-01-01 UTC.
    pub valid_from: i64,
    /// Until before when.
    pub valid_until: i64,
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: Text,
}

/// Lists the policy packs a store works under. Give *cursor to liasse_packs_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_policies(
    engine: *const Engine,
    cursor: *mut *mut Packs,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(engine.policies())));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Replaces the rules by those of a directory that holds one pack, or several in directories of
/// their own; they decide from the next request on. When they are not valid, LIASSE_E_PACK says
/// where and why, and the old ones stay in force. cursor, the packs then in force, may be NULL;
/// give *cursor to liasse_packs_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_reload_policies(
    engine: *const Engine,
    directory: *const c_char,
    cursor: *mut *mut Packs,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(cursor, "cursor") }?;
        let packs = engine.reload_policies(Path::new(directory))?;
        if let Some(place) = place {
            place.set(handle::give(Rows::new(packs)));
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Steps to the next pack: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_packs_next(
    cursor: *mut Packs,
    row: *mut *const PackView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_packs_free(cursor: *mut Packs) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// What the second opinion (recheck of liasse_open_options) was asked since the rules were
/// loaded, and how many documents it kept back: anything but 0 is a fault in Liasse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_rechecks(
    engine: *const Engine,
    asked: *mut u64,
    withheld: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| -> Result<(), Fault> {
        // SAFETY: the caller, by rule 5.
        let asked = unsafe { Out::new(asked, "asked") }?;
        // SAFETY: the caller, by rule 5.
        let withheld = unsafe { Out::new(withheld, "withheld") }?;
        let rechecks = engine.rechecks();
        asked.set(rechecks.asked);
        withheld.set(rechecks.withheld);
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// The memory of one pack's row.
#[derive(Default)]
pub(crate) struct PackRow {
    texts: Texts<2>,
    view: Option<PackView>,
}

impl Row for PackRow {
    type Item = PackInForce;
    type View = PackView;

    fn load(&mut self, pack: PackInForce) -> *const PackView {
        let [name, version] = self.texts.keep([pack.name, pack.version]);
        ptr::from_ref(self.view.insert(PackView {
            struct_size: size_of::<PackView>(),
            valid_from: pack.valid_from.millis(),
            valid_until: pack.valid_until.millis(),
            name,
            version,
        }))
    }
}
