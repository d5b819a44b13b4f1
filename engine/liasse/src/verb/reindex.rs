//! `reindex`: documents analysed again, because the analyzer learnt or the index is damaged.
//!
//! The store works on meanwhile; searches are answered from the segments there are, unless they
//! are damaged. Invariants: each step is a commit that puts new segments in the place of old
//! ones; what was done when it is stopped stays done.

use crate::answer::Reindexed;
use crate::engine::Engine;
use crate::error::{Code, Error, Result};
use crate::tail::{self, Reader};
use crate::upkeep::segment_slots_ahead;
use base::DocumentSet;
use index::{Renewal, Renewed};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use store::Spending;
use vault::Slot;

/// Which documents are analysed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reindex {
    /// Those in damaged segments, and those that an older version of the analyzer has read.
    Needed,
    /// All that are in segments.
    Everything,
}

impl Engine {
    /// Checks every page of the index, rebuilds what is damaged, and analyses anew what an older
    /// version has analysed. `progress` is told after each step, and may stop it there: the next
    /// call goes on. Open the store with [`crate::Options::damaged_index`] when the damage keeps
    /// it from opening.
    ///
    /// # Errors
    /// [`Code::Changed`] when others' work came between again and again; damage in the catalog;
    /// what the disk gives.
    pub fn reindex(
        &self,
        which: Reindex,
        progress: &mut dyn FnMut(Reindexed) -> ControlFlow<()>,
    ) -> Result<Reindexed> {
        let index = &self.shared.core.index;
        let mut done = Reindexed::default();
        if index.set_damaged_aside()? {
            let plan = |engine: &Self| engine.plan_repair();
            done.of = plan(self)?.map_or(0, |renewal| renewal.documents());
            done.documents = self.persist(&plan)?;
            done.segments = 1;
            if progress(done).is_break() {
                return Ok(done);
            }
        }
        let which = match which {
            Reindex::Needed => Renewed::Outdated,
            Reindex::Everything => Renewed::Every,
        };
        let mut plans = index.plan_renewals(which)?;
        done.of += plans.iter().map(Renewal::documents).sum::<u64>();
        let (mut written, mut overtaken) = (BTreeSet::new(), 0);
        while let Some(renewal) = plans.pop() {
            if let Some(slots) = self.renew(&renewal)? {
                written.extend(slots);
                done.documents += renewal.documents();
                done.segments += 1;
                if progress(done).is_break() {
                    return Ok(done);
                }
                continue;
            }
            // A merge or an erasure took the segment: what there is now is planned anew.
            overtaken += 1;
            if overtaken == ATTEMPTS_MAX {
                return Err(overtaken_again());
            }
            plans = index.plan_renewals(which)?;
            plans.retain(|plan| !plan.sources().iter().all(|slot| written.contains(slot)));
        }
        Ok(done)
    }

    /// The documents of segments that were set aside.
    fn plan_repair(&self) -> Result<Option<Renewal>> {
        let core = &self.shared.core;
        let view = core.searched_view()?;
        let watermark = view.searcher.watermark();
        let mut kept = DocumentSet::new();
        tail::each_kept(core, &view, &mut |ordinal, commit| {
            if commit <= watermark {
                kept.insert(ordinal);
            }
        })?;
        Ok(core.index.plan_repair(&kept)?)
    }

    /// Plans and renews until nothing came between; gives the number of documents.
    fn persist(&self, plan: &dyn Fn(&Self) -> Result<Option<Renewal>>) -> Result<u64> {
        for _ in 0..ATTEMPTS_MAX {
            let Some(renewal) = plan(self)? else {
                return Ok(0);
            };
            if self.renew(&renewal)?.is_some() {
                return Ok(renewal.documents());
            }
        }
        Err(overtaken_again())
    }

    /// Renews segments; gives the slots of the new ones, `None` when something came between.
    fn renew(&self, renewal: &Renewal) -> Result<Option<Vec<Slot>>> {
        let core = &self.shared.core;
        let reader = RefCell::new(Reader::new(core));
        let mut slots = Vec::new();
        let mut slot = || -> Result<Slot> {
            // No erasure waits for a reader that waits for a commit, or writes.
            reader.borrow_mut().let_go();
            if slots.is_empty() {
                slots = self.segment_slots(SLOTS_AT_ONCE)?;
            }
            let slot = slots.pop();
            slot.ok_or_else(|| base::Bug::new("slots were given out").into())
        };
        let mut read = |ordinal| reader.borrow_mut().analysed(ordinal);
        let Some(work) = core.index.renew(renewal, &mut read, &mut slot)? else {
            return Ok(None);
        };
        reader.borrow_mut().let_go();
        let written = work.writes();
        let recorded = self.shared.submit_alone(
            Spending::Reserve,
            move |group| group.offer_index(work),
            |recorded, _| Ok(recorded),
        );
        Ok(recorded.wait()?.then_some(written))
    }

    /// Takes key slots for segments, for good: what is written under them before the next commit
    /// may be found on the disk by anyone. Those of work that is not recorded stay retired.
    fn segment_slots(&self, count: usize) -> Result<Vec<Slot>> {
        let taken = self.shared.submit_alone(
            Spending::Reserve,
            move |group| segment_slots_ahead(group, count),
            |slots: Vec<Slot>, _| Ok(slots),
        );
        taken.wait()
    }
}

fn overtaken_again() -> Error {
    Error::new(
        Code::Changed,
        "others changed the index again and again while it was rebuilt",
        "try again when less is deposited or erased",
    )
}

/// Key slots taken in one commit.
const SLOTS_AT_ONCE: usize = 4;
/// How often work is planned anew.
const ATTEMPTS_MAX: u32 = 16;
