//! Deposits.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::budget::{self, Granted};
use crate::entries::flags;
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::input::{self, Options};
use crate::output::Out;
use crate::session::Session;
use crate::source::{self, Held, ReadCallback};
use crate::wall;
use liasse::{Absent, Deposit, Deposited, Flags, Outcome};
use std::borrow::Cow;
use std::ffi::{c_char, c_void};
use std::mem::offset_of;

/// A deposit for a patient without dossier is refused.
pub const LIASSE_ABSENT_REFUSE: u32 = 0;
/// A deposit for a patient without dossier opens it; the journal says so.
pub const LIASSE_ABSENT_OPEN: u32 = 1;

/// The document was kept.
pub const LIASSE_OUTCOME_KEPT: u32 = 1;
/// The same actor had deposited it before, or her structure and she may see it; nothing changed.
pub const LIASSE_OUTCOME_ALREADY_PRESENT: u32 = 2;

/// A document to be taken in. Zero it, set struct_size to its sizeof, then one of bytes (with
/// length), path and read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DepositOptions {
    /// sizeof(liasse_deposit).
    pub struct_size: usize,
    /// Its bytes: a CDA R2 document, or Liasse's JSON form.
    pub bytes: *const u8,
    /// How many.
    pub length: usize,
    /// Its readable text in UTF-8, when the program has extracted it (a PDF); NULL to use what
    /// the document says of itself.
    pub text: *const c_char,
    /// How many bytes the text has.
    pub text_length: usize,
    /// Flags to set besides those the document carries: LIASSE_FLAG_* joined by |.
    pub flags: u32,
    /// What to do when the patient has no dossier yet: one of LIASSE_ABSENT_*.
    pub absent: u32,
    /// Path of the regular file that holds its bytes, or NULL.
    pub path: *const c_char,
    /// Called during the call until it has given all its bytes, or NULL.
    pub read: ReadCallback,
    /// Passed to read.
    pub user: *mut c_void,
    /// The most bytes of memory the deposit may need; 0 for any.
    pub memory_bytes_max: u64,
}

// SAFETY: `repr(C)`, words, two halves and a number of eight bytes behind an even number of words,
// the first of which is the size; no padding at the end; zeroes are sizes, NULLs and numbers.
unsafe impl Options for DepositOptions {
    const NAME: &'static str = "deposit";
    const SIZE_FIRST: usize = offset_of!(Self, path);
    const LATER: &'static [usize] = &[
        offset_of!(Self, read),
        offset_of!(Self, user),
        offset_of!(Self, memory_bytes_max),
    ];
}

/// A deposit that is on its way to the disk. Threads: one at a time.
pub struct Ticket {
    _opaque: [u8; 0],
}

impl Opaque for Ticket {
    type Value = Begun<Deposited>;
    const KIND: [u8; 4] = *b"Tick";
    const NAME: &'static str = "ticket";
}

/// Deposits a document, which says itself whose it is, and waits until it is durable. outcome
/// is one of LIASSE_OUTCOME_*; dossier and outcome may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_deposit(
    session: *const Session,
    deposit: *const DepositOptions,
    document: *mut Id,
    dossier: *mut Id,
    outcome: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let given = unsafe { input::options(deposit) }?;
        // SAFETY: the caller, by rule 5.
        let places = unsafe { Places::new(document, dossier, outcome) }?;
        let read = read(&given)?;
        // SAFETY: the caller, by rule 4.
        let asked = unsafe { asked(&given, read) }?;
        places.set(session.deposit(&asked.deposit())?);
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Deposits a document without waiting: many deposits under way share a commit. The document is
/// read during the call. What it takes until it is durable counts among what
/// liasse_memory_limit bounds, until its ticket has been waited for or freed. Give *ticket to
/// liasse_ticket_wait, then to liasse_ticket_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_begin_deposit(
    session: *const Session,
    deposit: *const DepositOptions,
    ticket: *mut *mut Ticket,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let given = unsafe { input::options(deposit) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(ticket, "ticket") }?;
        let read = read(&given)?;
        // SAFETY: the caller, by rule 4.
        let asked = unsafe { asked(&given, read) }?;
        let begun = session.begin_deposit(&asked.deposit())?;
        place.set(handle::give(Begun::new(begun, asked.waiting())));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Waits until a deposit is durable, or has failed; answers as liasse_session_deposit does, and
/// the same again when it is asked again. dossier and outcome may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_ticket_wait(
    ticket: *mut Ticket,
    document: *mut Id,
    dossier: *mut Id,
    outcome: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let body = |begun: &mut Begun<Deposited>| {
        // SAFETY: the caller, by rule 5.
        let places = unsafe { Places::new(document, dossier, outcome) }?;
        places.set(begun.wait()?);
        Ok(())
    };
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { wall::exclusive(ticket, error, body) }
}

/// Frees a ticket. NULL is allowed. A deposit nobody waited for goes on to the disk all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_ticket_free(ticket: *mut Ticket) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(ticket) };
}

/// A deposit under way with the memory granted to it, or what came of it.
pub(crate) enum Begun<T> {
    Waiting(liasse::Ticket<T>, Granted<'static>),
    Settled(liasse::Result<T>),
}

impl<T: Clone> Begun<T> {
    pub(crate) const fn new(ticket: liasse::Ticket<T>, granted: Granted<'static>) -> Self {
        Self::Waiting(ticket, granted)
    }

