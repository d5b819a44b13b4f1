//! The wall: what every exported function stands behind.
//!
//! Invariants: no panic leaves a function; a failure is returned as a code and, where the caller
//! asked for it, as an error object; on success the error pointer is left alone.

#![allow(
    unsafe_code,
    reason = "writes the error object where the caller wants it"
)]

use crate::code::LIASSE_OK;
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::{callback, log};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a call that has no handle.
///
/// # Safety
/// `error` is NULL or may be written (header, rule 5).
pub(crate) unsafe fn call(error: *mut *mut Error, body: impl FnOnce() -> Result<(), Fault>) -> i32 {
    let outcome = if callback::under_way() {
        Err(Fault::reentered())
    } else {
        catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(Fault::panicked()))
    };
    let Err(fault) = outcome else {
        return LIASSE_OK;
    };
    let code = fault.code();
    log::fault(&fault);
    if !error.is_null() {
        let object = handle::give(fault);
        // SAFETY: the caller's promise; it is not NULL.
        unsafe { error.write_unaligned(object) };
    }
    code
}

/// Runs a call on a handle that other threads may be using.
///
/// # Safety
/// As for [`handle::shared`] and [`call`].
pub(crate) unsafe fn shared<T: Opaque>(
    pointer: *const T,
    error: *mut *mut Error,
    body: impl FnOnce(&T::Value) -> Result<(), Fault>,
) -> i32 {
    let on_handle = || {
        // SAFETY: the caller's promise is this function's own.
        let handle = unsafe { handle::shared(pointer) }?;
        handle.with(body)
    };
    // SAFETY: the caller's promise is this function's own.
    unsafe { call(error, on_handle) }
}

/// Runs a call on a handle that nobody else is using.
///
/// # Safety
/// As for [`handle::exclusive`] and [`call`].
pub(crate) unsafe fn exclusive<T: Opaque>(
    pointer: *mut T,
    error: *mut *mut Error,
    body: impl FnOnce(&mut T::Value) -> Result<(), Fault>,
) -> i32 {
    let on_handle = || {
        // SAFETY: the caller's promise is this function's own.
        let handle = unsafe { handle::exclusive(pointer) }?;
        handle.with_mut(body)
    };
    // SAFETY: the caller's promise is this function's own.
    unsafe { call(error, on_handle) }
}

/// Frees a handle. NULL is nothing; a handle of another type is left alone, and so is one freed
/// by a callback, which may be in use further up the stack.
///
/// # Safety
/// As for [`handle::take`].
pub(crate) unsafe fn free<T: Opaque>(pointer: *mut T) {
    let freed = || {
        // SAFETY: the caller's promise is this function's own.
        drop(unsafe { handle::take(pointer) }?);
        Ok(())
    };
    // SAFETY: no error object is asked for.
    unsafe { call(std::ptr::null_mut(), freed) };
}

/// Frees an error, which a callback may do too: no call uses one.
///
/// # Safety
/// As for [`handle::take`].
pub(crate) unsafe fn free_error(pointer: *mut Error) {
    let freed = || {
        // SAFETY: the caller's promise is this function's own.
        drop(unsafe { handle::take(pointer) }?);
        Ok::<_, Fault>(())
    };
    // What cannot be freed is no error of ours, and there is nobody to tell.
    let _ = catch_unwind(AssertUnwindSafe(freed));
}

#[cfg(test)]
mod tests;
