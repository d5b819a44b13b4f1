//! Giving the catalog's free pages back to the disk.
//!
//! For: an operator, on a store that nobody has open. Not for: body segments, which
//! [`crate::Compaction`] drains while the store works.
//! Invariants: the rows are the same before and after; a crash in between leaves the one or the
//! other.

use crate::catalog::{Catalog, Options};
use crate::error::StoreError;
use base::disk::{Disk, FolderDisk};
use std::path::Path;
use std::sync::Arc;

/// How large the catalog's file was and is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// Bytes before.
    pub from: u64,
    /// Bytes after.
    pub to: u64,
}

/// Moves the pages of the catalog together and cuts its file.
///
/// # Errors
/// As [`Catalog::open`]; [`StoreError::Full`] when there is no room to move pages to.
pub fn shrink(folder: &Path, options: Options) -> Result<Shrunk, StoreError> {
    shrink_on(Arc::new(FolderDisk::new(folder)), options)
}

/// Moves the pages of the catalog on `disk` together and cuts its file.
///
/// # Errors
/// As [`shrink`].
pub fn shrink_on(disk: Arc<dyn Disk>, options: Options) -> Result<Shrunk, StoreError> {
    let catalog = Catalog::open_on(Arc::clone(&disk), options)?;
    let from = catalog.inner().catalog_bytes()?;
    catalog.close()?;
    Catalog::compact_pages(&disk, options)?;
    let catalog = Catalog::open_on(disk, options)?;
    let to = catalog.inner().catalog_bytes()?;
    catalog.close()?;
    Ok(Shrunk { from, to })
}

#[cfg(test)]
mod tests;
