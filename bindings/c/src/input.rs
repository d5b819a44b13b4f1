//! What callers pass in: texts, bytes, ids, options structs.
//!
//! Invariants: a pointer is checked for NULL before it is followed; a text is UTF-8 without NUL;
//! a length is checked before memory is looked at; of an options struct no byte beyond its
//! struct_size is read, and a field this version does not know is refused unless it is zero.

#![allow(unsafe_code, reason = "reads what the caller's pointers lead to")]

use crate::error::Fault;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

/// An options struct of the header.
///
/// # Safety
/// The type is `repr(C)`, starts with its `struct_size: usize`, has no padding at its end, and
/// is valid when all its bytes are zero.
pub(crate) unsafe trait Options: Copy {
    /// What the header calls it.
    const NAME: &'static str;
    /// Its size in the first version that had it.
    const SIZE_FIRST: usize;
    /// Where each field behind those of the first version begins, but for the first of them: the
    /// other sizes that a caller's older version can have.
    const LATER: &'static [usize] = &[];
}

/// Whether a struct of that size ends where a field does.
pub(crate) fn ends_with_a_field<T: Options>(size: usize) -> bool {
    size == T::SIZE_FIRST || size >= size_of::<T>() || T::LATER.contains(&size)
}

/// A text that ends with a NUL.
///
/// # Safety
/// `text` is NULL or ends with a NUL and lives for `'a` (header, rule 3).
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &'static str) -> Result<&'a str, Fault> {
    // SAFETY: the caller's promise is this function's own.
    unsafe { optional_text(text, name) }?.ok_or(Fault::pointer(name))
}

/// A text that ends with a NUL; `None` for NULL.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn optional_text<'a>(
    text: *const c_char,
    name: &'static str,
) -> Result<Option<&'a str>, Fault> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise; it is not NULL.
    let text = unsafe { CStr::from_ptr(text) };
    if text.count_bytes() > TEXT_BYTES_MAX {
        return Err(Fault::length(name));
    }
    text.to_str().map(Some).map_err(|_| Fault::text(name))
}

/// A text with its length.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn counted_text<'a>(
    text: *const c_char,
    length: usize,
    name: &'static str,
) -> Result<&'a str, Fault> {
    // SAFETY: the caller's promise is this function's own.
    let bytes = unsafe { bytes(text.cast(), length, name) }?;
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::text(name))?;
    if text.contains('\0') {
        Err(Fault::text(name))
    } else {
        Ok(text)
    }
}

/// Bytes with their length; NULL is allowed when there are none.
///
/// # Safety
/// `length` bytes that live for `'a` lie at `bytes` (header, rule 3).
pub(crate) unsafe fn bytes<'a>(
    bytes: *const u8,
    length: usize,
    name: &'static str,
) -> Result<&'a [u8], Fault> {
    if length > BYTES_MAX {
        return Err(Fault::length(name));
    }
    match (bytes.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Fault::pointer(name)),
        // SAFETY: the caller's promise; it is not NULL and an `isize` holds the length.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(bytes, length) }),
    }
}

/// A small value, copied.
///
/// # Safety
/// `value` is NULL or leads to a value of that type (header, rule 3).
pub(crate) unsafe fn value<T: Copy>(value: *const T, name: &'static str) -> Result<T, Fault> {
    if value.is_null() || !value.is_aligned() {
        return Err(Fault::pointer(name));
    }
    // SAFETY: the caller's promise; it is neither NULL nor misaligned.
    Ok(unsafe { value.read() })
}

