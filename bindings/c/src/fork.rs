//! Whose a handle is: of which process, and of which copy of the library in it.
//!
//! For: telling a handle that a forked child inherited, without the threads and locks behind it,
//! before it hangs. Invariant: nothing inherited is used or dropped in the child; what the child
//! opens itself is its own.

#![allow(unsafe_code, reason = "asks the system to be told of forks")]

use std::ptr;
#[cfg(unix)]
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// How many forks lie between the first process that used the library and this one.
pub(crate) fn generation() -> u32 {
    #[cfg(unix)]
    WATCH.call_once(|| {
        // SAFETY: the handler only adds to a number, which is allowed in a forked child. When
        // the system has no memory to remember it, forks go untold, as without it.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
    GENERATION.load(Ordering::Relaxed)
}

/// A number of this copy of the library's own in the process.
pub(crate) fn home() -> usize {
    ptr::from_ref(&GENERATION).addr()
}

/// A value of each process: one that was forked off makes its own, and leaves alone what it found.
pub(crate) struct PerProcess<T> {
    kept: AtomicPtr<OfProcess<T>>,
}

struct OfProcess<T> {
    generation: u32,
    value: T,
    /// That of the process it was forked off; never freed, since what goes on in the child may
    /// have begun before the fork.
    _before: *mut Self,
}

impl<T: Sync + 'static> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self {
            kept: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The value of this process, made of the one it was forked off with, if there is one.
    pub(crate) fn get(&self, make: impl FnOnce(Option<&T>) -> T) -> &'static T {
        let (generation, found) = (generation(), self.kept.load(Ordering::Acquire));
        // SAFETY: it is NULL or was made below, and what was kept is never freed.
        let before: Option<&'static OfProcess<T>> = unsafe { found.as_ref() };
        if let Some(kept) = before
            && kept.generation == generation
        {
            return &kept.value;
        }
        let made = Box::into_raw(Box::new(OfProcess {
            generation,
            value: make(before.map(|kept| &kept.value)),
            _before: found,
        }));
        let (done, failed) = (Ordering::AcqRel, Ordering::Acquire);
        let kept = match self.kept.compare_exchange(found, made, done, failed) {
            Ok(_) => made,
            Err(others) => {
                // SAFETY: it was made from a box above, and nobody else has it.
                drop(unsafe { Box::from_raw(made) });
                others
            }
        };
        // SAFETY: as above; another thread of this process made it if this one did not.
        let kept: &'static OfProcess<T> = unsafe { &*kept };
        &kept.value
    }
}

#[cfg(unix)]
extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

#[cfg(unix)]
static WATCH: Once = Once::new();
static GENERATION: AtomicU32 = AtomicU32::new(0);
