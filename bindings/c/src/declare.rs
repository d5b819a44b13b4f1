//! What the program knows of the persons around a dossier.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::engine::Engine;
use crate::error::{Error, Fault};
use crate::grant;
use crate::input::{self, Options};
use crate::session;
use crate::wall;
use liasse::{Declaration, Instant, RepresentativeRole};
use std::ffi::c_char;

/// who, of the kind LIASSE_PARTY_*, is of the care team until an instant.
pub const LIASSE_DECLARE_TEAM: u32 = 1;
/// who, of the kind LIASSE_PARTY_*, is of the care team no more.
pub const LIASSE_DECLARE_LEFT_TEAM: u32 = 2;
/// who represents the holder, or has access for her, as LIASSE_ROLE_*, until an instant.
pub const LIASSE_DECLARE_REPRESENTED: u32 = 3;
/// who does not any more.
pub const LIASSE_DECLARE_NOT_REPRESENTED: u32 = 4;
/// The holder comes of age at the instant until; without it she counts as of age.
pub const LIASSE_DECLARE_MAJORITY: u32 = 5;

/// A legal representative.
pub const LIASSE_ROLE_LEGAL: u32 = 1;
/// A person charged with the holder's health care.
pub const LIASSE_ROLE_HEALTH_CARE: u32 = 2;
/// An aidant.
pub const LIASSE_ROLE_AIDANT: u32 = 3;

/// What is known. Zero it, set struct_size to its sizeof, then what, and what that asks for.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DeclarationOptions {
    /// sizeof(liasse_declaration).
    pub struct_size: usize,
    /// The id of a person or party, as her sessions give it (actor, structure), or NULL.
    pub who: *const c_char,
    /// Until when (not 0), or when, in milliseconds since 1970-01-01 UTC; LIASSE_FOREVER for no
    /// end.
    pub until: i64,
    /// One of LIASSE_DECLARE_*.
    pub what: u32,
    /// One of LIASSE_PARTY_* or LIASSE_ROLE_*, or 0.
    pub kind: u32,
}

// SAFETY: `repr(C)`, two words, a number of eight bytes and two halves, the first of which is the
// size; no padding at the end; zeroes are a size, a NULL and numbers.
unsafe impl Options for DeclarationOptions {
    const NAME: &'static str = "declaration";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// Keeps what the program knows of the persons around a patient's dossier (matricule, or
/// matricule@OID); the rules ask it from the next request on. The same again replaces what was
/// declared before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_declare(
    engine: *const Engine,
    patient: *const c_char,
    declaration: *const DeclarationOptions,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 3.
        let patient = unsafe { session::patient(patient, "patient") }?;
        // SAFETY: the caller, by rule 4.
        let given = unsafe { input::options(declaration) }?;
        // SAFETY: the caller, by rule 3.
        let declaration = unsafe { declared(&given) }?;
        Ok(engine.declare(&patient, declaration)?)
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// What is declared.
///
/// # Safety
/// The text of the options follows rule 3 of the header.
unsafe fn declared(given: &DeclarationOptions) -> Result<Declaration, Fault> {
    if given.what == LIASSE_DECLARE_MAJORITY {
        // Of age since 1970: an instant like any other.
        return Ok(Declaration::Majority(Instant::from_millis(given.until)));
    }
    let until = || grant::until(given.until, "declaration.until");
    // SAFETY: the caller, by rule 3.
    let who = unsafe { input::text(given.who, "declaration.who") }?.to_owned();
    let party = |who| grant::party(given.kind, who, "declaration.kind");
    Ok(match given.what {
        LIASSE_DECLARE_TEAM => Declaration::Team {
            party: party(who)?,
            until: until()?,
        },
        LIASSE_DECLARE_LEFT_TEAM => Declaration::LeftTeam(party(who)?),
        LIASSE_DECLARE_REPRESENTED => Declaration::Represented {
            person: who,
            role: match given.kind {
                LIASSE_ROLE_LEGAL => RepresentativeRole::Legal,
                LIASSE_ROLE_HEALTH_CARE => RepresentativeRole::HealthCare,
                LIASSE_ROLE_AIDANT => RepresentativeRole::Aidant,
                _ => return Err(Fault::value("declaration.kind")),
            },
            until: until()?,
        },
        LIASSE_DECLARE_NOT_REPRESENTED => Declaration::NotRepresented(who),
        _ => return Err(Fault::value("declaration.what")),
    })
}
