//! What an operator does from time to time: settle, check, keep checkpoints, give space back.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::Engine;
use crate::error::{Error, Fault};
use crate::fetch::Bytes;
use crate::handle;
use crate::output::Out;
use crate::row::Rows;
use crate::verify::Findings;
use crate::{input, wall};
use std::ffi::c_char;
use std::path::Path;

/// Waits until what was handed over before, traces among it, is committed, and until the index
/// has done the work that is due.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_settle(
    engine: *const Engine,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| Ok(engine.settle()?);
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Checks the whole store while it is open; liasse_verify checks one that is not. Give *cursor
/// to liasse_findings_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_check(
    engine: *const Engine,
    cursor: *mut *mut Findings,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(Rows::new(engine.check()?.findings)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// The journal's checkpoint, signed by the store's key: size and root of its log. Whoever keeps
/// one can tell later whether the log was altered. Give *text to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_checkpoint(
    engine: *const Engine,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(text, "text") }?;
        place.set(handle::give(engine.checkpoint()?.into_bytes()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Moves what lives out of body segments of which at least dead_percent_min (0 to 100) is dead,
/// and removes them. segments, how many were removed, and bytes, how many dead bytes were in
/// them, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_compact(
    engine: *const Engine,
    dead_percent_min: u32,
    segments: *mut u64,
    bytes: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        let percent = u8::try_from(dead_percent_min).ok().filter(|it| *it <= 100);
        let percent = percent.ok_or_else(|| Fault::value("dead_percent_min"))?;
        // SAFETY: the caller, by rule 5.
        let segments = unsafe { Out::optional(segments, "segments") }?;
        // SAFETY: the caller, by rule 5.
        let bytes = unsafe { Out::optional(bytes, "bytes") }?;
        let compacted = engine.compact(percent)?;
        if let Some(place) = segments {
            place.set(compacted.segments);
        }
        if let Some(place) = bytes {
            place.set(compacted.bytes);
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Gives the free pages of a catalog that nobody has open back to the disk. bytes_before and
/// bytes_after may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_shrink(
    directory: *const c_char,
    bytes_before: *mut u64,
    bytes_after: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rule 5.
        let before = unsafe { Out::optional(bytes_before, "bytes_before") }?;
        // SAFETY: the caller, by rule 5.
        let after = unsafe { Out::optional(bytes_after, "bytes_after") }?;
        let shrunk = liasse::Engine::shrink(Path::new(directory))?;
        if let Some(place) = before {
            place.set(shrunk.from);
        }
        if let Some(place) = after {
            place.set(shrunk.to);
        }
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}