    pub(crate) fn wait(&mut self) -> Result<T, Fault> {
        let lost = liasse::Error::new(liasse::Code::Bug, "the wait for a deposit was cut", "");
        let answer = match std::mem::replace(self, Self::Settled(Err(lost))) {
            Self::Waiting(ticket, _granted) => ticket.wait(),
            Self::Settled(answer) => answer,
        };
        *self = Self::Settled(answer.clone());
        Ok(answer?)
    }
}

/// Where what came of a deposit goes.
struct Places {
    document: Out<Id>,
    dossier: Option<Out<Id>>,
    outcome: Option<Out<u32>>,
}

impl Places {
    /// Checks them.
    ///
    /// # Safety
    /// Rule 5 of the header.
    unsafe fn new(document: *mut Id, dossier: *mut Id, outcome: *mut u32) -> Result<Self, Fault> {
        Ok(Self {
            // SAFETY: the caller, by rule 5.
            document: unsafe { Out::new(document, "document") }?,
            // SAFETY: the caller, by rule 5.
            dossier: unsafe { Out::optional(dossier, "dossier") }?,
            // SAFETY: the caller, by rule 5.
            outcome: unsafe { Out::optional(outcome, "outcome") }?,
        })
    }

    fn set(self, deposited: Deposited) {
        self.document.set(deposited.document.into());
        if let Some(dossier) = self.dossier {
            dossier.set(deposited.dossier.into());
        }
        if let Some(outcome) = self.outcome {
            outcome.set(number(deposited.outcome));
        }
    }
}

/// The number of an outcome.
pub(crate) const fn number(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Kept => LIASSE_OUTCOME_KEPT,
        Outcome::AlreadyPresent => LIASSE_OUTCOME_ALREADY_PRESENT,
    }
}

/// What the options ask for, and the memory it may take.
pub(crate) struct Asked<'a> {
    bytes: Cow<'a, [u8]>,
    text: Option<&'a str>,
    flags: Flags,
    absent: Absent,
    granted: Granted<'static>,
}

impl Asked<'_> {
    pub(crate) fn deposit(&self) -> Deposit<'_> {
        Deposit {
            bytes: &self.bytes,
            text: self.text,
            flags: self.flags,
            absent: self.absent,
        }
    }

    /// How many bytes the document and its text have.
    pub(crate) fn length(&self) -> usize {
        self.bytes.len() + self.text.map_or(0, str::len)
    }

    /// What the deposit may still take while it waits for its commit.
    pub(crate) fn waiting(self) -> Granted<'static> {
        let length = self.length();
        self.granted.down_to(budget::waiting(length))
    }
}

/// What the options ask for. `read` is what their function gave: it was called before anything
/// else that the options lead to is looked at, since it may change that.
///
/// # Safety
/// The pointers of the options follow rule 3 of the header.
pub(crate) unsafe fn asked<'a>(
    given: &DepositOptions,
    read: Option<Held>,
) -> Result<Asked<'a>, Fault> {
    let text = if given.text.is_null() && given.text_length == 0 {
        None
    } else {
        // SAFETY: the caller, by rule 3.
        Some(unsafe { input::counted_text(given.text, given.text_length, "deposit.text") }?)
    };
    let flags = flags(given.flags, "deposit.flags")?;
    let absent = match given.absent {
        LIASSE_ABSENT_REFUSE => Absent::Refuse,
        LIASSE_ABSENT_OPEN => Absent::Open,
        _ => return Err(Fault::value("deposit.absent")),
    };
    // SAFETY: the caller, by rule 3.
    let (bytes, mut granted) = unsafe { document(given, read) }?;
    let length = bytes.len() + text.map_or(0, str::len);
    granted.deposit(length, given.memory_bytes_max)?;
    Ok(Asked {
        granted,
        bytes,
        text,
        flags,
        absent,
    })
}

/// What the function of the options gives, if they name one.
pub(crate) fn read(given: &DepositOptions) -> Result<Option<Held>, Fault> {
    let Some(read) = given.read else {
        return Ok(None);
    };
    if !given.bytes.is_null() || !given.path.is_null() {
        return Err(two_places());
    }
    let user = given.user;
    // SAFETY: the caller named the function for this call, by rule 6.
    let read = |buffer, capacity| unsafe { read(user, buffer, capacity) };
    source::called(read, given.memory_bytes_max).map(Some)
}

/// The bytes of the document, from the one place that is named, with the memory granted to them
/// so far.
///
/// # Safety
/// As for [`asked`].
unsafe fn document<'a>(
    given: &DepositOptions,
    read: Option<Held>,
) -> Result<(Cow<'a, [u8]>, Granted<'static>), Fault> {
    // SAFETY: the caller, by rule 3.
    let bytes = unsafe { input::bytes(given.bytes, given.length, "deposit.bytes") }?;
    // SAFETY: the caller, by rule 3.
    let path = unsafe { input::optional_text(given.path, "deposit.path") }?;
    let held = match (given.bytes.is_null(), path, read) {
        (_, None, None) => return Ok((Cow::Borrowed(bytes), budget::nothing())),
        (true, Some(path), None) => source::file(path, given.memory_bytes_max)?,
        (true, None, Some(read)) => read,
        (_, Some(_), _) | (false, None, Some(_)) => return Err(two_places()),
    };
    Ok((Cow::Owned(held.bytes), held.granted))
}

fn two_places() -> Fault {
    Fault::value("deposit: set one of bytes, path and read")
}
