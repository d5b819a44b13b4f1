//! How large a store is, and of what.
//!
//! For: operators. Not for: policy or answers; nothing here is counted per actor.

use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::head::HEADS;
use base::CommitSeq;

/// How large a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The last commit.
    pub commit: CommitSeq,
    /// Dossiers ever opened, erased ones too.
    pub dossiers_ever: u64,
    /// Rows of heads: one for each dossier, and one more for each 256 entries.
    pub heads: u64,
    /// Every table of the catalog, by name.
    pub tables: Vec<TableStats>,
    /// Bytes of the catalog's file.
    pub catalog_bytes: u64,
    /// Body segments.
    pub segments: u64,
    /// Committed bytes of all body segments.
    pub body_bytes: u64,
    /// Those that nothing names any more, and that `compact` takes back.
    pub dead_body_bytes: u64,
    /// Bytes free on the device.
    pub free_bytes: u64,
}

/// How large a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableStats {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

impl Catalog {
    /// How large the store is. Walks the pages of every table.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] and those of the disk.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let snapshot = self.snapshot()?;
        let tables = snapshot
            .table_names()?
            .into_iter()
            .map(|name| {
                let (rows, bytes) = snapshot.weigh_named(&name)?;
                Ok(TableStats { name, rows, bytes })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let segments = snapshot.segments()?;
        let inner = self.inner();
        Ok(Stats {
            commit: snapshot.counters().commit,
            dossiers_ever: snapshot.counters().dossiers(),
            heads: snapshot.weigh(HEADS)?.0,
            tables,
            catalog_bytes: inner.catalog_bytes()?,
            segments: segments.len() as u64,
            body_bytes: segments.iter().map(|(_, row)| row.end).sum(),
            dead_body_bytes: segments.iter().map(|(_, row)| row.dead).sum(),
            free_bytes: inner.disk.free_bytes()?,
        })
    }
}

#[cfg(test)]
mod tests;
