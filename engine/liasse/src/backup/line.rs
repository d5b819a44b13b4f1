//! Whether what a sink holds is of this store's own past.
//!
//! Invariants: a sink that is ahead of the store, or whose newest state the store's log never
//! went through, is left as it is; so is one that has nothing of a restored store yet, until
//! somebody says that the store before it is gone: else a drill would take it from the living.

use super::sink::State;
use crate::error::{Code, Error, Result};
use base::{CommitSeq, StoreId};
use journal::{Fact, Log, Origin};
use std::ops::ControlFlow;
use store::{Snapshot, Tip};
use vault::Ground;

/// Whether the log of `rows` went through the state that a sink leads to, and not before it was
/// restored, unless this copy of the store takes over.
///
/// # Errors
/// [`Code::Sink`] when the sink is ahead, on another line, or that of the store before.
pub(super) fn goes_on(
    (rows, store): (&Snapshot, StoreId),
    end: Option<State>,
    ground: Ground,
) -> Result<()> {
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
    let log = Log::open(rows)?;
    let Some(last) = last_of(rows, &log, end)? else {
        let message = format!(
            "it holds another line of this store, whose commit {} is not the one of that number \
             here",
            end.commit.number()
        );
        return Err(Error::new(Code::Sink, message, LEAVE));
    };
    if ground == Ground::Succession && restored_since(rows, &log, (store, last))? {
        let message = "it serves the store that this one was restored from, and that may live";
        return Err(Error::new(Code::Sink, message, SAY));
    }
    Ok(())
}

/// The last entry of a state that the log went through.
fn last_of(rows: &Snapshot, log: &Log, state: State) -> Result<Option<u64>> {
    let Some(index) = entry_of(rows, log, state.commit)? else {
        return Ok(None);
    };
    let binding = log.root_at(rows, index + 1)?;
    let commit = state.commit;
    Ok((State::of(Tip { commit, binding }) == state).then_some(index))
}

/// Whether the store was restored behind an entry of its log.
fn restored_since(rows: &Snapshot, log: &Log, (store, entry): (StoreId, u64)) -> Result<bool> {
    if *log.origin() == Origin::of_store(store, 0) {
        return Ok(false);
    }
    let mut restored = false;
    log.entries(rows, entry + 1..log.size(), &mut |_, entry| {
        restored = matches!(entry.fact(), Some(Fact::Restored { .. }));
        if restored {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(restored)
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

const SAY: &str = "if that store is gone, say so once: liasse adopt STORE --sink DIR \
                   (Options::ground); if it lives, as beside a drill, leave its sink to it";
const LEAVE: &str = "restore from it, or give this store another directory; empty this one only \
                     if what it holds is of no use";
