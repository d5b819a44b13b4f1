//! What stands behind the opaque pointers of the header.
//!
//! For: making, checking, borrowing and taking back a handle. Invariants: every handle starts
//! with a number that says of which type it is, so that one type is never read as another; a
//! call that panicked poisons its handle; a handle that a forked process inherited is not used,
//! nor one that another copy of the library made in the same process.

#![allow(unsafe_code, reason = "turns pointers of the caller into references")]

use crate::error::Fault;
use crate::fork;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// A type the header declares and does not define.
pub(crate) trait Opaque: Sized {
    /// What it holds.
    type Value;
    /// The number it starts with, a word of its own for each type.
    const KIND: [u8; 4];
    /// What the header calls it.
    const NAME: &'static str;
}

/// The memory behind a pointer to the opaque type `T`.
#[repr(C)]
pub(crate) struct Handle<T: Opaque> {
    kind: [u8; 4],
    generation: u32,
    home: usize,
    poisoned: AtomicBool,
    value: T::Value,
}

/// Moves a value behind an opaque pointer, which the caller must give back to [`take`].
pub(crate) fn give<T: Opaque>(value: T::Value) -> *mut T {
    let handle = Handle::<T> {
        kind: T::KIND,
        generation: fork::generation(),
        home: fork::home(),
        poisoned: AtomicBool::new(false),
        value,
    };
    Box::into_raw(Box::new(handle)).cast()
}

/// Takes a value back; `None` for NULL, and for what a forked process inherited: dropping that
/// would wait for threads that the child does not have.
///
/// # Safety
/// `pointer` is NULL or came from this library, is not freed, and nothing else uses it (header,
/// rules 1 and 2).
pub(crate) unsafe fn take<T: Opaque>(pointer: *mut T) -> Result<Option<Box<Handle<T>>>, Fault> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise is this function's own.
    let handle = unsafe { exclusive(pointer) }?;
    let kind = &raw mut handle.kind;
    // SAFETY: the handle is live. Written for whoever reads it again by mistake, which is why the
    // compiler may not leave it out.
    unsafe { kind.write_volatile(FREED) };
    if handle.is_inherited() {
        return Ok(None);
    }
    // SAFETY: `give` made it from a box, `exclusive` found it to be of this type, and its kind
    // was just changed so that it is not taken twice while its memory lasts.
    Ok(Some(unsafe { Box::from_raw(handle) }))
}

/// Borrows a handle that other threads may be using.
///
/// # Safety
/// `pointer` is NULL or came from this library and stays alive for `'a` (header, rule 1).
pub(crate) unsafe fn shared<'a, T: Opaque>(pointer: *const T) -> Result<&'a Handle<T>, Fault> {
    // SAFETY: the caller's promise is this function's own.
    unsafe { check(pointer) }?;
    // SAFETY: it is a live handle of this type, as the caller promises and its kind confirms.
    Ok(unsafe { &*pointer.cast::<Handle<T>>() })
}

/// Borrows a handle that nobody else is using.
///
/// # Safety
/// As for [`shared`]; and nothing else uses the handle for `'a` (header, rule 2).
pub(crate) unsafe fn exclusive<'a, T: Opaque>(pointer: *mut T) -> Result<&'a mut Handle<T>, Fault> {
    // SAFETY: the caller's promise is this function's own.
    unsafe { check(pointer) }?;
    // SAFETY: it is a live handle of this type, as the caller promises and its kind confirms;
    // nobody else uses it, as the caller promises.
    Ok(unsafe { &mut *pointer.cast::<Handle<T>>() })
}

impl<T: Opaque> Handle<T> {
    /// Runs `body` with the value, unless an earlier call panicked.
    pub(crate) fn with<R>(
        &self,
        body: impl FnOnce(&T::Value) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.usable()?;
        settle(&self.poisoned, || body(&self.value))
    }

    /// Runs `body` with the value to be changed, unless an earlier call panicked.
    pub(crate) fn with_mut<R>(
        &mut self,
        body: impl FnOnce(&mut T::Value) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.usable()?;
        settle(&self.poisoned, || body(&mut self.value))
    }

    /// The value of a handle that is not the one the call is made on.
    pub(crate) fn usable_value(&self) -> Result<&T::Value, Fault> {
        self.usable()?;
        Ok(&self.value)
    }

    fn usable(&self) -> Result<(), Fault> {
        if self.is_inherited() {
            return Err(Fault::forked(T::NAME));
        }
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Fault::poisoned(T::NAME));
        }
        Ok(())
    }

    fn is_inherited(&self) -> bool {
        self.generation != fork::generation()
    }

    /// The value, for types that a panic cannot leave half-changed.
    pub(crate) const fn value(&self) -> &T::Value {
        &self.value
    }

    /// The value, whatever happened to it.
    pub(crate) fn into_value(self) -> T::Value {
        self.value
    }
}

fn settle<R>(poisoned: &AtomicBool, body: impl FnOnce() -> Result<R, Fault>) -> Result<R, Fault> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        poisoned.store(true, Ordering::Release);
        Err(Fault::panicked())
    })
}

/// Checks that a pointer leads to a handle of the type `T`.
///
/// # Safety
/// As for [`shared`].
unsafe fn check<T: Opaque>(pointer: *const T) -> Result<(), Fault> {
    if pointer.is_null() || !pointer.cast::<Handle<T>>().is_aligned() {
        return Err(Fault::pointer(T::NAME));
    }
    // SAFETY: every handle of this library starts with its kind (`Handle` is `repr(C)`).
    let kind = unsafe { pointer.cast::<[u8; 4]>().read() };
    if kind != T::KIND {
        return Err(Fault::handle(T::NAME));
    }
    // SAFETY: so does every handle of any copy of it, and the home stands behind in each.
    let home = unsafe { pointer.cast::<Start>().read() }.home;
    if home == fork::home() {
        Ok(())
    } else {
        Err(Fault::handle(T::NAME))
    }
}

/// What a handle of every type, of any version, starts with.
#[repr(C)]
#[derive(Clone, Copy)]
struct Start {
    kind: [u8; 4],
    generation: u32,
    home: usize,
}

const FREED: [u8; 4] = *b"free";
