//! Making and opening a store.
//!
//! Invariants: a folder is a store once its FORMAT file has its name, which is the last step
//! of making one; opening changes nothing that another catalog could still need (see `sweep`);
//! after an unclean end the catalog's page cache is dropped before it is read, because pages whose
//! sync failed look written there.

use super::founding::{Founding, Hold};
use super::{Catalog, Inner, Source, Tip, Writer, begin_read, guard, write};
use crate::backend::{CatalogBackend, Health};
use crate::bodies::{self, BodyFiles};
use crate::error::StoreError;
use crate::format::{FORMAT_VERSION, Format};
use crate::layer::Layer;
use crate::meta::{self, Counters};
use crate::quiet::Quiet;
use crate::reclaim::Reclaim;
use crate::sort;
use base::disk::{Disk, FolderDisk, OpenMode, ShadowDisk, is_no_file};
use base::{Cursor, Instant, StoreId, limit};
use redb::backends::FileBackend;
use redb::{Builder, ConcurrencyMode, StorageBackend};
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, RwLock};

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Bytes of catalog pages kept in memory.
    pub cache_bytes: usize,
    /// Bytes that ordinary transactions leave free on the disk.
    pub reserve_bytes: u64,
    /// A body segment is closed above this many bytes, or above fewer where less lives in all; see
    /// [`Catalog::segment_bytes`].
    pub segment_bytes_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 128 << 20,
            reserve_bytes: limit::RESERVE_BYTES,
            segment_bytes_max: limit::SEGMENT_BYTES_MAX,
        }
    }
}

