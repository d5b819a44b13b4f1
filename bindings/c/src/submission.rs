//! Submissions: several documents of one patient, all taken in or none.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::budget::{self, Granted};
use crate::deposit::{self, Asked, Begun, DepositOptions};
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::input;
use crate::output::{Out, Outs};
use crate::session::Session;
use crate::wall;
use liasse::{Code, Deposit, Deposited, SUBMISSION_BYTES_MAX, SUBMISSION_DOCUMENTS_MAX};

/// A submission that is on its way to the disk. Threads: one at a time.
pub struct SetTicket {
    _opaque: [u8; 0],
}

impl Opaque for SetTicket {
    type Value = Submitted;
    const KIND: [u8; 4] = *b"SetT";
    const NAME: &'static str = "ticket";
}

/// Deposits count documents of one patient, all of them or none, and waits until they are
/// durable. documents has room for count ids, in the order of deposits; so have outcomes (one of
/// LIASSE_OUTCOME_* each), which may be NULL, as may dossier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_deposit_set(
    session: *const Session,
    deposits: *const DepositOptions,
    count: usize,
    documents: *mut Id,
    dossier: *mut Id,
    outcomes: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let given = unsafe { input::options_array(deposits, count) }?;
        // SAFETY: the caller, by rule 5.
        let places = unsafe { Places::new(count, documents, dossier, outcomes) }?;
        // SAFETY: the caller, by rule 4.
        let asked = unsafe { asked(&given) }?;
        places.set(&session.deposit_set(&of(&asked))?);
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Deposits a submission without waiting, as liasse_session_begin_deposit does a document. The
/// documents are read during the call. Give *ticket to liasse_set_ticket_wait, then to
/// liasse_set_ticket_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_begin_deposit_set(
    session: *const Session,
    deposits: *const DepositOptions,
    count: usize,
    ticket: *mut *mut SetTicket,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 4.
        let given = unsafe { input::options_array(deposits, count) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(ticket, "ticket") }?;
        // SAFETY: the caller, by rule 4.
        let asked = unsafe { asked(&given) }?;
        let ticket = session.begin_deposit_set(&of(&asked))?;
        let granted = asked.into_iter().map(Asked::waiting).reduce(Granted::and);
        let begun = Begun::new(ticket, granted.unwrap_or_else(budget::nothing));
        place.set(handle::give(Submitted { begun, count }));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Waits until a submission is durable, or has failed; answers as liasse_session_deposit_set
/// does, and the same again when it is asked again. count is that of the submission; dossier and
/// outcomes may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_set_ticket_wait(
    ticket: *mut SetTicket,
    count: usize,
    documents: *mut Id,
    dossier: *mut Id,
    outcomes: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let body = |submitted: &mut Submitted| {
        if count != submitted.count {
            return Err(Fault::length("count"));
        }
        // SAFETY: the caller, by rule 5.
        let places = unsafe { Places::new(count, documents, dossier, outcomes) }?;
        places.set(&submitted.begun.wait()?);
        Ok(())
    };
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { wall::exclusive(ticket, error, body) }
}

/// Frees a ticket. NULL is allowed. A submission nobody waited for goes on to the disk all the
/// same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_set_ticket_free(ticket: *mut SetTicket) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(ticket) };
}

/// A submission under way, and of how many documents.
pub(crate) struct Submitted {
    begun: Begun<Vec<Deposited>>,
    count: usize,
}

/// Where what came of a submission goes.
struct Places {
    documents: Option<Outs<Id>>,
    dossier: Option<Out<Id>>,
    outcomes: Option<Outs<u32>>,
}

impl Places {
    /// Checks them.
    ///
    /// # Safety
    /// Rule 5 of the header, for `count` documents and outcomes.
    unsafe fn new(
        count: usize,
        documents: *mut Id,
        dossier: *mut Id,
        outcomes: *mut u32,
    ) -> Result<Self, Fault> {
        // SAFETY: the caller, by rule 5.
        let documents = unsafe { Outs::optional(documents, count, "documents") }?;
        if documents.is_none() && count > 0 {
            return Err(Fault::pointer("documents"));
        }
        Ok(Self {
            documents,
            // SAFETY: the caller, by rule 5.
            dossier: unsafe { Out::optional(dossier, "dossier") }?,
            // SAFETY: the caller, by rule 5.
            outcomes: unsafe { Outs::optional(outcomes, count, "outcomes") }?,
        })
    }

    fn set(self, deposited: &[Deposited]) {
        if let Some(places) = self.documents {
            places.set(deposited.iter().map(|it| it.document.into()));
        }
        if let (Some(place), Some(first)) = (self.dossier, deposited.first()) {
            place.set(first.dossier.into());
        }
        if let Some(places) = self.outcomes {
            places.set(deposited.iter().map(|it| deposit::number(it.outcome)));
        }
    }
}

/// What the options ask for.
///
/// # Safety
/// The pointers of the options follow rule 3 of the header.
unsafe fn asked<'a>(given: &[DepositOptions]) -> Result<Vec<Asked<'a>>, Fault> {
    if given.len() > SUBMISSION_DOCUMENTS_MAX {
        return Err(too_large());
    }
    let mut left = SUBMISSION_BYTES_MAX;
    // All functions first: each may change what any of the options leads to.
    let read = given.iter().map(|given| {
        let read = deposit::read(given)?;
        less(&mut left, read.as_ref().map_or(0, |held| held.bytes.len()))?;
        Ok(read)
    });
    let read = read.collect::<Result<Vec<_>, Fault>>()?;
    let mut left = SUBMISSION_BYTES_MAX;
    let all = given.iter().zip(read);
    all.map(|(given, read)| {
        // SAFETY: the caller, by rule 3.
        let asked = unsafe { deposit::asked(given, read) }?;
        less(&mut left, asked.length())?;
        Ok(asked)
    })
    .collect()
}

/// Takes from what a submission may still hold.
fn less(left: &mut usize, bytes: usize) -> Result<(), Fault> {
    *left = left.checked_sub(bytes).ok_or_else(too_large)?;
    Ok(())
}

fn too_large() -> Fault {
    let (documents, bytes) = (SUBMISSION_DOCUMENTS_MAX, SUBMISSION_BYTES_MAX);
    let message = format!("a submission holds at most {documents} documents and {bytes} bytes");
    liasse::Error::new(Code::Limit, message, "divide it").into()
}

fn of<'a>(asked: &'a [Asked<'_>]) -> Vec<Deposit<'a>> {
    asked.iter().map(Asked::deposit).collect()
}
