//! The catalog: the one file whose commit makes everything in the store true.
//!
//! For: making, opening, locking and closing a store, its snapshots and its commits. Not for:
//! what the rows mean.
//! Invariants: (S1) see `backend`; (S2) every commit is two-phase and keeps the allocator's
//! state, so that reopening takes no walk; (S3) after a failed sync nothing is written until
//! the store is opened again; (S4) a full disk fails a commit for certain, and the catalog is
//! opened again inside so that the store works on.

mod founding;
mod giving_back;
mod opening;
mod rebuilding;

pub use founding::Founding;
pub(crate) use opening::alone;
pub use opening::{OPEN_MARK, Options};
pub use rebuilding::Rebuilding;

use crate::ahead::Ahead;
use crate::backend::Health;
use crate::bodies::BodyFiles;
use crate::error::StoreError;
use crate::format::Format;
use crate::frame::BodyPlace;
use crate::layer::Layer;
use crate::meta::Counters;
use crate::quiet::Quiet;
use crate::reclaim::Reclaim;
use crate::snapshot::{self, Snapshot};
use crate::sort;
use crate::sweep::{self, Swept};
use crate::transaction::{Base, Transaction};
use base::disk::Disk;
use base::{Instant, StoreId};
use redb::{Database, ReadOnlyDatabase, ReadableDatabase};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

/// An open store.
pub struct Catalog {
    inner: Arc<Inner>,
}

/// What a transaction is for; only traces and recovery may use the space reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spending {
    /// Deposits and everything else that can wait for space.
    Ordinary,
    /// Traces of reads, erasure, recovery: what must still work on a nearly full disk.
    Reserve,
}

impl Catalog {
    /// The store's id.
    #[must_use]
    pub fn store(&self) -> StoreId {
        self.inner.format.store
    }

    /// What the FORMAT file says.
    #[must_use]
    pub fn format(&self) -> Format {
        self.inner.format
    }

