//! Erasing dossiers and documents, step by step; each step is one commit, and each can be
//! resumed. `docs/erasure.md` draws it, and says what it is worth against whom.
//!
//! ```text
//! forget     stage root e+1; one commit: new key paths, touched units and dossiers sealed anew,
//!            rows gone, "begun" in the journal, a mark for each that says how far it is
//! complete   activate e+1, destroy e, let go of cached keys; once more when e+1 had been
//!            staged before; then wait for readers of the older state
//! confirm    receipt 1 in the journal
//! rewrite    segments that held any of it are written anew; the keys of the old ones, and of
//!            all segments merged away since the last erasure, are replaced under root e+2
//! complete   activate e+2, destroy e+1
//! conclude   receipt 2 in the journal, the marks are removed
//! ```
//! Many go in one batch, with two rotations for all. Invariants: one erasure at a time, each
//! step in a group of its own; a receipt is given only after the roots it speaks of are
//! destroyed; a mark outlives every crash, and whoever erases next completes what is marked
//! first; traces keep their own key and stay.

mod forget;
mod kept;
mod marks;
mod receipts;
mod retention;
mod rewriting;
mod rotation;
mod steps;

pub(crate) use forget::{By, Request, Wanted};
pub(crate) use kept::kept;
pub(crate) use retention::retain;
pub(crate) use rotation::{CutShort, complete_rotation};
pub(crate) use steps::{AtOpen, Steps};

use crate::answer::{Receipt, Rotated};
use crate::error::{Code, Error, Result};
use crate::measure;
use base::{DossierNumber, RowRead};
use forget::Begun;
use index::Forget;
use marks::Mark;
use std::collections::BTreeMap;
use std::time::Duration;
use vault::Forgotten;

/// Erases what is asked for, as far as the rules allow, in one batch; an outcome for each
/// request, with its two receipts.
pub(crate) fn erase(
    steps: &mut impl Steps,
    requests: Vec<Request>,
) -> Result<Vec<Result<Vec<Receipt>>>> {
    let _span = tracing::debug_span!("erase", requests = requests.len()).entered();
    resume(steps)?;
    steps.core().shipping.require_named()?;
    let (begun, _) = steps.alone(move |group| forget::forget(group, &requests))?;
    let Begun { rotation, outcomes } = begun;
    let receipts = match rotation {
        Some(rotation) => {
            let forgotten = rotation::complete(steps, rotation)?;
            let marks = marks::read(steps.core().view()?.rows())?;
            proceed(steps, marks, Some(forgotten))?
        }
        None => BTreeMap::new(),
    };
    measure::erased(receipts.len());
    let given = |number: &DossierNumber| {
        let given = receipts.get(number).cloned();
        given.ok_or_else(|| base::Bug::new("what was erased has its receipts").into())
    };
    let outcomes = outcomes.into_iter();
    Ok(outcomes
        .map(|outcome| outcome.and_then(|number| given(&number)))
        .collect())
}

/// Puts the whole key tree under a new root, after what an earlier erasure left undone.
pub(crate) fn rotate_root(steps: &mut impl Steps) -> Result<Rotated> {
    resume(steps)?;
    let forgotten = rotation::rotate(steps)?;
    rotation::tell(steps)?;
    Ok(receipts::rotated(&forgotten, steps.core().shipping.words()))
}

/// Completes the erasures that were begun and not concluded.
pub(crate) fn resume(steps: &mut impl Steps) -> Result<()> {
    rotation::settle(steps)?;
    let marks = marks::read(steps.core().view()?.rows())?;
    if marks.is_empty() {
        return Ok(());
    }
    proceed(steps, marks, None).map(drop)
}

/// What waits for a sink keeps no store shut: the next erasure completes it.
pub(crate) fn may_wait(completed: Result<()>) -> Result<()> {
    match completed {
        Err(error) if error.code() == Code::Sink => Ok(()),
        other => other,
    }
}

/// What the index holds until its segments are written anew: documents being erased.
pub(crate) fn leaving(rows: &dyn RowRead) -> Result<Forget> {
    Ok(marks::forget(&marks::read(rows)?))
}

/// How many dossiers and documents were begun and not concluded.
pub(crate) fn waiting(rows: &dyn RowRead) -> Result<u64> {
    Ok(marks::read(rows)?.len() as u64)
}

/// Goes on from the marks; `forgotten` proves that the keys of those just begun are destroyed.
fn proceed(
    steps: &mut impl Steps,
    marks: Vec<Mark>,
    forgotten: Option<Forgotten>,
) -> Result<BTreeMap<DossierNumber, Vec<Receipt>>> {
    let begun: Vec<Mark> = marks
        .iter()
        .filter(|mark| mark.is_begun())
        .copied()
        .collect();
    let mut receipts: BTreeMap<DossierNumber, Vec<Receipt>> = BTreeMap::new();
    if !begun.is_empty() {
        let forgotten = match forgotten {
            Some(forgotten) => forgotten,
            None => rotation::rotate(steps)?,
        };
        wait_for_readers(steps)?;
        let (first, entries) =
            steps.alone(move |group| receipts::confirm(group, &begun, &forgotten))?;
        first.deliver(entries, &mut receipts);
    }
    let again = marks.clone();
    let (rotation, _) = steps.alone(move |group| rewriting::rewrite(group, &again))?;
    let forgotten = rotation::complete(steps, rotation)?;
    wait_for_readers(steps)?;
    let (second, entries) =
        steps.alone(move |group| receipts::conclude(group, &marks, &forgotten))?;
    second.deliver(entries, &mut receipts);
    Ok(receipts)
}

/// Waits until no reader holds the keys from before; what they brought back into the caches
/// meanwhile goes.
fn wait_for_readers(steps: &impl Steps) -> Result<()> {
    let core = steps.core();
    if core.current.wait_for_readers(READERS_PATIENCE) {
        rotation::purge(core);
        Ok(())
    } else {
        Err(Error::new(
            Code::Busy,
            "the erasure is begun, and a reader still holds the state before it",
            "end long reads and ask again, or open the store again: it is completed",
        ))
    }
}

/// How long readers of the state before an erasure are waited for.
const READERS_PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
