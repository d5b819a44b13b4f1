//! Sorting the errors of redb, of the system and of the key tree into ours.
//!
//! Invariant: no text of theirs passes through; it could name paths or content.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these enums are not ours and grow without us"
)]

use crate::error::StoreError;
use base::{RowError, Table};
use std::io;
use vault::TreeError;

/// Sorts an error of the system by who must act.
pub(crate) fn system(error: &io::Error) -> StoreError {
    if base::disk::is_no_file(error) {
        return StoreError::NoFile;
    }
    match error.raw_os_error() {
        Some(ENOSPC | EDQUOT) => return StoreError::Full,
        Some(EROFS | EACCES | EPERM) => return StoreError::ReadOnly,
        _ => {}
    }
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        kind => StoreError::Environment(kind),
    }
}

/// Sorts an error of opening the catalog.
pub(crate) fn database(error: redb::DatabaseError) -> StoreError {
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen | redb::DatabaseError::LockProtocolMismatch => {
            StoreError::LockedElsewhere
        }
        redb::DatabaseError::RepairAborted => StoreError::NeedsRecovery,
        redb::DatabaseError::UpgradeRequired(_) => StoreError::DamagedCatalog {
            place: "its file format is not the one FORMAT names",
        },
        redb::DatabaseError::Storage(redb::StorageError::Io(error)) => match error.kind() {
            io::ErrorKind::UnexpectedEof => StoreError::TruncatedCatalog,
            io::ErrorKind::InvalidData => StoreError::DamagedCatalog {
                place: "it is not a redb file",
            },
            _ => system(&error),
        },
        redb::DatabaseError::Storage(error) => storage(error),
        _ => StoreError::Poisoned,
    }
}

/// Sorts an error of a transaction.
pub(crate) fn transaction(error: redb::TransactionError) -> StoreError {
    match error {
        redb::TransactionError::Storage(error) => storage(error),
        _ => StoreError::Poisoned,
    }
}

/// Sorts an error of moving pages together.
pub(crate) fn compaction(error: redb::CompactionError) -> StoreError {
    match error {
        redb::CompactionError::Storage(error) => storage(error),
        _ => StoreError::Poisoned,
    }
}

/// Sorts an error of a commit.
pub(crate) fn commit(error: redb::CommitError) -> StoreError {
    match error {
        redb::CommitError::Storage(error) => storage(error),
        _ => StoreError::Poisoned,
    }
}

/// Sorts an error of opening a table.
pub(crate) fn table(error: redb::TableError) -> StoreError {
    match error {
        redb::TableError::Storage(error) => storage(error),
        _ => StoreError::DamagedCatalog {
            place: "a table is not what it should be",
        },
    }
}

/// Sorts an error of the catalog's file.
pub(crate) fn storage(error: redb::StorageError) -> StoreError {
    match error {
        redb::StorageError::Corrupted(_) => StoreError::DamagedCatalog {
            place: "its pages contradict each other",
        },
        redb::StorageError::Io(error) => system(&error),
        redb::StorageError::PreviousIo => StoreError::Poisoned,
        redb::StorageError::DatabaseClosed => StoreError::Closed,
        _ => StoreError::Environment(io::ErrorKind::Other),
    }
}

/// Sorts an error of reading rows of `table`.
pub(crate) fn rows(table: Table) -> impl Fn(redb::StorageError) -> RowError {
    let corrupt = RowError::Corrupt {
        table: table.name(),
    };
    move |error| match error {
        redb::StorageError::Corrupted(_) => corrupt.clone(),
        redb::StorageError::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => corrupt.clone(),
            _ => system(&error).into(),
        },
        redb::StorageError::PreviousIo => {
            RowError::Environment("an earlier read or write failed".to_string())
        }
        redb::StorageError::DatabaseClosed => RowError::Closed,
        _ => RowError::Environment("the catalog could not be used".to_string()),
    }
}

/// Sorts an error of opening a table of rows; `None` when there is no such table yet.
pub(crate) fn missing_table(table: Table, error: redb::TableError) -> Option<RowError> {
    match error {
        redb::TableError::TableDoesNotExist(_) => None,
        redb::TableError::Storage(error) => Some(rows(table)(error)),
        _ => Some(RowError::Corrupt {
            table: table.name(),
        }),
    }
}

/// Sorts an error of the row traits.
pub(crate) fn row(error: RowError) -> StoreError {
    match error {
        RowError::Full => StoreError::Full,
        RowError::Closed => StoreError::Closed,
        RowError::Corrupt { table } => StoreError::DamagedRow { table },
        _ => StoreError::Environment(io::ErrorKind::Other),
    }
}

/// Sorts an error of the key tree.
pub(crate) fn tree(error: TreeError) -> StoreError {
    match error {
        TreeError::Rows(error) => error.into(),
        TreeError::Entropy(error) => error.into(),
        TreeError::Bug(bug) => bug.into(),
        _ => StoreError::DamagedRow { table: "key tree" },
    }
}

const EPERM: i32 = 1;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const EDQUOT: i32 = 122;

#[cfg(test)]
mod tests;
