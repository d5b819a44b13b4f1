//! Ending a search from another thread.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::output::Out;
use crate::wall;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A switch that ends the searches and the looks at changes that it was given to. Threads: any
/// number at a time may use it, but for liasse_interrupt_free.
pub struct Interrupt {
    _opaque: [u8; 0],
}

impl Opaque for Interrupt {
    type Value = Arc<AtomicBool>;
    const KIND: [u8; 4] = *b"Intr";
    const NAME: &'static str = "interrupt";
}

/// Makes a switch, to be set as interrupt of a liasse_search or a liasse_since. Give *interrupt to
/// liasse_interrupt_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_interrupt_create(
    interrupt: *mut *mut Interrupt,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(interrupt, "interrupt") }?;
        place.set(handle::give(Arc::new(AtomicBool::new(false))));
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Ends the calls that have this switch, those under way and those to come, with
/// LIASSE_E_CANCELLED; liasse_interrupt_clear lets the next ones run. A callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_interrupt_raise(interrupt: *const Interrupt) {
    // SAFETY: the caller, by rule 1.
    unsafe { set(interrupt, true) };
}

/// Lets calls run that are begun from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_interrupt_clear(interrupt: *const Interrupt) {
    // SAFETY: the caller, by rule 1.
    unsafe { set(interrupt, false) };
}

/// Frees a switch. NULL is allowed. Calls that have it go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_interrupt_free(interrupt: *mut Interrupt) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(interrupt) };
}

/// The switch of a call; `None` for NULL.
///
/// # Safety
/// Rule 1 of the header.
pub(crate) unsafe fn given(interrupt: *const Interrupt) -> Result<Option<Arc<AtomicBool>>, Fault> {
    if interrupt.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise is this function's own.
    let handle = unsafe { handle::shared(interrupt) }?;
    Ok(Some(Arc::clone(handle.value())))
}

/// Refuses what has been ended before it has begun.
pub(crate) fn check(switch: Option<&Arc<AtomicBool>>) -> Result<(), Fault> {
    if switch.is_some_and(|switch| switch.load(Ordering::Relaxed)) {
        let (message, hint) = ("the call was ended", "clear the interrupt to call again");
        return Err(liasse::Error::new(liasse::Code::Cancelled, message, hint).into());
    }
    Ok(())
}

/// Turns a switch; what is none is left alone.
///
/// # Safety
/// Rule 1 of the header.
unsafe fn set(interrupt: *const Interrupt, raised: bool) {
    // SAFETY: the caller's promise is this function's own.
    if let Ok(Some(switch)) = unsafe { given(interrupt) } {
        switch.store(raised, Ordering::Relaxed);
    }
}
