//! The counters of a store: one row that every commit rewrites.
//!
//! ```text
//! table "meta", row "counters", 80 bytes
//!  0  2  version, 1          24  8  next dossier number     56  4  current segment, 0: none
//!  2  6  reserved, zero      32  8  next dossier slot       60  4  next segment number
//!  8  8  commit sequence     40  8  next unit slot          64  8  next index segment slot
//! 16  8  commit's instant    48  8  next audit slot         72  8  checksum
//!
//! table "segments", row: segment number, 4 bytes big-endian; 64 bytes
//!  0  8  committed end        8  8  dead bytes             16  1  state  17  7  reserved, zero
//! 24 32  chain of the frames 56  8  checksum
//! ```
//! A checksum is the first 8 bytes of `vault::digest("liasse meta v1", [row key, bytes before])`:
//! these rows are in clear and redb does not check what it reads.
//! Invariant: counters only grow.

use crate::error::Malformed;
use base::{CommitSeq, Cursor, Digest, DossierNumber, Instant, Table};

/// The numbers a store gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The number of the last commit.
    pub commit: CommitSeq,
    /// When it was made.
    pub instant: Instant,
    next: [u64; COUNTERS],
    current_segment: u32,
    next_segment: u32,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Numbers of dossiers.
    Dossier,
    /// Slots of dossier keys.
    DossierSlot,
    /// Slots of unit keys.
    UnitSlot,
    /// Slots of audit keys.
    AuditSlot,
    /// Slots of index segment keys.
    SegmentSlot,
}

/// What the catalog knows of one body segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// Where its committed bytes end.
    pub end: u64,
    /// How many of them nothing names any more.
    pub dead: u64,
    /// What is done with it.
    pub state: SegmentState,
    /// One digest for all its frames: of the chain before a frame and the frame's own, in
    /// order; zero while there is none.
    pub chain: Digest,
}

/// What is done with a body segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentState {
    /// Frames are appended to it.
    Open,
    /// It is full and never changes.
    Full,
    /// Its live frames are being moved away; then it is removed.
    Draining,
}

impl Counters {
    pub(crate) const fn start(instant: Instant) -> Self {
        Self {
            commit: CommitSeq::new(0),
            instant,
            // Unit slot 0 holds the bucket key (see `units`).
            next: [0, 0, 1, 0, 0],
            current_segment: 0,
            next_segment: 1,
        }
    }

    /// The number that is given out next.
    #[must_use]
    pub const fn next(&self, counter: Counter) -> u64 {
        self.next[counter.index()]
    }

    /// How many dossiers were ever opened; numbers below are or were in use.
    #[must_use]
    pub const fn dossiers(&self) -> u64 {
        self.next(Counter::Dossier)
    }

    /// The number of the dossier opened last.
    #[must_use]
    pub fn last_dossier(&self) -> Option<DossierNumber> {
        DossierNumber::new(self.dossiers().checked_sub(1)?).ok()
    }

    pub(crate) fn take(&mut self, counter: Counter) -> u64 {
        let next = &mut self.next[counter.index()];
        *next += 1;
        *next - 1
    }

    pub(crate) const fn current_segment(&self) -> Option<u32> {
        if self.current_segment == 0 {
            None
        } else {
            Some(self.current_segment)
        }
    }

    pub(crate) fn take_segment(&mut self) -> u32 {
        self.current_segment = self.next_segment;
        self.next_segment += 1;
        self.current_segment
    }

