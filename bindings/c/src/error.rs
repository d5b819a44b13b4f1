//! The error object, and the faults it is made of.
//!
//! Invariants: accessors never fail, on NULL they say that there is no error; no text holds what
//! the caller passed, only the name of the argument.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::code::{
    self, LIASSE_CLASS_BUG, LIASSE_CLASS_CORRUPT, LIASSE_CLASS_ENVIRONMENT, LIASSE_CLASS_MISUSE,
    LIASSE_CLASS_REFUSED, LIASSE_CLASS_RETRY, LIASSE_E_BUDGET, LIASSE_E_CALLBACK, LIASSE_E_FORKED,
    LIASSE_E_HANDLE, LIASSE_E_LENGTH, LIASSE_E_PANIC, LIASSE_E_POINTER, LIASSE_E_POISONED_HANDLE,
    LIASSE_E_REENTERED, LIASSE_E_STRUCT_SIZE, LIASSE_E_TEXT, LIASSE_E_VALUE, LIASSE_OK,
};
use crate::handle::{self, Opaque};
use crate::wall;
use liasse::Class;
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char};

/// Why a call failed. Yours once a call gave it: free it with liasse_error_free.
/// Threads: one at a time.
pub struct Error {
    _opaque: [u8; 0],
}

impl Opaque for Error {
    type Value = Fault;
    const KIND: [u8; 4] = *b"Erro";
    const NAME: &'static str = "error";
}

/// The code of an error, the same number the call returned; LIASSE_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_error_code(error: *const Error) -> i32 {
    // SAFETY: the caller, by rule 1.
    unsafe { fault(error) }.map_or(LIASSE_OK, Fault::code)
}

/// Who must act, one of LIASSE_CLASS_*; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_error_class(error: *const Error) -> u32 {
    // SAFETY: the caller, by rule 1.
    unsafe { fault(error) }.map_or(0, |fault| fault.class)
}

/// What happened, in a sentence; "" for NULL. Never NULL; lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_error_message(error: *const Error) -> *const c_char {
    // SAFETY: the caller, by rule 1.
    unsafe { fault(error) }.map_or(c"".as_ptr(), |fault| fault.message.as_ptr())
}

/// What to do about it, in a sentence; "" when there is nothing to say. Never NULL; lives as
/// long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_error_hint(error: *const Error) -> *const c_char {
    // SAFETY: the caller, by rule 1.
    unsafe { fault(error) }.map_or(c"".as_ptr(), |fault| fault.hint.as_ptr())
}

/// Where it happened (a file, a line and column, an argument), or NULL when that is not known.
/// Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_error_place(error: *const Error) -> *const c_char {
    // SAFETY: the caller, by rule 1.
    let place = unsafe { fault(error) }.and_then(|fault| fault.place.as_ref());
    place.map_or(std::ptr::null(), |place| place.as_ptr())
}

/// Frees an error. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_error_free(error: *mut Error) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free_error(error) };
}

/// Why a call failed, before it is handed over.
pub(crate) struct Fault {
    code: i32,
    class: u32,
    message: Cow<'static, CStr>,
    hint: Cow<'static, CStr>,
    place: Option<CString>,
}

impl Fault {
    /// The number the call returns.
    pub(crate) const fn code(&self) -> i32 {
        self.code
    }

    /// A pointer is NULL or not aligned.
    pub(crate) fn pointer(argument: &str) -> Self {
        let (message, hint) = (c"a pointer is NULL or not aligned", c"pass a valid pointer");
        Self::misuse(LIASSE_E_POINTER, message, hint, argument)
    }

    /// A struct has a size that no version knows.
    pub(crate) fn struct_size(argument: &str) -> Self {
        let message = c"the struct_size is not one this library knows, or an unknown field is set";
        let hint = c"zero the struct and set struct_size to its sizeof; update the library";
        Self::misuse(LIASSE_E_STRUCT_SIZE, message, hint, argument)
    }

    /// A text is not one.
    pub(crate) fn text(argument: &str) -> Self {
        let (message, hint) = (
            c"a text is not UTF-8 or holds a NUL",
            c"pass UTF-8 without NUL",
        );
        Self::misuse(LIASSE_E_TEXT, message, hint, argument)
    }

    /// A length is too large.
    pub(crate) fn length(argument: &str) -> Self {
        let (message, hint) = (c"a length is larger than the library takes", c"pass less");
        Self::misuse(LIASSE_E_LENGTH, message, hint, argument)
    }

    /// A number is none of the constants it should be.
    pub(crate) fn value(argument: &str) -> Self {
        let message = c"a number is none of the constants it should be";
        Self::misuse(
            LIASSE_E_VALUE,
            message,
            c"pass one that liasse.h defines",
            argument,
        )
    }

