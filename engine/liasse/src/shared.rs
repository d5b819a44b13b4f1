//! What an engine and its sessions share, and how they hand work to the committer.
//!
//! Not for: what the work is. Invariant: whoever waits for room holds no lock meanwhile.

use crate::committer::{Berth, Committer, Room, Ticket};
use crate::core::Core;
use crate::error::Result;
use crate::group::{Committed, Group};
use std::sync::{Arc, Mutex, PoisonError};
use store::Spending;

/// What an engine and its sessions share.
pub(crate) struct Shared {
    pub(crate) core: Arc<Core>,
    pub(crate) committer: Mutex<Committer>,
    /// How much may wait for its commit.
    pub(crate) room: Arc<Room>,
    /// Held through an erasure: one at a time.
    pub(crate) erasing: Mutex<()>,
    /// Held through a compaction: one at a time.
    pub(crate) compacting: Mutex<()>,
}

impl Shared {
    /// Hands work to the committer.
    pub(crate) fn submit<T: Send + 'static, U: Send + 'static>(
        &self,
        spending: Spending,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
        finish: impl FnOnce(T, &mut Committed) -> Result<U> + Send + 'static,
    ) -> Ticket<U> {
        let committer = self
            .committer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        committer.submit(spending, 0, work, finish)
    }

    /// Waits while too many bytes wait for their commit, and takes room for so many.
    pub(crate) fn room_for(&self, bytes: usize) -> Berth {
        self.room.enter(bytes)
    }

    /// Hands work to the committer that brings so many bytes, for which it has room.
    pub(crate) fn submit_bytes<T: Send + 'static, U: Send + 'static>(
        &self,
        spending: Spending,
        (mut berth, bytes): (Berth, usize),
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
        finish: impl FnOnce(T, &mut Committed) -> Result<U> + Send + 'static,
    ) -> Ticket<U> {
        berth.resize(bytes);
        let committer = self
            .committer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        committer.submit(spending, bytes, work, move |value, committed| {
            drop(berth);
            finish(value, committed)
        })
    }

    /// Hands work to the committer that shares its group with no other.
    pub(crate) fn submit_alone<T: Send + 'static, U: Send + 'static>(
        &self,
        spending: Spending,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
        finish: impl FnOnce(T, &mut Committed) -> Result<U> + Send + 'static,
    ) -> Ticket<U> {
        let committer = self
            .committer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        committer.submit_alone(spending, work, finish)
    }

    /// Says that a trace waits.
    pub(crate) fn wake(&self) {
        self.committer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wake();
    }
}
