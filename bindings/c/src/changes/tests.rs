//! Proves that C says all that Rust does of since when, for how long, and how a look is ended.

use super::*;
use crate::code::{LIASSE_E_CANCELLED, LIASSE_E_TEXT};
use crate::interrupt::{liasse_interrupt_create, liasse_interrupt_free, liasse_interrupt_raise};

fn nothing() -> SinceOptions {
    SinceOptions {
        struct_size: size_of::<SinceOptions>(),
        mark: ptr::null(),
        interrupt: ptr::null(),
        time_ms: 0,
    }
}

#[test]
fn mark_time_and_switch_arrive_and_without_them_there_is_no_end() {
    // SAFETY: NULL is allowed.
    let none = unsafe { since(ptr::null()) }.ok().unwrap();
    assert!(none.mark.is_none() && none.time.is_none() && none.cancel.is_none());
    let given = nothing();
    // SAFETY: it lives during the call.
    let none = unsafe { since(&raw const given) }.ok().unwrap();
    assert!(none.mark.is_none() && none.time.is_none() && none.cancel.is_none());
    let mut switch = ptr::null_mut();
    // SAFETY: there is room for the switch.
    let code = unsafe { liasse_interrupt_create(&raw mut switch, ptr::null_mut()) };
    assert_eq!(code, 0);
    let given = SinceOptions {
        mark: c"mark".as_ptr(),
        interrupt: switch,
        time_ms: 1500,
        ..nothing()
    };
    // SAFETY: all of it lives during the call.
    let all = unsafe { since(&raw const given) }.ok().unwrap();
    assert_eq!(all.mark, Some("mark"));
    assert_eq!(all.time, Some(Duration::from_millis(1500)));
    assert!(all.cancel.is_some());
    // SAFETY: it is live, and freed last.
    unsafe { liasse_interrupt_raise(switch) };
    // SAFETY: as before.
    let ended = unsafe { since(&raw const given) }.err().map(|it| it.code());
    assert_eq!(ended, Some(LIASSE_E_CANCELLED));
    // SAFETY: nobody uses it any more.
    unsafe { liasse_interrupt_free(switch) };
}

#[test]
fn a_mark_that_is_no_text_is_told() {
    let given = SinceOptions {
        mark: c"\xff".as_ptr(),
        ..nothing()
    };
    // SAFETY: it lives during the call.
    let refused = unsafe { since(&raw const given) }.err().map(|it| it.code());
    assert_eq!(refused, Some(LIASSE_E_TEXT));
}
