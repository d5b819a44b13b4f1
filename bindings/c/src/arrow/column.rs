//! Columns: their names, their Arrow formats and their bytes.
//!
//! Invariant: every buffer is a vector of words of eight bytes or of bytes of text, so it is
//! aligned for what it holds.

use std::ffi::CStr;

/// A column's name, its format, and whether a value of it may be missing.
pub(super) struct Field {
    pub(super) name: &'static CStr,
    pub(super) format: &'static CStr,
    pub(super) nulls: Nulls,
}

/// Whether a value may be missing.
#[derive(Clone, Copy)]
pub(super) enum Nulls {
    Never,
    Some,
}

impl Field {
    /// A column whose values are all there.
    pub(super) const fn always(name: &'static CStr, format: &'static CStr) -> Self {
        let nulls = Nulls::Never;
        Self {
            name,
            format,
            nulls,
        }
    }

    /// A column of which some values may be missing.
    pub(super) const fn sometimes(name: &'static CStr, format: &'static CStr) -> Self {
        let nulls = Nulls::Some;
        Self {
            name,
            format,
            nulls,
        }
    }
}

/// What a column's buffers hold.
pub(super) enum Column {
    /// Values of one width, one behind the other.
    Fixed(Vec<u64>),
    /// The same, where some are missing.
    Sparse {
        /// A bit for each value that is there.
        there: Vec<u64>,
        /// How many are not.
        nulls: usize,
        /// The values.
        words: Vec<u64>,
    },
    /// Texts one behind the other, and where each ends.
    Texts(Vec<i64>, Vec<u8>),
}

impl Column {
    /// How many values are missing.
    pub(super) const fn nulls(&self) -> usize {
        match self {
            Self::Sparse { nulls, .. } => *nulls,
            Self::Fixed(_) | Self::Texts(..) => 0,
        }
    }
}

/// A column of values of one width.
pub(super) fn fixed<R, const N: usize>(rows: &[R], value: impl Fn(&R) -> [u8; N]) -> Column {
    Column::Fixed(words(rows.iter().flat_map(value)))
}

/// A column of values of one width, some of which are missing.
pub(super) fn sparse<R, const N: usize>(
    rows: &[R],
    value: impl Fn(&R) -> Option<[u8; N]>,
) -> Column {
    let there = rows.iter().map(|row| value(row).is_some());
    Column::Sparse {
        nulls: there.clone().filter(|there| !there).count(),
        there: words(bits(there)),
        words: words(rows.iter().flat_map(|row| value(row).unwrap_or([0; N]))),
    }
}

/// A column of yes and no.
pub(super) fn flags<R>(rows: &[R], value: impl Fn(&R) -> bool) -> Column {
    Column::Fixed(words(bits(rows.iter().map(value))))
}

/// A column of texts.
pub(super) fn texts<R>(rows: &[R], text: impl Fn(&R) -> &String) -> Column {
    let (mut ends, mut bytes) = (vec![0], Vec::new());
    for row in rows {
        bytes.extend_from_slice(text(row).as_bytes());
        ends.push(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    }
    Column::Texts(ends, bytes)
}

/// Eight yes or no to a byte, the first in its lowest bit.
fn bits(values: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, value) in values.enumerate() {
        if at % 8 == 0 {
            bytes.push(0);
        }
        if let (Some(last), true) = (bytes.last_mut(), value) {
            *last |= 1 << (at % 8);
        }
    }
    bytes
}

/// Words of eight bytes, so that the buffer is aligned for every width.
fn words(bytes: impl IntoIterator<Item = u8>) -> Vec<u64> {
    let bytes: Vec<u8> = bytes.into_iter().collect();
    let words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        u64::from_ne_bytes(word)
    });
    words.collect()
}

/// Sixteen bytes.
pub(super) const ID: &CStr = c"w:16";
/// Milliseconds since 1970-01-01 UTC.
pub(super) const INSTANT: &CStr = c"tsm:UTC";
/// UTF-8 with ends of eight bytes.
pub(super) const TEXT: &CStr = c"U";
/// Numbers of four and of eight bytes.
pub(super) const HALF: &CStr = c"I";
pub(super) const WHOLE: &CStr = c"L";
/// Yes or no.
pub(super) const FLAG: &CStr = c"b";

#[cfg(test)]
mod tests;