    pub(crate) fn leave_segment(&mut self) {
        self.current_segment = 0;
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(COUNTERS_BYTES);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[0; 6]);
        out.extend_from_slice(&self.commit.number().to_le_bytes());
        out.extend_from_slice(&self.instant.millis().to_le_bytes());
        for next in &self.next[..4] {
            out.extend_from_slice(&next.to_le_bytes());
        }
        out.extend_from_slice(&self.current_segment.to_le_bytes());
        out.extend_from_slice(&self.next_segment.to_le_bytes());
        out.extend_from_slice(&self.next[4].to_le_bytes());
        let checksum = checksum(COUNTERS_ROW, &out);
        out.extend_from_slice(&checksum);
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(checked(COUNTERS_ROW, bytes)?);
        if cursor.u16()? != VERSION || cursor.array()? != [0; 6] {
            return Err(Malformed);
        }
        let (commit, instant) = (CommitSeq::new(cursor.u64()?), cursor.i64()?);
        let first = [cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?];
        let (current_segment, next_segment) = (cursor.u32()?, cursor.u32()?);
        let counters = Self {
            commit,
            instant: Instant::from_millis(instant),
            next: [first[0], first[1], first[2], first[3], cursor.u64()?],
            current_segment,
            next_segment,
        };
        cursor.finish()?;
        if counters.current_segment < counters.next_segment {
            Ok(counters)
        } else {
            Err(Malformed)
        }
    }
}

impl Counter {
    const fn index(self) -> usize {
        match self {
            Self::Dossier => 0,
            Self::DossierSlot => 1,
            Self::UnitSlot => 2,
            Self::AuditSlot => 3,
            Self::SegmentSlot => 4,
        }
    }
}

impl SegmentRow {
    pub(crate) fn to_bytes(self, segment: u32) -> [u8; SEGMENT_ROW_BYTES] {
        let mut out = [0; SEGMENT_ROW_BYTES];
        out[0..8].copy_from_slice(&self.end.to_le_bytes());
        out[8..16].copy_from_slice(&self.dead.to_le_bytes());
        out[16] = match self.state {
            SegmentState::Open => 1,
            SegmentState::Full => 2,
            SegmentState::Draining => 3,
        };
        out[24..56].copy_from_slice(self.chain.as_bytes());
        let checksum = checksum(&segment.to_be_bytes(), &out[..56]);
        out[56..].copy_from_slice(&checksum);
        out
    }

    /// The row with one more frame, of this length and digest.
    pub(crate) fn and(self, frame_bytes: u64, digest: Digest) -> Self {
        Self {
            end: self.end + frame_bytes,
            chain: chained(self.chain, digest),
            ..self
        }
    }

    pub(crate) fn from_bytes(segment: u32, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(checked(&segment.to_be_bytes(), bytes)?);
        let mut row = Self {
            end: cursor.u64()?,
            dead: cursor.u64()?,
            state: match cursor.u8()? {
                1 => SegmentState::Open,
                2 => SegmentState::Full,
                3 => SegmentState::Draining,
                _ => return Err(Malformed),
            },
            chain: Digest::ZERO,
        };
        if cursor.array()? != [0; 7] || row.dead > row.end {
            return Err(Malformed);
        }
        row.chain = Digest::from_bytes(cursor.array()?);
        cursor.finish()?;
        Ok(row)
    }
}

/// The chain of a segment's frames, one frame further.
pub(crate) fn chained(before: Digest, frame: Digest) -> Digest {
    vault::digest(CHAIN_DOMAIN, &[before.as_bytes(), frame.as_bytes()])
}

fn checksum(row: &[u8], bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = vault::digest(DOMAIN, &[row, bytes]);
    let mut out = [0; CHECKSUM_BYTES];
    out.copy_from_slice(&digest.as_bytes()[..CHECKSUM_BYTES]);
    out
}

/// What lies before the checksum, if that holds.
fn checked<'a>(row: &[u8], bytes: &'a [u8]) -> Result<&'a [u8], Malformed> {
    let (before, sum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(Malformed)?;
    if checksum(row, before) == *sum {
        Ok(before)
    } else {
        Err(Malformed)
    }
}

/// The table of counters.
pub(crate) const META: Table = Table::new("meta");
/// The row of counters.
pub(crate) const COUNTERS_ROW: &[u8] = b"counters";
/// The table of body segments.
pub(crate) const SEGMENTS: Table = Table::new("segments");
const COUNTERS: usize = 5;
const COUNTERS_BYTES: usize = 80;
const CHECKSUM_BYTES: usize = 8;
const DOMAIN: &str = "liasse meta v1";
const CHAIN_DOMAIN: &str = "liasse segment chain v1";
const SEGMENT_ROW_BYTES: usize = 64;
const VERSION: u16 = 1;

#[cfg(test)]
mod tests;
