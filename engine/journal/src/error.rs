//! Why the journal could not do what it was asked.
//!
//! Invariant: no message and no `Debug` carries an actor, a patient, a query or a key byte; an
//! error names a place in the log by its index only.

use base::{Bug, CursorError, RowError};
use thiserror::Error;

/// Why the journal could not be read or written.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The catalog gave an error.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// No log is kept in these rows.
    #[error("the store holds no journal")]
    Absent,
    /// A log is already kept in these rows.
    #[error("the store holds a journal already")]
    Present,
    /// The rows hold another size than the log in memory: the last append was not committed,
    /// or another writer was here. Open the log again.
    #[error("the journal in memory is not the one in the catalog")]
    Stale,
    /// The log ends before this entry.
    #[error("the journal has no entry {index}")]
    NoEntry {
        /// The index asked for.
        index: u64,
    },
    /// Rows of the log are missing or contradict each other.
    #[error("the journal is damaged: {place}")]
    Corrupt {
        /// Where.
        place: LogPlace,
    },
    /// The log belongs to a version of the engine that this one does not know.
    #[error("the journal is of version {version}, which this engine does not read")]
    Version {
        /// The version found.
        version: u8,
    },
    /// A field is longer than an entry can hold.
    #[error("a field of the event is too long for an entry")]
    TooLong,
    /// An origin is empty, too long, or holds a space, a plus or a control character.
    #[error("a log's origin is a name without spaces, plus signs and control characters")]
    Origin,
    /// The bytes of an entry are not one.
    #[error("entry {index} cannot be read: {why}")]
    Entry {
        /// Its index.
        index: u64,
        /// What is wrong with its bytes.
        why: CursorError,
    },
    /// The system gave no random bytes.
    #[error("the system's random source gave no bytes")]
    NoEntropy,
    /// A fault of the engine.
    #[error(transparent)]
    Bug(#[from] Bug),
}

impl From<base::entropy::NoEntropy> for JournalError {
    fn from(_: base::entropy::NoEntropy) -> Self {
        Self::NoEntropy
    }
}

impl From<crate::wire::TooLong> for JournalError {
    fn from(_: crate::wire::TooLong) -> Self {
        Self::TooLong
    }
}

/// A place in the log's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[non_exhaustive]
pub enum LogPlace {
    /// The row that holds size and peaks.
    #[error("the head row")]
    Head,
    /// An entry.
    #[error("entry {0}")]
    Entry(u64),
    /// A tile of hashes.
    #[error("tile {index} of level {level}")]
    Tile {
        /// Its level, 0 for leaves.
        level: u8,
        /// Its number in the level.
        index: u64,
    },
    /// The row that says from which month on a class is kept.
    #[error("the retention of class {0}")]
    Retention(crate::kind::Class),
    /// The row that leads to the newest entry of an audit handle.
    #[error("the chain that ends at entry {0}")]
    Chain(u64),
}
