//! Proves that texts of a row end with a NUL and know their length, and that a cursor ends.

use super::*;
use std::ffi::CStr;

#[test]
fn texts_end_with_a_nul_that_is_not_counted() {
    let mut texts = Texts::default();
    for round in [["", "abc", "\u{e9}\0x"], ["longer than before", "", ""]] {
        let views = texts.keep(round.map(str::to_owned));
        for (view, text) in views.iter().zip(round) {
            assert_eq!(view.length, text.len());
            // SAFETY: the view is that many bytes and a NUL, until the next `keep`.
            let bytes = unsafe { std::slice::from_raw_parts(view.bytes.cast(), text.len() + 1) };
            assert_eq!(bytes.split_last(), Some((&0, text.as_bytes())));
        }
    }
}

#[derive(Default)]
struct Number(u32);

impl Row for Number {
    type Item = u32;
    type View = u32;

    fn load(&mut self, item: u32) -> *const u32 {
        self.0 = item;
        &raw const self.0
    }
}

#[test]
fn a_cursor_stays_at_its_end() {
    let mut rows = Rows::<Number>::new(vec![1, 2]);
    for expected in [1, 2] {
        // SAFETY: the row is valid until the next step.
        assert_eq!(unsafe { rows.next().read() }, expected);
    }
    assert!(rows.next().is_null());
    assert!(rows.next().is_null());
}

#[test]
fn an_empty_text_is_a_text() {
    let mut texts = Texts::default();
    let [text] = texts.keep([String::new()]);
    assert_eq!(text.length, 0);
    // SAFETY: the view is valid until the next `keep`.
    assert_eq!(unsafe { CStr::from_ptr(text.bytes) }, c"");
}

#[test]
fn a_text_with_room_for_its_nul_is_not_copied() {
    let mut text = String::with_capacity(6);
    text.push_str("Toux.");
    let at = text.as_ptr();
    let mut texts = Texts::default();
    let [view] = texts.keep([text]);
    assert_eq!(view.bytes.cast(), at);
    assert_eq!(view.length, 5);
}