    /// An instant is 0, as it is in a struct that was only zeroed.
    pub(crate) fn until(argument: &str) -> Self {
        let message = c"an end that is needed is 0";
        let hint = c"pass milliseconds since 1970, or LIASSE_FOREVER for no end";
        Self::misuse(LIASSE_E_VALUE, message, hint, argument)
    }

    /// A flag is to be set and cleared.
    pub(crate) fn both(argument: &str) -> Self {
        let message = c"a flag is to be set and cleared at once";
        let hint = c"pass each flag in one of set and clear";
        Self::misuse(LIASSE_E_VALUE, message, hint, argument)
    }

    /// A handle is not of the type it should be.
    pub(crate) fn handle(argument: &str) -> Self {
        let message = c"a handle is of another type, or was freed";
        Self::misuse(
            LIASSE_E_HANDLE,
            message,
            c"pass a live handle of this type",
            argument,
        )
    }

    /// A handle was inherited by a fork.
    pub(crate) fn forked(argument: &str) -> Self {
        let message = c"the handle belongs to the process this one was forked from";
        let hint = c"fork before the store is opened, not after";
        Self::misuse(LIASSE_E_FORKED, message, hint, argument)
    }

    /// A callback called the library.
    pub(crate) fn reentered() -> Self {
        let (message, hint) = (
            c"a callback called the library",
            c"note what is to be done and do it when the call that called back has returned",
        );
        Self {
            place: None,
            ..Self::misuse(LIASSE_E_REENTERED, message, hint, "")
        }
    }

    /// A call would need more memory than it may take.
    pub(crate) fn budget(argument: &str) -> Self {
        let message = c"the call would need more memory than it may take";
        let hint = c"ask for less, wait until other calls are done, or allow more";
        Self {
            class: LIASSE_CLASS_RETRY,
            ..Self::misuse(LIASSE_E_BUDGET, message, hint, argument)
        }
    }

    /// A callback failed.
    pub(crate) fn callback(argument: &str) -> Self {
        let message = c"a callback failed, or answered what it cannot";
        let hint = c"the reason is the callback's own";
        Self::misuse(LIASSE_E_CALLBACK, message, hint, argument)
    }

    /// Who must act.
    pub(crate) const fn class(&self) -> u32 {
        self.class
    }

    /// What happened.
    pub(crate) fn message(&self) -> &CStr {
        &self.message
    }

    /// A call panicked.
    pub(crate) fn panicked() -> Self {
        Self {
            code: LIASSE_E_PANIC,
            class: LIASSE_CLASS_BUG,
            message: Cow::Borrowed(c"the call panicked, a fault in Liasse itself"),
            hint: Cow::Borrowed(c"free the handle and report what the program was doing"),
            place: None,
        }
    }

    /// An earlier call on the same handle panicked.
    pub(crate) fn poisoned(argument: &str) -> Self {
        let message = c"an earlier call on this handle panicked";
        let hint = c"free the handle and make a new one";
        let fault = Self::misuse(LIASSE_E_POISONED_HANDLE, message, hint, argument);
        Self {
            class: LIASSE_CLASS_BUG,
            ..fault
        }
    }

    fn misuse(code: i32, message: &'static CStr, hint: &'static CStr, argument: &str) -> Self {
        Self {
            code,
            class: LIASSE_CLASS_MISUSE,
            message: Cow::Borrowed(message),
            hint: Cow::Borrowed(hint),
            place: Some(c_text(&format!("argument {argument}"))),
        }
    }
}

impl From<liasse::Error> for Fault {
    fn from(error: liasse::Error) -> Self {
        Self {
            code: code::of(error.code()),
            class: class(error.class()),
            message: Cow::Owned(c_text(error.message())),
            hint: Cow::Owned(c_text(error.hint())),
            place: error.place().map(c_text),
        }
    }
}

/// The fault behind an error, if there is one.
///
/// # Safety
/// As for [`handle::shared`].
unsafe fn fault<'a>(error: *const Error) -> Option<&'a Fault> {
    // SAFETY: the caller's promise is this function's own.
    unsafe { handle::shared(error) }
        .ok()
        .map(handle::Handle::value)
}

const fn class(class: Class) -> u32 {
    match class {
        Class::Refused => LIASSE_CLASS_REFUSED,
        Class::Misuse => LIASSE_CLASS_MISUSE,
        Class::Retry => LIASSE_CLASS_RETRY,
        Class::Environment => LIASSE_CLASS_ENVIRONMENT,
        Class::Corrupt => LIASSE_CLASS_CORRUPT,
        Class::Bug | _ => LIASSE_CLASS_BUG,
    }
}

/// The text as C reads it; a NUL in it, which no text of ours has, becomes a blank.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
