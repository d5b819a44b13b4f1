//! Work nobody asked for: flushing the index's tail, merging its segments, the mark of a clean
//! end.
//!
//! Runs on the committer, between groups. Invariant: every commit of it binds the catalog like
//! any other.

use crate::core::Core;
use crate::error::Result;
use crate::group::Group;
use crate::measure;
use crate::recorder::slot;
use base::{RowRead, RowWrite, Table};
use index::{IndexError, Rewrite};
use journal::{Draft, Fact, Log};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Counter, Counters, Spending, Transaction};
use vault::{Claim, Grove, Slot};

/// Writes the index's tail into a segment.
pub(crate) fn flush(core: &Arc<Core>, log: &mut Log) -> Result<()> {
    let mut group = begin(core)?;
    let slot = segment_slot(&mut group)?;
    match core.index.flush(slot)? {
        Some(work) => {
            measure::index("flush");
            commit(group, work, log)
        }
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
        Ok(work) => {
            measure::index("merge");
            commit(group, work, log).map(|()| true)
        }
        Err(IndexError::Stale) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Gives out the slot of the next segment's key.
pub(crate) fn segment_slot(group: &mut Group<'_>) -> Result<Slot> {
    let number = group.transaction.take(Counter::SegmentSlot);
    // Files may be written under it whatever becomes of the transaction.
    group.core.tried.note(group.transaction.counters());
    slot(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Up to which number slots were tried, by commits that failed too.
///
/// What a failed commit wrote may lie in a free page or in a copy of a file, sealed under slots
/// that the counters then give out again, to others. Invariant: no slot seals for two attempts;
/// those that a failed one had are retired, so that the next erasure replaces their keys.
#[derive(Default)]
pub(crate) struct Tried([AtomicU64; 3]);

impl Tried {
    /// Notes what a transaction has given out.
    pub(crate) fn note(&self, counters: &Counters) {
        for ((counter, _), tried) in TRIED.iter().zip(&self.0) {
            tried.fetch_max(counters.next(*counter), Ordering::SeqCst);
        }
    }

    /// Notes the segments whose files were found at open and belong to no commit.
    fn note_orphans(&self, orphans: &[Slot]) {
        let [.., segments] = &self.0;
        let found = orphans.iter().map(|slot| u64::from(slot.number()) + 1);
        segments.fetch_max(found.max().unwrap_or(0), Ordering::SeqCst);
    }

    /// After an unclean end: notes whatever the last groups may have given out.
    fn note_unclean(&self, counters: &Counters) {
        for ((counter, _), tried) in TRIED.iter().zip(&self.0).take(2) {
            tried.fetch_max(counters.next(*counter) + UNCLEAN_SLOTS, Ordering::SeqCst);
        }
    }

    /// Skips what was tried, in a transaction that has given out nothing yet.
    pub(crate) fn skip(&self, transaction: &mut Transaction) -> Result<()> {
        for ((counter, grove), tried) in TRIED.iter().zip(&self.0) {
            let tried = tried.load(Ordering::SeqCst);
            let first = transaction.counters().next(*counter);
            let run = u32::try_from(tried.saturating_sub(first)).unwrap_or(u32::MAX);
            if run == 0 {
                continue;
            }
            for _ in 0..run {
                transaction.take(*counter);
            }
            let first = slot(u32::try_from(first).unwrap_or(u32::MAX))?;
            store::retire_run(transaction, *grove, first, run)?;
        }
        Ok(())
    }
}

fn begin(core: &Arc<Core>) -> Result<Group<'_>> {
    let transaction = core.catalog.begin(Spending::Reserve, core.clock.now())?;
    Group::new(core, transaction, Vec::new())
}

fn commit(mut group: Group<'_>, work: Rewrite, log: &mut Log) -> Result<()> {
    group.record_index(work)?;
    group.commit(log).map(drop)
}

/// Says that the engine runs, and for which claim; when it did not end cleanly before, the
/// journal gets a gap.
pub(crate) fn mark_running(core: &Arc<Core>, log: &mut Log, claim: &Claim) -> Result<()> {
    let before = core.catalog.snapshot()?;
    let from = before.counters().instant;
    let running = before.row(ENGINE, RUNNING)?.is_some();
    core.tried.note_orphans(core.index.orphans());
    if running {
        core.tried.note_unclean(before.counters());
    }
    let mut group = begin(core)?;
    if running {
        let now = group.now();
        let (from, to) = core.left.span((from, now));
        let gap = Fact::Gap { from, to };
        group.draft(Draft::fact(&gap, None)?);
    }
    group.transaction.put(ENGINE, RUNNING, &[1])?;
    claim.put(&mut group.transaction)?;
    group.commit(log)?;
    // The gap is in the journal: from here on only this engine's traces wait.
    core.outbox.settle();
    Ok(())
}

/// Says that the engine ended cleanly: no trace is missing.
pub(crate) fn mark_clean(core: &Arc<Core>, log: &mut Log) -> Result<()> {
    // A sink that was added is in the catalog before the store is closed.
    core.shipping.wait_for_looks();
    let mut group = begin(core)?;
    group.transaction.remove(ENGINE, RUNNING)?;
    group.commit(log).map(drop)
}

/// The engine's own rows.
pub(crate) const ENGINE: Table = Table::new("engine");
const RUNNING: &[u8] = b"running";
/// What is counted of slots, and in which grove they lie; segments last, since their files tell
/// what was tried.
const TRIED: [(Counter, Grove); 3] = [
    (Counter::DossierSlot, Grove::Dossier),
    (Counter::UnitSlot, Grove::Unit),
    (Counter::SegmentSlot, Grove::Segment),
];
/// Slots of a kind that a process which ended may have given out to nobody.
const UNCLEAN_SLOTS: u64 = crate::committer::SLOTS_UNCERTAIN;
