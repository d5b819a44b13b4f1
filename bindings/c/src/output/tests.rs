//! Proves that answers go where they should and nowhere else, whatever the caller's version.

use super::*;
use crate::code::{LIASSE_E_POINTER, LIASSE_E_STRUCT_SIZE};

#[repr(C)]
#[derive(Clone, Copy)]
struct Two {
    struct_size: usize,
    number: usize,
    later: usize,
}

// SAFETY: `repr(C)`, three words, the first of which is the size.
unsafe impl Options for Two {
    const NAME: &'static str = "two";
    const SIZE_FIRST: usize = size_of::<[usize; 2]>();
}

fn filled(mut words: [usize; 4]) -> Result<[usize; 4], i32> {
    // SAFETY: there are as many bytes as each case's first word says, or its size is refused.
    let place = unsafe { Sized::new(words.as_mut_ptr().cast::<Two>()) };
    let value = Two {
        struct_size: size_of::<Two>(),
        number: 5,
        later: 6,
    };
    place.map_err(|fault| fault.code())?.set(value);
    Ok(words)
}

#[test]
fn as_much_is_written_as_the_caller_has() {
    let word = size_of::<usize>();
    let older = filled([2 * word, 0, 9, 9]);
    assert_eq!(older, Ok([2 * word, 5, 9, 9]));
    assert_eq!(filled(older.unwrap()), older, "the struct is given again");
    assert_eq!(filled([3 * word, 0, 0, 9]), Ok([3 * word, 5, 6, 9]));
    assert_eq!(filled([4 * word, 0, 0, 9]), Ok([3 * word, 5, 6, 9]));
    assert_eq!(filled([word, 9, 9, 9]), Err(LIASSE_E_STRUCT_SIZE));
    assert_eq!(filled([0, 9, 9, 9]), Err(LIASSE_E_STRUCT_SIZE));
}

#[test]
fn places_are_checked() {
    let code = |place: *mut u32| {
        // SAFETY: NULL, not aligned, or live until the end of the test.
        unsafe { Out::new(place, "place") }
            .err()
            .map(|fault| fault.code())
    };
    let mut number = [0_u32, 0];
    let place = number.as_mut_ptr();
    assert_eq!(code(place), None);
    assert_eq!(code(place.wrapping_byte_add(1)), Some(LIASSE_E_POINTER));
    assert_eq!(code(ptr::null_mut()), Some(LIASSE_E_POINTER));
    // SAFETY: NULL is allowed.
    let left_out = unsafe { Out::<u32>::optional(ptr::null_mut(), "place") };
    assert!(matches!(left_out, Ok(None)));
}
