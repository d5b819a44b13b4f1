//! What goes wrong, told to the host as it happens.
//!
//! For: the failures somebody must act on, which a program may have dropped on its way. Not for:
//! refusals and misuse, which are the caller's to tell. Invariants: a line holds what an error's
//! message holds, no medical content; once the callback is taken away it is not called again; a
//! process forked off beside a running callback waits for none, since that thread is not in it.

#![allow(
    unsafe_code,
    reason = "calls a function of the host's, keeps what a fork must not tear"
)]

use crate::callback;
use crate::code::{LIASSE_CLASS_BUG, LIASSE_CLASS_CORRUPT, LIASSE_CLASS_ENVIRONMENT};
use crate::error::{Error, Fault};
use crate::fork;
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

/// Names the function that is told of every failure an operator or Liasse's makers must act on
/// (the classes from LIASSE_CLASS_ENVIRONMENT on), of all engines of the process; NULL for none.
/// When the call returns, the function named before is not running and is not called again. A
/// process that is forked off keeps the function named, and waits for no call of the other's.
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

struct Listener {
    call: unsafe extern "C" fn(*mut c_void, u32, i32, *const c_char),
    user: *mut c_void,
}

/// The calls under way in one process.
struct Calls {
    generation: u32,
    lock: RwLock<()>,
    /// Those of the process it was forked off; never freed, since a thread of it may be the one
    /// that forked.
    _before: *mut Self,
}

/// The calls of this process.
fn calls() -> &'static RwLock<()> {
    let (generation, found) = (fork::generation(), CALLS.load(Ordering::Acquire));
    // SAFETY: it is NULL or was made below, and what it leads to is never freed.
    if let Some(calls) = unsafe { found.as_ref() }
        && calls.generation == generation
    {
        return &calls.lock;
    }
    let made = Box::into_raw(Box::new(Calls {
        generation,
        lock: RwLock::new(()),
        _before: found,
    }));
    let kept = match CALLS.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => made,
        Err(others) => {
            // SAFETY: it was made from a box above, and nobody else has it.
            drop(unsafe { Box::from_raw(made) });
            others
        }
    };
    // SAFETY: as above; another thread of this process made it if this one did not.
    let kept = unsafe { &*kept };
    &kept.lock
}

static LISTENER: AtomicPtr<Listener> = AtomicPtr::new(ptr::null_mut());
static CALLS: AtomicPtr<Calls> = AtomicPtr::new(ptr::null_mut());
