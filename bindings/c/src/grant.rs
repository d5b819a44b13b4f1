//! Changes of who may see what: flags, authorisations, blocks, attending physicians, consents.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::entries::{
    LIASSE_STATUS_APPROVED, LIASSE_STATUS_ARCHIVED, LIASSE_STATUS_DELETED,
    LIASSE_STATUS_DEPRECATED, flags,
};
use crate::error::{Error, Fault};
use crate::id::Id;
use crate::output::Out;
use crate::session::{self, Session};
use crate::{input, wall};
use liasse::{
    Availability, Consent, FlagChange, Grant, Instant, Masking, Matricule, Matter, Party,
};
use std::ffi::c_char;

/// A party is a professional.
pub const LIASSE_PARTY_ACTOR: u32 = 1;
/// A party is a structure.
pub const LIASSE_PARTY_STRUCTURE: u32 = 2;

/// Consent about reading of the dossier.
pub const LIASSE_MATTER_CONSULTATION: u32 = 1;
/// Consent about deposits.
pub const LIASSE_MATTER_DEPOSIT: u32 = 2;
/// Consent about reading by the regulating physician of a centre 15.
pub const LIASSE_MATTER_ETREAT: u32 = 3;
/// Consent about bris de glace.
pub const LIASSE_MATTER_BTG: u32 = 4;
/// Consent about reading of masked documents in an emergency.
pub const LIASSE_MATTER_MASKED: u32 = 5;

/// She agrees.
pub const LIASSE_CONSENT_PERMIT: u32 = 1;
/// She is opposed.
pub const LIASSE_CONSENT_DENY: u32 = 2;
/// She was not asked.
pub const LIASSE_CONSENT_UNASKED: u32 = 3;

/// Documents are masked as they come in only when asked.
pub const LIASSE_MASKING_OPEN: u32 = 0;
/// All documents are masked as they come in.
pub const LIASSE_MASKING_BY_DEFAULT: u32 = 1;

/// An authorisation without end.
pub const LIASSE_FOREVER: i64 = i64::MAX;

/// Sets and clears visibility flags of a document (LIASSE_FLAG_* joined by |), none of them both.
/// flags_after, the flags it has then, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_set_flags(
    session: *const Session,
    document: *const Id,
    set: u32,
    clear: u32,
    flags_after: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let document = unsafe { input::value(document, "document") }?.document();
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(flags_after, "flags_after") }?;
        if set & clear != 0 {
            return Err(Fault::both("clear"));
        }
        let change = FlagChange {
            set: flags(set, "set")?,
            clear: flags(clear, "clear")?,
        };
        let after = session.set_flags(document, change)?;
        if let Some(place) = place {
            place.set(u32::from(after.bits()));
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Sets a document's status: LIASSE_STATUS_DELETED, _ARCHIVED, or _APPROVED to take it out of the
/// archive. A deleted document is shown to nobody any more; its bytes go when it is erased.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_set_status(
    session: *const Session,
    document: *const Id,
    status: u32,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let document = unsafe { input::value(document, "document") }?.document();
        Ok(session.set_status(document, self::status(status)?)?)
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Masks every document of a patient's dossier that the session may mask, and from now on every
/// deposit (LIASSE_MASKING_BY_DEFAULT); or ends that, and leaves what is masked as it is
/// (LIASSE_MASKING_OPEN).
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_mask_by_default(
    session: *const Session,
    patient: *const c_char,
    masking: u32,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let act = |session: &liasse::Session, patient: &Matricule, stated| {
        Ok(session.mask_by_default(patient, self::masking(masking)?, &stated)?)
    };
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { session::stating(session, patient, (agreement, motive), act, error) }
}

/// Authorises a party (kind: one of LIASSE_PARTY_*) to read a patient's dossier until an instant
/// (milliseconds since 1970-01-01 UTC, not 0, or LIASSE_FOREVER).
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_authorise(
    session: *const Session,
    patient: *const c_char,
    kind: u32,
    party: *const c_char,
    until: i64,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let make = |party| {
        let until = self::until(until, "until")?;
        Ok(Grant::Authorise { party, until })
    };
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe {
        let stated = (agreement, motive);
        grant(session, patient, (kind, party), make, stated, error)
    }
}

/// Withdraws a party's authorisation.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_revoke(
    session: *const Session,
    patient: *const c_char,
    kind: u32,
    party: *const c_char,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe {
        let stated = (agreement, motive);
        grant(
            session,
            patient,
            (kind, party),
            |party| Ok(Grant::Revoke(party)),
            stated,
            error,
        )
    }
}

/// Blocks a party: it has no access whatever else is granted, in an emergency too.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_block(
    session: *const Session,
    patient: *const c_char,
    kind: u32,
    party: *const c_char,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe {
        let stated = (agreement, motive);
        let make = |party| Ok(Grant::Block(party));
        grant(session, patient, (kind, party), make, stated, error)
    }
}

