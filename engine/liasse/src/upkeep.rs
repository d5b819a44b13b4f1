//! Work nobody asked for: flushing the index's tail, merging its segments, the mark of a clean
//! end.
//!
//! Runs on the committer, between groups. Invariant: every commit of it binds the catalog like
//! any other.

use crate::core::Core;
use crate::error::Result;
use crate::group::Group;
use crate::recorder::slot;
use base::{RowRead, RowWrite, Table};
use index::{IndexError, Rewrite};
use journal::{Draft, Fact, Log};
use std::sync::Arc;
use store::{Counter, Spending};
use vault::Slot;

/// Writes the index's tail into a segment.
pub(crate) fn flush(core: &Arc<Core>, log: &mut Log) -> Result<()> {
    let mut group = begin(core)?;
    let slot = segment_slot(&mut group)?;
    match core.index.flush(slot)? {
        Some(work) => commit(group, work, log),
        None => Ok(()),
    }
}

/// Does the next merge that is due; tells whether there was one.
pub(crate) fn merge(core: &Arc<Core>, log: &mut Log) -> Result<bool> {
    let Some(plan) = core.index.plan_merge() else {
        return Ok(false);
    };
    let mut group = begin(core)?;
    let slots: Vec<_> = (0..plan.slots_needed())
        .map(|_| segment_slot(&mut group))
        .collect::<Result<_>>()?;
    match core.index.rewrite(&plan, &slots) {
        Ok(work) => commit(group, work, log).map(|()| true),
        Err(IndexError::Stale) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Gives out the slot of the next segment's key.
pub(crate) fn segment_slot(group: &mut Group<'_>) -> Result<Slot> {
    let number = group.transaction.take(Counter::SegmentSlot);
    slot(u32::try_from(number).unwrap_or(u32::MAX))
}

fn begin(core: &Arc<Core>) -> Result<Group<'_>> {
    let transaction = core.catalog.begin(Spending::Reserve, core.clock.now())?;
    Group::new(core, transaction, Vec::new())
}

fn commit(mut group: Group<'_>, work: Rewrite, log: &mut Log) -> Result<()> {
    group.record_index(work)?;
    group.commit(log).map(drop)
}

/// Says that the engine runs; when it did not end cleanly before, the journal gets a gap.
pub(crate) fn mark_running(core: &Arc<Core>, log: &mut Log) -> Result<()> {
    let mut group = begin(core)?;
    let from = core.catalog.snapshot()?.counters().instant;
    let running = group.transaction.row(ENGINE, RUNNING)?.is_some();
    if running {
        let gap = Fact::Gap {
            from,
            to: group.now(),
        };
        group.draft(Draft::fact(&gap, None)?);
    }
    group.transaction.put(ENGINE, RUNNING, &[1])?;
    group.commit(log).map(drop)
}

/// Says that the engine ended cleanly: no trace is missing.
pub(crate) fn mark_clean(core: &Arc<Core>, log: &mut Log) -> Result<()> {
    let mut group = begin(core)?;
    group.transaction.remove(ENGINE, RUNNING)?;
    group.commit(log).map(drop)
}

/// The engine's own rows.
pub(crate) const ENGINE: Table = Table::new("engine");
const RUNNING: &[u8] = b"running";