impl Catalog {
    /// Makes a store in an empty or absent folder and opens it.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], [`StoreError::ReadOnly`], [`StoreError::Full`] and the other
    /// errors of the disk.
    pub fn create(
        folder: &Path,
        store: StoreId,
        now: Instant,
        options: Options,
    ) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|error| sort::system(&error))?;
        Self::create_on(Arc::new(FolderDisk::new(folder)), store, now, options)
    }

    /// Makes a store on an empty disk and opens it.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_on(
        disk: Arc<dyn Disk>,
        store: StoreId,
        now: Instant,
        options: Options,
    ) -> Result<Self, StoreError> {
        let founding = Founding::begin(disk)?;
        let begun = Self::begin_in(&founding, store, now, options)?;
        begun.finish_creation()?;
        Ok(begun)
    }

    /// Begins a store in a folder that is held for it. Until [`Self::finish_creation`] nobody
    /// opens it, and what a crash leaves of it is replaced by the next one that is begun there.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn begin_in(
        founding: &Founding,
        store: StoreId,
        now: Instant,
        options: Options,
    ) -> Result<Self, StoreError> {
        let disk = Arc::clone(&founding.disk);
        let format = Format {
            version: FORMAT_VERSION,
            store,
            created: now,
        };
        format.write_unfinished(&*disk)?;
        disk.create_folder(bodies::FOLDER)?;
        mark_open(&*disk)?;
        let bodies = Arc::new(BodyFiles::new(Arc::clone(&disk), store));
        let writer = open_writer(&disk, &bodies, options, OpenMode::CreateNew)?;
        let mut first = Layer::default();
        let counters = Counters::start(now);
        first.set(meta::META, meta::COUNTERS_ROW, Some(&counters.to_bytes()));
        write(writer.database()?, &first)?;
        disk.sync_folder("")?;
        let hold = founding.hold.clone();
        Self::with_writer((disk, hold), format, options, bodies, writer)
    }

    /// Gives the FORMAT file its name: from now on the folder is a store.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn finish_creation(&self) -> Result<(), StoreError> {
        Format::finish(&*self.inner.disk)
    }

    /// Opens a store for reading and writing; it recovers from whatever ended its last use.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::NewerFormat`], [`StoreError::OlderFormat`],
    /// [`StoreError::DamagedFormat`], [`StoreError::TruncatedCatalog`],
    /// [`StoreError::DamagedCatalog`], [`StoreError::LockedElsewhere`],
    /// [`StoreError::ReadOnly`] and the other errors of the disk.
    pub fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        Self::open_on(Arc::new(FolderDisk::new(folder)), options)
    }

    /// Opens the store on `disk` for reading and writing.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: Arc<dyn Disk>, options: Options) -> Result<Self, StoreError> {
        let format = known_format(&*disk)?;
        let bodies = Arc::new(BodyFiles::new(Arc::clone(&disk), format.store));
        if was_left_open(&*disk)? {
            drop_cache(&*disk)?;
        }
        let writer = open_writer(&disk, &bodies, options, OpenMode::Write)?;
        if is_closing(&*disk)? {
            return Err(StoreError::LockedElsewhere);
        }
        mark_open(&*disk)?;
        let unheld = Hold::default();
        Self::with_writer((disk, unheld), format, options, bodies, writer)
    }

    /// Opens a store for reading only, also beside a process that writes it. Nothing in the
    /// folder is changed.
    ///
    /// # Errors
    /// As [`Self::open`], and [`StoreError::NeedsRecovery`] when no process has it open and
    /// its last writer did not close it.
    pub fn open_read_only(folder: &Path, options: Options) -> Result<Self, StoreError> {
        Self::open_read_only_on(Arc::new(FolderDisk::new(folder)), options)
    }

    /// Opens the store on `disk` for reading only.
    ///
    /// # Errors
    /// As [`Self::open_read_only`].
    pub fn open_read_only_on(disk: Arc<dyn Disk>, options: Options) -> Result<Self, StoreError> {
        let format = known_format(&*disk)?;
        let bodies = Arc::new(BodyFiles::new(Arc::clone(&disk), format.store));
        let (backend, mode, _) = backend(&disk, &bodies, OpenMode::Read)?;
        let database = guard(|| {
            Builder::new()
                .set_cache_size(options.cache_bytes)
                .set_concurrency_mode(mode)
                .open_read_only_with_backend(backend)
                .map_err(sort::database)
        })?;
        let database = Quiet::new(database);
        let read = {
            let database = database.get()?;
            guard(|| redb::ReadableDatabase::begin_read(database).map_err(sort::transaction))?
        };
        let snapshot = crate::Snapshot::new(read)?;
        let source = Source::Reader(Box::new(database));
        let folder = (disk, Hold::default());
        Ok(Self::with(
            folder, format, options, bodies, source, snapshot,
        ))
    }

    /// Whether a process has the store open for writing, as far as the system can tell: one that
    /// was killed has not, whatever the files say.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn is_written(&self) -> Result<bool, StoreError> {
        let Some(file) = self.inner.disk.lock_handle(CATALOG, OpenMode::Read)? else {
            return Ok(false);
        };
        let locks = FileBackend::new(file).map_err(sort::database)?;
        let whole = (Bound::Unbounded, Bound::Unbounded);
        let free = locks.try_lock_shared_range(whole.0, whole.1);
        let free = free.map_err(|_| StoreError::Environment(io::ErrorKind::Unsupported))?;
        Ok(!free)
    }

    /// Moves the pages of the catalog together, on a store that nobody has open.
    pub(crate) fn compact_pages(disk: &Arc<dyn Disk>, options: Options) -> Result<(), StoreError> {
        let format = known_format(&**disk)?;
        let bodies = Arc::new(BodyFiles::new(Arc::clone(disk), format.store));
        let mut writer = open_writer(disk, &bodies, options, OpenMode::Write)?;
        let database = writer.database.get_mut()?;
        while guard(|| database.compact().map_err(sort::compaction))? {}
        writer.close()
    }

    /// Whether each page of the catalog on `disk` is the one that the page above it leads to, and
    /// at the top the header. A page of an older commit that took the place of the topmost one
    /// shows that older store whole, in which nothing contradicts itself; this finds it. Reads the
    /// whole catalog, of a store that nobody has open, and changes nothing.
    ///
    /// # Errors
    /// [`StoreError::DamagedCatalog`] when one is not, and as [`Self::open`].
    pub fn check_pages(disk: Arc<dyn Disk>, options: Options) -> Result<(), StoreError> {
        let format = known_format(&*disk)?;
        let disk: Arc<dyn Disk> = Arc::new(ShadowDisk::new(disk));
        let bodies = Arc::new(BodyFiles::new(Arc::clone(&disk), format.store));
        let (backend, mode, _) = backend(&disk, &bodies, OpenMode::Write)?;
        guard(|| {
            Builder::new()
                .set_cache_size(options.cache_bytes)
                .set_concurrency_mode(mode)
                .set_check_integrity_on_open(true)
                .create_with_backend(backend)
                .map(drop)
                .map_err(sort::database)
        })
    }

    pub(super) fn with_writer(
        folder: (Arc<dyn Disk>, Hold),
        format: Format,
        options: Options,
        bodies: Arc<BodyFiles>,
        writer: Writer,
    ) -> Result<Self, StoreError> {
        let snapshot = begin_read(writer.database()?)?;
        let source = Source::Writer(Mutex::new(Some(writer)));
        Ok(Self::with(
            folder, format, options, bodies, source, snapshot,
        ))
    }

    fn with(
        (disk, hold): (Arc<dyn Disk>, Hold),
        format: Format,
        options: Options,
        bodies: Arc<BodyFiles>,
        source: Source,
        snapshot: crate::Snapshot,
    ) -> Self {
        let tip = Tip {
            open: false,
            poisoned: false,
            swept: false,
            layers: Vec::new(),
            counters: *snapshot.counters(),
            generation: 0,
        };
        let snapshot = Arc::new(snapshot);
        let mut reclaim = Reclaim::default();
        reclaim.issued(&snapshot);
        let inner = Inner {
            disk,
            hold: Mutex::new(Some(hold)),
            format,
            options,
            bodies,
            source,
            published: RwLock::new(snapshot),
            reclaim: Mutex::new(reclaim),
            tip: Mutex::new(tip),
            tip_free: Condvar::new(),
            out_of_space: AtomicBool::new(false),
        };
        Self {
            inner: Arc::new(inner),
        }
    }
}

