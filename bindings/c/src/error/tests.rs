//! Proves that an error of the engine reaches C whole, and that accessors survive NULL.

use super::*;
use crate::code::LIASSE_E_QUERY_SYNTAX;
use std::ptr;

fn read(text: *const c_char) -> String {
    // SAFETY: accessors give texts that live as long as their error.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned()
}

#[test]
fn all_parts_of_an_error_arrive() {
    let given = liasse::Error::new(liasse::Code::QuerySyntax, "what\0happened", "what to do")
        .at("character 3");
    let error: *mut Error = handle::give(given.into());
    // SAFETY: `error` is live, here and below.
    assert_eq!(unsafe { liasse_error_code(error) }, LIASSE_E_QUERY_SYNTAX);
    // SAFETY: as above.
    assert_eq!(unsafe { liasse_error_class(error) }, LIASSE_CLASS_MISUSE);
    // SAFETY: as above.
    let message = unsafe { liasse_error_message(error) };
    assert_eq!(read(message), "what happened");
    // SAFETY: as above.
    assert_eq!(read(unsafe { liasse_error_hint(error) }), "what to do");
    // SAFETY: as above.
    assert_eq!(read(unsafe { liasse_error_place(error) }), "character 3");
    // SAFETY: as above; it is not used afterwards.
    unsafe { liasse_error_free(error) };
}

#[test]
fn an_error_without_place_says_so() {
    let error: *mut Error = handle::give(liasse::Error::refused().into());
    // SAFETY: `error` is live.
    assert!(unsafe { liasse_error_place(error) }.is_null());
    // SAFETY: `error` is live and not used afterwards.
    unsafe { liasse_error_free(error) };
}

#[test]
fn null_is_no_error() {
    // SAFETY: NULL is allowed, here and below.
    assert_eq!(unsafe { liasse_error_code(ptr::null()) }, LIASSE_OK);
    // SAFETY: as above.
    assert_eq!(unsafe { liasse_error_class(ptr::null()) }, 0);
    // SAFETY: as above.
    assert_eq!(read(unsafe { liasse_error_message(ptr::null()) }), "");
    // SAFETY: as above.
    assert_eq!(read(unsafe { liasse_error_hint(ptr::null()) }), "");
    // SAFETY: as above.
    assert!(unsafe { liasse_error_place(ptr::null()) }.is_null());
    // SAFETY: as above.
    unsafe { liasse_error_free(ptr::null_mut()) };
}

#[test]
fn every_class_has_its_own_number() {
    let all = [
        Class::Refused,
        Class::Misuse,
        Class::Retry,
        Class::Environment,
        Class::Corrupt,
        Class::Bug,
    ];
    assert_eq!(all.map(class), [1, 2, 3, 4, 5, 6]);
}
