//! Whose a handle is: of which process, and of which copy of the library in it.
//!
//! For: telling a handle that a forked child inherited, without the threads and locks behind it,
//! before it hangs. Invariant: nothing inherited is used or dropped in the child; what the child
//! opens itself is its own.

#![allow(unsafe_code, reason = "asks the system to be told of forks")]

#[cfg(unix)]
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

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
    std::ptr::from_ref(&GENERATION).addr()
}

#[cfg(unix)]
extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

#[cfg(unix)]
static WATCH: Once = Once::new();
static GENERATION: AtomicU32 = AtomicU32::new(0);
