//! `compact` and `shrink`: the room of what nothing names any more goes back to the disk.
//!
//! What was erased opens under no key long before; here its sealed bytes leave the disk too.
//! Invariant: the store works on while it is compacted; each step is a commit of its own.

use crate::answer::{Compacted, Shrunk};
use crate::engine::Engine;
use crate::error::Result;
use std::path::Path;
use store::{Compaction, Spending, Step};

impl Engine {
    /// Moves what lives out of body segments of which at least this share is dead, and removes
    /// them. With 0 every segment goes that holds anything dead, also the one being written.
    ///
    /// # Errors
    /// Damage in a segment, and what the disk gives.
    pub fn compact(&self, dead_percent_min: u8) -> Result<Compacted> {
        let core = &self.shared.core;
        let mut compacted = Compacted::default();
        loop {
            let rows = core.catalog.snapshot()?;
            let Some(compaction) = Compaction::plan(&rows, dead_percent_min)? else {
                break;
            };
            let dead = rows.segments()?;
            let dead = dead.iter().find(|it| it.0 == compaction.segment());
            compacted.bytes += dead.map_or(0, |(_, row)| row.dead);
            compacted.segments += 1;
            drop(rows);
            self.drain(compaction)?;
        }
        // The files of the last segments go with the next commit that no reader precedes.
        let swept = self
            .shared
            .submit_alone(Spending::Reserve, |_| Ok(()), |(), _| Ok(()));
        swept.wait()?;
        Ok(compacted)
    }

    /// Gives the free pages of a catalog that nobody has open back to the disk.
    ///
    /// # Errors
    /// [`crate::Code::Busy`] when the store is open, and what the disk gives.
    pub fn shrink(directory: &Path) -> Result<Shrunk> {
        let shrunk = store::shrink(directory, store::Options::default())?;
        Ok(Shrunk {
            from: shrunk.from,
            to: shrunk.to,
        })
    }

    fn drain(&self, mut compaction: Compaction) -> Result<()> {
        loop {
            let stepped = self.shared.submit_alone(
                Spending::Ordinary,
                move |group| {
                    let step = group.compact(&mut compaction, STEP_BYTES_MAX)?;
                    Ok((compaction, step))
                },
                |stepped, _| Ok(stepped),
            );
            let (left, step) = stepped.wait()?;
            compaction = left;
            match step {
                Step::More => {}
                Step::Drained => return Ok(()),
            }
        }
    }
}

/// Most bytes of live frames moved in one commit.
const STEP_BYTES_MAX: u64 = 4 << 20;
