//! Which copy of a store is the one that is written.
//!
//! For: opening for writing, and what becomes a store by a restore. Not for: who may read; any
//! copy may be looked at. Invariant: a copy that is not the one last opened for writing, or that
//! lies elsewhere than that one did, changes nothing, unless whoever opens it says that it takes
//! over; `docs/erasure.md` says why.

use crate::core::Core;
use crate::error::Result;
use crate::upkeep;
use base::disk::{Disk, OpenMode};
use journal::Log;
use std::fs::Metadata;
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use vault::{Ground, Location};

/// Makes this copy the one that is written, and says that the engine runs.
pub(crate) fn claim(core: &Arc<Core>, log: &mut Log, ground: Ground) -> Result<()> {
    let (rows, keys) = core.current.state();
    let location = location(&**core.catalog.disk());
    let claim = keys.claim(&*rows, &core.kms, location, ground, &*core.entropy)?;
    upkeep::mark_running(core, log, (&claim, ground))?;
    let committed = core.view()?;
    Ok(claim.make(committed.rows(), &core.kms)?)
}

/// Where the catalog lies: which file it is to the system, and since when. A copy of the file is
/// another one, and the same file elsewhere is not.
pub(crate) fn location(disk: &dyn Disk) -> Option<Location> {
    let file = disk.lock_handle(CATALOG, OpenMode::Read).ok().flatten()?;
    let metadata = file.metadata().ok()?;
    let born = metadata.created().ok();
    let born = born.and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    let born = born.map_or(0, |it| u64::try_from(it.as_nanos()).unwrap_or(0));
    let mut bytes = [0; Location::BYTES];
    let (inode, since) = bytes.split_at_mut(8);
    inode.copy_from_slice(&number(&metadata).to_le_bytes());
    since.copy_from_slice(&born.to_le_bytes());
    Some(Location::from_bytes(bytes))
}

/// The file's number.
#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Where files have none that can be asked for, the time of their making tells them apart.
#[cfg(not(unix))]
const fn number(_: &Metadata) -> u64 {
    0
}

const CATALOG: &str = "catalog.redb";
