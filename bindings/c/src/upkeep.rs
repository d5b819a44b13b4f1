//! What an operator does from time to time: settle, check, keep checkpoints, give space back.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::backup::{self, ProgressCallback};
use crate::engine::Engine;
use crate::error::{Error, Fault};
use crate::fetch::Bytes;
use crate::handle;
use crate::output::Out;
use crate::verify::Findings;
use crate::{callback, input, wall};
use liasse::{Reindex, TraceClass};
use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;
use std::path::Path;

/// Documents in damaged parts of the index, and those that an older version has analysed.
pub const LIASSE_REINDEX_NEEDED: u32 = 0;
/// All documents that are in index segments.
pub const LIASSE_REINDEX_EVERYTHING: u32 = 1;

/// Traces of readings.
pub const LIASSE_TRACES_READING: u32 = 1;
/// Traces of changes of dossiers.
pub const LIASSE_TRACES_WRITING: u32 = 2;
/// Traces of bris de glace, and of readings in an emergency.
pub const LIASSE_TRACES_EMERGENCY: u32 = 3;
/// Traces of requests that were refused.
pub const LIASSE_TRACES_REFUSAL: u32 = 4;
/// Traces of counts over many dossiers.
pub const LIASSE_TRACES_AGGREGATE: u32 = 5;
/// Traces of acts of erasing.
pub const LIASSE_TRACES_ERASURE: u32 = 6;

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