/// An options struct, copied; fields the caller's version does not have are zero.
///
/// # Safety
/// `given` is NULL or leads to as many bytes as the struct_size they start with says (header,
/// rule 4).
pub(crate) unsafe fn options<T: Options>(given: *const T) -> Result<T, Fault> {
    // SAFETY: the caller's promise; every options struct starts with its size.
    let size = unsafe { value(given.cast::<usize>(), T::NAME) }?;
    if !ends_with_a_field::<T>(size) || size > OPTIONS_BYTES_MAX {
        return Err(Fault::struct_size(T::NAME));
    }
    let ours = size_of::<T>();
    if let Some(more) = size.checked_sub(ours) {
        // SAFETY: `size` bytes lie there as the caller promises, and `ours` is at most that.
        let rest = unsafe { given.cast::<u8>().add(ours) };
        // SAFETY: as before; what follows our struct is `more` bytes long.
        let unknown = unsafe { bytes(rest, more, T::NAME) }?;
        if unknown.iter().any(|byte| *byte != 0) {
            return Err(Fault::struct_size(T::NAME));
        }
    }
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: both lie apart and hold at least that many bytes.
    unsafe {
        given
            .cast::<u8>()
            .copy_to_nonoverlapping(copy.as_mut_ptr().cast(), size.min(ours));
    }
    // SAFETY: `Options` promises that zeroes are a value, and so is what the caller wrote.
    Ok(unsafe { copy.assume_init() })
}

/// Options structs one behind the other, each as large as the first says.
///
/// # Safety
/// `given` is NULL or leads to `count` structs, each as [`options`] asks for.
pub(crate) unsafe fn options_array<T: Options>(
    given: *const T,
    count: usize,
) -> Result<Vec<T>, Fault> {
    if count == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the caller's promise; there is one at least.
    let stride = unsafe { value(given.cast::<usize>(), T::NAME) }?;
    if stride > OPTIONS_BYTES_MAX {
        return Err(Fault::struct_size(T::NAME));
    }
    let fits = count
        .checked_mul(stride)
        .and_then(|all| isize::try_from(all).ok());
    if fits.is_none() || count > ARRAY_MAX {
        return Err(Fault::length(T::NAME));
    }
    (0..count)
        .map(|at| {
            // SAFETY: the caller's promise; the whole array fits an `isize`.
            let one = unsafe { given.byte_add(at * stride) };
            // SAFETY: the caller's promise, for this one.
            let copy = unsafe { options(one) }?;
            // SAFETY: as before; it starts with its size.
            let size = unsafe { value(one.cast::<usize>(), T::NAME) }?;
            if size == stride {
                Ok(copy)
            } else {
                Err(Fault::struct_size(T::NAME))
            }
        })
        .collect()
}

/// Texts that each end with a NUL.
///
/// # Safety
/// `texts` is NULL or leads to `count` texts, each as [`text`] asks for.
pub(crate) unsafe fn texts<'a>(
    texts: *const *const c_char,
    count: usize,
    name: &'static str,
) -> Result<Vec<&'a str>, Fault> {
    if count > ARRAY_MAX {
        return Err(Fault::length(name));
    }
    (0..count)
        .map(|at| {
            if texts.is_null() {
                return Err(Fault::pointer(name));
            }
            // SAFETY: the caller's promise; `count` is small and the array is not NULL.
            let place = unsafe { texts.add(at) };
            // SAFETY: the caller's promise, for this one.
            let one = unsafe { value(place, name) }?;
            // SAFETY: the caller's promise, for this one.
            unsafe { text(one, name) }
        })
        .collect()
}

/// Numbers one behind the other; NULL is allowed when there are none.
///
/// # Safety
/// `numbers` is NULL or leads to `count` numbers (header, rule 3).
pub(crate) unsafe fn numbers(
    numbers: *const u32,
    count: usize,
    name: &'static str,
) -> Result<Vec<u32>, Fault> {
    if count > ARRAY_MAX {
        return Err(Fault::length(name));
    }
    (0..count)
        .map(|at| {
            let place = numbers.wrapping_add(at);
            if numbers.is_null() {
                return Err(Fault::pointer(name));
            }
            // SAFETY: the caller's promise; the array is not NULL.
            unsafe { value(place, name) }
        })
        .collect()
}

/// Longest bytes or counted text: more than any verb takes, so that a length which is none is told
/// before a byte is read.
const BYTES_MAX: usize = 1 << 30;
/// The most structs, texts or numbers of one array.
const ARRAY_MAX: usize = 100_000;
/// Longest text that ends with a NUL: ids, codes and paths are far shorter.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Largest options struct of any version to come.
const OPTIONS_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests;
