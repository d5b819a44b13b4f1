//! Sessions: who asks, for whom, and why.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::Engine;
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::input::{self, Options};
use crate::output::Out;
use crate::wall;
use liasse::{Matricule, Purpose, SessionRequest, Statement};
use std::ffi::c_char;

/// Purpose: care of one patient.
pub const LIASSE_PURPOSE_CARE: u32 = 1;
/// Purpose: an actor's own patients, across dossiers.
pub const LIASSE_PURPOSE_PANEL: u32 = 2;
/// Purpose: bris de glace, a risk to a person who cannot express her will.
pub const LIASSE_PURPOSE_EMERGENCY_BTG: u32 = 3;
/// Purpose: the regulating physician of a centre 15.
pub const LIASSE_PURPOSE_EMERGENCY_SAMU: u32 = 4;
/// Purpose: the holder reads her own dossier.
pub const LIASSE_PURPOSE_HOLDER: u32 = 5;
/// Purpose: a legal representative or a delegate reads.
pub const LIASSE_PURPOSE_REPRESENTATIVE: u32 = 6;
/// Purpose: counts over many dossiers, pseudonymised.
pub const LIASSE_PURPOSE_POPULATION: u32 = 7;
/// Purpose: an auditor reads traces.
pub const LIASSE_PURPOSE_AUDIT: u32 = 8;
/// Purpose: a contract that needs a health assessment; always refused.
pub const LIASSE_PURPOSE_CONTRACT: u32 = 9;

/// Who asks and why. Every answer obeys the rules for her, every read is recorded under her
/// name. Threads: any number at a time may use it, but for liasse_session_close.
pub struct Session {
    _opaque: [u8; 0],
}

impl Opaque for Session {
    type Value = liasse::Session;
    const KIND: [u8; 4] = *b"Sess";
    const NAME: &'static str = "session";
}

/// Who asks and why; the program has verified it. Zero it and set struct_size to its sizeof.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SessionOptions {
    /// sizeof(liasse_session_options).
    pub struct_size: usize,
    /// The professional's national or local id; for a patient, her own id.
    pub actor: *const c_char,
    /// Profession code, for example "medecin", "pharmacien", "patient"; an unknown one is
    /// refused everything.
    pub profession: *const c_char,
    /// Speciality or role, or NULL.
    pub speciality: *const c_char,
    /// The structure she acts for, or NULL.
    pub structure: *const c_char,
    /// Whose dossier a holder or a representative reads (matricule, or matricule@OID), or NULL.
    pub patient: *const c_char,
    /// Why she reads: one of LIASSE_PURPOSE_*.
    pub purpose: u32,
    /// 1 for a minor's secret connection, whose traces stay hidden from the representatives;
    /// else 0.
    pub secret: u32,
}

// SAFETY: `repr(C)`, words and two halves, the first of which is the size; no padding at the end
// where a word is 4 or 8 bytes; zeroes are a size, NULLs and numbers.
unsafe impl Options for SessionOptions {
    const NAME: &'static str = "options";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// Opens a session. Give *session to liasse_session_close.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_open(
    engine: *const Engine,
    options: *const SessionOptions,
    session: *mut *mut Session,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 4.
        let request = unsafe { asked(options) }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(session, "session") }?;
        place.set(handle::give(engine.session(request)?));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Closes a session. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_session_close(session: *mut Session) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(session) };
}

/// A patient's matricule.
///
/// # Safety
/// Rule 3 of the header.
pub(crate) unsafe fn patient(text: *const c_char, name: &'static str) -> Result<Matricule, Fault> {
    // SAFETY: the caller's promise is this function's own.
    let text = unsafe { input::text(text, name) }?;
    Ok(text.parse::<Matricule>()?)
}

/// Makes an act about a patient's dossier with what the actor states of it: 1 when she has
/// collected the patient's agreement; a motive or NULL.
///
/// # Safety
/// Rules 1, 3 and 5 of the header.
pub(crate) unsafe fn stating(
    session: *const Session,
    patient: *const c_char,
    (agreement, motive): (u32, *const c_char),
    act: impl FnOnce(&liasse::Session, &Matricule, Statement) -> Result<(), Fault>,
    error: *mut *mut Error,
) -> i32 {
    let body = |session: &liasse::Session| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { self::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 3.
        let motive = unsafe { input::optional_text(motive, "motive") }?.unwrap_or_default();
        let stated = match agreement {
            0 => Statement::NONE,
            1 => Statement::agreed(),
            _ => return Err(Fault::value("agreement")),
        };
        act(session, &patient, stated.because(motive))
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(session, error, body) }
}

/// A patient's matricule; `None` for NULL.
///
/// # Safety
/// Rule 3 of the header.
pub(crate) unsafe fn optional_patient(
    text: *const c_char,
    name: &'static str,
) -> Result<Option<Matricule>, Fault> {
    // SAFETY: the caller's promise is this function's own.
    let text = unsafe { input::optional_text(text, name) }?;
    Ok(text.map(str::parse::<Matricule>).transpose()?)
}

/// Who asks, and why.
///
/// # Safety
/// Rule 4 of the header.
pub(crate) unsafe fn asked(options: *const SessionOptions) -> Result<SessionRequest, Fault> {
    // SAFETY: the caller's promise is this function's own.
    let given = unsafe { input::options(options) }?;
    // SAFETY: the caller, by rule 3.
    unsafe { request(&given) }
}

/// What the options ask for.
///
/// # Safety
/// The texts of the options follow rule 3 of the header.
unsafe fn request(given: &SessionOptions) -> Result<SessionRequest, Fault> {
    // SAFETY: the caller, by rule 3.
    let actor = unsafe { input::text(given.actor, "options.actor") }?;
    // SAFETY: the caller, by rule 3.
    let profession = unsafe { input::text(given.profession, "options.profession") }?;
    // SAFETY: the caller, by rule 3.
    let speciality = unsafe { input::optional_text(given.speciality, "options.speciality") }?;
    // SAFETY: the caller, by rule 3.
    let structure = unsafe { input::optional_text(given.structure, "options.structure") }?;
    // SAFETY: the caller, by rule 3.
    let patient = unsafe { optional_patient(given.patient, "options.patient") }?;
    Ok(SessionRequest {
        actor: actor.to_owned(),
        profession: profession.to_owned(),
        speciality: speciality.map(str::to_owned),
        structure: structure.map(str::to_owned),
        purpose: purpose(given.purpose, "options.purpose")?,
        patient,
        secret: match given.secret {
            0 => false,
            1 => true,
            _ => return Err(Fault::value("options.secret")),
        },
    })
}

/// The purpose a number stands for.
pub(crate) fn purpose(number: u32, name: &'static str) -> Result<Purpose, Fault> {
    let byte = u8::try_from(number).ok();
    byte.and_then(Purpose::from_byte)
        .ok_or_else(|| Fault::value(name))
}

#[cfg(test)]
mod tests;
