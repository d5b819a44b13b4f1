//! Proves that texts of a row end with a NUL and know their length, and that a cursor ends.

use super::*;
use std::ffi::CStr;

#[test]
fn texts_end_with_a_nul_that_is_not_counted() {
    let mut texts = Texts::default();
    for round in [["", "abc", "\u{e9}\0x"], ["longer than before", "", ""]] {
        let views = texts.fill(round);
        for (view, text) in views.iter().zip(round) {
            assert_eq!(view.length, text.len());
            // SAFETY: the view is that many bytes and a NUL, until the next `fill`.
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
    let [empty] = Texts::default().fill([""]).map(|text| text.length);
    assert_eq!(empty, 0);
    let mut texts = Texts::default();
    let [text] = texts.fill([""]);
    // SAFETY: the view is valid until the next `fill`.
    assert_eq!(unsafe { CStr::from_ptr(text.bytes) }, c"");
}
