//! The one writer: a thread that groups what is waiting, and commits it.
//!
//! For: every change of the store. Callers seal, compress and analyse on their own threads and
//! hand over the rest as work. Invariants: work looks before it writes: when it refuses, it has
//! changed nothing of its group; an answer is given only after the commit it speaks of; after a
//! commit that may or may not be durable nothing is answered until the store is reopened.

use crate::core::Core;
use crate::error::{Code, Error, Result};
use crate::group::{Committed, Group};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use journal::Log;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use store::{Spending, Transaction};

/// What to do after the commit, or after it failed.
type Settle = Box<dyn FnOnce(std::result::Result<&mut Committed, &Error>) + Send>;
/// What to do in a group; without one, there is nothing to do but to tell why.
type Work = Box<dyn FnOnce(Option<&mut Group<'_>>) -> Settle + Send>;

/// What the thread is asked for.
enum Job {
    /// Changes; `Spending` says whether the space reserve may be used.
    Work(Spending, Work),
    /// Changes that share their group with no others.
    Alone(Spending, Work),
    /// A trace waits in the outbox.
    Wake,
    /// Answer once what was handed over before is committed and the index's due work is done.
    Settle(Sender<Result<()>>),
    /// Commit what waits, flush the index, stop.
    Stop,
}

/// The way to the thread.
pub(crate) struct Committer {
    queue: Sender<Job>,
    thread: Option<JoinHandle<Result<()>>>,
}

/// An answer that comes with a commit.
#[must_use = "a ticket says whether the change is durable"]
pub struct Ticket<T> {
    answer: Receiver<Result<T>>,
}

impl<T> Ticket<T> {
    /// Waits until the change is durable, or has failed.
    ///
    /// # Errors
    /// Why it failed.
    pub fn wait(self) -> Result<T> {
        self.answer.recv().unwrap_or_else(|_| Err(closed()))
    }
}

impl Committer {
    /// Starts the thread.
    pub(crate) fn start(core: Arc<Core>, log: Log) -> Result<Self> {
        let (queue, jobs) = unbounded();
        let writer = Writer { core, log };
        let thread = std::thread::Builder::new()
            .name("liasse-committer".to_owned())
            .spawn(move || writer.run(&jobs))
            .map_err(|error| Error::new(Code::Io, error.kind().to_string(), "try again"))?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Hands over work; `finish` makes the answer out of what it gave and of what the commit
    /// proved.
    pub(crate) fn submit<T, U>(
        &self,
        spending: Spending,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
        finish: impl FnOnce(T, &mut Committed) -> Result<U> + Send + 'static,
    ) -> Ticket<U>
    where
        T: Send + 'static,
        U: Send + 'static,
    {
        let (work, ticket) = packed(work, finish);
        let _ = self.queue.send(Job::Work(spending, work));
        ticket
    }

    /// As [`Self::submit`], in a group of its own: for work that replaces keys.
    pub(crate) fn submit_alone<T, U>(
        &self,
        spending: Spending,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
        finish: impl FnOnce(T, &mut Committed) -> Result<U> + Send + 'static,
    ) -> Ticket<U>
    where
        T: Send + 'static,
        U: Send + 'static,
    {
        let (work, ticket) = packed(work, finish);
        let _ = self.queue.send(Job::Alone(spending, work));
        ticket
    }

    /// Says that a trace waits in the outbox.
    pub(crate) fn wake(&self) {
        let _ = self.queue.send(Job::Wake);
    }

    /// Asks to be told when what was handed over before is done with.
    pub(crate) fn settled(&self) -> Ticket<()> {
        let (send, receive) = bounded(1);
        let _ = self.queue.send(Job::Settle(send));
        Ticket { answer: receive }
    }

    /// Commits what waits, flushes the index, and ends the thread.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        let _ = self.queue.send(Job::Stop);
        thread
            .join()
            .unwrap_or_else(|_| Err(base::Bug::new("the committer ended in a panic").into()))
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Work in the form of the queue, and the ticket for its answer.
fn packed<T, U>(
    work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
    finish: impl FnOnce(T, &mut Committed) -> Result<U> + Send + 'static,
) -> (Work, Ticket<U>)
where
    T: Send + 'static,
    U: Send + 'static,
{
    let (send, receive) = bounded(1);
    let work: Work = Box::new(move |group| {
        let outcome = group.map(|group| group.attempt(work));
        Box::new(move |committed| {
            let answer = match (outcome, committed) {
                (Some(Ok(value)), Ok(committed)) => finish(value, committed),
                (Some(Err(error)), _) => Err(error),
                (_, Err(error)) => Err(error.clone()),
                (None, Ok(_)) => Err(closed()),
            };
            let _ = send.send(answer);
        })
    });
    (work, Ticket { answer: receive })
}

struct Writer {
    core: Arc<Core>,
    log: Log,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>) -> Result<()> {
        loop {
            let Ok(first) = jobs.recv() else {
                return self.finish();
            };
            let mut batch = Batch::default();
            let mut added = batch.add(first);
            if added.is_joined() && batch.waits_for_traces() {
                added = self.gather(jobs, &mut batch);
            }
            while added.is_joined()
                && batch.settles.is_empty()
                && batch.works.len() < GROUP_WORKS_MAX
            {
                match jobs.try_recv() {
                    Ok(job) => added = batch.add(job),
                    Err(_) => break,
                }
            }
            let settles = std::mem::take(&mut batch.settles);
            self.commit(batch);
            for settle in settles {
                let _ = settle.send(self.health());
            }
            match added {
                Added::Joined => {}
                Added::Alone(spending, work) => {
                    let mut alone = Batch::default();
                    alone.works.push((spending, work));
                    self.commit(alone);
                }
                Added::Stop => return self.finish(),
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
        if self.core.lost.load(Ordering::SeqCst) {
            return Err(Error::new(
                Code::Poisoned,
                "traces were lost with a commit that failed",
                "open the store again: the journal will show the gap",
            ));
        }
        Ok(())
    }

    /// Commits a batch with the traces that wait. When only that group failed, the traces are
    /// tried again alone, in the reserve; while there is no space for them either, they wait.
    fn commit(&mut self, batch: Batch) {
        let works = !batch.works.is_empty();
        self.attempt(batch);
        if works && self.core.outbox.waiting() > 0 {
            self.attempt(Batch::default());
        }
    }

    fn attempt(&mut self, mut batch: Batch) {
        let traces = self.core.outbox.take();
        if batch.works.is_empty() && traces.is_empty() {
            return;
        }
        let kept = traces.clone();
        let core = Arc::clone(&self.core);
        let begun = self.begin(&mut batch);
        let begun = begun.and_then(|transaction| Group::new(&core, transaction, traces));
        let (settles, outcome) = match begun {
            Ok(mut group) => {
                let works = batch.works.into_iter();
                let settles: Vec<_> = works.map(|(_, work)| work(Some(&mut group))).collect();
                (settles, group.commit(&mut self.log))
            }
            Err(error) => {
                let settles = batch
                    .works
                    .into_iter()
                    .map(|(_, work)| work(None))
                    .collect();
                (settles, Err(error))
            }
        };
        match outcome {
            Ok(mut committed) => {
                self.core.outbox.settle();
                let broken = committed.broken().cloned();
                for settle in settles {
                    settle(Ok(&mut committed));
                }
                if let Some(error) = broken {
                    self.recover(&error);
                    return;
                }
                if let Err(error) = self.core.keep_index(&mut self.log) {
                    self.recover(&error);
                }
            }
            Err(error) => {
                if self.recover(&error) {
                    self.core.outbox.put_back(kept);
                } else {
                    self.core.traces_lost(kept.len());
                }
                for settle in settles {
                    settle(Err(&error));
                }
            }
        }
    }

    /// Opens the group's transaction. On a full disk what needs space is refused, so that
    /// traces can still be kept in the reserve.
    fn begin(&self, batch: &mut Batch) -> Result<Transaction> {
        let now = self.core.clock.now();
        match self
            .core
            .catalog
            .begin(batch.spending(), now)
            .map_err(Error::from)
        {
            Err(error) if error.code() == Code::Full => {
                let works = std::mem::take(&mut batch.works).into_iter();
                let (refused, kept) = works.partition(|(s, _)| *s == Spending::Ordinary);
                batch.works = kept;
                let refused: Vec<(Spending, Work)> = refused;
                for (_, work) in refused {
                    work(None)(Err(&error));
                }
                Ok(self.core.catalog.begin(Spending::Reserve, now)?)
            }
            begun => begun,
        }
    }

    /// After a failed commit: the log in memory is what the catalog holds, or nothing goes on.
    /// Tells whether it goes on, and so that nothing of the group was committed.
    fn recover(&mut self, error: &Error) -> bool {
        let reopened = self.core.catalog.snapshot().map_err(Error::from);
        let reopened = reopened.and_then(|rows| Ok(Log::open(&*rows)?));
        // A full disk made the catalog open anew inside: readers need a view of that one.
        let (_, keys) = self.core.current.state();
        let shown = self.core.publish(&keys);
        match (reopened, shown) {
            (Ok(log), Ok(())) if error.code() == Code::Full || error.code() == Code::Bug => {
                self.log = log;
                true
            }
            (Ok(_) | Err(_), _) => {
                self.core.outbox.close();
                false
            }
        }
    }

    fn finish(mut self) -> Result<()> {
        // Nothing is admitted behind the last commit: it would be lost without a gap.
        self.core.outbox.close();
        self.commit(Batch::default());
        // What found no space to the end is lost, and the next open writes a gap over it.
        self.core.traces_lost(self.core.outbox.waiting());
        self.core.close(&mut self.log)
    }
}

/// What is committed together.
#[derive(Default)]
struct Batch {
    works: Vec<(Spending, Work)>,
    settles: Vec<Sender<Result<()>>>,
}

impl Batch {
    /// Adds a job, unless it stands alone.
    fn add(&mut self, job: Job) -> Added {
        match job {
            Job::Work(spending, work) => self.works.push((spending, work)),
            Job::Wake => {}
            Job::Settle(settle) => self.settles.push(settle),
            Job::Alone(spending, work) => return Added::Alone(spending, work),
            Job::Stop => return Added::Stop,
        }
        Added::Joined
    }

    /// Whether nothing is here that somebody waits for.
    fn waits_for_traces(&self) -> bool {
        self.works.is_empty() && self.settles.is_empty()
    }

    fn spending(&self) -> Spending {
        let ordinary = self
            .works
            .iter()
            .any(|(spending, _)| *spending == Spending::Ordinary);
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

fn closed() -> Error {
    Error::new(
        Code::Closed,
        "the engine was closed",
        "open the store again",
    )
}

/// Most works of one group.
pub(crate) const GROUP_WORKS_MAX: usize = 512;
