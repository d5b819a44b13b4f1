//! The thread that builds groups out of what waits.
//!
//! For: joining works and traces, sending the groups off, mending the log after one that failed,
//! the index's due work. Invariants: work that stands alone, and the index's, begins when all
//! groups have landed and ends before the next is built; traces are in one group at a time; after
//! a failure the log in memory is what the catalog holds, or nothing goes on.

use super::flight::{Flight, Flights, Landed, Waiting, ended};
use super::tender::Tender;
use super::{Job, Room, Settle, Work};
use crate::core::Core;
use crate::error::{Code, Error, Result};
use crate::group::{Finished, Group};
use crate::measure;
use crate::signing;
use base::{Instant, limit};
use crossbeam_channel::{Receiver, Sender, select};
use journal::Log;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{Spending, StoreError, Transaction};

pub(super) struct Writer {
    core: Arc<Core>,
    log: Log,
    room: Arc<Room>,
    flights: Flights,
    tender: Tender,
    /// Traces came while others were under way; nobody will wake the writer for them.
    unwoken: bool,
    /// The log in memory is not what the catalog holds, which could not be read.
    stale: bool,
    /// Why the traces of the last group that had some wait again.
    put_back: Option<Error>,
}

impl Writer {
    pub(super) fn new(core: Arc<Core>, log: Log, room: Arc<Room>) -> Result<Self> {
        let flights = Flights::start(Arc::clone(&core))?;
        let tender = Tender::start(Arc::clone(&core))?;
        Ok(Self {
            core,
            log,
            room,
            flights,
            tender,
            unwoken: false,
            stale: false,
            put_back: None,
        })
    }

    pub(super) fn run(mut self, jobs: &Receiver<Job>) -> Result<()> {
        // Here, where nothing is erased or flushed meanwhile. Why it failed is told to whoever
        // searches.
        let _ = crate::tail::rebuild(&self.core);
        loop {
            let Some(first) = self.next(jobs) else {
                return self.finish();
            };
            let mut batch = Batch::default();
            let mut added = batch.add(first);
            if added.is_joined() && batch.waits_for_traces() {
                added = self.gather(jobs, &mut batch);
            }
            while added.is_joined() && batch.settles.is_empty() && batch.has_room() {
                match jobs.try_recv() {
                    Ok(job) => added = batch.add(job),
                    Err(_) => break,
                }
            }
            let settles = std::mem::take(&mut batch.settles);
            self.attempt(batch);
            if !settles.is_empty() {
                self.drain();
                // Those that came while others were under way, and those of a group that failed.
                if self.core.outbox.waiting() > 0 {
                    self.attempt(Batch::default());
                    self.drain();
                }
                self.tend();
            }
            for settle in settles {
                let kept = self.put_back.clone().map_or(Ok(()), Err);
                let _ = settle.send(self.health().and(kept));
            }
            match added {
                Added::Joined => {}
                Added::Alone(spending, work) => {
                    self.drain();
                    self.tend();
                    let mut alone = Batch::default();
                    alone.works.push((spending, 0, work));
                    self.attempt(alone);
                    self.drain();
                    self.tend();
                }
                Added::Stop => return self.finish(),
            }
        }
    }

