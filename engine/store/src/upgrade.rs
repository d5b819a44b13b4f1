//! Bringing a store of an earlier format to this one.
//!
//! For: `upgrade`, run by an operator on a closed store. Not for: opening; a store of an
//! earlier format is refused there, so that nothing is rewritten unasked.
//! Invariants: (S20) a step goes from one format to the next, and comes to the same when it is
//! done again after a crash; the FORMAT file says the next number behind each step, in one
//! rename, so that a store is of one format or of the next and never between them. A fixture of
//! each format is kept for ever (`tests/fixtures`).

use crate::catalog::alone;
use crate::error::StoreError;
use crate::format::{FORMAT_VERSION, Format};
use base::disk::{Disk, FolderDisk};
use std::path::Path;

/// What an upgrade did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// The format it found.
    pub from: u32,
    /// The format it left: the newest.
    pub to: u32,
}

/// Makes what lies in a store of one format that of the next, durably. What a step that was cut
/// short has left, the same step completes.
type Step = fn(&dyn Disk) -> Result<(), StoreError>;

/// The step from each format to the next, that from format 1 first. Format 1 is the newest.
const STEPS: &[Step] = &[];

/// Brings the store in `folder` to the format this version writes.
///
/// # Errors
/// [`StoreError::NotAStore`], [`StoreError::NewerFormat`], [`StoreError::DamagedFormat`];
/// [`StoreError::OlderFormat`] when no step leads from there; [`StoreError::LockedElsewhere`] for
/// one that is open; those of a step.
pub fn upgrade(folder: &Path) -> Result<Upgraded, StoreError> {
    upgrade_on(&FolderDisk::new(folder))
}

/// Brings the store on `disk` to the format this version writes.
///
/// # Errors
/// As [`upgrade`].
pub fn upgrade_on(disk: &dyn Disk) -> Result<Upgraded, StoreError> {
    raise(disk, FORMAT_VERSION, STEPS)
}

/// Goes up from the store's format to `newest`, step by step.
fn raise(disk: &dyn Disk, newest: u32, steps: &[Step]) -> Result<Upgraded, StoreError> {
    let mut format = Format::read_up_to(newest, disk)?;
    let from = format.version;
    let way = usize::try_from(from).ok();
    let way = way.and_then(|from| steps.get(from.checked_sub(1)?..));
    let mut left = way.unwrap_or_default();
    let _alone = if format.version < newest {
        alone(disk)?
    } else {
        None
    };
    while format.version < newest {
        let Some((step, behind)) = left.split_first() else {
            let found = format.version;
            return Err(StoreError::OlderFormat { found });
        };
        step(disk)?;
        // INVARIANT(S20): what the step wrote is durable before the number says so.
        format.version += 1;
        format.write_unfinished(disk)?;
        Format::finish(disk)?;
        left = behind;
    }
    Ok(Upgraded { from, to: newest })
}

#[cfg(test)]
mod tests;
