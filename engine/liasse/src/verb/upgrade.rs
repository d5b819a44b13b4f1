//! `upgrade`: a store of an earlier format becomes one of this.
//!
//! Invariant: never unasked; opening refuses an earlier format. What a power cut leaves is of one
//! format or the next, and calling it again goes on from there (S20).

use crate::answer::Upgraded;
use crate::engine::Engine;
use crate::error::Result;
use std::path::Path;

impl Engine {
    /// Brings the store of an earlier version, which nobody has open, to the format that this
    /// version writes, one format after the other. Needs no key. A store that has it already is
    /// left as it is.
    ///
    /// # Errors
    /// [`crate::Code::NotAStore`]; [`crate::Code::Busy`] when somebody has it open and it is of an
    /// earlier format; [`crate::Code::NewerFormat`] for one that a later version
    /// wrote; damage, and what the disk gives.
    pub fn upgrade(directory: &Path) -> Result<Upgraded> {
        let store::Upgraded { from, to } = store::upgrade(directory)?;
        Ok(Upgraded { from, to })
    }
}
