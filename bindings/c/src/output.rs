//! Where answers go: pointers of the caller, checked before the work and written after it.

#![allow(unsafe_code, reason = "writes answers where the caller wants them")]

use crate::error::Fault;
use crate::input::{self, Options};
use std::ptr::{self, NonNull};

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

/// Places of the caller's for one answer each, one behind the other.
pub(crate) struct Outs<T> {
    first: NonNull<T>,
    count: usize,
}

impl<T> Outs<T> {
    /// Checks the places; `None` when there are none, or for NULL.
    ///
    /// # Safety
    /// `first` is NULL or leads to `count` places as [`Out::new`] asks for.
    pub(crate) unsafe fn optional(
        first: *mut T,
        count: usize,
        name: &'static str,
    ) -> Result<Option<Self>, Fault> {
        let fits = count.checked_mul(size_of::<T>());
        if fits.and_then(|all| isize::try_from(all).ok()).is_none() {
            return Err(Fault::length(name));
        }
        match NonNull::new(first) {
            Some(first) if first.is_aligned() => Ok(Some(Self { first, count })),
            Some(_) => Err(Fault::pointer(name)),
            None => Ok(None),
        }
    }

    /// Writes the answers, as many as there are places.
    pub(crate) fn set(self, values: impl Iterator<Item = T>) {
        for (at, value) in values.take(self.count).enumerate() {
            // SAFETY: whoever called `optional` promised `count` places, which an `isize` holds.
            let place = unsafe { self.first.add(at) };
            // SAFETY: as before; it is aligned, as the first is.
            unsafe { place.write(value) };
        }
    }
}

/// A struct of the caller's that starts with its size, to be filled.
pub(crate) struct Sized<T> {
    place: NonNull<T>,
    bytes: usize,
}

impl<T: Options> Sized<T> {
    /// Checks the struct and its size.
    ///
    /// # Safety
    /// `place` is NULL or leads to as many bytes as the struct_size they start with says, which
    /// may be written until the call returns (header, rules 4 and 5).
    pub(crate) unsafe fn new(place: *mut T) -> Result<Self, Fault> {
        // SAFETY: the caller's promise; every such struct starts with its size.
        let size = unsafe { input::value(place.cast::<usize>(), T::NAME) }?;
        match NonNull::new(place) {
            Some(place) if input::ends_with_a_field::<T>(size) => Ok(Self {
                place,
                bytes: size.min(size_of::<T>()),
            }),
            _ => Err(Fault::struct_size(T::NAME)),
        }
    }

    /// Checks a struct the caller may leave out.
    ///
    /// # Safety
    /// As for [`Sized::new`].
    pub(crate) unsafe fn optional(place: *mut T) -> Result<Option<Self>, Fault> {
        if place.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller's promise is this function's own.
        unsafe { Self::new(place) }.map(Some)
    }

    /// Writes the answer, as much of it as the caller knows, and how much that is: never more
    /// than she said, for she may give the struct again.
    pub(crate) fn set(self, value: T) {
        let from = ptr::from_ref(&value).cast::<u8>();
        let to = self.place.cast::<u8>().as_ptr();
        // SAFETY: whoever called `new` promised that so many bytes may be written; `value` has
        // at least as many, and is ours.
        unsafe { from.copy_to_nonoverlapping(to, self.bytes) };
        // SAFETY: the struct begins with its size, which is among those bytes.
        unsafe { self.place.cast::<usize>().write_unaligned(self.bytes) };
    }
}

#[cfg(test)]
mod tests;