/// Checks the whole store while it is open, and has its log told; liasse_verify checks one that
/// is not, and writes nothing. Give *cursor to liasse_findings_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_check(
    engine: *const Engine,
    cursor: *mut *mut Findings,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        place.set(handle::give(engine.check()?.into()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// The journal's checkpoint, signed by the store's key and by each of the signers of
/// liasse_open_options: size and root of its log. Whoever keeps one can tell later whether the log
/// was altered. LIASSE_E_KEY_STORE when a signer does not sign it. Give *text to
/// liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_checkpoint(
    engine: *const Engine,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { told(engine, text, liasse::Engine::checkpoint, error) }
}

/// Has the log told that a witness cosigned a checkpoint of it: checkpoint is the signed note with
/// her line added, witness her verifier key. size, the entries of the log that she saw, and at,
/// when she signed by her own clock, may be NULL. Brought again, it is told again.
/// LIASSE_E_INVALID when this log's key did not sign it or she did not; LIASSE_E_OTHER_COPY when
/// the log does not continue it: keep it then, it is evidence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_record_cosignature(
    engine: *const Engine,
    checkpoint: *const c_char,
    witness: *const c_char,
    size: *mut u64,
    at: *mut i64,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 3.
        let checkpoint = unsafe { input::text(checkpoint, "checkpoint") }?;
        // SAFETY: the caller, by rule 3.
        let witness = unsafe { input::text(witness, "witness") }?;
        // SAFETY: the caller, by rule 5.
        let size = unsafe { Out::optional(size, "size") }?;
        // SAFETY: the caller, by rule 5.
        let at = unsafe { Out::optional(at, "at") }?;
        let told = engine.record_cosignature(checkpoint, witness)?;
        if let Some(place) = size {
            place.set(told.size);
        }
        if let Some(place) = at {
            place.set(told.at.millis());
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// The key that verifies the checkpoints of this store: its name, its id and the key. Give *text
/// to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_checkpoint_key(
    engine: *const Engine,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { told(engine, text, liasse::Engine::checkpoint_key, error) }
}

/// The keys that verify what the signers of liasse_open_options sign of this store's checkpoints,
/// in their order, a line each. Give *text to liasse_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_signer_keys(
    engine: *const Engine,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let lines = |engine: &liasse::Engine| {
        let keys = engine.signer_keys()?.into_iter();
        Ok(keys.map(|key| key + "\n").collect())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { told(engine, text, lines, error) }
}

/// Gives a text that the engine tells.
///
/// # Safety
/// Rules 1 and 5 of the header.
unsafe fn told(
    engine: *const Engine,
    text: *mut *mut Bytes,
    tell: fn(&liasse::Engine) -> liasse::Result<String>,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(text, "text") }?;
        place.set(handle::give(tell(engine)?.into_bytes()));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Pins what the log is now in the anchor_file the store was opened with; without one it does
/// nothing. Opening and closing do so too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_pin(engine: *const Engine, error: *mut *mut Error) -> i32 {
    let body = |engine: &liasse::Engine| Ok(engine.pin()?);
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Rebuilds what is damaged in the index, and analyses documents anew: those that an older
/// version has analysed (LIASSE_REINDEX_NEEDED), or all (LIASSE_REINDEX_EVERYTHING); searches and
/// deposits go on. progress, called after each step, may be NULL; what was done before it ended
/// the call stays done. documents and steps, how many were done, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_reindex(
    engine: *const Engine,
    which: u32,
    progress: ProgressCallback,
    user: *mut c_void,
    documents: *mut u64,
    steps: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        let which = match which {
            LIASSE_REINDEX_NEEDED => Reindex::Needed,
            LIASSE_REINDEX_EVERYTHING => Reindex::Everything,
            _ => return Err(Fault::value("which")),
        };
        // SAFETY: the caller, by rule 5.
        let documents = unsafe { Out::optional(documents, "documents") }?;
        // SAFETY: the caller, by rule 5.
        let steps = unsafe { Out::optional(steps, "steps") }?;
        let mut ended = false;
        let done = engine.reindex(which, &mut |so_far| {
            let left = so_far.of.saturating_sub(so_far.documents);
            let told = progress.map_or(0, |progress| {
                // SAFETY: the caller named the function for this call, by rule 6.
                callback::run(|| unsafe { progress(user, so_far.documents, left) })
            });
            ended = told != 0;
            if ended {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        if ended {
            return Err(backup::cancelled());
        }
        if let Some(place) = documents {
            place.set(done.documents);
        }
        if let Some(place) = steps {
            place.set(done.segments);
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Destroys the keys of the traces of a class (one of LIASSE_TRACES_*) that are older than this
/// many whole months, for all patients. gone, how many months of keys went, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_retain(
    engine: *const Engine,
    class_: u32,
    months: u32,
    gone: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        let class = match class_ {
            LIASSE_TRACES_READING => TraceClass::Reading,
            LIASSE_TRACES_WRITING => TraceClass::Writing,
            LIASSE_TRACES_EMERGENCY => TraceClass::Emergency,
            LIASSE_TRACES_REFUSAL => TraceClass::Refusal,
            LIASSE_TRACES_AGGREGATE => TraceClass::Aggregate,
            LIASSE_TRACES_ERASURE => TraceClass::Erasure,
            _ => return Err(Fault::value("class_")),
        };
        let months = u16::try_from(months).map_err(|_| Fault::value("months"))?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(gone, "gone") }?;
        let gone = engine.retain(class, months)?;
        if let Some(place) = place {
            place.set(u64::try_from(gone).unwrap_or(u64::MAX));
        }
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

/// Brings the store of an earlier version, which nobody has open, to the format that this version
/// writes, one format after the other. Needs no key; a store that has the format already is left
/// as it is. format_before and format_after may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_upgrade(
    directory: *const c_char,
    format_before: *mut u32,
    format_after: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rule 5.
        let before = unsafe { Out::optional(format_before, "format_before") }?;
        // SAFETY: the caller, by rule 5.
        let after = unsafe { Out::optional(format_after, "format_after") }?;
        let upgraded = liasse::Engine::upgrade(Path::new(directory))?;
        if let Some(place) = before {
            place.set(upgraded.from);
        }
        if let Some(place) = after {
            place.set(upgraded.to);
        }
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
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