    /// The next job; meanwhile groups land, and what is due after them is done. `None` when no
    /// more can come.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        loop {
            if self.flights.is_empty() {
                self.tend();
                if std::mem::take(&mut self.unwoken) && self.core.outbox.waiting() > 0 {
                    return Some(Job::Wake);
                }
                return jobs.recv().ok();
            }
            if self.flights.is_full() {
                self.land();
                continue;
            }
            let landed = self.flights.landings().clone();
            select! {
                recv(jobs) -> job => return job.ok(),
                recv(landed) -> landed => {
                    let landed = self.flights.landed(landed.ok());
                    self.settle(landed);
                }
            }
        }
    }

    /// Only traces wait: give others a moment to join them.
    fn gather(&self, jobs: &Receiver<Job>, batch: &mut Batch) -> Added {
        let deadline = std::time::Instant::now() + self.core.trace_gather;
        while let Ok(job) = jobs.recv_deadline(deadline) {
            let added = batch.add(job);
            if !added.is_joined() || !batch.waits_for_traces() {
                return added;
            }
        }
        Added::Joined
    }

    /// Whether what was committed so far is all that was handed over.
    fn health(&self) -> Result<()> {
        if self.flights.have_ended() {
            return Err(Error::new(
                Code::Poisoned,
                "the thread that commits has ended",
                "open the store again, and report it",
            ));
        }
        self.core.health()
    }

    /// Waits until every group has landed.
    fn drain(&mut self) {
        while !self.flights.is_empty() {
            self.land();
        }
    }

    fn land(&mut self) {
        let landed = self.flights.next();
        self.settle(landed);
    }

    fn settle(&mut self, landed: Landed) {
        match landed {
            Landed::Durable => {
                self.tender.look();
                let (tail, _) = self.core.index.tail_size();
                measure::waiting(self.room.held(), tail);
                if self.core.index_is_due() {
                    self.drain();
                    self.tend();
                }
            }
            Landed::Hidden(error) => {
                self.recover(&error);
            }
            Landed::Failed(error, waiting) => self.fail(&error, waiting, Age::Oldest),
            Landed::Ended(traces) => {
                self.core.traces_lost(traces);
                self.fail(&ended(), Waiting::default(), Age::Oldest);
            }
        }
    }

    /// The index's due work, once every group has landed.
    fn tend(&mut self) {
        if !self.core.index_is_due() || self.flights.have_ended() {
            return;
        }
        let kept = self.read_log();
        if let Err(error) = kept.and_then(|()| self.core.keep_index(&mut self.log)) {
            self.recover(&error);
        }
    }

    /// Makes sure that the log in memory is what the catalog holds.
    fn read_log(&mut self) -> Result<()> {
        if self.stale { self.refresh() } else { Ok(()) }
    }

    /// Builds a batch with the traces that wait, and sends it off.
    fn attempt(&mut self, mut batch: Batch) {
        while self.flights.is_full() {
            self.land();
        }
        // Read before: a trace that comes after those taken is admitted after this instant.
        let now = self.core.clock.now();
        let traces = self.core.outbox.take();
        let left = traces.is_empty() && self.core.outbox.waiting() > 0;
        // Once traces are lost no group takes any, and nobody needs to wake for them.
        self.unwoken |= left && !self.core.lost.load(Ordering::SeqCst);
        if batch.works.is_empty() && traces.is_empty() {
            return;
        }
        if !traces.is_empty() {
            self.put_back = None;
        }
        let kept = traces.clone();
        let core = Arc::clone(&self.core);
        let begun = self.begin(&mut batch, now);
        let begun = begun.and_then(|transaction| {
            self.read_log()?;
            Group::new(&core, transaction, traces)
        });
        let works = batch.works.into_iter();
        let (settles, outcome): (Vec<Settle>, Result<Finished>) = match begun {
            Ok(mut group) => {
                let settles = works.map(|(.., work)| work(Some(&mut group))).collect();
                (settles, group.finish(&mut self.log))
            }
            Err(error) => (works.map(|(.., work)| work(None)).collect(), Err(error)),
        };
        let traces = kept;
        let waiting = Waiting { settles, traces };
        let sent = match outcome {
            Ok(finished) => self.flights.send(Flight { finished, waiting }),
            Err(error) => Err((error, waiting)),
        };
        if let Err((error, waiting)) = sent {
            self.fail(&error, waiting, Age::Newest);
        }
    }

    /// Tells everybody in a group that failed, and in those built on it. When it is certain that
    /// nothing of them is durable, their traces are tried again alone, in the reserve; when that
    /// fails too, they wait.
    fn fail(&mut self, error: &Error, waiting: Waiting, age: Age) {
        let mut failed = vec![waiting];
        let mut hidden = None;
        // What those before it failed of is why it failed, whatever it met itself.
        let mut cause = None;
        while !self.flights.is_empty() {
            match self.flights.next() {
                Landed::Durable => {}
                Landed::Hidden(error) => hidden = Some(error),
                Landed::Failed(error, waiting) => {
                    cause.get_or_insert(error);
                    failed.push(waiting);
                }
                Landed::Ended(traces) => self.core.traces_lost(traces),
            }
        }
        let certain = match hidden {
            Some(hidden) => self.recover(&hidden),
            None => self.resume(),
        };
        let error = match age {
            Age::Oldest => error,
            Age::Newest => cause.as_ref().unwrap_or(error),
        };
        let works = failed.iter().any(|waiting| !waiting.settles.is_empty());
        for Waiting { settles, traces } in failed {
            if !certain {
                self.core.traces_lost(traces.len());
            } else if !traces.is_empty() {
                self.core.outbox.put_back(traces);
                self.put_back = Some(error.clone());
            }
            let told = if certain {
                error.clone()
            } else {
                error.uncertain()
            };
            for settle in settles {
                settle(Err(&told));
            }
        }
        if certain && works && self.core.outbox.waiting() > 0 {
            self.attempt(Batch::default());
        }
    }

    /// Opens the group's transaction. On a full disk what needs space is refused, so that
    /// traces can still be kept in the reserve.
    fn begin(&self, batch: &mut Batch, now: Instant) -> Result<Transaction> {
        let catalog = &self.core.catalog;
        if batch.spending() == Spending::Ordinary {
            // INVARIANT(S4): what a group brings is not written into the reserve of the traces.
            batch.refuse_beyond(catalog.spare_bytes()?);
        }
        match catalog.begin(batch.spending(), now) {
            Err(StoreError::Full) => {
                batch.refuse_beyond(None);
                Ok(catalog.begin(Spending::Reserve, now)?)
            }
            begun => Ok(begun?),
        }
    }

    /// After the index's work failed, or what is durable could not be shown: goes on when only
    /// space was short. Tells whether it goes on.
    fn recover(&mut self, error: &Error) -> bool {
        let mut failed = Vec::new();
        while !self.flights.is_empty() {
            match self.flights.next() {
                Landed::Durable | Landed::Hidden(_) => {}
                // What is under way was built on what failed, and is told the same.
                Landed::Failed(_, waiting) => {
                    self.core.traces_lost(waiting.traces.len());
                    failed.extend(waiting.settles);
                }
                Landed::Ended(traces) => self.core.traces_lost(traces),
            }
        }
        let certain = self.resume();
        let told = if certain {
            error.clone()
        } else {
            error.uncertain()
        };
        for settle in failed {
            settle(Err(&told));
        }
        let space = matches!(error.code(), Code::Full | Code::Bug);
        let goes_on = certain && space;
        if !goes_on {
            self.core.outbox.close();
        }
        goes_on
    }

    /// After a failure, once all groups have landed: the log in memory is what the catalog
    /// holds, or nothing goes on. Tells whether it goes on, and so that nothing of what failed
    /// is durable: a commit of which that is not certain leaves the catalog poisoned.
    fn resume(&mut self) -> bool {
        self.stale = true;
        // On a disk without any space the catalog is opened again when there is some.
        let refreshed = self.refresh().is_ok() || self.core.catalog.is_out_of_space();
        // INVARIANT(J9): traces wait for the next commit only while there can be one.
        let goes_on = refreshed && !self.core.catalog.is_poisoned() && !self.flights.have_ended();
        if !goes_on {
            self.core.outbox.close();
        }
        goes_on
    }

    /// Takes the log from the catalog, and has readers see what that holds: a full disk made it
    /// open anew inside.
    pub(super) fn refresh(&mut self) -> Result<()> {
        let rows = self.core.catalog.snapshot()?;
        let log = Log::open(&*rows)?;
        // INVARIANT(J12): what it reads again need not be what it wrote.
        let (_, keys) = self.core.current.state();
        signing::believe(&*rows, &keys, self.core.store, &log)?;
        self.log = log;
        self.core.republish()?;
        self.stale = false;
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.drain();
        self.tend();
        // Nothing is admitted behind the last commit: it would be lost without a gap.
        self.core.outbox.close();
        self.attempt(Batch::default());
        self.drain();
        // What found no space to the end is lost, and the next open writes a gap over it.
        self.core.traces_lost(self.core.outbox.waiting());
        // What a commit made true may be missing from the index in memory: nothing of it is kept.
        if self.flights.have_ended() {
            return self.health();
        }
        self.read_log()?;
        self.core.close(&mut self.log)
    }
}

