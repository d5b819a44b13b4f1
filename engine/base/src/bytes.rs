//! Reading and writing fixed-width little-endian fields.
//!
//! For: every codec of the engine. Invariants: a length is compared with what is left before
//! anything is allocated; a short buffer is an error, never a panic.

use thiserror::Error;

/// Why bytes could not be read as the fields they should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CursorError {
    /// Fewer bytes are left than the field needs.
    #[error("the bytes end inside a field")]
    Short,
    /// Bytes are left after the last field.
    #[error("bytes follow the last field")]
    Trailing,
    /// A text field is not UTF-8.
    #[error("a text field is not UTF-8")]
    NotText,
    /// A field holds a value outside its range, or a reserved bit is set.
    #[error("a field holds a value that this version does not know")]
    Value,
}

/// Reads fields from the front of a byte slice.
#[derive(Clone)]
pub struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Takes `count` bytes.
    ///
    /// # Errors
    /// [`CursorError::Short`] when fewer are left.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], CursorError> {
        let (head, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(CursorError::Short)?;
        self.rest = rest;
        Ok(head)
    }

    /// Takes exactly `N` bytes.
    ///
    /// # Errors
    /// [`CursorError::Short`] when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CursorError> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(CursorError::Short)?;
        self.rest = rest;
        Ok(*head)
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// [`CursorError::Short`] when none is left.
    pub fn u8(&mut self) -> Result<u8, CursorError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// Takes a little-endian `u16`.
    ///
    /// # Errors
    /// [`CursorError::Short`] when fewer than 2 bytes are left.
    pub fn u16(&mut self) -> Result<u16, CursorError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Takes a little-endian `u32`.
    ///
    /// # Errors
    /// [`CursorError::Short`] when fewer than 4 bytes are left.
    pub fn u32(&mut self) -> Result<u32, CursorError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Takes a little-endian `u64`.
    ///
    /// # Errors
    /// [`CursorError::Short`] when fewer than 8 bytes are left.
    pub fn u64(&mut self) -> Result<u64, CursorError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Takes a little-endian `i64`.
    ///
    /// # Errors
    /// [`CursorError::Short`] when fewer than 8 bytes are left.
    pub fn i64(&mut self) -> Result<i64, CursorError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// Takes a `u32` length and then that many bytes.
    ///
    /// # Errors
    /// [`CursorError::Short`] when the length promises more than is left.
    pub fn bytes(&mut self) -> Result<&'a [u8], CursorError> {
        let length = usize::try_from(self.u32()?).map_err(|_| CursorError::Short)?;
        self.take(length)
    }

    /// Takes a `u32` length and then that many bytes of UTF-8.
    ///
    /// # Errors
    /// [`CursorError::Short`] or [`CursorError::NotText`].
    pub fn text(&mut self) -> Result<&'a str, CursorError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| CursorError::NotText)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`CursorError::Trailing`] when bytes are left.
    pub fn finish(self) -> Result<(), CursorError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(CursorError::Trailing)
        }
    }
}

/// Appends `bytes` behind a `u32` length.
///
/// # Panics
/// When `bytes` is longer than `u32::MAX`: every caller bounds its fields by `limit`.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("fields are bounded by base::limit");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests;
