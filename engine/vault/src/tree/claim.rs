//! Which copy of a store may change its roots.
//!
//! ```text
//! KeyTree::claim -> Claim    this copy was the writer before, or takes over
//! Claim::put                 the catalog's transaction names the writer to come
//!    (commit)
//! Claim::make                the KMS makes it the writer, by compare-and-set
//! row      = version u8 (1) | location (16, zero: unknown) | count u8 | count x writer (16)
//! ```
//! The row names the writer that the KMS told, then those asked for since, the newest last: a
//! call to the KMS that was given up may still be done later. A copy whose row does not name the
//! KMS's writer was not the last one opened for writing. One that lies elsewhere than its row
//! says was copied or moved, and nothing tells which; whoever opens it says so.
//!
//! Invariants: a writer is named durably before the KMS hears of it, so that a crash between any
//! two steps leaves a store that opens; a claim that is refused has changed nothing.

use super::{KeyTree, NodeRow, TABLE, TreeError};
use crate::kms::{Kms, KmsError, Use, Writer};
use crate::seal::OpenError;
use base::{Bug, Cursor, Entropy, RowRead, RowWrite};
use std::sync::Arc;

/// Where a copy of a store lies, as far as the system can tell one place from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location([u8; Self::BYTES]);

impl Location {
    /// How many bytes it has.
    pub const BYTES: usize = 16;

    const UNKNOWN: Self = Self([0; Self::BYTES]);

    /// The place that these bytes tell; zeros tell none.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

/// On what ground a copy becomes the writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// It is the copy that was the writer before, where it was before.
    #[default]
    Succession,
    /// Whoever opens it says that it shall be, whatever copy was the writer before.
    TakeOver,
}

/// A writer to come. Nothing is changed yet.
#[must_use]
pub struct Claim {
    tree: Arc<KeyTree>,
    seen: Writer,
    fresh: Writer,
    row: Row,
}

/// What the catalog says of writers.
struct Row {
    location: Location,
    writers: Vec<Writer>,
}

impl KeyTree {
    /// Asks to be the writer: the copy in `rows`, which lies at `location` where that is known.
    ///
    /// # Errors
    /// [`TreeError::OtherCopy`], [`TreeError::Elsewhere`]; what rows, KMS or entropy give.
    pub fn claim(
        self: &Arc<Self>,
        rows: &dyn RowRead,
        kms: &dyn Kms,
        location: Option<Location>,
        ground: Ground,
        entropy: &dyn Entropy,
    ) -> Result<Claim, TreeError> {
        let location = location.unwrap_or(Location::UNKNOWN);
        let kept = Row::read(rows)?;
        let seen = kms.load(self.store, Use::Open)?.writer;
        let known = kept.writers.contains(&seen);
        if ground == Ground::Succession {
            if !known {
                return Err(TreeError::OtherCopy);
            }
            let both_known = ![location, kept.location].contains(&Location::UNKNOWN);
            if both_known && location != kept.location {
                return Err(TreeError::Elsewhere);
            }
        }
        let fresh = Writer::random(entropy)?;
        let mut writers = vec![seen];
        // What was asked for while the KMS told the same may still come to be.
        let asked = kept
            .writers
            .split_first()
            .filter(|(told, _)| **told == seen);
        let asked = asked.map_or(&[][..], |(_, asked)| asked);
        writers.extend_from_slice(&asked[asked.len().saturating_sub(ASKED_MAX - 1)..]);
        writers.push(fresh);
        Ok(Claim {
            tree: Arc::clone(self),
            seen,
            fresh,
            row: Row { location, writers },
        })
    }
}

impl Claim {
    /// Names the writer to come in the transaction `rows`.
    ///
    /// # Errors
    /// What the rows give.
    pub fn put(&self, rows: &mut dyn RowWrite) -> Result<(), TreeError> {
        Ok(rows.put(TABLE, WRITER_ROW, &self.row.bytes())?)
    }

    /// Makes it the writer; this tree and those that come of it change roots in its name.
    ///
    /// # Errors
    /// [`TreeError::NotCommitted`] when `committed`, a snapshot taken after the commit, does not
    /// name it; [`TreeError::OtherCopy`] when another was faster; what the KMS gives. The store
    /// can be claimed again.
    pub fn make(self, committed: &dyn RowRead, kms: &dyn Kms) -> Result<(), TreeError> {
        // INVARIANT(V5): the KMS never has a writer that the catalog does not name.
        if !Row::read(committed)?.writers.contains(&self.fresh) {
            return Err(TreeError::NotCommitted);
        }
        match kms.hand_over(self.seen, self.fresh) {
            Err(KmsError::OtherWriter) => return Err(TreeError::OtherCopy),
            other => other?,
        }
        let made = self.tree.shared.writer.set(self.fresh);
        Ok(made.map_err(|_| Bug::new("an opened tree is claimed once"))?)
    }
}

impl Row {
    fn read(rows: &dyn RowRead) -> Result<Self, TreeError> {
        match rows.row(TABLE, WRITER_ROW)? {
            Some(row) => Self::parse(&row),
            None => Ok(Self {
                location: Location::UNKNOWN,
                writers: vec![Writer::NOBODY],
            }),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let count = u8::try_from(self.writers.len()).unwrap_or(u8::MAX);
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.location.0);
        out.push(count);
        for writer in self.writers.iter().take(count.into()) {
            out.extend_from_slice(writer.as_bytes());
        }
        out
    }

    fn parse(row: &[u8]) -> Result<Self, TreeError> {
        let short = |_| TreeError::Damaged {
            row: NodeRow::WRITER,
            cause: Some(OpenError::Truncated),
        };
        let mut cursor = Cursor::new(row);
        if cursor.u8().map_err(short)? != VERSION {
            return Err(TreeError::UnknownVersion);
        }
        let location = Location(cursor.array().map_err(short)?);
        let count = cursor.u8().map_err(short)?;
        let mut writers = Vec::with_capacity(count.into());
        for _ in 0..count {
            writers.push(Writer::from_bytes(cursor.array().map_err(short)?));
        }
        cursor.finish().map_err(short)?;
        Ok(Self { location, writers })
    }
}

/// Whether these bytes are a row of writers.
pub(crate) fn probe_writers(bytes: &[u8]) -> bool {
    Row::parse(bytes).is_ok()
}

#[cfg(test)]
pub(crate) fn probe_writers_seed() -> Vec<u8> {
    let writers = vec![Writer::NOBODY, Writer::from_bytes([7; Writer::BYTES])];
    let location = Location([1; Location::BYTES]);
    Row { location, writers }.bytes()
}

const VERSION: u8 = 1;
const WRITER_ROW: &[u8] = &[255];
/// Most writers that were asked for and not confirmed; an older one is given up.
const ASKED_MAX: usize = 8;

#[cfg(test)]
mod tests;
