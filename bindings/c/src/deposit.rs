//! Deposits.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::entries::flags;
use crate::error::{Error, Fault};
use crate::id::Id;
use crate::input::{self, Options};
use crate::output::Out;
use crate::session::Session;
use crate::wall;
use liasse::{Absent, Deposit, Outcome};
use std::ffi::c_char;

/// A deposit for a patient without dossier is refused.
pub const LIASSE_ABSENT_REFUSE: u32 = 0;
/// A deposit for a patient without dossier opens it; the journal says so.
pub const LIASSE_ABSENT_OPEN: u32 = 1;

/// The document was kept.
pub const LIASSE_OUTCOME_KEPT: u32 = 1;
/// The same structure had deposited it before; nothing changed.
pub const LIASSE_OUTCOME_ALREADY_PRESENT: u32 = 2;

/// A document to be taken in. Zero it, set struct_size to its sizeof, then bytes and length.
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
}

// SAFETY: `repr(C)`, words and two halves, the first of which is the size; no padding at the end
// where a word is 4 or 8 bytes; zeroes are sizes, NULLs and numbers.
unsafe impl Options for DepositOptions {
    const NAME: &'static str = "deposit";
    const SIZE_FIRST: usize = size_of::<Self>();
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
        let document = unsafe { Out::new(document, "document") }?;
        // SAFETY: the caller, by rule 5.
        let dossier = unsafe { Out::optional(dossier, "dossier") }?;
        // SAFETY: the caller, by rule 5.
        let outcome = unsafe { Out::optional(outcome, "outcome") }?;
        // SAFETY: the caller, by rule 4.
        let deposited = session.deposit(&unsafe { asked(&given) }?)?;
        document.set(deposited.document.into());
        if let Some(dossier) = dossier {
            dossier.set(deposited.dossier.into());
        }
        if let Some(outcome) = outcome {
            outcome.set(match deposited.outcome {
                Outcome::Kept => LIASSE_OUTCOME_KEPT,
                Outcome::AlreadyPresent => LIASSE_OUTCOME_ALREADY_PRESENT,
            });
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// What the options ask for.
///
/// # Safety
/// The pointers of the options follow rule 3 of the header.
unsafe fn asked<'a>(given: &DepositOptions) -> Result<Deposit<'a>, Fault> {
    // SAFETY: the caller, by rule 3.
    let bytes = unsafe { input::bytes(given.bytes, given.length, "deposit.bytes") }?;
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
    Ok(Deposit {
        bytes,
        text,
        flags,
        absent,
    })
}