/// Lifts a block.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_unblock(
    session: *const Session,
    patient: *const c_char,
    kind: u32,
    party: *const c_char,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe {
        let stated = (agreement, motive);
        grant(
            session,
            patient,
            (kind, party),
            |party| Ok(Grant::Unblock(party)),
            stated,
            error,
        )
    }
}

/// Declares a professional as attending physician.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_set_attending(
    session: *const Session,
    patient: *const c_char,
    actor: *const c_char,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe {
        let (party, stated) = ((LIASSE_PARTY_ACTOR, actor), (agreement, motive));
        let make = |party| Ok(Grant::SetAttending(party));
        grant(session, patient, party, make, stated, error)
    }
}

/// Withdraws an attending physician.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_unset_attending(
    session: *const Session,
    patient: *const c_char,
    actor: *const c_char,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe {
        let (party, stated) = ((LIASSE_PARTY_ACTOR, actor), (agreement, motive));
        grant(
            session,
            patient,
            party,
            |party| Ok(Grant::UnsetAttending(party)),
            stated,
            error,
        )
    }
}

/// Records what the holder said (one of LIASSE_CONSENT_*) about a matter (LIASSE_MATTER_*).
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_consent(
    session: *const Session,
    patient: *const c_char,
    matter: u32,
    answer: u32,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let act = |session: &liasse::Session, patient: &Matricule, stated| {
        let consent = Grant::Consent {
            matter: self::matter(matter)?,
            answer: consent(answer)?,
        };
        Ok(session.grant(patient, consent.stating(stated))?)
    };
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { session::stating(session, patient, (agreement, motive), act, error) }
}

/// Makes a change about a party, with an agreement and a motive.
///
/// # Safety
/// Rules 1, 3 and 5 of the header.
unsafe fn grant(
    session: *const Session,
    patient: *const c_char,
    (kind, party): (u32, *const c_char),
    make: impl FnOnce(Party) -> Result<Grant, Fault>,
    stated: (u32, *const c_char),
    error: *mut *mut Error,
) -> i32 {
    let act = |session: &liasse::Session, patient: &Matricule, stated| {
        // SAFETY: the caller, by rule 3.
        let id = unsafe { input::text(party, "party") }?.to_owned();
        let party = self::party(kind, id, "kind")?;
        Ok(session.grant(patient, make(party)?.stating(stated))?)
    };
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { session::stating(session, patient, stated, act, error) }
}

/// The end of what has one; 0 is what a struct holds in which none was set.
pub(crate) fn until(millis: i64, name: &'static str) -> Result<Instant, Fault> {
    match millis {
        0 => Err(Fault::until(name)),
        _ => Ok(Instant::from_millis(millis)),
    }
}

/// The party of a kind, with its id.
pub(crate) fn party(kind: u32, id: String, name: &'static str) -> Result<Party, Fault> {
    match kind {
        LIASSE_PARTY_ACTOR => Ok(Party::Actor(id)),
        LIASSE_PARTY_STRUCTURE => Ok(Party::Structure(id)),
        _ => Err(Fault::value(name)),
    }
}

fn status(number: u32) -> Result<Availability, Fault> {
    match number {
        LIASSE_STATUS_APPROVED => Ok(Availability::Approved),
        LIASSE_STATUS_DEPRECATED => Ok(Availability::Deprecated),
        LIASSE_STATUS_ARCHIVED => Ok(Availability::Archived),
        LIASSE_STATUS_DELETED => Ok(Availability::Deleted),
        _ => Err(Fault::value("status")),
    }
}

fn masking(number: u32) -> Result<Masking, Fault> {
    match number {
        LIASSE_MASKING_OPEN => Ok(Masking::Open),
        LIASSE_MASKING_BY_DEFAULT => Ok(Masking::ByDefault),
        _ => Err(Fault::value("masking")),
    }
}

fn matter(number: u32) -> Result<Matter, Fault> {
    match number {
        LIASSE_MATTER_CONSULTATION => Ok(Matter::Consultation),
        LIASSE_MATTER_DEPOSIT => Ok(Matter::Deposit),
        LIASSE_MATTER_ETREAT => Ok(Matter::Etreat),
        LIASSE_MATTER_BTG => Ok(Matter::Btg),
        LIASSE_MATTER_MASKED => Ok(Matter::Masked),
        _ => Err(Fault::value("matter")),
    }
}

fn consent(number: u32) -> Result<Consent, Fault> {
    let byte = u8::try_from(number).ok();
    byte.and_then(Consent::from_byte)
        .ok_or_else(|| Fault::value("answer"))
}

#[cfg(test)]
mod tests;