impl Inner {
    /// Bytes of the catalog's file.
    pub(crate) fn catalog_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.disk.open(CATALOG, OpenMode::Read)?.length()?)
    }

    /// Opens the database again, after a full disk made redb give up.
    pub(super) fn open_database(&self) -> Result<Writer, StoreError> {
        open_writer(&self.disk, &self.bodies, self.options, OpenMode::Write)
    }
}

fn known_format(disk: &dyn Disk) -> Result<Format, StoreError> {
    let format = Format::read(disk)?;
    if format.version < FORMAT_VERSION {
        return Err(StoreError::OlderFormat {
            found: format.version,
        });
    }
    Ok(format)
}

pub(super) fn open_writer(
    disk: &Arc<dyn Disk>,
    bodies: &Arc<BodyFiles>,
    options: Options,
    how: OpenMode,
) -> Result<Writer, StoreError> {
    let (backend, mode, health) = backend(disk, bodies, how)?;
    let database = guard(|| {
        Builder::new()
            .set_cache_size(options.cache_bytes)
            .set_concurrency_mode(mode)
            .create_with_backend(backend)
            .map_err(sort::database)
    });
    match database {
        Ok(database) => Ok(Writer {
            database: Quiet::new(database),
            health,
        }),
        Err(StoreError::DamagedCatalog { .. }) if is_cut(&**disk)? => {
            Err(StoreError::TruncatedCatalog)
        }
        Err(error) => Err(error),
    }
}

/// Whether the catalog's file is shorter than the layout in its header says. Only asked once
/// opening has failed: redb itself mends a length that a power cut left behind the header.
fn is_cut(disk: &dyn Disk) -> Result<bool, StoreError> {
    let file = disk.open(CATALOG, OpenMode::Read)?;
    let mut header = [0; 32];
    file.read_at(0, &mut header)?;
    let mut cursor = Cursor::new(&header[12..]);
    let mut field = || cursor.u32().map_or(0, u64::from);
    let (page, header_pages, region_pages) = (field(), field(), field());
    let (full_regions, trailing_pages) = (field(), field());
    let full = full_regions.saturating_mul(header_pages + region_pages);
    let trailing = match trailing_pages {
        0 => 0,
        pages => pages + header_pages,
    };
    let promised = (1 + full).saturating_add(trailing).saturating_mul(page);
    Ok(header.starts_with(b"redb") && file.length()? < promised)
}

