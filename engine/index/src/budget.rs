//! How much decrypted index may stay in memory, and who goes first.
//!
//! For: all sealed files of one index. Invariant: above the budget the files read longest ago
//! let go of their pages; what readers still hold stays until they drop it.

use crate::sealed::SealedFile;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A budget of decrypted bytes.
pub(crate) struct Budget {
    limit: usize,
    used: Arc<AtomicUsize>,
    clock: AtomicU64,
    files: Mutex<Vec<Weak<SealedFile>>>,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            used: Arc::new(AtomicUsize::new(0)),
            clock: AtomicU64::new(0),
            files: Mutex::new(Vec::new()),
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

    /// Takes a file under the budget.
    pub(crate) fn add(&self, file: &Arc<SealedFile>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|known| known.strong_count() > 0);
        files.push(Arc::downgrade(file));
    }

    /// Lets the files read longest ago go until the budget holds, or all have been asked.
    pub(crate) fn settle(&self) {
        if self.used.load(Ordering::Relaxed) <= self.limit {
            return;
        }
        let Ok(files) = self.files.try_lock() else {
            return;
        };
        let mut open: Vec<_> = files.iter().filter_map(Weak::upgrade).collect();
        drop(files);
        open.sort_by_key(|file| file.touched());
        for file in open {
            if self.used.load(Ordering::Relaxed) <= self.limit - self.limit / 8 {
                break;
            }
            file.evict();
        }
    }

    /// Lets every file go.
    pub(crate) fn purge(&self) {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        for file in files.iter().filter_map(Weak::upgrade) {
            file.evict();
        }
    }
}
