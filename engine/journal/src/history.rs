//! The chain of one audit handle, newest entry first.
//!
//! For: the holder's, the attending physician's and the auditor's history. Not for: deciding
//! who may see which of them; the caller opens each entry and asks policy. Invariant: every
//! entry visited bears the handle, is older than the one before it, and is what the log hashes.

use crate::entry::Entry;
use crate::entry::NO_INDEX;
use crate::error::{JournalError, LogPlace};
use crate::log::Log;
use crate::tile::{HASH_BYTES, TILE_WIDTH, read_tile};
use base::{AuditHandle, RowRead};
use std::ops::ControlFlow;
use tlog_tiles::record_hash;

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
        let mut tile = (NO_INDEX, Vec::new());
        while let Some(index) = next {
            let entry = self.entry(rows, index)?;
            let previous = entry.previous();
            // INVARIANT(J4): a chain stays with its handle and only goes back.
            if entry.header().handle != Some(handle) || previous.is_some_and(|at| at >= index) {
                return Err(JournalError::Corrupt {
                    place: LogPlace::Chain(index),
                });
            }
            // INVARIANT(J4): an entry that was changed may leave others out.
            if leaf(rows, &mut tile, index)? != Some(record_hash(entry.bytes()).0) {
                let place = LogPlace::Entry(index);
                return Err(JournalError::Corrupt { place });
            }
            next = previous;
            if visitor(index, &entry).is_break() {
                return Ok(next);
            }
        }
        Ok(None)
    }
}

/// The hash that the tiles hold of an entry; `tile` is the one last read, with its number.
fn leaf(
    rows: &dyn RowRead,
    tile: &mut (u64, Vec<u8>),
    index: u64,
) -> Result<Option<[u8; HASH_BYTES]>, JournalError> {
    let number = index / TILE_WIDTH;
    if tile.0 != number {
        *tile = (number, read_tile(rows, (0, number))?.unwrap_or_default());
    }
    let mut hashes = tile.1.chunks_exact(HASH_BYTES);
    let hash = usize::try_from(index % TILE_WIDTH).map(|at| hashes.nth(at));
    Ok(hash.ok().flatten().and_then(|hash| hash.try_into().ok()))
}

#[cfg(test)]
mod tests;
