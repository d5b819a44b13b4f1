//! What goes wrong, told to the host as it happens.
//!
//! For: the failures somebody must act on, which a program may have dropped on its way. Not for:
//! refusals and misuse, which are the caller's to tell. Invariants: a line holds what an error's
//! message holds, no medical content; once the callback is taken away it is not called again; a
//! process forked off beside a running callback waits for none, since that thread is not in it.

#![allow(unsafe_code, reason = "calls a function of the host's")]

use crate::callback;
use crate::code::{LIASSE_CLASS_BUG, LIASSE_CLASS_CORRUPT, LIASSE_CLASS_ENVIRONMENT};
use crate::error::{Error, Fault};
use crate::fork::PerProcess;
use crate::wall;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{PoisonError, RwLock};

/// Told of a failure: its class, its code and its message, which is valid during the call.
/// Threads: any number at a time may call it.
pub type LogCallback = Option<
    unsafe extern "C" fn(user: *mut c_void, error_class: u32, code: i32, message: *const c_char),
>;

/// Names the function that is told of each call that fails with what an operator or Liasse's
/// makers must act on (the classes from LIASSE_CLASS_ENVIRONMENT on), of all engines of the
/// process, before the call returns; log may be NULL, for none. Traces that are lost with a commit
/// that failed are told as they are, by a thread of the library's, as LIASSE_E_POISONED; what else
/// fails between calls, when a call returns it: a commit by the wait for its ticket. A call that
/// fails within a callback is not told. When the call returns, the function named before is not
/// running and is not called again. A process that is forked off keeps the function named, and
/// waits for no call of the other's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_log_to(
    log: LogCallback,
    user: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        let listener = log.map(|call| Box::into_raw(Box::new(Listener { call, user })));
        let before = LISTENER.swap(listener.unwrap_or(ptr::null_mut()), Ordering::AcqRel);
        let alone = calls().write().unwrap_or_else(PoisonError::into_inner);
        if !before.is_null() {
            // SAFETY: it was made from a box above and taken by this call alone; whoever read it
            // before it was replaced has ended its call.
            drop(unsafe { Box::from_raw(before) });
        }
        drop(alone);
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Tells the host, when it listens and must know.
pub(crate) fn fault(fault: &Fault) {
    let class = fault.class();
    let told = [
        LIASSE_CLASS_ENVIRONMENT,
        LIASSE_CLASS_CORRUPT,
        LIASSE_CLASS_BUG,
    ];
    if !told.contains(&class) || callback::under_way() {
        return;
    }
    let under_way = calls().read().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: it is NULL or was made from a box; whoever replaces it frees it when nobody is here
    // who may have read it.
    if let Some(listener) = unsafe { LISTENER.load(Ordering::Acquire).as_ref() } {
        let message = fault.message().as_ptr();
        // SAFETY: the host named the function, which any thread may call until it is taken back;
        // the lock is held meanwhile.
        callback::run(|| unsafe { (listener.call)(listener.user, class, fault.code(), message) });
    }
    drop(under_way);
}

/// Tells the host of traces that are lost, which no call may ever return.
pub(crate) fn lost_traces(count: usize) {
    let message = format!("{count} traces were lost with a commit that failed");
    let hint = "open the store again: the journal will show the gap";
    fault(&liasse::Error::new(liasse::Code::Poisoned, message, hint).into());
}

struct Listener {
    call: unsafe extern "C" fn(*mut c_void, u32, i32, *const c_char),
    user: *mut c_void,
}

/// The calls under way in this process.
fn calls() -> &'static RwLock<()> {
    CALLS.get(|_| RwLock::new(()))
}

static LISTENER: AtomicPtr<Listener> = AtomicPtr::new(ptr::null_mut());
static CALLS: PerProcess<RwLock<()>> = PerProcess::new();

#[cfg(test)]
mod tests;
