//! Dossiers: opening, bris de glace, closing, reopening, linking.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::Engine;
use crate::error::Error;
use crate::id::Id;
use crate::output::Out;
use crate::session::{self, Session};
use crate::{input, wall};
use liasse::Matricule;
use std::ffi::c_char;

/// Opens a dossier for a patient (matricule, or matricule@OID). dossier, its id, may be NULL.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_open_dossier(
    session: *const Session,
    patient: *const c_char,
    dossier: *mut Id,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let act = |session: &liasse::Session, patient: &Matricule, stated| {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(dossier, "dossier") }?;
        let dossier = session.open_dossier(patient, &stated)?;
        if let Some(place) = place {
            place.set(dossier.into());
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { session::stating(session, patient, (agreement, motive), act, error) }
}

/// Breaks the glass (purpose LIASSE_PURPOSE_EMERGENCY_BTG): opens a patient's dossier to this
/// session with a motive, length bytes of UTF-8, that the journal keeps and the holder reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_break_glass(
    session: *const Session,
    patient: *const c_char,
    motive: *const c_char,
    length: usize,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 3.
        let motive = unsafe { input::counted_text(motive, length, "motive") }?;
        Ok(session.break_glass(&patient, motive)?)
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// Closes a patient's dossier; it is kept ten years.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_close_dossier(
    session: *const Session,
    patient: *const c_char,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let act = |session: &liasse::Session, patient: &Matricule, stated| {
        Ok(session.close_dossier(patient, &stated)?)
    };
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { session::stating(session, patient, (agreement, motive), act, error) }
}

/// Reopens a patient's closed dossier, with all that it held.
/// agreement: 1 when the actor has collected the patient's; motive: why, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_reopen_dossier(
    session: *const Session,
    patient: *const c_char,
    agreement: u32,
    motive: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let act = |session: &liasse::Session, patient: &Matricule, stated| {
        Ok(session.reopen(patient, &stated)?)
    };
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { session::stating(session, patient, (agreement, motive), act, error) }
}

/// Links two dossiers of one person.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_link(
    engine: *const Engine,
    one: *const c_char,
    other: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { relink(engine, one, other, liasse::Engine::link, error) }
}

/// Undoes a link.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_unlink(
    engine: *const Engine,
    one: *const c_char,
    other: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 3 and 5.
    unsafe { relink(engine, one, other, liasse::Engine::unlink, error) }
}

type Relink = fn(&liasse::Engine, &Matricule, &Matricule) -> liasse::Result<()>;

/// Links or unlinks.
///
/// # Safety
/// Rules 1, 3 and 5 of the header.
unsafe fn relink(
    engine: *const Engine,
    one: *const c_char,
    other: *const c_char,
    relink: Relink,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 3.
        let one = unsafe { session::patient(one, "one") }?;
        // SAFETY: the caller, by rule 3.
        let other = unsafe { session::patient(other, "other") }?;
        Ok(relink(engine, &one, &other)?)
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}
