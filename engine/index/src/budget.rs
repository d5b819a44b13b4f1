//! How much decrypted index may stay in memory, and who goes first.
//!
//! For: all sealed files of one index, and what was unpacked of them. Invariant: above the budget
//! those read longest ago let go of what they keep; what readers still hold stays until they drop
//! it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Keeps decrypted bytes that can be had again.
pub(crate) trait Keeper: Send + Sync {
    /// When they were last read, by the budget's count.
    fn touched(&self) -> u64;

    /// Lets go of what nobody reads.
    fn evict(&self);
}

/// A budget of decrypted bytes.
pub(crate) struct Budget {
    limit: usize,
    used: Arc<AtomicUsize>,
    clock: AtomicU64,
    keepers: Mutex<Vec<Weak<dyn Keeper>>>,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            used: Arc::new(AtomicUsize::new(0)),
            clock: AtomicU64::new(0),
            keepers: Mutex::new(Vec::new()),
        })
    }

    /// The counter of decrypted bytes.
    pub(crate) fn used(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.used)
    }

    /// The next moment of reading.
    pub(crate) fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes one who keeps bytes under the budget.
    pub(crate) fn add(&self, keeper: &Arc<dyn Keeper>) {
        let mut keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        keepers.retain(|known| known.strong_count() > 0);
        keepers.push(Arc::downgrade(keeper));
    }

    /// Lets what was read longest ago go until the budget holds, or all have been asked.
    pub(crate) fn settle(&self) {
        if self.used.load(Ordering::Relaxed) <= self.limit {
            return;
        }
        let Ok(keepers) = self.keepers.try_lock() else {
            return;
        };
        let mut open: Vec<_> = keepers.iter().filter_map(Weak::upgrade).collect();
        drop(keepers);
        open.sort_by_key(|keeper| keeper.touched());
        for keeper in open {
            if self.used.load(Ordering::Relaxed) <= self.limit - self.limit / 8 {
                break;
            }
            keeper.evict();
        }
    }

    /// Lets everything go.
    pub(crate) fn purge(&self) {
        let keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        for keeper in keepers.iter().filter_map(Weak::upgrade) {
            keeper.evict();
        }
    }
}
