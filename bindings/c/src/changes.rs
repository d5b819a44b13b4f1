//! What has changed since a mark: in a dossier, in all the actor's, and which those are.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::entries::{EntryRow, EntryView};
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::history::{HistoryRow, HistoryView};
use crate::id::Id;
use crate::input::{self, Options};
use crate::interrupt::{self, Interrupt};
use crate::output::Out;
use crate::row::{self, Row, Rows, Text, Texts};
use crate::session::{self, Session};
use crate::wall;
use liasse::{Change, Changed, MyDossier, Since};
use std::ffi::{CString, c_char};
use std::ptr;
use std::time::Duration;

/// The document was deposited.
pub const LIASSE_CHANGE_NEW: u32 = 1;
/// The document was replaced by a later one.
pub const LIASSE_CHANGE_REPLACED: u32 = 2;
/// The document's flags or status changed, or its time of being hidden has passed.
pub const LIASSE_CHANGE_FLAGGED: u32 = 3;
/// Something this version of the header has no name for.
pub const LIASSE_CHANGE_OTHER: u32 = 4;

/// A cursor over changes, and the mark to ask from the next time. Threads: one at a time.
pub struct Changes {
    _opaque: [u8; 0],
}

impl Opaque for Changes {
    type Value = Noticed;
    const KIND: [u8; 4] = *b"Chan";
    const NAME: &'static str = "cursor";
}

/// A cursor over the actor's dossiers, and the mark to ask from the next time. Threads: one at a
/// time.
pub struct Dossiers {
    _opaque: [u8; 0],
}

impl Opaque for Dossiers {
    type Value = Marked<DossierRow>;
    const KIND: [u8; 4] = *b"Doss";
    const NAME: &'static str = "cursor";
}

/// A change. Valid until the next step of its cursor or its end. A later version may add fields
/// behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct ChangeView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The document as it is now.
    pub entry: *const EntryView,
    /// What happened to it: one of LIASSE_CHANGE_*.
    pub what: u32,
    /// Zero.
    pub reserved: u32,
}

/// A dossier of the actor's. Valid until the next step of its cursor or its end. A later version
/// may add fields behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct DossierView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// Its id.
    pub dossier: Id,
    /// Documents that the session may see.
    pub documents: u64,
    /// Those of them that are new, replaced or changed since the mark.
    pub changed: u64,
    /// Its patient's current matricule.
    pub patient: Text,
}

/// Since when, and how long looking may take. Zero it and set struct_size to its sizeof.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SinceOptions {
    /// sizeof(liasse_since).
    pub struct_size: usize,
    /// The mark that an earlier call gave; NULL for the beginning.
    pub mark: *const c_char,
    /// Ends the call from another thread, which then answers LIASSE_E_CANCELLED; or NULL.
    pub interrupt: *const Interrupt,
    /// Milliseconds after which the call answers LIASSE_E_LATE; 0 for no limit.
    pub time_ms: u64,
}

// SAFETY: `repr(C)`, three words and a number of eight bytes; no padding at the end; zeroes are
// sizes, NULLs and numbers.
unsafe impl Options for SinceOptions {
    const NAME: &'static str = "since";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// Reads what has changed since the mark that an earlier call gave, or since the beginning when
/// since is NULL: of a patient's documents (matricule, or matricule@OID), or, when patient is
/// NULL, of those in all the actor's dossiers (purpose panel). Give *cursor to
/// liasse_changes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_changes(
    session: *const Session,
    patient: *const c_char,
    since: *const SinceOptions,
    cursor: *mut *mut Changes,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::optional_patient(patient, "patient") }?;
        // SAFETY: the caller, by rules 1, 3 and 4.
        let since = unsafe { self::since(since) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        let changes = session.changes(patient.as_ref(), since)?;
        place.set(handle::give(Noticed {
            changes: Marked::new(changes.changes, changes.mark),
            glass: Rows::new(changes.glass),
            updated: changes.updated,
        }));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next change: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_changes_next(
    cursor: *mut Changes,
    row: *mut *const ChangeView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::step(cursor, row, error, |it| &mut it.changes.rows) }
}

/// Steps to the next bris de glace since the mark, newest first: *row is set to it, or to NULL
/// behind the last. They are told of the one dossier asked for, to whoever may read its traces,
/// the holder first; her attending physician is not told the motive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_changes_next_glass(
    cursor: *mut Changes,
    row: *mut *const HistoryView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::step(cursor, row, error, |it| &mut it.glass) }
}

/// The mark to ask from the next time; "" for NULL. Lives as long as the cursor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_changes_mark(cursor: *const Changes) -> *const c_char {
    // SAFETY: the caller, by rule 1.
    unsafe { mark(cursor, |changes| &changes.changes.mark) }
}

