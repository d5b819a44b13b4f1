//! What goes wrong, told to the host as it happens.
//!
//! For: the failures somebody must act on, which a program may have dropped on its way. Not for:
//! refusals and misuse, which are the caller's to tell. Invariants: a line holds what an error's
//! message holds, no medical content; once the callback is taken away it is not called again.

#![allow(unsafe_code, reason = "calls a function of the host's")]

use crate::callback;
use crate::code::{LIASSE_CLASS_BUG, LIASSE_CLASS_CORRUPT, LIASSE_CLASS_ENVIRONMENT};
use crate::error::{Error, Fault};
use crate::wall;
use std::ffi::{c_char, c_void};
use std::sync::{PoisonError, RwLock};

/// Told of a failure: its class, its code and its message, which is valid during the call.
/// Threads: any number at a time may call it.
pub type LogCallback = Option<
    unsafe extern "C" fn(user: *mut c_void, error_class: u32, code: i32, message: *const c_char),
>;

/// Names the function that is told of every failure an operator or Liasse's makers must act on
/// (the classes from LIASSE_CLASS_ENVIRONMENT on), of all engines of the process; NULL for none.
/// When the call returns, the function named before is not running and is not called again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_log_to(
    log: LogCallback,
    user: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        let mut listener = LISTENER.write().unwrap_or_else(PoisonError::into_inner);
        *listener = log.map(|call| Listener { call, user });
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
    let listener = LISTENER.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(listener) = &*listener {
        let message = fault.message().as_ptr();
        // SAFETY: the host named the function, which any thread may call until it is taken back;
        // the lock is held meanwhile.
        callback::run(|| unsafe { (listener.call)(listener.user, class, fault.code(), message) });
    }
}

struct Listener {
    call: unsafe extern "C" fn(*mut c_void, u32, i32, *const c_char),
    user: *mut c_void,
}

// SAFETY: the host promises that any thread may call the function with its pointer; Liasse only
// passes the pointer on.
unsafe impl Send for Listener {}
// SAFETY: as above.
unsafe impl Sync for Listener {}

static LISTENER: RwLock<Option<Listener>> = RwLock::new(None);
