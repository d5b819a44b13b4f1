//! The chain of one audit handle, newest entry first.
//!
//! For: the holder's, the attending physician's and the auditor's history. Not for: deciding
//! who may see which of them; the caller opens each entry and asks policy. Invariant: every
//! entry visited bears the handle, and each is older than the one before it.

use crate::entry::Entry;
use crate::error::{JournalError, LogPlace};
use crate::log::Log;
use base::{AuditHandle, RowRead};
use std::ops::ControlFlow;

impl Log {
    /// Visits the entries of `handle`, newest first, beginning with the newest, or with the one
    /// an earlier call said comes next; gives the index that comes next when told to stop.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] when the chain leads out of the handle's entries, and as
    /// [`Log::entry`].
    pub fn history(
        &self,
        rows: &dyn RowRead,
        handle: AuditHandle,
        from: Option<u64>,
        visitor: &mut dyn FnMut(u64, &Entry) -> ControlFlow<()>,
    ) -> Result<Option<u64>, JournalError> {
        let mut next = match from {
            Some(index) => Some(index),
            None => self.newest_of(rows, handle)?,
        };
        while let Some(index) = next {
            let entry = self.entry(rows, index)?;
            let previous = entry.previous();
            // INVARIANT(J4): a chain stays with its handle and only goes back.
            if entry.header().handle != Some(handle) || previous.is_some_and(|at| at >= index) {
                return Err(JournalError::Corrupt {
                    place: LogPlace::Chain(index),
                });
            }
            next = previous;
            if visitor(index, &entry).is_break() {
                return Ok(next);
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
