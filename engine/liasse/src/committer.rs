//! The way to the one writer: a thread that groups what is waiting, and commits it.
//!
//! For: every change of the store. Callers seal, compress and analyse on their own threads and
//! hand over the rest as work. The writer builds groups, each on top of the one before; a second
//! thread makes them durable in their order, so that one is built while another is synced.
//! Invariants: work looks before it writes: when it refuses, it has changed nothing of its
//! group; an answer is given only after the commit it speaks of; when a group fails, those built
//! on it fail with it; after a commit that may or may not be durable nothing is answered until
//! the store is reopened.

mod flight;
mod room;
mod tender;
mod writer;

pub(crate) use room::{Berth, Room};
pub(crate) use writer::SLOTS_UNCERTAIN;

use crate::core::Core;
use crate::error::{Code, Error, Result};
use crate::group::{Committed, Group};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use journal::Log;
use std::sync::Arc;
use std::thread::JoinHandle;
use store::Spending;
use writer::Writer;

/// What to do after the commit, or after it failed.
type Settle = Box<dyn FnOnce(std::result::Result<&mut Committed, &Error>) + Send>;
/// What to do in a group; without one, there is nothing to do but to tell why.
type Work = Box<dyn FnOnce(Option<&mut Group<'_>>) -> Settle + Send>;

/// What the thread is asked for.
enum Job {
    /// Changes; `Spending` says whether the space reserve may be used, the number how many
    /// bytes they bring.
    Work(Spending, usize, Work),
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
        self.answer.recv().unwrap_or_else(|_| Err(lost()))
    }
}

/// The way back to whoever waits; when it is dropped, that is told.
struct Reply<T> {
    way: Option<Sender<Result<T>>>,
    reached: Reached,
}

/// How far a change had come.
#[derive(Clone, Copy)]
enum Reached {
    /// It was in no group.
    Queue,
    /// It was in a group, of which somebody may know whether it is durable.
    Group,
}

impl<T> Reply<T> {
    fn give(mut self, answer: Result<T>) {
        if let Some(way) = self.way.take() {
            let _ = way.send(answer);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(way) = self.way.take() {
            let _ = way.send(Err(match self.reached {
                Reached::Queue => Error::closed(),
                Reached::Group => lost(),
            }));
        }
    }
}

impl Committer {
    /// Starts the thread.
    pub(crate) fn start(core: Arc<Core>, log: Log, room: Arc<Room>) -> Result<Self> {
        let (queue, jobs) = unbounded();
        let writer = Writer::new(core, log, room)?;
        let thread = spawn("liasse-committer", move || writer.run(&jobs))?;
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
        bytes: usize,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
        finish: impl FnOnce(T, &mut Committed) -> Result<U> + Send + 'static,
    ) -> Ticket<U>
    where
        T: Send + 'static,
        U: Send + 'static,
    {
        let (work, ticket) = packed(work, finish);
        let _ = self.queue.send(Job::Work(spending, bytes, work));
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
    let mut reply = Reply {
        way: Some(send),
        reached: Reached::Queue,
    };
    let work: Work = Box::new(move |group| {
        let outcome = group.map(|group| group.attempt(work));
        if matches!(outcome, Some(Ok(_))) {
            reply.reached = Reached::Group;
        }
        Box::new(move |committed| {
            let answer = match (outcome, committed) {
                (Some(Ok(value)), Ok(committed)) => finish(value, committed),
                (Some(Err(error)), _) => Err(error),
                (_, Err(error)) => Err(error.clone()),
                (None, Ok(_)) => Err(Error::closed()),
            };
            reply.give(answer);
        })
    });
    (work, Ticket { answer: receive })
}

/// What is told when a thread ended in a panic with an answer to give.
fn lost() -> Error {
    Error::from(base::Bug::new("whoever commits gives an answer")).uncertain()
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    let started = thread.spawn(run);
    started.map_err(|error| Error::new(Code::Io, error.kind().to_string(), "try again"))
}

#[cfg(test)]
mod tests;
