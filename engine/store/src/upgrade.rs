//! Bringing a store of an earlier format to this one.
//!
//! For: `upgrade`, run by an operator on a closed store. Not for: opening; a store of an
//! earlier format is refused there, so that nothing is rewritten unasked.
//! Invariants: a step goes from one version to the next and is safe to repeat after a crash;
//! the FORMAT file changes last. Format 1 is the first, so there is no step yet; a fixture of
//! each format is kept for ever (`tests/fixtures`).

use crate::error::StoreError;
use crate::format::{FORMAT_VERSION, Format};
use base::disk::{Disk, FolderDisk};
use std::path::Path;

/// What an upgrade did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Upgraded {
    /// The store has this format already.
    Newest {
        /// The format.
        version: u32,
    },
}

/// Brings the store in `folder` to the format this version writes.
///
/// # Errors
/// [`StoreError::NotAStore`], [`StoreError::NewerFormat`], [`StoreError::DamagedFormat`];
/// [`StoreError::OlderFormat`] when no step leads from there.
pub fn upgrade(folder: &Path) -> Result<Upgraded, StoreError> {
    upgrade_on(&FolderDisk::new(folder))
}

/// Brings the store on `disk` to the format this version writes.
///
/// # Errors
/// As [`upgrade`].
pub fn upgrade_on(disk: &dyn Disk) -> Result<Upgraded, StoreError> {
    let found = Format::read(disk)?.version;
    if found == FORMAT_VERSION {
        Ok(Upgraded::Newest { version: found })
    } else {
        Err(StoreError::OlderFormat { found })
    }
}