fn backend(
    disk: &Arc<dyn Disk>,
    bodies: &Arc<BodyFiles>,
    how: OpenMode,
) -> Result<(CatalogBackend, ConcurrencyMode, Arc<Health>), StoreError> {
    let file = match disk.open(CATALOG, how) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::TruncatedCatalog);
        }
        Err(error) if is_no_file(&error) => {
            let place = "it is no regular file";
            return Err(StoreError::DamagedCatalog { place });
        }
        other => other?,
    };
    if how != OpenMode::CreateNew && file.length()? < CATALOG_BYTES_MIN {
        return Err(StoreError::TruncatedCatalog);
    }
    let again = match how {
        OpenMode::Read => OpenMode::Read,
        OpenMode::Write | OpenMode::CreateNew | OpenMode::CreatePrivate => OpenMode::Write,
    };
    let locks = match disk.lock_handle(CATALOG, again)? {
        Some(file) => Some(FileBackend::new(file).map_err(sort::database)?),
        None => None,
    };
    // One writing process and readers of others need byte-range locks; a disk that no other
    // process sees has none and needs none.
    let mode = match locks {
        Some(_) => ConcurrencyMode::SingleWriter,
        None => ConcurrencyMode::ExclusiveWriter,
    };
    let health = Arc::new(Health::default());
    let backend = CatalogBackend::new(file, locks, Arc::clone(bodies), Arc::clone(&health));
    Ok((backend, mode, health))
}

/// Keeps every other process from opening the store while what is returned lives; `None` on a
/// disk that no other process sees.
///
/// # Errors
/// [`StoreError::LockedElsewhere`] when one has it open, and those of the disk.
pub(crate) fn alone(disk: &dyn Disk) -> Result<Option<FileBackend>, StoreError> {
    let Some(file) = disk.lock_handle(CATALOG, OpenMode::Write)? else {
        return Ok(None);
    };
    let locks = FileBackend::new(file).map_err(sort::database)?;
    match locks.try_lock_range(Bound::Unbounded, Bound::Unbounded) {
        Ok(true) => Ok(Some(locks)),
        Ok(false) => Err(StoreError::LockedElsewhere),
        Err(_) => Err(StoreError::Environment(io::ErrorKind::Unsupported)),
    }
}

fn was_left_open(disk: &dyn Disk) -> Result<bool, StoreError> {
    match disk.open(OPEN_MARK, OpenMode::Read) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether whoever had the store open has let go of its catalog and not yet removed its mark,
/// which a mark made now would be taken for.
fn is_closing(disk: &dyn Disk) -> Result<bool, StoreError> {
    match disk.hold(OPEN_MARK) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(false),
    }
}

/// Leaves a mark that [`Catalog::close`] removes. It need not outlive a power cut, which
/// empties the page cache by itself.
pub(super) fn mark_open(disk: &dyn Disk) -> Result<(), StoreError> {
    match disk.open(OPEN_MARK, OpenMode::CreateNew) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

/// Only the catalog's: no commit names a body before a sync of it has returned (S1), and what lies
/// behind the last named one is cut off.
fn drop_cache(disk: &dyn Disk) -> Result<(), StoreError> {
    match disk.drop_cache(CATALOG) {
        // What is no file is told where it is read.
        Err(error) if error.kind() != io::ErrorKind::NotFound && !is_no_file(&error) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

/// The catalog's file.
pub(crate) const CATALOG: &str = "catalog.redb";
/// There while a process has the store open for writing, and after it ended uncleanly; its owner
/// may keep a note in it.
pub const OPEN_MARK: &str = "OPEN";
/// redb's header and first page.
const CATALOG_BYTES_MIN: u64 = 8192;
