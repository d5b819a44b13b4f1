//! Calling back into the host: a callback that calls the library is told so, not served.
//!
//! For: every place that calls a function of the host's. Invariant: while one runs, no call of
//! the same thread does anything, so that a callback finds no lock of ours held and changes
//! nothing that the call further up the stack is using.

use std::cell::Cell;

/// Runs a callback of the host's.
pub(crate) fn run<R>(callback: impl FnOnce() -> R) -> R {
    let before = UNDER_WAY.replace(true);
    let answer = callback();
    UNDER_WAY.set(before);
    answer
}

/// Whether this thread is inside a callback.
pub(crate) fn under_way() -> bool {
    UNDER_WAY.get()
}

thread_local! {
    static UNDER_WAY: Cell<bool> = const { Cell::new(false) };
}
