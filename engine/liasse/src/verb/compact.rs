//! `compact` and `shrink`: the room of what nothing names any more goes back to the disk.
//!
//! What was erased opens under no key long before; here its sealed bytes leave the disk too.
//! Invariants: the store works on while it is compacted; each step is a commit of its own; what is
//! written anew never holds more than a full segment and what waits for readers another.

use crate::answer::{Compacted, Shrunk};
use crate::engine::Engine;
use crate::error::{Class, Code, Error, Result};
use base::limit;
use std::path::Path;
use std::sync::PoisonError;
use store::{Choice, Compaction, Spending, Step, StoreError};

impl Engine {
    /// Moves what lives out of body segments of which at least this share is dead, and removes
    /// them. With 0 every segment goes that holds anything dead, also the one being written. On a
    /// full disk those go first, and alone, of which little lives; what is moved takes from the
    /// reserve then, and gives back more. One that is called while another runs waits for it.
    ///
    /// # Errors
    /// [`Code::Busy`] while readers or a backup hold more of what was emptied than a full segment,
    /// [`Code::Full`] when too much lives in what is left for the space there is, damage in a
    /// segment, which stays as it is, and what the disk gives. What was done before is done.
    pub fn compact(&self, dead_percent_min: u8) -> Result<Compacted> {
        let one = self.shared.compacting.lock();
        let _one = one.unwrap_or_else(PoisonError::into_inner);
        let core = &self.shared.core;
        let mut compacted = Compacted::default();
        let mut choice = Choice::of(dead_percent_min);
        let mut damaged = None;
        loop {
            self.let_go()?;
            choice.live_bytes_max = self.room()?;
            let rows = core.catalog.snapshot()?;
            let Some(compaction) = Compaction::plan(&rows, &choice)? else {
                choice.live_bytes_max = u64::MAX;
                if Compaction::plan(&rows, &choice)?.is_some() {
                    return Err(StoreError::Full.into());
                }
                break;
            };
            let segment = compaction.segment();
            let dead = rows.segments()?;
            let dead = dead.iter().find(|it| it.0 == segment);
            let dead = dead.map_or(0, |(_, row)| row.dead);
            drop(rows);
            match self.drain(compaction) {
                Ok(()) => {
                    compacted.bytes += dead;
                    compacted.segments += 1;
                }
                Err(error) if error.class() == Class::Corrupt => {
                    choice.without.insert(segment);
                    damaged.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        damaged.map_or(Ok(compacted), Err)
    }

    /// Has the files of emptied segments go, as far as nobody needs them.
    fn let_go(&self) -> Result<()> {
        let catalog = &self.shared.core.catalog;
        if catalog.held_bytes()? == 0 {
            return Ok(());
        }
        // They go with the next commit that no reader precedes.
        let empty = self
            .shared
            .submit_alone(Spending::Reserve, |_| Ok(()), |(), _| Ok(()));
        empty.wait()?;
        if catalog.held_bytes()? > catalog.segment_bytes()? {
            return Err(Error::new(
                Code::Busy,
                "a reader or a backup needs what was emptied",
                "compact again when it is done",
            ));
        }
        Ok(())
    }

    /// How much may be written anew before anything is given back.
    fn room(&self) -> Result<u64> {
        let catalog = &self.shared.core.catalog;
        let spare = catalog.spare_bytes()?.unwrap_or(0);
        Ok(spare.max(catalog.options().reserve_bytes / 4))
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
                Spending::Reserve,
                move |group| {
                    let step = group.compact(&mut compaction, limit::COMPACTION_BYTES_MAX)?;
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
