//! The structs of the Arrow C data interface, and the memory behind those that are given.
//!
//! The interface is frozen: <https://arrow.apache.org/docs/format/CDataInterface.html>.

#![allow(unsafe_code, reason = "frees what consumers give back by pointer")]

use super::column::{Column, Field, Nulls};
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

/// A stream of arrays of one schema.
#[repr(C)]
pub struct ArrowArrayStream {
    pub(super) get_schema: Option<unsafe extern "C" fn(*mut Self, *mut ArrowSchema) -> c_int>,
    pub(super) get_next: Option<unsafe extern "C" fn(*mut Self, *mut ArrowArray) -> c_int>,
    pub(super) get_last_error: Option<unsafe extern "C" fn(*mut Self) -> *const c_char>,
    pub(super) release: Option<unsafe extern "C" fn(*mut Self)>,
    pub(super) private_data: *mut c_void,
}

/// A type, and the types of its children.
#[repr(C)]
pub(super) struct ArrowSchema {
    pub(super) format: *const c_char,
    pub(super) name: *const c_char,
    pub(super) metadata: *const c_char,
    pub(super) flags: i64,
    pub(super) n_children: i64,
    pub(super) children: *mut *mut Self,
    pub(super) dictionary: *mut Self,
    pub(super) release: Option<unsafe extern "C" fn(*mut Self)>,
    pub(super) private_data: *mut c_void,
}

/// Values, and those of its children.
#[repr(C)]
pub(super) struct ArrowArray {
    pub(super) length: i64,
    pub(super) null_count: i64,
    pub(super) offset: i64,
    pub(super) n_buffers: i64,
    pub(super) n_children: i64,
    pub(super) buffers: *mut *const c_void,
    pub(super) children: *mut *mut Self,
    pub(super) dictionary: *mut Self,
    pub(super) release: Option<unsafe extern "C" fn(*mut Self)>,
    pub(super) private_data: *mut c_void,
}

/// What one struct of the interface owns: the children's structs, and what buffers point to.
struct Owned<T> {
    children: Vec<*mut T>,
    buffers: Vec<*const c_void>,
    /// Kept for the buffers alone.
    _column: Option<Column>,
}

/// The schema of a table with these columns.
pub(super) fn schema(fields: &[Field]) -> ArrowSchema {
    let children = fields.iter().map(|field| schema_of(field, Vec::new()));
    schema_of(&TABLE, children.collect())
}

fn schema_of(field: &Field, of: Vec<ArrowSchema>) -> ArrowSchema {
    let mut owned = owned(of, None);
    ArrowSchema {
        format: field.format.as_ptr(),
        name: field.name.as_ptr(),
        metadata: ptr::null(),
        flags: match field.nulls {
            Nulls::Never => 0,
            Nulls::Some => NULLABLE,
        },
        n_children: count(owned.children.len()),
        children: owned.children.as_mut_ptr(),
        dictionary: ptr::null_mut(),
        release: Some(release_schema),
        private_data: Box::into_raw(owned).cast(),
    }
}

/// A table of so many rows.
pub(super) fn batch(rows: usize, columns: Vec<Column>) -> ArrowArray {
    let children = columns
        .into_iter()
        .map(|column| array_of(rows, Vec::new(), Some(column)));
    array_of(rows, children.collect(), None)
}

/// What tells that a stream has ended: an array that is released.
pub(super) const fn end() -> ArrowArray {
    ArrowArray {
        length: 0,
        null_count: 0,
        offset: 0,
        n_buffers: 0,
        n_children: 0,
        buffers: ptr::null_mut(),
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: None,
        private_data: ptr::null_mut(),
    }
}

fn array_of(rows: usize, children: Vec<ArrowArray>, column: Option<Column>) -> ArrowArray {
    let nulls = column.as_ref().map_or(0, Column::nulls);
    let mut owned = owned(children, column);
    ArrowArray {
        length: count(rows),
        null_count: count(nulls),
        n_buffers: count(owned.buffers.len()),
        n_children: count(owned.children.len()),
        buffers: owned.buffers.as_mut_ptr(),
        children: owned.children.as_mut_ptr(),
        release: Some(release_array),
        private_data: Box::into_raw(owned).cast(),
        ..end()
    }
}

/// The first buffer of every array tells which values are there; NULL when all are.
fn owned<T>(children: Vec<T>, column: Option<Column>) -> Box<Owned<T>> {
    let mut buffers: Vec<*const c_void> = vec![ptr::null()];
    match &column {
        Some(Column::Fixed(words)) => buffers.push(words.as_ptr().cast()),
        Some(Column::Sparse { there, words, .. }) => {
            buffers = vec![there.as_ptr().cast(), words.as_ptr().cast()];
        }
        Some(Column::Texts(ends, bytes)) => {
            buffers.extend([ends.as_ptr().cast(), bytes.as_ptr().cast()]);
        }
        None => {}
    }
    let children = children
        .into_iter()
        .map(|child| Box::into_raw(Box::new(child)));
    Box::new(Owned {
        children: children.collect(),
        buffers,
        _column: column,
    })
}

unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: the consumer passes a schema of `schema_of` that nothing else uses.
    let Some(schema) = (unsafe { schema.as_mut() }) else {
        return;
    };
    if schema.release.take().is_some() {
        // SAFETY: `schema_of` made it from a box; it is taken once, as release is.
        let owned = unsafe { Box::from_raw(schema.private_data.cast::<Owned<ArrowSchema>>()) };
        for child in owned.children {
            // SAFETY: `owned` made it from a box; one that was moved away has no release.
            let mut child = unsafe { Box::from_raw(child) };
            // SAFETY: it is a schema of `schema_of`, or released.
            unsafe { release_schema(&raw mut *child) };
        }
    }
}

unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: the consumer passes an array of `array_of` that nothing else uses.
    let Some(array) = (unsafe { array.as_mut() }) else {
        return;
    };
    if array.release.take().is_some() {
        // SAFETY: `array_of` made it from a box; it is taken once, as release is.
        let owned = unsafe { Box::from_raw(array.private_data.cast::<Owned<ArrowArray>>()) };
        for child in owned.children {
            // SAFETY: `owned` made it from a box; one that was moved away has no release.
            let mut child = unsafe { Box::from_raw(child) };
            // SAFETY: it is an array of `array_of`, or released.
            unsafe { release_array(&raw mut *child) };
        }
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// A struct of columns.
const TABLE: Field = Field::always(c"", c"+s");
/// ARROW_FLAG_NULLABLE.
const NULLABLE: i64 = 2;
