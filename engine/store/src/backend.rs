//! The catalog's file as redb sees it.
//!
//! For: joining the body files to redb's syncs. Not for: what redb writes.
//! Invariants: every sync of the catalog first syncs the body segments written since the last
//! (S1: no catalog page that names a body is durable before the body); after one failed sync
//! every later write and sync of this backend fails.

use crate::bodies::BodyFiles;
use crate::disk::DiskFile;
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
        self.file
            .set_length(len)
            .inspect_err(|error| self.health.note(error))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.refuse_after_failed_sync()?;
        // INVARIANT(S1): bodies first, so that a durable catalog never names a body that is not.
        let synced = self.bodies.sync().and_then(|()| self.file.sync());
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
