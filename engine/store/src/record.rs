//! A sheaf: archives of a dossier's state and entries in one aligned buffer, read in place.
//!
//! ```text
//! blob 0 | blob 1 | ... each starts at a multiple of 16 | table | footer
//! table:  end of each blob, u32 each
//! footer: count u32 | kind u8 (1 live: blob 0 is the state; 2 closed: entries only)
//!         | version u8 = 1 | reserved u16 = 0
//! ```
//! A blob is an rkyv 0.8 archive (little-endian, 32-bit offsets) whose root lies at its end.
//! Appending an entry copies nothing that is there already.
//!
//! For: heads. Not for: sealing, compressing, or deciding what a dossier is.
//! Invariants: every blob of a [`Sheaf`] was checked once, when it came from bytes, or was made
//! here; the buffer is aligned to 16 and wiped when dropped. The only unsafe file of this room.
#![expect(
    unsafe_code,
    reason = "reading checked archives in place; see each SAFETY"
)]

use crate::dossier::{ArchivedDossier, Dossier};
use crate::entry::{ArchivedEntry, Entry};
use crate::error::Malformed;
use base::{Availability, Consent, Cursor, Flags, limit};
use rkyv::rancor::Error;
use rkyv::util::AlignedVec;
use zeroize::Zeroize;

/// Archives of a dossier's state and entries.
pub(crate) struct Sheaf {
    kind: SheafKind,
    bytes: Buffer,
    ends: Vec<usize>,
}

/// What a sheaf's first blob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheafKind {
    /// The dossier's state; entries follow.
    Live,
    /// An entry, as all others.
    Closed,
}

/// An aligned buffer that is wiped when dropped.
pub(crate) struct Buffer(AlignedVec<ALIGNMENT>);

impl Sheaf {
    /// The sheaf of a dossier without entries.
    pub(crate) fn live(dossier: &Dossier) -> Self {
        let mut sheaf = Self {
            kind: SheafKind::Live,
            bytes: Buffer::empty(),
            ends: Vec::new(),
        };
        sheaf.append(&archive_dossier(dossier).0);
        sheaf
    }

    /// A sheaf of the first `count` entries of this one, which loses them.
    pub(crate) fn split_off_oldest(&mut self, count: usize) -> Self {
        let mut old = Self {
            kind: SheafKind::Closed,
            bytes: Buffer::empty(),
            ends: Vec::new(),
        };
        let mut rest = Self {
            kind: self.kind,
            bytes: Buffer::empty(),
            ends: Vec::new(),
        };
        let states = self.states();
        for blob in 0..self.ends.len() {
            let goes = blob >= states && blob < states + count;
            let target = if goes { &mut old } else { &mut rest };
            target.append(self.blob(blob));
        }
        *self = rest;
        old
    }

    /// Opens what [`Self::to_plain`] made; every blob is checked.
    pub(crate) fn parse(mut bytes: Buffer, kind: SheafKind) -> Result<Self, Malformed> {
        let ends = table(&bytes.0, kind)?;
        bytes.0.resize(ends.last().copied().unwrap_or(0), 0);
        let sheaf = Self { kind, bytes, ends };
        let states = sheaf.states();
        for blob in 0..sheaf.ends.len() {
            if blob < states {
                check_dossier(sheaf.blob(blob))?;
            } else {
                check_entry(sheaf.blob(blob))?;
            }
        }
        Ok(sheaf)
    }

    /// The bytes that stand for the sheaf.
    pub(crate) fn to_plain(&self) -> Buffer {
        let table_bytes = 4 * self.ends.len() + FOOTER_BYTES;
        let mut out = Buffer(AlignedVec::with_capacity(self.bytes.0.len() + table_bytes));
        out.0.extend_from_slice(&self.bytes.0);
        for end in &self.ends {
            let end = u32::try_from(*end).expect("a head is far below 4 GiB");
            out.0.extend_from_slice(&end.to_le_bytes());
        }
        let count = u32::try_from(self.ends.len()).expect("a head part is bounded");
        out.0.extend_from_slice(&count.to_le_bytes());
        out.0
            .extend_from_slice(&[self.kind.byte(), SHEAF_VERSION, 0, 0]);
        out
    }

    /// The dossier's state, in a live sheaf.
    pub(crate) fn dossier(&self) -> Option<&ArchivedDossier> {
        if self.kind == SheafKind::Closed {
            return None;
        }
        // SAFETY: blob 0 of a live sheaf is an archived `Dossier`: `parse` checked it or
        // `archive_dossier` made it; the buffer is aligned and nobody changed it since.
        Some(unsafe { rkyv::access_unchecked::<ArchivedDossier>(self.blob(0)) })
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.0.capacity() + 8 * self.ends.capacity()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() - self.states()
    }

    /// Entry number `at` of this sheaf.
    pub(crate) fn entry(&self, at: usize) -> Option<&ArchivedEntry> {
        if at >= self.len() {
            return None;
        }
        let blob = self.blob(at + self.states());
        // SAFETY: every blob behind the state is an archived `Entry`: `parse` checked it or
        // `archive_entry` made it; the buffer is aligned and nobody changed it since.
        Some(unsafe { rkyv::access_unchecked::<ArchivedEntry>(blob) })
    }

    /// Adds an entry behind the others.
    pub(crate) fn push(&mut self, entry: &Entry) {
        self.append(&archive_entry(entry).0);
    }

