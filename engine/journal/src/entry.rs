//! Entries: the bytes the log is made of.
//!
//! ```text
//!  0 version u8 = 1        4 hour u32, hours since 1970
//!  1 kind u8               8 handle 16, zero when the entry concerns no audit handle
//!  2 class u8             24 previous u64, the handle's entry before this one, or all ones
//!  3 parts u8             32 the parts there are, in order, each behind a u16 length:
//!                            bit 0 fact (clear), bit 1 trace (sealed), bit 2 words (sealed)
//! ```
//! Bytes 0 to 24 are in the AAD of both sealed parts. `previous` is not: the log fills it in as
//! it appends. Invariants: at most 65,535 bytes; what this module gives out as an [`Entry`] is
//! well-formed, and its fact is readable.

use crate::error::JournalError;
use crate::fact::Fact;
use crate::kind::{Class, Kind};
use crate::wire;
use base::{AuditHandle, Cursor, CursorError, Instant, limit};

/// One entry of the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    bytes: Vec<u8>,
    header: Header,
    parts: [Part; 3],
}

/// What stands in clear at the head of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The kind of event.
    pub kind: Kind,
    /// The class in which it is kept.
    pub class: Class,
    /// The start of the hour in which it happened.
    pub hour: Instant,
    /// The audit handle it concerns, if any.
    pub handle: Option<AuditHandle>,
}

/// Where a part lies in an entry.
type Part = Option<(usize, usize)>;

impl Entry {
    /// Reads the bytes of an entry.
    ///
    /// # Errors
    /// [`CursorError`] when they are not one.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CursorError> {
        if bytes.len() > limit::JOURNAL_ENTRY_BYTES_MAX {
            return Err(CursorError::Value);
        }
        let mut cursor = Cursor::new(&bytes);
        let (header, present) = take_header(&mut cursor)?;
        let mut parts = [None; 3];
        for (number, part) in parts.iter_mut().enumerate() {
            if present & (1 << number) != 0 {
                let length = usize::from(cursor.u16()?);
                let from = bytes.len() - cursor.remaining();
                cursor.take(length)?;
                *part = Some((from, from + length));
            }
        }
        cursor.finish()?;
        let entry = Self {
            bytes,
            header,
            parts,
        };
        if let Some(fact) = entry.part(FACT) {
            Fact::decode(header.kind, fact)?;
        }
        Ok(entry)
    }

    /// The bytes of the entry; the log hashes these.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What stands in clear at its head.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The index of the entry of the same audit handle before this one.
    #[must_use]
    pub fn previous(&self) -> Option<u64> {
        let bytes = self.bytes.get(PREVIOUS..HEADER_BYTES)?;
        let index = u64::from_le_bytes(bytes.try_into().ok()?);
        (index != NO_INDEX).then_some(index)
    }

    /// What it says in clear.
    #[must_use]
    pub fn fact(&self) -> Option<Fact> {
        // INVARIANT(J1): the fact was decoded once when the entry was read.
        Fact::decode(self.header.kind, self.part(FACT)?).ok()
    }

    /// The first 24 bytes, which the sealed parts are bound to.
    pub(crate) fn bound(&self) -> &[u8] {
        self.bytes.get(..PREVIOUS).unwrap_or_default()
    }

    /// The sealed trace, if it has one.
    #[must_use]
    pub fn sealed_trace(&self) -> Option<&[u8]> {
        self.part(TRACE)
    }

    /// The sealed words, if it has some.
    #[must_use]
    pub fn sealed_words(&self) -> Option<&[u8]> {
        self.part(WORDS)
    }

    /// Names the entry of the same handle before this one.
    pub(crate) fn set_previous(&mut self, index: u64) {
        if let Some(bytes) = self.bytes.get_mut(PREVIOUS..HEADER_BYTES) {
            bytes.copy_from_slice(&index.to_le_bytes());
        }
    }

    fn part(&self, number: usize) -> Option<&[u8]> {
        let (from, to) = (*self.parts.get(number)?)?;
        self.bytes.get(from..to)
    }
}

/// Writes an entry, part by part.
pub(crate) struct EntryWriter {
    bytes: Vec<u8>,
}

impl EntryWriter {
    /// Starts an entry that will have the parts in `parts`.
    pub(crate) fn new(header: &Header, parts: u8) -> Self {
        let mut bytes = Vec::with_capacity(512);
        let hour = u32::try_from(header.hour.millis().div_euclid(HOUR_MILLIS));
        let hour = hour.unwrap_or(if header.hour.millis() < 0 {
            0
        } else {
            u32::MAX
        });
        bytes.extend_from_slice(&[VERSION, header.kind.byte(), header.class.byte(), parts]);
        bytes.extend_from_slice(&hour.to_le_bytes());
        let handle = header.handle.unwrap_or(NO_HANDLE);
        bytes.extend_from_slice(handle.as_bytes());
        bytes.extend_from_slice(&NO_INDEX.to_le_bytes());
        Self { bytes }
    }

    /// What the sealed parts are bound to.
    pub(crate) fn bound(&self) -> &[u8] {
        &self.bytes[..PREVIOUS]
    }

    /// Adds the next part.
    pub(crate) fn part(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let length = u16::try_from(bytes.len()).map_err(|_| JournalError::TooLong)?;
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The entry.
    pub(crate) fn finish(self) -> Result<Entry, JournalError> {
        if self.bytes.len() > limit::JOURNAL_ENTRY_BYTES_MAX {
            return Err(JournalError::TooLong);
        }
        Entry::from_bytes(self.bytes)
            .map_err(|_| base::Bug::new("an entry just written can be read").into())
    }
}

fn take_header(cursor: &mut Cursor<'_>) -> Result<(Header, u8), CursorError> {
    if cursor.u8()? != VERSION {
        return Err(CursorError::Value);
    }
    let kind = wire::take_code(cursor, Kind::from_byte)?;
    let class = wire::take_code(cursor, Class::from_byte)?;
    let parts = cursor.u8()?;
    let hour = Instant::from_millis(i64::from(cursor.u32()?) * HOUR_MILLIS);
    let handle = AuditHandle::from_bytes(cursor.array()?);
    let previous = cursor.u64()?;
    let handle = (handle != NO_HANDLE).then_some(handle);
    let words_alone = parts & (1 << WORDS) != 0 && parts & (1 << TRACE) == 0;
    if parts == 0 || parts >= 8 || words_alone || (handle.is_none() && previous != NO_INDEX) {
        return Err(CursorError::Value);
    }
    Ok((
        Header {
            kind,
            class,
            hour,
            handle,
        },
        parts,
    ))
}

/// The part that is in clear.
pub(crate) const FACT: usize = 0;
/// The part sealed under an audit key.
pub(crate) const TRACE: usize = 1;
/// The part sealed under the dossier's data key.
pub(crate) const WORDS: usize = 2;

const VERSION: u8 = 1;
const PREVIOUS: usize = 24;
const HEADER_BYTES: usize = 32;
const HOUR_MILLIS: i64 = 60 * 60 * 1000;
pub(crate) const NO_INDEX: u64 = u64::MAX;
const NO_HANDLE: AuditHandle = AuditHandle::from_bytes([0; 16]);

#[cfg(test)]
mod tests;
