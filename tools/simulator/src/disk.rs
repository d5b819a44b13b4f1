//! Folders of one faulty disk as disks of their own, and a disk that lies.
//!
//! For: a store and its key file under one order of events; the planted fault "a commit
//! without a sync". Not for: the faults themselves, which are the faulty disk's.

use base::disk::{Disk, DiskFile, FaultyDisk, OpenMode};
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
        })
    }

    /// From now on, says that it synced and does not.
    pub(crate) fn forget_syncs(&self) {
        self.forgets_syncs.store(true, Ordering::SeqCst);
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
        let forgets_syncs = Arc::clone(&self.forgets_syncs);
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

    fn lock_handle(&self, _: &str, _: OpenMode) -> io::Result<Option<File>> {
        Ok(None)
    }
}

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
