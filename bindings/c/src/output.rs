//! Where answers go: pointers of the caller, checked before the work and written after it.

#![allow(unsafe_code, reason = "writes answers where the caller wants them")]

use crate::error::Fault;
use std::ptr::NonNull;

/// A place of the caller's for one answer.
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// Checks a place.
    ///
    /// # Safety
    /// `place` is NULL or may be written until the call returns (header, rule 5).
    pub(crate) unsafe fn new(place: *mut T, name: &'static str) -> Result<Self, Fault> {
        match NonNull::new(place) {
            Some(place) if place.is_aligned() => Ok(Self(place)),
            _ => Err(Fault::pointer(name)),
        }
    }

    /// Checks a place the caller may leave out.
    ///
    /// # Safety
    /// As for [`Out::new`].
    pub(crate) unsafe fn optional(
        place: *mut T,
        name: &'static str,
    ) -> Result<Option<Self>, Fault> {
        if place.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller's promise is this function's own.
        unsafe { Self::new(place, name) }.map(Some)
    }

    /// Writes the answer.
    pub(crate) fn set(self, value: T) {
        // SAFETY: whoever called `new` promised that it may be written; it is aligned.
        unsafe { self.0.write(value) };
    }
}