/// Where a group that failed stood among those under way.
#[derive(Clone, Copy)]
enum Age {
    /// The others were built on it.
    Oldest,
    /// It was built on the others.
    Newest,
}

/// What is committed together.
#[derive(Default)]
struct Batch {
    works: Vec<(Spending, usize, Work)>,
    bytes: usize,
    settles: Vec<Sender<Result<()>>>,
}

impl Batch {
    /// Adds a job, unless it stands alone.
    fn add(&mut self, job: Job) -> Added {
        match job {
            Job::Work(spending, bytes, work) => {
                self.bytes = self.bytes.saturating_add(bytes);
                self.works.push((spending, bytes, work));
            }
            Job::Wake => {}
            Job::Settle(settle) => self.settles.push(settle),
            Job::Alone(spending, work) => return Added::Alone(spending, work),
            Job::Stop => return Added::Stop,
        }
        Added::Joined
    }

    /// Whether another work may join.
    const fn has_room(&self) -> bool {
        self.works.len() < limit::GROUP_WORKS_MAX && self.bytes < limit::GROUP_BYTES_MAX
    }

    /// Whether nothing is here that somebody waits for.
    fn waits_for_traces(&self) -> bool {
        self.works.is_empty() && self.settles.is_empty()
    }

    /// Tells those that bring more than this much together, and may not use the reserve, that the
    /// disk is full; without any space all of them.
    fn refuse_beyond(&mut self, spare: Option<u64>) {
        let full = Error::from(StoreError::Full);
        let mut left = spare;
        for (spending, bytes, work) in std::mem::take(&mut self.works) {
            let after = left.and_then(|left| left.checked_sub(bytes as u64));
            match (spending, after) {
                (Spending::Ordinary, None) => work(None)(Err(&full)),
                (Spending::Ordinary, Some(_)) => {
                    left = after;
                    self.works.push((spending, bytes, work));
                }
                (Spending::Reserve, _) => self.works.push((spending, bytes, work)),
            }
        }
    }

    fn spending(&self) -> Spending {
        let ordinary = self
            .works
            .iter()
            .any(|(spending, ..)| *spending == Spending::Ordinary);
        if ordinary {
            Spending::Ordinary
        } else {
            Spending::Reserve
        }
    }
}

/// What became of a job that was to join a group.
enum Added {
    /// It joined, or there was nothing to join.
    Joined,
    /// It has a group of its own, after this one.
    Alone(Spending, Work),
    /// The thread is to stop after this group.
    Stop,
}

impl Added {
    const fn is_joined(&self) -> bool {
        matches!(self, Self::Joined)
    }
}

/// Most slots of a kind that groups not yet durable may have given out: one dossier for each
/// work.
pub(crate) const SLOTS_UNCERTAIN: u64 =
    (limit::GROUP_WORKS_MAX * (limit::GROUPS_UNDER_WAY_MAX + 1)) as u64;
