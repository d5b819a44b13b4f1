//! How much may wait for its commit.
//!
//! For: keeping callers that deposit faster than the disk syncs from filling the memory.
//! Invariants: what waits holds a berth until its answer is given, and leaves it whatever
//! becomes of it; one that is larger than the room enters alone, so that none waits for ever.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A bound in bytes on what waits.
pub(crate) struct Room {
    bytes_max: usize,
    held: Mutex<usize>,
    freed: Condvar,
}

/// A part of the room, held as long as this lives.
pub(crate) struct Berth {
    room: Arc<Room>,
    bytes: usize,
}

impl Room {
    /// A room of so many bytes.
    pub(crate) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self {
            bytes_max,
            held: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// Waits until there is room for so many bytes, and takes it.
    pub(crate) fn enter(self: &Arc<Self>, bytes: usize) -> Berth {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let crowded = |held: &mut usize| *held > 0 && held.saturating_add(bytes) > self.bytes_max;
        let waited = self.freed.wait_while(held, crowded);
        let mut held = waited.unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_add(bytes);
        drop(held);
        let room = Arc::clone(self);
        Berth { room, bytes }
    }

    /// How many bytes wait.
    pub(crate) fn held(&self) -> usize {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        let held = self.room.held.lock();
        let mut held = held.unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_sub(self.bytes);
        drop(held);
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests;
