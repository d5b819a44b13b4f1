//! One sink: what waits for it, how far it is, and whoever waits for it.
//!
//! For: `ship`, which feeds it, and `runner`, its thread. Invariants: what waits is bounded, and
//! a snapshot takes the place of what is dropped; a check that was asked for is answered after it
//! was asked for, never by an earlier one; no message names where a sink lies, only its place.

use super::attached::Attached;
use super::runner::Runner;
use super::ship::{Shipped, Source};
use super::sink::{Sink, State};
use crate::answer::SinkStats;
use crate::error::{Code, Error, Result};
use base::{CommitSeq, limit};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Moment};
use store::Tip;

/// One sink and its thread.
pub(super) struct Lane {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What a lane and its thread share.
pub(super) struct Shared {
    pub(super) sink: Arc<dyn Sink>,
    pub(super) attached: Arc<Attached>,
    /// Its place among those that were named.
    pub(super) at: usize,
    label: String,
    lag: Mutex<Lag>,
    changed: Condvar,
}

/// How far a sink is behind.
pub(super) struct Lag {
    newest: CommitSeq,
    held: Option<Tip>,
    queue: VecDeque<Arc<Shipped>>,
    queued_bytes: usize,
    failure: Option<Error>,
    asked: bool,
    stop: bool,
    /// How many checks were asked for, and up to which they are answered.
    checks: (u64, u64),
    /// The newest commit when the last check was asked for.
    target: CommitSeq,
    /// When it was last seen to get on.
    moved: Moment,
    /// When files from before a rotation are to go.
    prune: Option<Moment>,
}

/// What was asked of a sink: that it holds a commit, and that what it holds is read back.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    check: u64,
    target: CommitSeq,
}

/// What there is to do for a sink.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Bring it up to date.
    Ship,
    /// Read back what it holds, for the check of this number.
    Check(u64),
    /// Take the place of what is from before a rotation.
    Prune,
}

impl Lane {
    pub(super) fn new(
        at: usize,
        sink: &Arc<dyn Sink>,
        attached: &Arc<Attached>,
        newest: CommitSeq,
    ) -> Self {
        let shared = Shared {
            sink: Arc::clone(sink),
            attached: Arc::clone(attached),
            at,
            label: format!("sink {} ({})", at + 1, sink.name()),
            lag: Mutex::new(Lag {
                newest,
                held: None,
                queue: VecDeque::new(),
                queued_bytes: 0,
                failure: None,
                asked: true,
                stop: false,
                checks: (0, 0),
                target: newest,
                moved: Moment::now(),
                prune: None,
            }),
            changed: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
            thread: Mutex::default(),
        }
    }

    pub(super) fn begin(&self, source: &Arc<Source>) -> Result<()> {
        let (run, source) = (Arc::clone(&self.shared), Arc::clone(source));
        let thread = std::thread::Builder::new()
            .name("liasse-sink".to_owned())
            .spawn(move || Runner::new(run, source).run())
            .map_err(|error| Error::new(Code::Io, error.kind().to_string(), "try again"))?;
        *self.thread() = Some(thread);
        Ok(())
    }

    pub(super) fn label(&self) -> &str {
        &self.shared.label
    }

    pub(super) fn stats(&self) -> SinkStats {
        let lag = self.shared.lag();
        let id = self.shared.attached.id(self.shared.at);
        SinkStats {
            id: id.map(|id| id.to_string()),
            label: self.shared.label.clone(),
            place: self.shared.sink.place(),
            level: lag.is_level(),
            failure: lag.failure.as_ref().map(ToString::to_string),
        }
    }

    pub(super) fn push(&self, shipped: &Arc<Shipped>) {
        let mut lag = self.shared.lag();
        lag.newest = shipped.after.commit;
        lag.queued_bytes += shipped.bytes();
        lag.queue.push_back(Arc::clone(shipped));
        if lag.queued_bytes > limit::SINK_WAITING_BYTES_MAX {
            // A snapshot makes up for what is dropped here.
            lag.queue.clear();
            lag.queued_bytes = 0;
        }
        drop(lag);
        self.shared.changed.notify_all();
    }

    /// Has the sink tried now, whatever it said before, and what it holds read back once it holds
    /// what is committed now.
    pub(super) fn ask(&self) -> Asked {
        let mut lag = self.shared.lag();
        lag.failure = None;
        lag.asked = true;
        lag.checks.0 += 1;
        lag.moved = Moment::now();
        lag.target = lag.newest;
        let (check, target) = (lag.checks.0, lag.target);
        drop(lag);
        self.shared.changed.notify_all();
        Asked { check, target }
    }

    /// Waits until the sink holds what was committed when it was asked, and until what it holds
    /// was read back, as long as it gets on. What is committed meanwhile is not waited for.
    pub(super) fn wait(&self, asked: Asked) -> Result<()> {
        self.wait_for(|lag| lag.holds(asked.target) && lag.checks.1 >= asked.check)
    }

