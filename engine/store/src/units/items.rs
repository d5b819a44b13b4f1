//! The items of a unit, as they stand in its plaintext.
//!
//! For: looking one up and setting it without a copy of all others. Not for: which unit an item
//! belongs to. Invariants: keys ascend, each once; lengths fit their fields.

use crate::error::Malformed;
use base::Cursor;
use std::ops::Range;

/// Items in the order of their keys: key length u16 | value length u16 | key | value.
#[derive(Default)]
pub(crate) struct Items {
    count: usize,
    bytes: Vec<u8>,
}

/// Where an item stands, or would.
enum Place {
    At {
        item: Range<usize>,
        value: Range<usize>,
    },
    Before(usize),
}

impl Items {
    /// Reads as many items as there are said to be, and nothing behind them.
    pub(super) fn read(count: usize, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        let mut last: Option<&[u8]> = None;
        for _ in 0..count {
            let (key, value) = (usize::from(cursor.u16()?), usize::from(cursor.u16()?));
            let key = cursor.take(key)?;
            cursor.take(value)?;
            if last.is_some_and(|last| last >= key) {
                return Err(Malformed);
            }
            last = Some(key);
        }
        cursor.finish()?;
        let bytes = bytes.to_vec();
        Ok(Self { count, bytes })
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// As they stand in the plaintext.
    pub(super) const fn as_bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Each key with its value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (key, value) = self.spans(at)?;
            at = value.end;
            Some((self.bytes.get(key)?, self.bytes.get(value)?))
        })
    }

    /// The value of an item.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        match self.find(key) {
            Place::At { value, .. } => self.bytes.get(value),
            Place::Before(_) => None,
        }
    }

    /// Sets an item, `None` removes it; tells its value before.
    pub(super) fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Option<Vec<u8>> {
        let item = value.map_or_else(Vec::new, |value| encoded(key, value));
        let (range, before) = match self.find(key) {
            Place::At { item, value } => (item, self.bytes.get(value).map(<[u8]>::to_vec)),
            Place::Before(at) => (at..at, None),
        };
        self.count -= usize::from(before.is_some());
        self.count += usize::from(value.is_some());
        self.bytes.splice(range, item);
        before
    }

    /// Adds an item behind all others.
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) {
        self.count += 1;
        self.bytes.extend_from_slice(&encoded(key, value));
    }

    fn find(&self, wanted: &[u8]) -> Place {
        let mut at = 0;
        while let Some((key, value)) = self.spans(at) {
            let held = self.bytes.get(key).unwrap_or_default();
            if held >= wanted {
                let item = at..value.end;
                return if held == wanted {
                    Place::At { item, value }
                } else {
                    Place::Before(at)
                };
            }
            at = value.end;
        }
        Place::Before(at)
    }

    /// Where the key and the value of the item at `at` stand; `None` behind the last.
    fn spans(&self, at: usize) -> Option<(Range<usize>, Range<usize>)> {
        let lengths: &[u8; LENGTHS_BYTES] = self.bytes.get(at..)?.first_chunk()?;
        let [a, b, c, d] = *lengths;
        let key = at + LENGTHS_BYTES..at + LENGTHS_BYTES + usize::from(u16::from_le_bytes([a, b]));
        let value = key.end..key.end + usize::from(u16::from_le_bytes([c, d]));
        Some((key, value))
    }
}

fn encoded(key: &[u8], value: &[u8]) -> Vec<u8> {
    let narrow = |length: usize| u16::try_from(length).expect("items are bounded");
    let mut item = Vec::with_capacity(LENGTHS_BYTES + key.len() + value.len());
    item.extend_from_slice(&narrow(key.len()).to_le_bytes());
    item.extend_from_slice(&narrow(value.len()).to_le_bytes());
    item.extend_from_slice(key);
    item.extend_from_slice(value);
    item
}

const LENGTHS_BYTES: usize = 4;

#[cfg(test)]
mod tests;
