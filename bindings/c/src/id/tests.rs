//! Proves that an id survives the way to its text and back, and that other texts are refused.

use super::*;
use crate::code::{LIASSE_E_POINTER, LIASSE_E_VALUE, LIASSE_OK};
use std::ffi::CStr;
use std::ptr;

#[test]
fn an_id_is_its_text() {
    let id = Id {
        bytes: *b"\x00\x01\xfe\xff0123456789ab",
    };
    let mut text = [1; ID_TEXT_BYTES];
    // SAFETY: both are live and large enough.
    let code = unsafe { liasse_id_format(&raw const id, text.as_mut_ptr(), ptr::null_mut()) };
    assert_eq!(code, LIASSE_OK);
    // SAFETY: the text was just written.
    let written = unsafe { CStr::from_ptr(text.as_ptr()) };
    assert_eq!(written, c"0001feff303132333435363738396162");
    let mut again = Id { bytes: [0; 16] };
    // SAFETY: both are live.
    let code = unsafe { liasse_id_parse(text.as_ptr(), &raw mut again, ptr::null_mut()) };
    assert_eq!(code, LIASSE_OK);
    assert_eq!(again.bytes, id.bytes);
}

#[test]
fn other_texts_are_refused_and_nothing_is_written() {
    let mut id = Id { bytes: [9; 16] };
    for text in [
        c"",
        c"00",
        c"0001feff30313233343536373839616g",
        c"000000000000000000000000000000000",
    ] {
        // SAFETY: both are live.
        let code = unsafe { liasse_id_parse(text.as_ptr(), &raw mut id, ptr::null_mut()) };
        assert_eq!(code, LIASSE_E_VALUE);
    }
    assert_eq!(id.bytes, [9; 16]);
    // SAFETY: NULL is allowed.
    let code = unsafe { liasse_id_parse(c"00".as_ptr(), ptr::null_mut(), ptr::null_mut()) };
    assert_eq!(code, LIASSE_E_POINTER);
}
