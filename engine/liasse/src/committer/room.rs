//! How much may wait for its commit.
//!
//! For: keeping callers that deposit faster than the disk syncs from filling the memory.
//! Invariants: what waits holds a berth until its answer is given, and leaves it whatever
//! becomes of it; they enter in the order in which they came, one that is larger than the room
//! alone, so that none waits for ever.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A bound in bytes on what waits.
pub(crate) struct Room {
    bytes_max: usize,
    queue: Mutex<Queue>,
    freed: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Bytes of those that have entered and not left.
    held: usize,
    /// The number of the next that comes, and of the next that enters.
    came: u64,
    enters: u64,
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
            queue: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// Waits until those that came before have entered and there is room for so many bytes, and
    /// takes it.
    pub(crate) fn enter(self: &Arc<Self>, bytes: usize) -> Berth {
        let mut queue = self.lock();
        let number = queue.came;
        queue.came += 1;
        let crowded = |queue: &mut Queue| {
            let full = queue.held > 0 && queue.held.saturating_add(bytes) > self.bytes_max;
            full || queue.enters != number
        };
        let waited = self.freed.wait_while(queue, crowded);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        queue.enters += 1;
        queue.held = queue.held.saturating_add(bytes);
        drop(queue);
        // There may be room for the next one too.
        self.freed.notify_all();
        let room = Arc::clone(self);
        Berth { room, bytes }
    }

    /// How many bytes wait.
    pub(crate) fn held(&self) -> usize {
        self.lock().held
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Berth {
    /// Takes as much room as what came of it needs, which waits for nobody: it is there.
    pub(crate) fn resize(&mut self, bytes: usize) {
        let mut queue = self.room.lock();
        queue.held = queue.held.saturating_sub(self.bytes).saturating_add(bytes);
        drop(queue);
        self.bytes = bytes;
        self.room.freed.notify_all();
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        let mut queue = self.room.lock();
        queue.held = queue.held.saturating_sub(self.bytes);
        drop(queue);
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests;
