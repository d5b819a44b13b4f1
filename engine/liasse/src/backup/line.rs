//! Whether what a sink holds is of this store's own past.
//!
//! Invariant: a sink that is ahead of the store, or whose newest state the store's log never
//! went through, is left as it is.

use super::sink::State;
use crate::error::{Code, Error, Result};
use base::CommitSeq;
use journal::{Fact, Log};
use std::ops::ControlFlow;
use store::{Snapshot, Tip};

/// Whether the log of `rows` went through the state that a sink leads to.
///
/// # Errors
/// [`Code::Sink`] when the sink is ahead, or on another line.
pub(super) fn goes_on(rows: &Snapshot, end: Option<State>) -> Result<()> {
    let Some(end) = end else {
        return Ok(());
    };
    let newest = rows.counters().commit;
    if end.commit > newest {
        let message = format!(
            "it holds commits up to {}, and this store ends at {}: the store is an older copy, \
             or was restored without this sink",
            end.commit.number(),
            newest.number()
        );
        return Err(Error::new(Code::Sink, message, LEAVE));
    }
    if went_through(rows, end)? {
        return Ok(());
    }
    let message = format!(
        "it holds another line of this store, whose commit {} is not the one of that number here",
        end.commit.number()
    );
    Err(Error::new(Code::Sink, message, LEAVE))
}

fn went_through(rows: &Snapshot, state: State) -> Result<bool> {
    let log = Log::open(rows)?;
    let Some(index) = entry_of(rows, &log, state.commit)? else {
        return Ok(false);
    };
    let binding = log.root_at(rows, index + 1)?;
    let commit = state.commit;
    Ok(State::of(Tip { commit, binding }) == state)
}

/// The entry that ends a commit: commits stand in the log in their order.
fn entry_of(rows: &Snapshot, log: &Log, commit: CommitSeq) -> Result<Option<u64>> {
    let (mut from, mut to) = (0, log.size());
    while from < to {
        let middle = from + (to - from) / 2;
        let mut first = None;
        log.entries(rows, middle..to, &mut |index, entry| match entry.fact() {
            Some(Fact::Commit(bound)) => {
                first = Some((index, bound.seq));
                ControlFlow::Break(())
            }
            Some(_) | None => ControlFlow::Continue(()),
        })?;
        match first {
            Some((index, seq)) if seq == commit => return Ok(Some(index)),
            Some((index, seq)) if seq < commit => from = index + 1,
            Some(_) | None => to = middle,
        }
    }
    Ok(None)
}

const LEAVE: &str = "restore from it, or give this store another directory; empty this one only \
                     if what it holds is of no use";