    /// The last committed state. For a store opened read-only, the last one that its writer,
    /// perhaps another process, has made durable.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`], [`StoreError::Environment`].
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        match &self.inner.source {
            Source::Writer(_) => Ok(self.inner.published()),
            Source::Reader(database) => {
                let database = database.get()?;
                let read = guard(|| database.begin_read().map_err(sort::transaction))?;
                Ok(Arc::new(Snapshot::new(read)?))
            }
        }
    }

    /// Opens a transaction on the last prepared state; waits while another one is open.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`], [`StoreError::ReadOnly`], [`StoreError::Full`] when less than
    /// the reserve is free.
    pub fn begin(&self, spending: Spending, now: Instant) -> Result<Transaction, StoreError> {
        let inner = &self.inner;
        if matches!(inner.source, Source::Reader(_)) {
            return Err(StoreError::ReadOnly);
        }
        inner.revive()?;
        if spending == Spending::Ordinary && self.spare_bytes()?.is_none() {
            return Err(StoreError::Full);
        }
        let mut tip = inner.tip();
        while tip.open {
            tip = inner
                .tip_free
                .wait(tip)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if tip.poisoned {
            return Err(StoreError::Poisoned);
        }
        if !tip.swept {
            inner.sweep()?;
            tip.swept = true;
        }
        tip.open = true;
        let base = Base {
            snapshot: inner.published(),
            below: tip.layers.clone(),
            counters: tip.counters,
            generation: tip.generation,
        };
        drop(tip);
        Ok(Transaction::new(Arc::clone(inner), base, now))
    }

    /// How many bytes are free beyond the reserve; `None` when not even that is.
    ///
    /// # Errors
    /// What the disk gives.
    pub fn spare_bytes(&self) -> Result<Option<u64>, StoreError> {
        let free = self.inner.disk.free_bytes()?;
        Ok(free.checked_sub(self.inner.options.reserve_bytes))
    }

    /// Removes what the catalog does not name: orphan segments, unreferenced tails. The first
    /// transaction does it too; call it to learn what was found. Nothing is removed before one
    /// of the two, so that a store opened with the wrong catalog is left as it was.
    ///
    /// # Errors
    /// Those of the disk; [`StoreError::ReadOnly`] on a store opened read-only.
    pub fn sweep(&self) -> Result<Swept, StoreError> {
        if matches!(self.inner.source, Source::Reader(_)) {
            return Err(StoreError::ReadOnly);
        }
        let mut tip = self.inner.tip();
        let swept = self.inner.sweep()?;
        tip.swept = true;
        Ok(swept)
    }

    /// The sealed body at `place`, as [`crate::open_body`] takes it: with the sealed text
    /// behind it when the two are joined.
    ///
    /// # Errors
    /// [`StoreError::DamagedSegment`] and the errors of the disk.
    pub fn read_body(&self, place: BodyPlace) -> Result<Vec<u8>, StoreError> {
        self.inner.bodies.read_body(place)
    }

    /// The sealed text at `place`; empty when there is none.
    ///
    /// # Errors
    /// [`StoreError::DamagedSegment`] and the errors of the disk.
    pub fn read_text(&self, place: BodyPlace) -> Result<Vec<u8>, StoreError> {
        self.inner.bodies.read_text(place)
    }

    /// Reads many documents one after the other.
    #[must_use]
    pub fn documents_ahead(&self) -> Ahead<'_> {
        Ahead::over(&self.inner.bodies)
    }

    /// The oldest commit that a living snapshot shows: how far back pages cannot be reused.
    #[must_use]
    pub fn oldest_reader(&self) -> Option<base::CommitSeq> {
        self.inner.reclaim().oldest_reader()
    }

    /// Keeps the files of emptied segments while the pin lives, so that a backup can copy them
    /// without holding a snapshot.
    #[must_use]
    pub fn pin_segments(&self) -> SegmentPin {
        self.inner.reclaim().pin();
        SegmentPin {
            inner: Arc::clone(&self.inner),
        }
    }

    /// Bytes of emptied segments whose files wait for readers or for whoever pins them.
    ///
    /// # Errors
    /// What the disk gives.
    pub fn held_bytes(&self) -> Result<u64, StoreError> {
        let held = self.inner.reclaim().held();
        let lengths = held.into_iter().map(|it| self.inner.bodies.length(it));
        lengths.map(|it| Ok(it?.unwrap_or(0))).sum()
    }

    /// Above how many bytes a segment is closed as the store is now: about as many may lie on the
    /// disk twice while one is emptied.
    ///
    /// # Errors
    /// What the rows give.
    pub fn segment_bytes(&self) -> Result<u64, StoreError> {
        snapshot::segment_bytes(
            &*self.inner.published(),
            self.inner.options.segment_bytes_max,
        )
    }

    /// How the store was opened.
    #[must_use]
    pub fn options(&self) -> Options {
        self.inner.options
    }

    /// The disk that the store lies on.
    #[must_use]
    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.inner.disk
    }

    /// Whether an earlier commit failed in a way that only reopening can resolve.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.inner.tip().poisoned
    }

    /// Whether a full disk keeps the catalog from being read, until [`Self::revive`] succeeds.
    #[must_use]
    pub fn is_out_of_space(&self) -> bool {
        self.inner.out_of_space.load(Ordering::SeqCst)
    }

    /// Opens the catalog again inside, when a full disk left no space even for that. Snapshots
    /// taken before read nothing any more; beginning a transaction does this too.
    ///
    /// # Errors
    /// [`StoreError::Full`] while there is no space, and the other errors of the disk.
    pub fn revive(&self) -> Result<(), StoreError> {
        self.inner.revive()
    }

    /// Closes the store, whoever still holds a part of it, and reports what dropping it would
    /// hide. From then on another may open it; snapshots that are held read nothing more.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] when a commit had failed; those of the disk.
    pub fn close(&self) -> Result<(), StoreError> {
        self.inner.close()
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Drop for Catalog {
    fn drop(&mut self) {
        let _ = self.inner.close();
    }
}

/// Keeps the files of emptied segments.
pub struct SegmentPin {
    inner: Arc<Inner>,
}

impl Drop for SegmentPin {
    fn drop(&mut self) {
        self.inner.reclaim().unpin();
        self.inner.remove_free_segments();
    }
}

/// What a catalog and its transactions share.
pub(crate) struct Inner {
    pub(crate) disk: Arc<dyn Disk>,
    /// Where the store was made in this process, that it is nobody else's until it is closed.
    hold: Mutex<Option<founding::Hold>>,
    pub(crate) format: Format,
    pub(crate) options: Options,
    pub(crate) bodies: Arc<BodyFiles>,
    pub(crate) source: Source,
    published: RwLock<Arc<Snapshot>>,
    tip: Mutex<Tip>,
    reclaim: Mutex<Reclaim>,
    tip_free: Condvar,
    /// A full disk left no space to open the database again.
    out_of_space: AtomicBool,
}

/// Where committed states come from.
pub(crate) enum Source {
    Writer(Mutex<Option<Writer>>),
    Reader(Box<Quiet<ReadOnlyDatabase>>),
}

/// The open database and what has gone wrong under it.
pub(crate) struct Writer {
    database: Quiet<Database>,
    health: Arc<Health>,
}

impl Writer {
    fn database(&self) -> Result<&Database, StoreError> {
        Ok(self.database.get()?)
    }

    fn close(self) -> Result<(), StoreError> {
        let database = self.database.take()?;
        guard(|| database.close().map_err(sort::database))
    }
}

/// The state that the next transaction is built on.
struct Tip {
    open: bool,
    poisoned: bool,
    swept: bool,
    layers: Vec<Arc<Layer>>,
    counters: Counters,
    generation: u64,
}

impl Inner {
    fn tip(&self) -> MutexGuard<'_, Tip> {
        self.tip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reclaim(&self) -> MutexGuard<'_, Reclaim> {
        self.reclaim.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the files of emptied segments that no reader needs. What cannot be removed now
    /// is an orphan that the next sweep removes.
    fn remove_free_segments(&self) {
        let tip = self.tip();
        if tip.poisoned {
            // INVARIANT(S21): what is closed may be another's by now.
            return;
        }
        let free = self.reclaim().take_free();
        for segment in free {
            let _ = self.bodies.remove(segment);
        }
    }

    pub(crate) fn published(&self) -> Arc<Snapshot> {
        let published = self
            .published
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&published)
    }

    /// Puts a finished transaction on top of the tip.
    pub(crate) fn push_layer(
        &self,
        layer: &Arc<Layer>,
        counters: Counters,
        generation: u64,
    ) -> Result<(), StoreError> {
        let mut tip = self.tip();
        if tip.generation != generation {
            return Err(StoreError::Orphaned);
        }
        tip.layers.push(Arc::clone(layer));
        tip.counters = counters;
        tip.open = false;
        drop(tip);
        self.tip_free.notify_one();
        Ok(())
    }

    /// Forgets a prepared transaction that was dropped, and all built on it.
    pub(crate) fn abandon_prepared(&self, generation: u64) {
        let mut tip = self.tip();
        if tip.generation == generation {
            self.roll_back(&mut tip);
        }
    }

    fn roll_back(&self, tip: &mut Tip) {
        tip.layers.clear();
        tip.counters = *self.published().counters();
        tip.generation += 1;
    }

    /// Writes a layer and makes it durable.
    pub(crate) fn commit(
        &self,
        layer: &Arc<Layer>,
        counters: &Counters,
        generation: u64,
        emptied: &[u32],
    ) -> Result<(), StoreError> {
        let Source::Writer(writer) = &self.source else {
            return Err(StoreError::ReadOnly);
        };
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut tip = self.tip();
            if tip.poisoned {
                return Err(StoreError::Poisoned);
            }
            if tip.generation != generation {
                return Err(StoreError::Orphaned);
            }
            let first = tip.layers.first();
            if !first.is_some_and(|first| Arc::ptr_eq(first, layer)) {
                self.roll_back(&mut tip);
                return Err(base::Bug::new("prepared transactions commit in order").into());
            }
        }
        let written = writer
            .as_ref()
            .ok_or(StoreError::Poisoned)
            .and_then(|writer| {
                write(writer.database()?, layer)?;
                begin_read(writer.database()?)
            });
        let outcome = match written {
            Ok(snapshot) => Ok(snapshot),
            Err(error) => self.after_failure(&mut writer, counters, error),
        };
        let mut tip = self.tip();
        match outcome {
            Ok(snapshot) => {
                self.publish(snapshot);
                tip.layers.remove(0);
                drop(tip);
                for segment in emptied {
                    self.reclaim().doom(*segment, counters.commit);
                }
                self.remove_free_segments();
                Ok(())
            }
            Err(error) => {
                tip.poisoned = error != StoreError::Full;
                let failed = tip.layers.clone();
                self.roll_back(&mut tip);
                if !tip.poisoned {
                    self.give_back_layers(&failed);
                }
                Err(error)
            }
        }
    }

    /// Learns after a failed commit whether it is certain that it failed.
    fn after_failure(
        &self,
        writer: &mut Option<Writer>,
        counters: &Counters,
        error: StoreError,
    ) -> Result<Snapshot, StoreError> {
        let full = writer
            .as_ref()
            .is_some_and(|writer| writer.health.found_full() && !writer.health.sync_failed());
        if !full {
            // A sync may find no space too; that says no less than any other that failed.
            let told = if error == StoreError::Full {
                StoreError::Poisoned
            } else {
                error
            };
            return Err(told);
        }
        // INVARIANT(S4): no sync failed, so what the file holds now is what it holds for good.
        drop(writer.take());
        let reopened = match self.open_database() {
            // INVARIANT(S4): the header is turned over by the last write of a commit, behind
            // which none finds no space: it did not commit, and that is known without a look.
            Err(StoreError::Full) => {
                self.out_of_space.store(true, Ordering::SeqCst);
                return Err(StoreError::Full);
            }
            reopened => reopened?,
        };
        let snapshot = begin_read(reopened.database()?)?;
        let committed = snapshot.counters().commit;
        *writer = Some(reopened);
        if committed == counters.commit {
            return Ok(snapshot);
        }
        self.publish(snapshot);
        Err(StoreError::Full)
    }

    /// Opens the database that a full disk had kept from being opened again.
    fn revive(&self) -> Result<(), StoreError> {
        if !self.out_of_space.load(Ordering::SeqCst) {
            return Ok(());
        }
        let Source::Writer(writer) = &self.source else {
            return Ok(());
        };
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.out_of_space.load(Ordering::SeqCst) {
            return Ok(());
        }
        if self.tip().poisoned {
            return Err(StoreError::Poisoned);
        }
        let reopened = self.open_database()?;
        self.publish(begin_read(reopened.database()?)?);
        *writer = Some(reopened);
        self.out_of_space.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn publish(&self, snapshot: Snapshot) {
        let mut published = self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *published = Arc::new(snapshot);
        self.reclaim().issued(&published);
    }

    fn sweep(&self) -> Result<Swept, StoreError> {
        sweep::sweep(&self.bodies, &self.published())
    }

    fn close(&self) -> Result<(), StoreError> {
        let Source::Writer(writer) = &self.source else {
            return Ok(());
        };
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        // INVARIANT(S21): nothing is begun, opened again or removed for what is nobody's any more.
        let poisoned = std::mem::replace(&mut self.tip().poisoned, true);
        let hold = self.hold.lock();
        drop(hold.unwrap_or_else(PoisonError::into_inner).take());
        let Some(open) = writer.take() else {
            return Ok(());
        };
        let health = Arc::clone(&open.health);
        // INVARIANT(S22): whoever opens what is let go of here waits until the mark is gone.
        let mark = self.disk.hold(OPEN_MARK);
        let closed = open.close();
        if poisoned || health.sync_failed() {
            return Err(StoreError::Poisoned);
        }
        closed?;
        let _held = mark?;
        Ok(self.disk.remove(OPEN_MARK)?)
    }
}

/// Writes a layer's rows and commits them.
fn write(database: &Database, layer: &Layer) -> Result<(), StoreError> {
    guard(|| {
        let mut transaction = database.begin_write().map_err(sort::transaction)?;
        // INVARIANT(S2): with one-phase commits a failed sync can make the next one fatal.
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        for (table, changes) in layer.tables() {
            let sort = sort::rows(table);
            let mut rows = transaction
                .open_table(snapshot::definition(table))
                .map_err(sort::table)?;
            for (key, value) in changes {
                match value {
                    Some(value) => rows.insert(key.as_slice(), value.as_slice()).map(drop),
                    None => rows.remove(key.as_slice()).map(drop),
                }
                .map_err(&sort)?;
            }
        }
        transaction.commit().map_err(sort::commit)
    })
}

fn begin_read(database: &Database) -> Result<Snapshot, StoreError> {
    let read = guard(|| database.begin_read().map_err(sort::transaction))?;
    Snapshot::new(read)
}

/// Runs redb code; a panic there means damaged pages.
fn guard<T>(run: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(StoreError::DamagedCatalog {
        place: "its pages contradict each other",
    }))
}

#[cfg(test)]
mod tests;
