//! Proves that a host hears of lost traces though no call returns them.

use super::*;
use crate::code::LIASSE_E_POISONED;
use crate::engine::{OpenOptions, how};
use std::ffi::CStr;
use std::sync::Mutex;

static HEARD: Mutex<Vec<(u32, i32, String)>> = Mutex::new(Vec::new());

unsafe extern "C" fn hear(_: *mut c_void, class: u32, code: i32, message: *const c_char) {
    // SAFETY: the message is valid during the call.
    let message = unsafe { CStr::from_ptr(message) };
    let line = (class, code, message.to_string_lossy().into_owned());
    HEARD.lock().unwrap().push(line);
}

#[test]
fn lost_traces_are_told_as_they_are_lost() {
    // SAFETY: zeroes are a size, NULLs and numbers.
    let mut given: OpenOptions = unsafe { std::mem::zeroed() };
    given.struct_size = size_of::<OpenOptions>();
    given.key_file = c"x".as_ptr();
    // SAFETY: the text is a literal.
    let options = unsafe { how(&raw const given) }.ok().unwrap().1;
    let tell = options.on_lost_traces.unwrap();
    let heard = || {
        let lines = HEARD.lock().unwrap();
        let ours = lines.iter().filter(|it| it.1 == LIASSE_E_POISONED);
        ours.cloned().collect::<Vec<_>>()
    };
    // SAFETY: the function takes any pointer.
    let code = unsafe { liasse_log_to(Some(hear), ptr::null_mut(), ptr::null_mut()) };
    assert_eq!(code, 0);
    tell(3);
    // SAFETY: as above.
    let code = unsafe { liasse_log_to(None, ptr::null_mut(), ptr::null_mut()) };
    assert_eq!(code, 0);
    tell(4);
    let message = "3 traces were lost with a commit that failed".to_owned();
    let wanted = (LIASSE_CLASS_ENVIRONMENT, LIASSE_E_POISONED, message);
    assert_eq!(heard(), [wanted]);
}
