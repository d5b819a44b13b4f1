//! Groups on their way to the disk.
//!
//! For: making them durable one after the other, on a thread of its own, while the writer builds
//! the next. Invariants: they land in the order of their departure; who waits for one is answered
//! here when it is durable, and by the writer when it failed, which knows first whether that is
//! certain; when the thread ends in a panic, nothing is certain of what was under way.

use super::Settle;
use super::spawn;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::group::Finished;
use crate::measure;
use base::{Bug, limit};
use crossbeam_channel::{Receiver, Sender, bounded};
use journal::Draft;
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;

/// A built group and those who wait for it.
pub(super) struct Flight {
    pub(super) finished: Finished,
    pub(super) waiting: Waiting,
}

/// Those who wait for a group, and the traces that were in it.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) settles: Vec<Settle>,
    pub(super) traces: Vec<Draft>,
}

/// What became of a group.
pub(super) enum Landed {
    /// It is durable, and readers see it.
    Durable,
    /// It is durable, and cannot be shown.
    Hidden(Error),
    /// It failed; nobody was told yet.
    Failed(Error, Waiting),
    /// The thread has ended with all that was under way, this many traces among it.
    Ended(usize),
}

/// The thread that makes groups durable, and how many are under way.
pub(super) struct Flights {
    away: Option<Sender<Flight>>,
    landed: Receiver<Landed>,
    thread: Option<JoinHandle<()>>,
    /// How many traces each that is under way has.
    under_way: VecDeque<usize>,
    ended: bool,
}

impl Flights {
    /// Starts the thread.
    pub(super) fn start(core: Arc<Core>) -> Result<Self> {
        let (away, flights) = bounded(limit::GROUPS_UNDER_WAY_MAX);
        let (back, landed) = bounded(limit::GROUPS_UNDER_WAY_MAX);
        let thread = spawn("liasse-durable", move || land_all(&core, &flights, &back))?;
        Ok(Self {
            away: Some(away),
            landed,
            thread: Some(thread),
            under_way: VecDeque::new(),
            ended: false,
        })
    }

    /// Sends a group off; there must be room for it.
    pub(super) fn send(&mut self, flight: Flight) -> std::result::Result<(), (Error, Waiting)> {
        let Some(away) = &self.away else {
            return Err((ended(), flight.waiting));
        };
        let traces = flight.waiting.traces.len();
        match away.send(flight) {
            Ok(()) => {
                self.under_way.push_back(traces);
                Ok(())
            }
            Err(unsent) => {
                self.ended = true;
                Err((ended(), unsent.into_inner().waiting))
            }
        }
    }

    /// Whether the thread has ended before its time: nothing can be committed any more.
    pub(super) const fn have_ended(&self) -> bool {
        self.ended
    }

    /// Whether no more may be sent before one has landed.
    pub(super) fn is_full(&self) -> bool {
        self.under_way.len() >= limit::GROUPS_UNDER_WAY_MAX
    }

    /// Whether all have landed.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Where landings are told.
    pub(super) const fn landings(&self) -> &Receiver<Landed> {
        &self.landed
    }

    /// Waits for the next one to land.
    pub(super) fn next(&mut self) -> Landed {
        let landed = self.landed.recv();
        self.landed(landed.ok())
    }

    /// Counts one that was told; `None` when the thread has ended.
    pub(super) fn landed(&mut self, landed: Option<Landed>) -> Landed {
        let Some(landed) = landed else {
            self.ended = true;
            // What is in the channel lies there as long as its way in does: who waits is told now.
            self.away = None;
            return Landed::Ended(self.under_way.drain(..).sum());
        };
        self.under_way.pop_front();
        landed
    }
}

impl Drop for Flights {
    fn drop(&mut self) {
        self.away = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn land_all(core: &Core, flights: &Receiver<Flight>, back: &Sender<Landed>) {
    while let Ok(flight) = flights.recv() {
        if back.send(land(core, flight)).is_err() {
            return;
        }
    }
}

fn land(core: &Core, flight: Flight) -> Landed {
    let waiting = flight.waiting;
    let (works, traces) = (waiting.settles.len(), waiting.traces.len());
    let _span = tracing::debug_span!("commit", works, traces).entered();
    let since = std::time::Instant::now();
    let committed = flight.finished.commit();
    measure::commit(works, traces, since, &committed);
    match committed {
        Ok(mut committed) => {
            // Only the group that took traces says that they are committed.
            if !waiting.traces.is_empty() {
                core.outbox.settle();
            }
            let hidden = committed.broken().cloned();
            for settle in waiting.settles {
                settle(Ok(&mut committed));
            }
            hidden.map_or(Landed::Durable, Landed::Hidden)
        }
        Err(error) => Landed::Failed(error, waiting),
    }
}

/// What is told when the thread is gone.
pub(super) fn ended() -> Error {
    Bug::new("the thread that commits lives as long as the writer").into()
}