    fn wait_for(&self, done: impl Fn(&Lag) -> bool) -> Result<()> {
        let mut lag = self.shared.lag();
        loop {
            if done(&lag) {
                return Ok(());
            }
            let left = (lag.moved + PATIENCE).saturating_duration_since(Moment::now());
            let said = match (&lag.failure, left.is_zero()) {
                (Some(said), _) => Some(said.clone()),
                (None, true) => Some(Error::new(Code::Sink, "it does not answer", "")),
                (None, false) => None,
            };
            if let Some(said) = said {
                return Err(self.held_up_by(&said));
            }
            let waited = self.shared.changed.wait_timeout(lag, left);
            lag = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn held_up_by(&self, said: &Error) -> Error {
        let Shared { sink, label, .. } = &*self.shared;
        let message = format!("the keyring {label} holds it up: {}", said.message());
        let place = match said.place() {
            Some(place) => format!("{}, {place}", sink.place()),
            None => sink.place(),
        };
        let hint = if said.code() == Code::Sink && !said.hint().is_empty() {
            said.hint()
        } else {
            MEND
        };
        Error::new(Code::Sink, message, hint).at(place)
    }

    /// Gives the sink a moment to take what waits, and ends the thread; one whose sink does not
    /// answer is left to itself.
    pub(super) fn stop(&self) {
        if self.thread().is_none() {
            return;
        }
        let mut lag = self.shared.lag();
        (lag.failure, lag.asked, lag.moved) = (None, true, Moment::now());
        drop(lag);
        self.shared.changed.notify_all();
        let level = self.wait_for(Lag::is_level).is_ok();
        let mut lag = self.shared.lag();
        lag.stop = true;
        let answers = level || lag.failure.is_some();
        drop(lag);
        self.shared.changed.notify_all();
        let thread = self.thread().take();
        if let Some(thread) = thread
            && answers
        {
            let _ = thread.join();
        }
    }

    fn thread(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    pub(super) fn lag(&self) -> MutexGuard<'_, Lag> {
        self.lag.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the sink gets on.
    pub(super) fn moved(&self) {
        self.lag().moved = Moment::now();
    }

    /// Says how a step ended.
    pub(super) fn tell(&self, outcome: impl FnOnce(&mut Lag)) {
        outcome(&mut self.lag());
        self.changed.notify_all();
    }

    /// Waits until there is something to do; `None` when the thread is to end.
    pub(super) fn wait_for_work(&self) -> Option<Due> {
        let mut lag = self.lag();
        loop {
            if let Some(due) = lag.due()
                && !(lag.stop && lag.failure.is_some())
            {
                return Some(due);
            }
            if lag.stop {
                return None;
            }
            let rests = lag.is_idle() && lag.failure.is_none();
            let until = match (rests, lag.prune) {
                (false, _) => Some(RETRY_AFTER),
                (true, Some(prune)) => Some(prune.saturating_duration_since(Moment::now())),
                (true, None) => None,
            };
            lag = match until {
                None => {
                    let woken = self.changed.wait(lag);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
                Some(until) => {
                    let woken = self.changed.wait_timeout(lag, until);
                    let (mut lag, timeout) = woken.unwrap_or_else(PoisonError::into_inner);
                    lag.asked |= timeout.timed_out();
                    lag
                }
            };
        }
    }
}

impl Lag {
    fn is_level(&self) -> bool {
        self.holds(self.newest)
    }

    fn holds(&self, commit: CommitSeq) -> bool {
        self.held.is_some_and(|held| held.commit >= commit)
    }

    fn is_idle(&self) -> bool {
        self.is_level() && self.checks.0 == self.checks.1
    }

    fn due(&self) -> Option<Due> {
        if self.failure.is_some() && !self.asked {
            return None;
        }
        let checks = self.checks.0 > self.checks.1;
        if checks && self.holds(self.target) {
            // What goes on being committed keeps nobody waiting for the check.
            Some(Due::Check(self.checks.0))
        } else if !self.is_level() {
            Some(Due::Ship)
        } else {
            let due = self.prune.is_some_and(|prune| prune <= Moment::now());
            (due && !self.stop).then_some(Due::Prune)
        }
    }

    /// The sink holds this, and keeps files from before a rotation until `prune`.
    pub(super) fn take(&mut self, held: Tip, prune: Option<Moment>) {
        self.held = Some(held);
        self.prune = prune;
        self.failure = None;
        self.moved = Moment::now();
        self.queue.retain(|it| it.after.commit > held.commit);
        self.queued_bytes = self.queue.iter().map(|it| it.bytes()).sum();
    }

    /// What the sink holds was read back whole.
    pub(super) fn checked(&mut self, check: u64) {
        self.checks.1 = check;
        self.failure = None;
    }

    /// The step failed; it is tried again in a while, or when somebody asks.
    pub(super) fn fail(&mut self, error: Error) {
        self.failure = Some(error);
        self.asked = false;
    }

    /// Nobody knows any more what the sink holds: a snapshot takes its place.
    pub(super) fn lose(&mut self) {
        self.held = None;
        self.queue.clear();
        self.queued_bytes = 0;
    }

    /// The state that a sink which leads to `end` holds, when what waits goes on from there.
    pub(super) fn state_at(&self, end: Option<State>, newest: Tip) -> Option<Tip> {
        let mut known = self.queue.iter().map(|it| it.before).chain([newest]);
        known.find(|tip| end == Some(State::of(*tip)))
    }

    /// The deltas that follow what is held, as many as one file takes.
    pub(super) fn next(&self) -> Option<Vec<Arc<Shipped>>> {
        let first = self.queue.front()?;
        if self.held != Some(first.before) {
            return None;
        }
        let mut bytes = 0;
        let fitting = self.queue.iter().take_while(|it| {
            let fits = bytes < FILE_BYTES;
            bytes += it.bytes();
            fits
        });
        Some(fitting.cloned().collect())
    }
}

const MEND: &str = "mend the sink and try again, or waive it in so many words; what was begun is \
                    completed then, or when the store is opened again";
/// How long an erasure and a close wait for a sink that does not get on.
const PATIENCE: Duration = Duration::from_secs(10);
/// After how long a sink that failed is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// A delta file is closed above this many bytes.
const FILE_BYTES: usize = 16 << 20;