    /// Replaces the dossier's state.
    pub(crate) fn set_dossier(&mut self, dossier: &Dossier) {
        assert!(
            self.kind == SheafKind::Live,
            "only a live sheaf has a state"
        );
        self.replace(0, &archive_dossier(dossier).0);
    }

    /// Replaces entry number `at`.
    pub(crate) fn set_entry(&mut self, at: usize, entry: &Entry) {
        assert!(at < self.len(), "the entry is there");
        self.replace(at + self.states(), &archive_entry(entry).0);
    }

    fn states(&self) -> usize {
        match self.kind {
            SheafKind::Live => 1,
            SheafKind::Closed => 0,
        }
    }

    fn blob(&self, at: usize) -> &[u8] {
        let start = match at.checked_sub(1) {
            Some(before) => aligned(self.ends[before]),
            None => 0,
        };
        &self.bytes.0[start..self.ends[at]]
    }

    fn append(&mut self, blob: &[u8]) {
        let start = aligned(self.bytes.0.len());
        self.bytes.reserve(start + blob.len());
        self.bytes.0.resize(start, 0);
        self.bytes.0.extend_from_slice(blob);
        self.ends.push(self.bytes.0.len());
    }

    fn replace(&mut self, at: usize, blob: &[u8]) {
        let mut rest = Self {
            kind: self.kind,
            bytes: Buffer::empty(),
            ends: Vec::new(),
        };
        for other in 0..self.ends.len() {
            rest.append(if other == at { blob } else { self.blob(other) });
        }
        *self = rest;
    }
}

impl SheafKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Live => 1,
            Self::Closed => 2,
        }
    }
}

impl Buffer {
    /// A buffer without bytes.
    pub(crate) fn empty() -> Self {
        Self(AlignedVec::new())
    }

    /// A buffer of `length` zero bytes.
    pub(crate) fn zeroed(length: usize) -> Self {
        let mut bytes = AlignedVec::with_capacity(length);
        bytes.resize(length, 0);
        Self(bytes)
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Makes room for `length` bytes; what is left behind is wiped.
    fn reserve(&mut self, length: usize) {
        if length > self.0.capacity() {
            let mut larger = AlignedVec::with_capacity(length.next_power_of_two());
            larger.extend_from_slice(&self.0);
            self.0.as_mut_slice().zeroize();
            self.0 = larger;
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

fn archive_dossier(dossier: &Dossier) -> Buffer {
    Buffer(rkyv::to_bytes::<Error>(dossier).expect("archiving into memory cannot fail"))
}

fn archive_entry(entry: &Entry) -> Buffer {
    Buffer(rkyv::to_bytes::<Error>(entry).expect("archiving into memory cannot fail"))
}

fn check_dossier(blob: &[u8]) -> Result<(), Malformed> {
    let dossier = rkyv::access::<ArchivedDossier, Error>(blob).map_err(|_| Malformed)?;
    let consents = &dossier.consents;
    let answers = [
        &consents.consultation,
        &consents.deposit,
        &consents.samu,
        &consents.break_glass,
        &consents.masked_in_emergency,
    ];
    let known = answers
        .iter()
        .all(|answer| Consent::from_byte(answer.consent).is_some());
    if known && dossier.number <= limit::DOSSIER_NUMBER_MAX {
        Ok(())
    } else {
        Err(Malformed)
    }
}

fn check_entry(blob: &[u8]) -> Result<(), Malformed> {
    let entry = rkyv::access::<ArchivedEntry, Error>(blob).map_err(|_| Malformed)?;
    let known = |status, flags| {
        Availability::from_byte(status).is_some() && Flags::from_bits(flags).is_some()
    };
    let earlier = &entry.earlier;
    if known(entry.status, entry.flags)
        && earlier.iter().all(|old| known(old.status, old.flags))
        && entry.number <= limit::DOCUMENT_NUMBER_MAX
    {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// Reads the ends of the blobs and checks that each lies behind the one before.
fn table(bytes: &[u8], kind: SheafKind) -> Result<Vec<usize>, Malformed> {
    let footer_at = bytes.len().checked_sub(FOOTER_BYTES).ok_or(Malformed)?;
    let mut footer = Cursor::new(&bytes[footer_at..]);
    let count = usize::try_from(footer.u32()?).map_err(|_| Malformed)?;
    if footer.array()? != [kind.byte(), SHEAF_VERSION, 0, 0] || count > SHEAF_BLOBS_MAX {
        return Err(Malformed);
    }
    let table_at = footer_at.checked_sub(4 * count).ok_or(Malformed)?;
    let mut table = Cursor::new(&bytes[table_at..footer_at]);
    let mut ends: Vec<usize> = Vec::with_capacity(count);
    for _ in 0..count {
        let end = usize::try_from(table.u32()?).map_err(|_| Malformed)?;
        let start = ends.last().copied().map_or(0, aligned);
        if end < start || end > table_at {
            return Err(Malformed);
        }
        ends.push(end);
    }
    let states = usize::from(kind == SheafKind::Live);
    if ends.last().copied().unwrap_or(0) == table_at && count >= states {
        Ok(ends)
    } else {
        Err(Malformed)
    }
}

const fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(ALIGNMENT)
}

const ALIGNMENT: usize = 16;
const FOOTER_BYTES: usize = 8;
const SHEAF_VERSION: u8 = 1;
const SHEAF_BLOBS_MAX: usize = 2 * limit::HEAD_PART_ENTRIES_MAX + 1;

#[cfg(test)]
mod tests;
