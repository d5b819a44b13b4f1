//! What can go wrong in the store.
//!
//! Invariant: no message carries medical content, names, query text or key bytes.

use base::{Bug, CursorError, RowError};
use std::io;
use thiserror::Error;

/// Why the store could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder holds no store.
    #[error("the directory holds no liasse store: it has no FORMAT file")]
    NotAStore,
    /// A store cannot be made where files already lie.
    #[error("the directory is not empty: a store is made in an empty or absent directory")]
    NotEmpty,
    /// The store was written by a later version.
    #[error("the store has format {found}, this version reads up to format {known}: update it")]
    NewerFormat {
        /// The store's format.
        found: u32,
        /// The newest format this version reads.
        known: u32,
    },
    /// The store was written by an earlier version and has not been upgraded.
    #[error("the store has the old format {found}: run upgrade first")]
    OlderFormat {
        /// The store's format.
        found: u32,
    },
    /// The FORMAT file cannot be read as one.
    #[error("the FORMAT file is damaged at line {line}")]
    DamagedFormat {
        /// The line, from 1.
        line: usize,
    },
    /// The catalog file is missing, empty or shorter than its header says.
    #[error("the catalog is cut short")]
    TruncatedCatalog,
    /// The catalog contradicts itself.
    #[error("the catalog is damaged: {place}")]
    DamagedCatalog {
        /// Where, as far as known.
        place: &'static str,
    },
    /// Another process writes this store.
    #[error("another process, or this one, has the store open for writing")]
    LockedElsewhere,
    /// The store cannot be opened read-only beside nobody: its last writer did not close it.
    #[error("the store was not closed: open it for writing once, so that it recovers")]
    NeedsRecovery,
    /// The directory or its file system cannot be written.
    #[error("the directory is read-only")]
    ReadOnly,
    /// No space is left; the reserve is kept for traces and recovery.
    #[error("no space is left on the device")]
    Full,
    /// The store was closed.
    #[error("the store was closed")]
    Closed,
    /// An earlier commit failed; what is on the disk is known only after reopening.
    #[error("an earlier commit failed: close the store and open it again")]
    Poisoned,
    /// The transaction was built on one that did not commit.
    #[error("the transaction was built on one that failed")]
    Orphaned,
    /// A pipe, a device or a folder lies where a file of the store should.
    #[error("a pipe, a device or a folder lies where a file of the store should")]
    NoFile,
    /// The operating system failed.
    #[error("the system failed: {0}")]
    Environment(io::ErrorKind),
    /// A body segment is missing, cut or damaged; other segments are still readable.
    #[error("body segment {segment} is {damage}")]
    DamagedSegment {
        /// The segment's number.
        segment: u32,
        /// What is wrong with it.
        damage: SegmentDamage,
    },
    /// A row does not hold what it should; other dossiers are still readable.
    #[error("a row of table {table} is damaged")]
    DamagedRow {
        /// The row's table.
        table: &'static str,
    },
    /// A catalog file, a snapshot or a delta, is not what was written.
    #[error("the catalog file is cut short or altered")]
    DamagedRoll,
    /// A catalog file belongs to another store, or to another state of this one.
    #[error("the catalog file does not belong here: {what}")]
    OtherRoll {
        /// In what way.
        what: &'static str,
    },
    /// A value is larger than its limit.
    #[error("{what} is over its limit of {limit}")]
    OverLimit {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// No random bytes.
    #[error("the system's random source gave no bytes")]
    NoEntropy,
    /// A fault of ours.
    #[error(transparent)]
    Bug(#[from] Bug),
}

/// What is wrong with a body segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SegmentDamage {
    /// Its file is not there.
    #[error("missing")]
    Missing,
    /// Its file is shorter than the catalog says.
    #[error("cut short")]
    Cut,
    /// Its bytes are not what was written.
    #[error("damaged")]
    Damaged,
    /// A pipe, a device or a folder lies in its place.
    #[error("no regular file")]
    NoFile,
}

impl StoreError {
    /// A damaged row of `table`.
    #[must_use]
    pub const fn damaged(table: base::Table) -> Self {
        Self::DamagedRow {
            table: table.name(),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        crate::sort::system(&error)
    }
}

impl From<RowError> for StoreError {
    fn from(error: RowError) -> Self {
        crate::sort::row(error)
    }
}

impl From<StoreError> for RowError {
    fn from(error: StoreError) -> Self {
        if error == StoreError::Full {
            Self::Full
        } else if error == StoreError::Closed {
            Self::Closed
        } else if let StoreError::DamagedRow { table } = error {
            Self::Corrupt { table }
        } else {
            Self::Environment(error.to_string())
        }
    }
}

impl From<base::entropy::NoEntropy> for StoreError {
    fn from(_: base::entropy::NoEntropy) -> Self {
        Self::NoEntropy
    }
}

/// Why stored bytes cannot be read as what they should be. It names no place: the caller, who
/// knows it, turns this into [`StoreError::DamagedRow`] or [`StoreError::DamagedSegment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the bytes are not what this version writes")]
pub struct Malformed;

impl From<CursorError> for Malformed {
    fn from(_: CursorError) -> Self {
        Self
    }
}