/// 1 when the holder is to be told that her dossier was updated, and no more: two weeks ago a
/// document was deposited that is still hidden from her; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_changes_updated(cursor: *const Changes) -> u32 {
    // SAFETY: the caller, by rule 1.
    let handle = unsafe { handle::shared(cursor) };
    handle.map_or(0, |handle| u32::from(handle.value().updated))
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_changes_free(cursor: *mut Changes) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// Lists the actor's dossiers (purpose panel), each with how many documents the session may see
/// there and how many of them changed since the mark; since may be NULL. Give *cursor to
/// liasse_dossiers_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_my_dossiers(
    session: *const Session,
    since: *const SinceOptions,
    cursor: *mut *mut Dossiers,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rules 1, 3 and 4.
        let since = unsafe { self::since(since) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(cursor, "cursor") }?;
        let mine = session.my_dossiers(since)?;
        place.set(handle::give(Marked::new(mine.dossiers, mine.mark)));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Steps to the next dossier: *row is set to it, or to NULL behind the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_dossiers_next(
    cursor: *mut Dossiers,
    row: *mut *const DossierView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::step(cursor, row, error, |dossiers| &mut dossiers.rows) }
}

/// The mark to ask from the next time; "" for NULL. Lives as long as the cursor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_dossiers_mark(cursor: *const Dossiers) -> *const c_char {
    // SAFETY: the caller, by rule 1.
    unsafe { mark(cursor, |dossiers| &dossiers.mark) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_dossiers_free(cursor: *mut Dossiers) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// Since when, and how long looking may take; the beginning for NULL.
///
/// # Safety
/// Rules 1, 3 and 4 of the header.
unsafe fn since<'a>(given: *const SinceOptions) -> Result<Since<'a>, Fault> {
    if given.is_null() {
        return Ok(Since::default());
    }
    // SAFETY: the caller, by rule 4.
    let given = unsafe { input::options(given) }?;
    // SAFETY: the caller, by rule 3.
    let mark = unsafe { input::optional_text(given.mark, "since.mark") }?;
    // SAFETY: the caller, by rule 1.
    let cancel = unsafe { interrupt::given(given.interrupt) }?;
    interrupt::check(cancel.as_ref())?;
    Ok(Since {
        mark,
        time: (given.time_ms != 0).then(|| Duration::from_millis(given.time_ms)),
        cancel,
    })
}

/// Changes, and what else is to be noticed.
pub(crate) struct Noticed {
    changes: Marked<ChangeRow>,
    glass: Rows<HistoryRow>,
    updated: bool,
}

/// Rows of one moment, and its mark.
pub(crate) struct Marked<R: Row> {
    rows: Rows<R>,
    mark: CString,
}

impl<R: Row> Marked<R> {
    fn new(items: Vec<R::Item>, mark: String) -> Self {
        Self {
            rows: Rows::new(items),
            mark: CString::new(mark).unwrap_or_default(),
        }
    }
}

/// The mark of a cursor.
///
/// # Safety
/// Rule 1 of the header.
unsafe fn mark<T: Opaque>(cursor: *const T, of: fn(&T::Value) -> &CString) -> *const c_char {
    // SAFETY: the caller's promise is this function's own.
    let handle = unsafe { handle::shared(cursor) };
    handle.map_or(c"".as_ptr(), |handle| of(handle.value()).as_ptr())
}

/// The memory of one change's row.
#[derive(Default)]
pub(crate) struct ChangeRow {
    entry: EntryRow,
    view: Option<ChangeView>,
}

impl Row for ChangeRow {
    type Item = Change;
    type View = ChangeView;

    fn load(&mut self, change: Change) -> *const ChangeView {
        ptr::from_ref(self.view.insert(ChangeView {
            struct_size: size_of::<ChangeView>(),
            entry: self.entry.load(change.entry),
            what: match change.what {
                Changed::New => LIASSE_CHANGE_NEW,
                Changed::Replaced => LIASSE_CHANGE_REPLACED,
                Changed::Flagged => LIASSE_CHANGE_FLAGGED,
                _ => LIASSE_CHANGE_OTHER,
            },
            reserved: 0,
        }))
    }
}

/// The memory of one dossier's row.
#[derive(Default)]
pub(crate) struct DossierRow {
    texts: Texts<1>,
    view: Option<DossierView>,
}

impl Row for DossierRow {
    type Item = MyDossier;
    type View = DossierView;

    fn load(&mut self, mine: MyDossier) -> *const DossierView {
        let [patient] = self.texts.keep([mine.patient]);
        ptr::from_ref(self.view.insert(DossierView {
            struct_size: size_of::<DossierView>(),
            dossier: mine.dossier.into(),
            documents: mine.documents,
            changed: mine.changed,
            patient,
        }))
    }
}

#[cfg(test)]
mod tests;
