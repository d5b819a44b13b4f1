//! Traces that wait for the commit of the current group.
//!
//! For: reads whose host accepts that a trace is durable a moment after the answer. The
//! committer takes what waits, appends it, commits, and says so. Invariants: a draft admitted is
//! either taken or still here; none is admitted while an older one has been waiting for more
//! than [`limit::TRACE_PENDING_MILLIS_MAX`], nor when too many wait; nothing is admitted after
//! the outbox is closed, so that a poisoned engine shows nothing; whoever was given a mark is told
//! since when the oldest waits before its trace is admitted.

use crate::draft::Draft;
use crate::recorded::{Pending, Recorded};
use base::{Instant, limit};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// Why a trace may not wait; record it durably, or refuse the read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unadmitted {
    /// A trace has been waiting for too long: commits are late.
    #[error("traces wait for a commit that is late")]
    Late,
    /// Too many bytes are waiting.
    #[error("too many traces wait for the next commit")]
    Full,
    /// It could not be noted that traces wait.
    #[error("it could not be noted that traces wait")]
    Unnoted,
    /// The engine no longer commits.
    #[error("the engine no longer commits; open the store again")]
    Closed,
}

/// A trace that may not wait, given back.
pub struct Rejected {
    /// The trace.
    pub draft: Draft,
    /// Why.
    pub why: Unadmitted,
}

/// Notes outside the log since when traces may be waiting, so that whoever finds the engine
/// killed knows which span has a gap.
pub trait WaitMark: Send + Sync {
    /// Notes that the oldest trace that is not committed was admitted at `since`, or that none
    /// waits. The note outlives this process, not a loss of power.
    ///
    /// # Errors
    /// Nothing is admitted that could not be noted.
    fn note(&self, since: Option<Moment>) -> Result<(), NotNoted>;
}

/// When a trace is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the host's clock, which may go back.
    pub clock: Instant,
    /// By the store's time, which does not: the later of the clock and the last commit.
    pub told: Instant,
}

impl Moment {
    /// The earlier of the two.
    #[must_use]
    pub fn first(self) -> Instant {
        self.clock.min(self.told)
    }

    /// The later of the two.
    #[must_use]
    pub fn last(self) -> Instant {
        self.clock.max(self.told)
    }
}

/// The clock was never set back.
impl From<Instant> for Moment {
    fn from(at: Instant) -> Self {
        Self {
            clock: at,
            told: at,
        }
    }
}

/// The mark could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it could not be noted that traces wait")]
pub struct NotNoted;

/// Where traces wait.
pub struct Outbox {
    bytes_max: usize,
    mark: Option<Box<dyn WaitMark>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Draft>,
    waiting_bytes: usize,
    waiting_since: Option<Moment>,
    taken_bytes: usize,
    taken_since: Option<Moment>,
    /// The instant that the note says, while something waits: a gap begins there.
    noted: Option<Moment>,
    closed: bool,
}

impl Outbox {
    /// An outbox in which at most `bytes_max` bytes of entries wait or are being committed.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            mark: None,
            state: Mutex::default(),
        }
    }

    /// The same outbox, which notes since when traces wait.
    #[must_use]
    pub fn noting(mut self, mark: Box<dyn WaitMark>) -> Self {
        self.mark = Some(mark);
        self
    }

    /// Lets a trace wait from `now`, which is asked for here: what comes after a [`Self::take`]
    /// is admitted at an instant after it.
    ///
    /// # Errors
    /// The draft again, with the reason, when it may not.
    pub fn admit<M: Into<Moment>>(
        &self,
        draft: Draft,
        now: impl FnOnce() -> M,
    ) -> Result<Recorded<Pending>, Box<Rejected>> {
        let mut state = self.state();
        let now: Moment = now().into();
        let bytes = draft.entry().bytes().len();
        let is_oldest = state.taken_since.is_none() && state.waiting_since.is_none();
        let since = state.noted.filter(|_| !is_oldest).unwrap_or(now);
        let late = is_late(since, now);
        let held = state.waiting_bytes + state.taken_bytes;
        let why = if state.closed {
            Some(Unadmitted::Closed)
        } else if late {
            Some(Unadmitted::Late)
        } else if held.saturating_add(bytes) > self.bytes_max {
            Some(Unadmitted::Full)
        } else {
            None
        };
        // INVARIANT(J9): what is lost when the engine is killed was admitted within the bound
        // after the instant that is noted here.
        let why = why.or_else(|| {
            if !is_oldest {
                return None;
            }
            if self.note(Some(now)).is_err() {
                return Some(Unadmitted::Unnoted);
            }
            state.noted = Some(now);
            None
        });
        if let Some(why) = why {
            return Err(Box::new(Rejected { draft, why }));
        }
        let proof = Recorded::new(draft.subjects().to_vec());
        state.waiting_bytes += bytes;
        state.waiting_since.get_or_insert(now);
        state.waiting.push(draft);
        Ok(proof)
    }

    /// Takes what waits, for the next commit; empty while the last one is not settled, so that
    /// traces keep their order.
    #[must_use]
    pub fn take(&self) -> Vec<Draft> {
        let mut state = self.state();
        if state.taken_since.is_some() {
            return Vec::new();
        }
        state.taken_bytes = std::mem::take(&mut state.waiting_bytes);
        state.taken_since = state.waiting_since.take();
        std::mem::take(&mut state.waiting)
    }

    /// Says that what was taken is committed.
    pub fn settle(&self) {
        let mut state = self.state();
        state.taken_bytes = 0;
        state.taken_since = None;
        // Where it cannot be written, what comes is near to the instant that the older note says.
        if self.note(state.waiting_since).is_ok() {
            state.noted = state.waiting_since;
        }
    }

    /// Takes back what was taken: nothing of it was committed, and it waits as before.
    pub fn put_back(&self, mut drafts: Vec<Draft>) {
        let mut state = self.state();
        drafts.append(&mut state.waiting);
        state.waiting = drafts;
        state.waiting_bytes += std::mem::take(&mut state.taken_bytes);
        if let Some(since) = state.taken_since.take() {
            state.waiting_since = Some(since);
        }
    }

    /// Says that there will be no more commits; what waits is lost and must fall in a gap.
    pub fn close(&self) {
        self.state().closed = true;
    }

    /// How many traces wait and have not been taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Since when the oldest of those waits that have not been taken.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Instant> {
        self.state().waiting_since.map(|since| since.clock)
    }

    fn note(&self, since: Option<Moment>) -> Result<(), NotNoted> {
        self.mark.as_ref().map_or(Ok(()), |mark| mark.note(since))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether so much time is over that nothing more may wait: from the earlier of the one's instants
/// to the later of the other's, so that a gap over both is no wider. A clock that was set back
/// tells nothing of how long it has been.
fn is_late(oldest: Moment, now: Moment) -> bool {
    let set_back = now.clock < oldest.clock || now.told < oldest.told;
    let (from, to) = (oldest.first().millis(), now.last().millis());
    let span = u64::try_from(to.saturating_sub(from));
    set_back || span.map_or(true, |span| span > limit::TRACE_PENDING_MILLIS_MAX)
}

#[cfg(test)]
mod tests;
