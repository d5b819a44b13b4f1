//! Rows that callers look at one by one, and the memory their texts lie in.
//!
//! Invariants: a row and its texts stay valid until the next step of their cursor or its end; a
//! text is the engine's own value, which ends with a NUL where it lies (docs/decisions/0037).

#![allow(unsafe_code, reason = "shared by functions that take pointers")]

use crate::error::{Error, Fault};
use crate::handle::Opaque;
use crate::output::Out;
use crate::wall;
use std::ffi::c_char;

/// A text: UTF-8, followed by a NUL that length does not count. Never NULL. A document's own
/// text may hold a NUL before its end; length tells.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    /// Its bytes.
    pub bytes: *const c_char,
    /// How many.
    pub length: usize,
}

/// A part of a text, in bytes from its start.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first byte.
    pub from: usize,
    /// The byte behind the last.
    pub to: usize,
}

/// The memory of one row.
pub(crate) trait Row: Default {
    /// What the engine gave.
    type Item;
    /// What the caller sees of it.
    type View;

    /// Replaces the row; the view is valid until the next time.
    fn load(&mut self, item: Self::Item) -> *const Self::View;
}

/// A cursor over rows.
pub(crate) struct Rows<R: Row> {
    items: std::vec::IntoIter<R::Item>,
    row: R,
}

impl<R: Row> Rows<R> {
    /// Stands before the first row.
    pub(crate) fn new(items: Vec<R::Item>) -> Self {
        Self {
            items: items.into_iter(),
            row: R::default(),
        }
    }

    /// The next row, or NULL behind the last.
    fn next(&mut self) -> *const R::View {
        self.items
            .next()
            .map_or(std::ptr::null(), |item| self.row.load(item))
    }
}

/// Steps a cursor: what every `_next` function does.
///
/// # Safety
/// As for [`wall::exclusive`]; `row` is NULL or may be written (header, rule 5).
pub(crate) unsafe fn next<T, R>(
    cursor: *mut T,
    row: *mut *const R::View,
    error: *mut *mut Error,
) -> i32
where
    T: Opaque<Value = Rows<R>>,
    R: Row,
{
    // SAFETY: the caller's promise is this function's own.
    unsafe { step(cursor, row, error, |rows| rows) }
}

/// Steps one of the cursors of an answer.
///
/// # Safety
/// As for [`next`].
pub(crate) unsafe fn step<T, R>(
    cursor: *mut T,
    row: *mut *const R::View,
    error: *mut *mut Error,
    rows: fn(&mut T::Value) -> &mut Rows<R>,
) -> i32
where
    T: Opaque,
    R: Row,
{
    let body = |value: &mut T::Value| -> Result<(), Fault> {
        // SAFETY: the caller's promise is this function's own.
        let place = unsafe { Out::new(row, "row") }?;
        place.set(rows(value).next());
        Ok(())
    };
    // SAFETY: the caller's promise is this function's own.
    unsafe { wall::exclusive(cursor, error, body) }
}

/// The texts of one row, as the engine gave them.
pub(crate) struct Texts<const N: usize>([String; N]);

impl<const N: usize> Default for Texts<N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| String::new()))
    }
}

impl<const N: usize> Texts<N> {
    /// Replaces the texts; what it gives is valid until the next time.
    pub(crate) fn keep(&mut self, texts: [String; N]) -> [Text; N] {
        self.0 = texts;
        self.0.each_mut().map(ended)
    }
}

/// Has a text end with a NUL; one that has room for it stays where it is.
fn ended(text: &mut String) -> Text {
    let length = text.len();
    if length == 0 {
        return Text {
            bytes: c"".as_ptr(),
            length,
        };
    }
    text.reserve_exact(1);
    text.push('\0');
    Text {
        bytes: text.as_ptr().cast(),
        length,
    }
}

#[cfg(test)]
mod tests;
