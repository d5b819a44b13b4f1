//! All rows of one committed state, piece by piece.
//!
//! For: catalog snapshots. Not for: a second store's format; see `roll`. Invariants: every row
//! of every table is given once, in order; the snapshot is held only as long as this is.

use crate::error::StoreError;
use crate::roll::{Items, RollHeader, RollWriter};
use crate::snapshot::Snapshot;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use vault::SigningKey;

/// A catalog snapshot on its way into a file.
pub struct Export {
    snapshot: Arc<Snapshot>,
    key: Arc<SigningKey>,
    tables: Vec<String>,
    last: Option<Vec<u8>>,
    writer: Option<RollWriter>,
    waiting: Vec<u8>,
    given: usize,
}

impl Export {
    /// The file of `snapshot`, whose header is `header`.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] and those of the disk.
    pub fn begin(
        snapshot: Arc<Snapshot>,
        header: RollHeader,
        key: Arc<SigningKey>,
    ) -> Result<Self, StoreError> {
        let mut tables = snapshot.table_names()?;
        tables.sort_unstable();
        tables.reverse();
        let (writer, waiting) = RollWriter::begin(header);
        Ok(Self {
            snapshot,
            key,
            tables,
            last: None,
            writer: Some(writer),
            waiting,
            given: 0,
        })
    }

    /// About how many bytes the file of a snapshot has.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] and those of the disk.
    pub fn estimate(snapshot: &Snapshot) -> Result<u64, StoreError> {
        let mut bytes = 0;
        for name in snapshot.table_names()? {
            let (rows, stored) = snapshot.weigh_named(&name)?;
            bytes += stored + rows * ITEM_BYTES;
        }
        Ok(bytes)
    }

    /// The file's next bytes; empty at its end.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] and those of the disk.
    pub fn step(&mut self) -> Result<Vec<u8>, StoreError> {
        if self.given < self.waiting.len() {
            self.given = 0;
            return Ok(std::mem::take(&mut self.waiting));
        }
        let Some(writer) = &mut self.writer else {
            return Ok(Vec::new());
        };
        let mut items = Items::default();
        while let Some(name) = self.tables.last()
            && !items.is_full()
        {
            items.table(name);
            let mut last = None;
            self.snapshot
                .visit_named(name, self.last.as_deref(), &mut |key, value| {
                    items.set(key, value);
                    if items.is_full() {
                        last = Some(key.to_vec());
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                })?;
            self.last = last;
            if self.last.is_none() {
                self.tables.pop();
            }
        }
        if !items.is_empty() {
            return writer.chunk(&items);
        }
        Ok(self
            .writer
            .take()
            .map_or_else(Vec::new, |writer| writer.end(&self.key)))
    }
}

impl Read for Export {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.waiting.len() {
            self.waiting = self.step().map_err(io::Error::other)?;
            self.given = 0;
        }
        let rest = &self.waiting[self.given..];
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

/// Bytes of an item beside its key and value.
const ITEM_BYTES: u64 = 9;

#[cfg(test)]
mod tests;
