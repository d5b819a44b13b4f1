//! Folders of one faulty disk as disks of their own, and a disk that lies.
//!
//! For: a store and its key file under one order of events; the planted fault "a commit
//! without a sync". Not for: the faults themselves, which are the faulty disk's.

use base::disk::{Disk, DiskFile, FaultyDisk, OpenMode};
use base::{Entropy, OsEntropy};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A folder of a faulty disk.
#[derive(Clone)]
pub(crate) struct Folder {
    disk: FaultyDisk,
    folder: &'static str,
    forgets_syncs: Arc<AtomicBool>,
    forgets_bodies: Arc<AtomicBool>,
    /// Whether files are synced from two threads at once, as on a real disk.
    beside: bool,
    /// Whether the catalog is locked against other processes, as on a real disk.
    locked: bool,
}

impl Folder {
    /// The folder of this name, made when it is not there.
    pub(crate) fn new(disk: &FaultyDisk, folder: &'static str) -> io::Result<Self> {
        if !disk.list("")?.iter().any(|name| name == folder) {
            disk.create_folder(folder)?;
            disk.sync_folder("")?;
        }
        Ok(Self {
            disk: disk.clone(),
            folder,
            forgets_syncs: Arc::default(),
            forgets_bodies: Arc::default(),
            beside: disk.list(BESIDE).is_ok(),
            locked: disk.list(LOCKED).is_ok(),
        })
    }

    /// Whether its catalog is locked.
    pub(crate) const fn is_locked(&self) -> bool {
        self.locked
    }

    /// From now on, says that it synced and does not.
    pub(crate) fn forget_syncs(&self) {
        self.forgets_syncs.store(true, Ordering::SeqCst);
        self.forget_bodies();
    }

    /// From now on, says that it synced a body segment and does not.
    pub(crate) fn forget_bodies(&self) {
        self.forgets_bodies.store(true, Ordering::SeqCst);
    }

    fn path(&self, name: &str) -> String {
        if name.is_empty() {
            self.folder.to_owned()
        } else {
            format!("{}/{name}", self.folder)
        }
    }
}

impl Disk for Folder {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.disk.open(&self.path(name), mode)?;
        let forgets_syncs = Arc::clone(if name.starts_with(BODIES) {
            &self.forgets_bodies
        } else {
            &self.forgets_syncs
        });
        Ok(Arc::new(FolderFile {
            file,
            forgets_syncs,
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(&self.path(folder))
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.create_folder(&self.path(folder))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(&self.path(name))
    }

    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.remove_folder(&self.path(folder))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(&self.path(from), &self.path(to))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        if self.forgets_syncs.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.disk.sync_folder(&self.path(folder))
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }

    fn drop_cache(&self, name: &str) -> io::Result<()> {
        self.disk.drop_cache(&self.path(name))
    }

    fn syncs_beside(&self) -> bool {
        self.beside
    }

    fn lock_handle(&self, name: &str, _: OpenMode) -> io::Result<Option<File>> {
        if !self.locked || name != CATALOG {
            return Ok(None);
        }
        // A file of the real disk that nobody else sees; what is locked are its bytes' numbers.
        let mut drawn = [0; 8];
        let failed = |_| io::Error::other("no random bytes");
        OsEntropy.fill(&mut drawn).map_err(failed)?;
        let number = u64::from_le_bytes(drawn);
        let path = std::env::temp_dir().join(format!("liasse-simulator-{number:016x}"));
        let mut options = File::options();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Some(file))
    }
}

/// Lies on a disk whose files are synced beside each other.
pub(crate) const BESIDE: &str = "beside";
/// Lies on a disk whose catalog is locked.
pub(crate) const LOCKED: &str = "locked";
const CATALOG: &str = "catalog.redb";
const BODIES: &str = "body/";

struct FolderFile {
    file: Arc<dyn DiskFile>,
    forgets_syncs: Arc<AtomicBool>,
}

impl DiskFile for FolderFile {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, out)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(offset, bytes)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }

    fn sync(&self) -> io::Result<()> {
        if self.forgets_syncs.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.file.sync()
    }
}
