//! Proves that what callers pass wrongly is an error before it is followed: NULL, texts that are
//! none, lengths no memory has, structs of another size.

use super::*;
use crate::code::{LIASSE_E_LENGTH, LIASSE_E_POINTER, LIASSE_E_STRUCT_SIZE, LIASSE_E_TEXT};
use std::ptr;

#[repr(C)]
#[derive(Clone, Copy)]
struct Small {
    struct_size: usize,
    number: usize,
    later: usize,
}

// SAFETY: `repr(C)`, three words, the first of which is the size.
unsafe impl Options for Small {
    const NAME: &'static str = "small";
    const SIZE_FIRST: usize = size_of::<[usize; 2]>();
}

fn code<T>(outcome: Result<T, Fault>) -> Option<i32> {
    outcome.err().map(|fault| fault.code())
}

#[test]
fn texts_are_utf8_and_not_null() {
    let read = |text: *const c_char| {
        // SAFETY: each case is NULL or ends with a NUL and outlives the test.
        unsafe { super::text(text, "t") }
    };
    let read_optional = |text: *const c_char| {
        // SAFETY: as above.
        unsafe { optional_text(text, "t") }
    };
    assert_eq!(read(c"abc".as_ptr()).ok(), Some("abc"));
    assert_eq!(code(read(ptr::null())), Some(LIASSE_E_POINTER));
    assert_eq!(code(read(c"\xff".as_ptr())), Some(LIASSE_E_TEXT));
    assert!(matches!(read_optional(ptr::null()), Ok(None)));
    assert!(matches!(read_optional(c"abc".as_ptr()), Ok(Some("abc"))));
    assert_eq!(code(read_optional(c"\xff".as_ptr())), Some(LIASSE_E_TEXT));
    let long = std::ffi::CString::new(vec![b'a'; TEXT_BYTES_MAX + 1]).unwrap();
    assert_eq!(code(read(long.as_ptr())), Some(LIASSE_E_LENGTH));
}

#[test]
fn counted_texts_hold_no_nul() {
    let read = |bytes: &'static [u8]| {
        // SAFETY: a literal with its length.
        unsafe { counted_text(bytes.as_ptr().cast(), bytes.len(), "t") }
    };
    assert_eq!(read(b"toux").ok(), Some("toux"));
    assert_eq!(read(b"").ok(), Some(""));
    assert_eq!(code(read(b"to\0ux")), Some(LIASSE_E_TEXT));
    assert_eq!(code(read(b"toux\0")), Some(LIASSE_E_TEXT));
    assert_eq!(code(read(b"\xc3")), Some(LIASSE_E_TEXT));
}

#[test]
fn lengths_are_checked_before_the_bytes() {
    let some = [1_u8, 2];
    let read = |start: *const u8, length: usize| {
        // SAFETY: each case has that many bytes, or is refused before they are looked at.
        unsafe { bytes(start, length, "b") }
    };
    assert_eq!(read(some.as_ptr(), 2).ok(), Some(&some[..]));
    assert_eq!(read(ptr::null(), 0).ok(), Some(&[][..]));
    assert_eq!(code(read(ptr::null(), 1)), Some(LIASSE_E_POINTER));
    assert_eq!(code(read(some.as_ptr(), usize::MAX)), Some(LIASSE_E_LENGTH));
    let half = isize::MAX.unsigned_abs() + 1;
    assert_eq!(code(read(some.as_ptr(), half)), Some(LIASSE_E_LENGTH));
}

#[test]
fn structs_of_every_version_are_read() {
    let word = size_of::<usize>();
    let read = |words: &[usize]| {
        // SAFETY: each case holds as many bytes as its first word says, or a size that is refused.
        unsafe { options(words.as_ptr().cast::<Small>()) }
    };
    let Ok(Small {
        number: 5,
        later: 0,
        ..
    }) = read(&[2 * word, 5, 9])
    else {
        panic!("an older caller's struct ends before the later field");
    };
    let Ok(Small {
        number: 5,
        later: 9,
        ..
    }) = read(&[3 * word, 5, 9])
    else {
        panic!("a struct of this version is read whole");
    };
    let Ok(Small { later: 9, .. }) = read(&[5 * word, 5, 9, 0, 0]) else {
        panic!("a newer caller's struct is read when it asks for nothing new");
    };
    assert_eq!(
        code(read(&[5 * word, 5, 9, 0, 1])),
        Some(LIASSE_E_STRUCT_SIZE)
    );
    // A size that ends within a field would have half of it read.
    let halves = [2 * word + 1, 2 * word + 4, 3 * word - 1];
    for size in [0, 1, word, OPTIONS_BYTES_MAX + 1, usize::MAX]
        .into_iter()
        .chain(halves)
    {
        assert_eq!(
            code(read(&[size, 5, 9])),
            Some(LIASSE_E_STRUCT_SIZE),
            "size {size}"
        );
    }
    // SAFETY: NULL is allowed.
    let nothing = unsafe { options(ptr::null::<Small>()) };
    assert_eq!(code(nothing), Some(LIASSE_E_POINTER));
    // SAFETY: what is not aligned is not followed.
    let crooked = unsafe { options(ptr::without_provenance::<Small>(word + 1)) };
    assert_eq!(code(crooked), Some(LIASSE_E_POINTER));
}
