//! The catalog's file as redb sees it.
//!
//! For: joining the body files to redb's syncs. Not for: what redb writes.
//! Invariants: every sync of the catalog also syncs the body segments written since the last and
//! returns after both (S1: no header that leads to a body is written before the body is durable);
//! after one failed sync every later write and sync of this backend fails.

use crate::bodies::BodyFiles;
use base::disk::DiskFile;
use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};
use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// redb's storage over a [`DiskFile`].
pub(crate) struct CatalogBackend {
    file: Arc<dyn DiskFile>,
    locks: Option<FileBackend>,
    bodies: Arc<BodyFiles>,
    health: Arc<Health>,
}

/// What has gone wrong under a catalog since it was opened.
#[derive(Debug, Default)]
pub(crate) struct Health {
    sync_failed: AtomicBool,
    found_full: AtomicBool,
}

impl Health {
    /// Whether a sync has failed.
    pub(crate) fn sync_failed(&self) -> bool {
        self.sync_failed.load(Ordering::Acquire)
    }

    /// Whether a write found no space.
    pub(crate) fn found_full(&self) -> bool {
        self.found_full.load(Ordering::Acquire)
    }

    fn note(&self, error: &io::Error) {
        if crate::sort::system(error) == crate::StoreError::Full {
            self.found_full.store(true, Ordering::Release);
        }
    }
}

impl CatalogBackend {
    /// The backend over `file`; `locks` is a second handle of it, if other processes see it.
    pub(crate) fn new(
        file: Arc<dyn DiskFile>,
        locks: Option<FileBackend>,
        bodies: Arc<BodyFiles>,
        health: Arc<Health>,
    ) -> Self {
        Self {
            file,
            locks,
            bodies,
            health,
        }
    }

    fn refuse_after_failed_sync(&self) -> io::Result<()> {
        if self.health.sync_failed() {
            Err(io::Error::other("an earlier sync failed"))
        } else {
            Ok(())
        }
    }

    /// Syncs the bodies and the catalog, at once where that may be.
    ///
    /// INVARIANT(S1): redb points its header at new pages only after a sync of them returned, and
    /// none returns here before the bodies are durable.
    fn sync_both(&self) -> io::Result<()> {
        if !self.bodies.may_sync_beside() {
            return self.bodies.sync().and_then(|()| self.file.sync());
        }
        std::thread::scope(|scope| {
            let beside = std::thread::Builder::new();
            let bodies = beside.spawn_scoped(scope, || self.bodies.sync());
            let catalog = self.file.sync();
            let bodies = match bodies {
                Ok(running) => running
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("the sync of the bodies panicked"))),
                Err(_) => self.bodies.sync(),
            };
            bodies.and(catalog)
        })
    }

    fn lock<T>(
        &self,
        ask: impl FnOnce(&FileBackend) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        self.locks
            .as_ref()
            .map_or(Err(BackendError::Unsupported), ask)
    }
}

impl fmt::Debug for CatalogBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CatalogBackend")
    }
}

impl StorageBackend for CatalogBackend {
    fn len(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.refuse_after_failed_sync()?;
        let grows = self.file.length()? < len;
        self.file.set_length(len).inspect_err(|error| {
            // What is cut off is cut off behind a commit, of which a failure says nothing.
            if grows {
                self.health.note(error);
            }
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.refuse_after_failed_sync()?;
        let synced = self.sync_both();
        if synced.is_err() {
            self.health.sync_failed.store(true, Ordering::Release);
        }
        synced
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.refuse_after_failed_sync()?;
        self.file
            .write_at(offset, data)
            .inspect_err(|error| self.health.note(error))
    }

    fn close(&self) -> io::Result<()> {
        self.locks.as_ref().map_or(Ok(()), StorageBackend::close)
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.lock(|locks| locks.try_lock_range(start, end))
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.lock(|locks| locks.try_lock_shared_range(start, end))
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.lock(|locks| locks.lock_range(start, end))
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.lock(|locks| locks.lock_shared_range(start, end))
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.lock(|locks| locks.unlock_range(start, end))
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.lock(|locks| locks.query_lock_range(start, end))
    }
}
