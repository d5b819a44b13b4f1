//! Lists as Arrow streams: the documents of a dossier, and its data points.
//!
//! For: Python, R, DuckDB and all that reads the Arrow C data interface, without copying field
//! by field. Not for: other lists, whose cursors serve; files. Invariants: an array owns what its
//! buffers point to until its own release; what is moved out of its parent is left alone by it;
//! a column has as many rows as its array says.

#![allow(unsafe_code, reason = "fills structs that other libraries read")]

mod column;
mod layout;
mod table;

use crate::callback;
use crate::entries::statuses;
use crate::error::{Error, Fault};
use crate::fork;
use crate::log;
use crate::output::Out;
use crate::session::{self, Session};
use crate::wall;
use column::Field;
pub use layout::ArrowArrayStream;
use layout::{ArrowArray, ArrowSchema};
use liasse::{DataPoint, DocumentEntry, Matricule, Statuses};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use table::Table;

/// Lists a patient's dossier (matricule, or matricule@OID) as an Arrow C data interface stream.
/// Its columns are the fields of liasse_entry, ids as 16 bytes, instants in milliseconds of UTC.
/// statuses is one of LIASSE_STATUSES_*. What stream held is overwritten. Call its release, or
/// hand it to what does; it and its arrays may outlive the session and the engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_entries_arrow(
    session: *const Session,
    patient: *const c_char,
    statuses: u32,
    stream: *mut ArrowArrayStream,
    error: *mut *mut Error,
) -> i32 {
    let list = liasse::Session::entries;
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { streamed::<DocumentEntry>(session, (patient, statuses), list, stream, error) }
}

/// Gives the coded values of a patient's dossier as an Arrow C data interface stream, as
/// liasse_session_points does. Its columns are the fields of liasse_point but has_at: an instant
/// that is not said is null. Else as liasse_session_entries_arrow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_points_arrow(
    session: *const Session,
    patient: *const c_char,
    statuses: u32,
    stream: *mut ArrowArrayStream,
    error: *mut *mut Error,
) -> i32 {
    let list = liasse::Session::points;
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { streamed::<DataPoint>(session, (patient, statuses), list, stream, error) }
}

type List<T> = fn(&liasse::Session, &Matricule, Statuses) -> liasse::Result<Vec<T>>;

/// Makes a stream of a list.
///
/// # Safety
/// Rules 1, 3 and 5 of the header.
unsafe fn streamed<T: Table>(
    session: *const Session,
    (patient, statuses): (*const c_char, u32),
    list: List<T>,
    stream: *mut ArrowArrayStream,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| -> Result<(), Fault> {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(stream, "stream") }?;
        let rows = list(session, &patient, self::statuses(statuses, "statuses")?)?;
        place.set(stream_of(Rest { rows, given: 0 }));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Rows of some table that were not given yet.
trait Batches {
    fn fields(&self) -> &'static [Field];

    /// The next rows, or the array that tells the end.
    fn next(&mut self) -> ArrowArray;
}

struct Rest<T> {
    rows: Vec<T>,
    given: usize,
}

impl<T: Table> Batches for Rest<T> {
    fn fields(&self) -> &'static [Field] {
        T::FIELDS
    }

    fn next(&mut self) -> ArrowArray {
        let rest = self.rows.get(self.given..).unwrap_or_default();
        let batch = rest.get(..rest.len().min(BATCH)).unwrap_or_default();
        let array = if batch.is_empty() {
            layout::end()
        } else {
            layout::batch(batch.len(), T::columns(batch))
        };
        self.given += batch.len();
        array
    }
}

/// What a stream keeps.
struct Waiting {
    rest: Box<dyn Batches>,
    /// Of which process it is.
    generation: u32,
    /// Whether a call panicked.
    poisoned: bool,
    /// Why the last call failed.
    said: Option<&'static CStr>,
}

/// A stream over rows.
fn stream_of(rest: impl Batches + 'static) -> ArrowArrayStream {
    let waiting = Waiting {
        rest: Box::new(rest),
        generation: fork::generation(),
        poisoned: false,
        said: None,
    };
    ArrowArrayStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private_data: Box::into_raw(Box::new(waiting)).cast(),
    }
}

unsafe extern "C" fn get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: the consumer passes a stream that is not released, no other call uses it, and what
    // `out` leads to may be written.
    unsafe { give(stream, out, |rest| layout::schema(rest.fields())) }
}

unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: as for `get_schema`.
    unsafe { give(stream, out, |rest| rest.next()) }
}

unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: the consumer passes a stream that is not released, and no other call uses it.
    let waiting = unsafe { waiting(stream) };
    let said = waiting.and_then(|waiting| waiting.said);
    said.map_or(ptr::null(), CStr::as_ptr)
}

unsafe extern "C" fn release(stream: *mut ArrowArrayStream) {
    // SAFETY: the consumer passes a stream that nothing else uses.
    let Some(stream) = (unsafe { stream.as_mut() }) else {
        return;
    };
    if stream.release.take().is_some() {
        let waiting: *mut c_void = std::mem::replace(&mut stream.private_data, ptr::null_mut());
        // SAFETY: `stream_of` made it from a box; it is taken once, as release is.
        let waiting = unsafe { Box::from_raw(waiting.cast::<Waiting>()) };
        // Nothing can be told to anybody here.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(waiting)));
    }
}

/// Gives what a stream is asked for, or says why not.
///
/// # Safety
/// `stream` is NULL or one of [`stream_of`] and nothing else uses it; `out` is NULL or may be
/// written.
unsafe fn give<T>(
    stream: *mut ArrowArrayStream,
    out: *mut T,
    make: impl FnOnce(&mut dyn Batches) -> T,
) -> c_int {
    // SAFETY: the caller's promise is this function's own.
    let Some(waiting) = (unsafe { waiting(stream) }) else {
        return INVALID;
    };
    let rest = &mut *waiting.rest;
    let (code, said) = if waiting.generation != fork::generation() {
        (
            INVALID,
            c"the stream was made before this process was forked off",
        )
    } else if callback::under_way() {
        (INVALID, c"a callback called the library")
    } else if waiting.poisoned {
        (
            FAULT,
            c"an earlier call on this stream panicked; release it",
        )
    } else if out.is_null() {
        (INVALID, c"the place to write to is NULL")
    } else if let Ok(made) = catch_unwind(AssertUnwindSafe(|| make(rest))) {
        waiting.said = None;
        // SAFETY: the caller's promise; it is not NULL, and what it held is not read.
        unsafe { out.write_unaligned(made) };
        return 0;
    } else {
        waiting.poisoned = true;
        log::fault(&Fault::panicked());
        (
            FAULT,
            c"the call panicked, a fault in Liasse itself; release the stream",
        )
    };
    waiting.said = Some(said);
    code
}

/// What a stream keeps, unless it was released.
///
/// # Safety
/// `stream` is NULL or one of [`stream_of`], and nothing else uses it for `'a`.
unsafe fn waiting<'a>(stream: *mut ArrowArrayStream) -> Option<&'a mut Waiting> {
    // SAFETY: the caller's promise.
    let stream = unsafe { stream.as_ref() }?;
    stream.release?;
    // SAFETY: `stream_of` made it from a box, and it is not released.
    unsafe { stream.private_data.cast::<Waiting>().as_mut() }
}

/// The most rows of an array.
const BATCH: usize = 4096;
/// EINVAL, which a consumer tells as a wrong use.
const INVALID: c_int = 22;
/// EIO, for a fault of the library's own.
const FAULT: c_int = 5;

#[cfg(test)]
mod tests;
