//! Proves that a panic stops at the wall and poisons the handle it happened on, that failures
//! become codes and error objects, and that one handle is never taken for another.

use super::*;
use crate::code::{LIASSE_E_HANDLE, LIASSE_E_PANIC, LIASSE_E_POINTER, LIASSE_E_POISONED_HANDLE};
use crate::error::{liasse_error_code, liasse_error_free};
use std::ptr;

struct Counter;
struct Other;

impl Opaque for Counter {
    type Value = u32;
    const KIND: [u8; 4] = *b"Coun";
    const NAME: &'static str = "counter";
}

impl Opaque for Other {
    type Value = u32;
    const KIND: [u8; 4] = *b"Othe";
    const NAME: &'static str = "other";
}

fn panics(_: &u32) -> Result<(), Fault> {
    panic!("a fault made for this test")
}

fn code_and_free(error: *mut Error) -> i32 {
    // SAFETY: `error` is NULL or was given by a call of this test.
    let code = unsafe { liasse_error_code(error) };
    // SAFETY: as before; it is not used afterwards.
    unsafe { liasse_error_free(error) };
    code
}

#[test]
fn a_panic_becomes_a_code_and_poisons_its_handle() {
    let counter: *mut Counter = handle::give(7);
    let mut error = ptr::null_mut();
    // SAFETY: `counter` is live and `error` may be written.
    let code = unsafe { shared(counter, &raw mut error, panics) };
    assert_eq!(code, LIASSE_E_PANIC);
    assert_eq!(code_and_free(error), LIASSE_E_PANIC);

    let mut ran = false;
    let body = |_: &u32| {
        ran = true;
        Ok(())
    };
    // SAFETY: `counter` is live; no error object is asked for.
    let code = unsafe { shared(counter, ptr::null_mut(), body) };
    assert_eq!(code, LIASSE_E_POISONED_HANDLE);
    assert!(!ran, "a poisoned handle is not looked into");
    // SAFETY: as before.
    let code = unsafe { exclusive(counter, ptr::null_mut(), |_| Ok(())) };
    assert_eq!(code, LIASSE_E_POISONED_HANDLE);
    // SAFETY: `counter` is live and not used afterwards.
    unsafe { free(counter) };
}

#[test]
fn a_panic_without_handle_is_stopped_too() {
    let mut error = ptr::null_mut();
    // SAFETY: `error` may be written.
    let code = unsafe { call(&raw mut error, || panics(&0)) };
    assert_eq!(code, LIASSE_E_PANIC);
    assert_eq!(code_and_free(error), LIASSE_E_PANIC);
}

#[test]
fn a_value_that_panics_when_dropped_is_freed_in_silence() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            let _ = panics(&0);
        }
    }
    struct Bombs;
    impl Opaque for Bombs {
        type Value = Bomb;
        const KIND: [u8; 4] = *b"Bomb";
        const NAME: &'static str = "bombs";
    }
    let bombs: *mut Bombs = handle::give(Bomb);
    // SAFETY: `bombs` is live and not used afterwards.
    unsafe { free(bombs) };
}

#[test]
fn success_leaves_the_error_alone() {
    let counter: *mut Counter = handle::give(7);
    let mark = ptr::dangling_mut();
    let mut error = mark;
    let body = |value: &mut u32| {
        *value += 1;
        Ok(())
    };
    // SAFETY: `counter` is live and `error` may be written.
    let code = unsafe { exclusive(counter, &raw mut error, body) };
    assert_eq!(code, LIASSE_OK);
    assert_eq!(error, mark);
    let body = |value: &u32| {
        assert_eq!(*value, 8);
        Ok(())
    };
    // SAFETY: as before.
    assert_eq!(unsafe { shared(counter, &raw mut error, body) }, LIASSE_OK);
    // SAFETY: `counter` is live and not used afterwards.
    unsafe { free(counter) };
}

/// What the header says of threads holds because these types are made for it; the compiler is the
/// test.
#[test]
fn what_many_threads_may_use_is_made_for_them() {
    fn any_number_at_a_time<T: Opaque<Value: Send + Sync>>() {}
    fn one_at_a_time<T: Opaque<Value: Send>>() {}
    any_number_at_a_time::<crate::Engine>();
    any_number_at_a_time::<crate::Session>();
    any_number_at_a_time::<crate::Interrupt>();
    any_number_at_a_time::<crate::Bytes>();
    one_at_a_time::<crate::Backup>();
    one_at_a_time::<Error>();
    one_at_a_time::<crate::SetTicket>();
    one_at_a_time::<crate::Ticket>();
}

#[test]
fn handles_that_are_none_are_told() {
    let counter: *mut Counter = handle::give(7);
    let wrong: *mut Other = counter.cast();
    let nothing: *mut Other = ptr::null_mut();
    let crooked: *mut Counter = counter.wrapping_byte_add(1);
    // SAFETY: `wrong` leads to a live handle, though of another type.
    let code = unsafe { shared(wrong, ptr::null_mut(), |_| Ok(())) };
    assert_eq!(code, LIASSE_E_HANDLE);
    // SAFETY: NULL is allowed.
    let code = unsafe { shared(nothing, ptr::null_mut(), |_| Ok(())) };
    assert_eq!(code, LIASSE_E_POINTER);
    // SAFETY: what is not aligned is not followed.
    let code = unsafe { shared(crooked, ptr::null_mut(), |_| Ok(())) };
    assert_eq!(code, LIASSE_E_POINTER);
    // SAFETY: `wrong` leads to a live handle of another type, which is left alone.
    unsafe { free(wrong) };
    // SAFETY: NULL is allowed.
    unsafe { free(nothing) };
    // SAFETY: `counter` is still live.
    let code = unsafe { shared(counter, ptr::null_mut(), |_| Ok(())) };
    assert_eq!(code, LIASSE_OK);
    // SAFETY: `counter` is live and not used afterwards.
    unsafe { free(counter) };
}
