//! An anchor: the newest checkpoint, kept where a thief of the whole store does not reach.
//!
//! For: a host that pins size and root elsewhere and wants the rollback or fork of the whole
//! store refused when it is opened. Invariant: an anchor never goes back; what it pinned, the
//! log must continue.

use crate::checkpoint::Checkpoint;
use crate::error::JournalError;
use crate::log::Log;
use crate::origin::Origin;
use crate::verify::Finding;
use base::RowRead;
use thiserror::Error;

/// The anchor could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the anchor could not be read or written: {what}")]
pub struct AnchorFailure {
    /// What it or the system said.
    pub what: String,
}

/// Why a log is not what its anchor pinned.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unanchored {
    /// The log was rolled back or forked.
    #[error("the store is not the one that was pinned: {0}")]
    Finding(Finding),
    /// The anchor does not answer.
    #[error(transparent)]
    Anchor(#[from] AnchorFailure),
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Keeps the newest checkpoint of each log outside the store. Not sealed: hosts bring theirs.
pub trait Anchor: Send + Sync {
    /// What was pinned of the log named `origin`.
    ///
    /// # Errors
    /// [`AnchorFailure`].
    fn pinned(&self, origin: &Origin) -> Result<Option<Checkpoint>, AnchorFailure>;

    /// Pins `checkpoint`, which continues what was pinned before.
    ///
    /// # Errors
    /// [`AnchorFailure`].
    fn pin(&self, checkpoint: &Checkpoint) -> Result<(), AnchorFailure>;
}

impl Log {
    /// Checks that the log continues what `anchor` pinned, then pins what it is now.
    ///
    /// # Errors
    /// [`Unanchored`]; nothing is pinned then.
    pub fn moor(&self, rows: &dyn RowRead, anchor: &dyn Anchor) -> Result<(), Unanchored> {
        let now = Checkpoint::of(self);
        if let Some(pinned) = anchor.pinned(self.origin())? {
            if let Some(finding) = self.compare(rows, &pinned)? {
                return Err(Unanchored::Finding(finding));
            }
            if pinned == now {
                return Ok(());
            }
        }
        Ok(anchor.pin(&now)?)
    }
}

#[cfg(test)]
mod tests;
