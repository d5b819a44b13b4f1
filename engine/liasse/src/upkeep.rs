//! Work nobody asked for: flushing the index's tail, merging its segments, the mark of a clean
//! end.
//!
//! Runs on the committer, between groups. Invariant: every commit of it binds the catalog like
//! any other.

use crate::core::Core;
use crate::error::Result;
use crate::gaps;
use crate::group::Group;
use crate::measure;
use crate::recorder::slot;
use crate::roots;
use base::{Instant, RowRead, RowWrite, Table};
use index::{IndexError, Rewrite};
use journal::{Fact, Log};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Counter, Counters, FORMAT_VERSION, Spending, Transaction};
use vault::{Claim, Ground, Grove, Slot};

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

/// Gives out slots for segments that a later group names, or none: until then they are retired.
pub(crate) fn segment_slots_ahead(group: &mut Group<'_>, count: usize) -> Result<Vec<Slot>> {
    let slots: Vec<_> = (0..count)
        .map(|_| segment_slot(group))
        .collect::<Result<_>>()?;
    for slot in &slots {
        store::retire(&mut group.transaction, Grove::Segment, *slot)?;
    }
    Ok(slots)
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

    /// Notes that others may have given out so many more of each kind: the last groups before an
    /// unclean end, or the copy of the store that was written before this one.
    fn note_unknown(&self, counters: &Counters, slots: u64) {
        for ((counter, _), tried) in TRIED.iter().zip(&self.0) {
            tried.fetch_max(counters.next(*counter) + slots, Ordering::SeqCst);
        }
    }

    /// Skips what was tried, in a transaction that has given out nothing yet.
    pub(crate) fn skip(&self, transaction: &mut Transaction) -> Result<()> {
        for ((counter, grove), tried) in TRIED.iter().zip(&self.0) {
            let tried = tried.load(Ordering::SeqCst);
            let first = transaction.counters().next(*counter);
            retire_next(transaction, (*counter, *grove), tried.saturating_sub(first))?;
        }
        Ok(())
    }
}

/// Gives out the next slots of a kind to nobody, and retires them.
fn retire_next(
    transaction: &mut Transaction,
    (counter, grove): (Counter, Grove),
    slots: u64,
) -> Result<()> {
    let first = transaction.counters().next(counter);
    let slots = slots.min(u64::from(Slot::COUNT).saturating_sub(first));
    if slots == 0 {
        return Ok(());
    }
    for _ in 0..slots {
        transaction.take(counter);
    }
    let first = slot(u32::try_from(first).unwrap_or(u32::MAX))?;
    let run = u32::try_from(slots).unwrap_or(u32::MAX);
    Ok(store::retire_run(transaction, grove, first, run)?)
}

/// Leaves behind the slots that a newer state of the store may have given out, when an older one
/// takes its place: the next erasure replaces their keys.
pub(crate) fn leave_behind(transaction: &mut Transaction) -> Result<()> {
    TRIED
        .iter()
        .try_for_each(|kind| retire_next(transaction, *kind, ELSEWHERE_SLOTS))
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
pub(crate) fn mark_running(
    core: &Arc<Core>,
    log: &mut Log,
    (claim, ground): (&Claim, Ground),
) -> Result<()> {
    let before = core.catalog.snapshot()?;
    let running = before.row(ENGINE, RUNNING)?;
    core.tried.note_orphans(core.index.orphans());
    let dead = running.as_deref().map(gaps::dead).transpose()?;
    if dead.is_some() {
        core.tried.note_unknown(before.counters(), UNCLEAN_SLOTS);
    }
    if ground == Ground::TakeOver {
        core.tried.note_unknown(before.counters(), ELSEWHERE_SLOTS);
    }
    let now = core.clock.now();
    let gap = dead.map(|dead| {
        let last = before.counters().instant;
        core.left.span(gaps::Opening {
            oldest: dead.waited.map_or(last, |since| since.min(last)),
            last,
            clock: now,
        })
    });
    // What was lost was told earlier than anything that is told from here on.
    let known = gap.map_or(
        now,
        |(_, to)| if to == Instant::MAX { now } else { now.max(to) },
    );
    let transaction = core.catalog.begin(Spending::Reserve, known)?;
    let mut group = Group::new(core, transaction, Vec::new())?;
    if let Some((from, to)) = gap {
        group.tell(&Fact::Gap { from, to })?;
    }
    let at = group.now();
    match log.last_commit(&*before)? {
        None => {
            group.tell(&roots::created(&core.current.state().1, at))?;
        }
        Some((_, last)) if last.format < FORMAT_VERSION => {
            let (from, to) = (last.format, FORMAT_VERSION);
            group.tell(&Fact::Upgraded { at, from, to })?;
        }
        Some(_) => {}
    }
    group
        .transaction
        .put(ENGINE, RUNNING, &core.life.row(None))?;
    claim.put(&mut group.transaction)?;
    group.commit(log)?;
    // The gap is in the journal: from here on only this engine's traces wait.
    core.outbox.settle();
    Ok(())
}

/// Notes in a group that begins since when traces wait which are not in it: they may be lost with
/// the system once it is durable, and its instant is later than theirs.
pub(crate) fn note_waiting(core: &Core, transaction: &mut Transaction) -> Result<()> {
    let Some(noted) = transaction.row(ENGINE, RUNNING)? else {
        return Ok(());
    };
    // INVARIANT(J9): asked for after the group's instant, so that what is admitted later than
    // this was admitted later than that.
    let row = core.life.row(core.outbox.waiting_since());
    if noted != row {
        transaction.put(ENGINE, RUNNING, &row)?;
    }
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
pub(crate) const RUNNING: &[u8] = b"running";
/// What is counted of slots, and in which grove they lie; segments last, since their files tell
/// what was tried.
const TRIED: [(Counter, Grove); 3] = [
    (Counter::DossierSlot, Grove::Dossier),
    (Counter::UnitSlot, Grove::Unit),
    (Counter::SegmentSlot, Grove::Segment),
];
/// Slots of a kind that a process which ended may have given out to nobody.
const UNCLEAN_SLOTS: u64 = crate::committer::SLOTS_UNCERTAIN;
/// Slots of a kind that a newer state of the store may have given out before an older one took
/// its place: far more than the dossiers opened between two backups.
const ELSEWHERE_SLOTS: u64 = 16_384;

#[cfg(test)]
mod tests;
