//! What redb made, dropped without a panic.
//!
//! For: databases, transactions, tables and rows over pages that may be damaged. A panic of
//! redb's, caught where it was met, can leave a lock of its poisoned, and whatever is dropped
//! later panics on that lock, far from any guard. Not for: our own values. Invariant: it is
//! there until it is taken, and only its owner takes it.

use base::{Bug, RowError, Table};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A value whose drop may panic and must not.
pub(crate) struct Quiet<T>(Option<T>);

impl<T> Quiet<T> {
    pub(crate) const fn new(inner: T) -> Self {
        Self(Some(inner))
    }

    /// The value.
    pub(crate) fn get(&self) -> Result<&T, Bug> {
        self.0.as_ref().ok_or(TAKEN)
    }

    /// The value, to be changed.
    pub(crate) fn get_mut(&mut self) -> Result<&mut T, Bug> {
        self.0.as_mut().ok_or(TAKEN)
    }

    /// The value, for who drops it with care.
    pub(crate) fn take(mut self) -> Result<T, Bug> {
        self.0.take().ok_or(TAKEN)
    }
}

impl<T> Drop for Quiet<T> {
    fn drop(&mut self) {
        let inner = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(inner)));
    }
}

/// The value is missing where rows of a table are read.
pub(crate) fn missing(table: Table) -> impl FnOnce(Bug) -> RowError {
    move |_| RowError::Corrupt {
        table: table.name(),
    }
}

const TAKEN: Bug = Bug::new("what redb made is there until it is taken");

#[cfg(test)]
mod tests;
