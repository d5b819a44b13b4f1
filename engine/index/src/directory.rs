//! The sealed directory of one segment, as tantivy sees a directory.
//!
//! For: building, reading and merging segments. Not for: which segments exist. On disk a file is
//! named after the segment's key slot and its kind, `00000007.idx`; tantivy's own names
//! never reach the disk, nor do `meta.json`, `.managed.json` and locks. Invariants: a file is
//! created once and never opened again for writing; nothing is deleted through this face.

use crate::budget::Budget;
use crate::error::IndexError;
use crate::passing::PassingFile;
use crate::sealed::{DamagedFile, SealedFile, SealedWriter, damage};
use base::disk::{Disk, DiskFile, OpenMode, is_no_file};
use base::{Digest, Entropy};
use std::collections::BTreeMap;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, WatchCallback, WatchHandle, WritePtr};
use vault::{SegmentKey, Slot};

/// Gives the keys of segments; fitted over the key tree by the caller.
pub trait SegmentKeys: Send + Sync {
    /// The key in this slot.
    ///
    /// # Errors
    /// [`IndexError::Key`] when it was forgotten or cannot be opened.
    fn key(&self, slot: Slot) -> Result<SegmentKey, IndexError>;
}

/// The files of one segment.
#[derive(Clone)]
pub(crate) struct SegmentDirectory {
    inner: Arc<Inner>,
    reading: Reading,
}

/// How its files are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Again and again: decrypted pages are kept, within the budget.
    Kept,
    /// Once, from front to back.
    Passing,
}

struct Inner {
    disk: Arc<dyn Disk>,
    slot: Slot,
    key: SegmentKey,
    entropy: Arc<dyn Entropy>,
    budget: Arc<Budget>,
    open: Mutex<BTreeMap<String, Weak<SealedFile>>>,
    meta: Mutex<Option<Vec<u8>>>,
    written: Arc<Mutex<BTreeMap<String, Digest>>>,
}

/// The digest of each file of a segment, in the order of [`KINDS`].
pub(crate) type FileDigests = [Digest; KINDS.len()];

impl SegmentDirectory {
    /// The directory of the segment in `slot`, inside the index folder of `disk`.
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        slot: Slot,
        key: SegmentKey,
        entropy: Arc<dyn Entropy>,
        budget: Arc<Budget>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                disk,
                slot,
                key,
                entropy,
                budget,
                open: Mutex::default(),
                meta: Mutex::default(),
                written: Arc::default(),
            }),
            reading: Reading::Kept,
        }
    }

    /// The same files, for one who reads each once, from front to back.
    pub(crate) fn passing(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            reading: Reading::Passing,
        }
    }

    /// The budget that its decrypted bytes are under.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.inner.budget
    }

    /// The names of the segment's files that are on the disk, and their sizes.
    pub(crate) fn files(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for kind in KINDS {
            let name = file_name(self.inner.slot, kind);
            match self.on_disk(&name) {
                Ok(found) => files.push((name, found.length()?)),
                Err(failed) if failed.kind() == io::ErrorKind::NotFound => {}
                Err(failed) => return Err(failed),
            }
        }
        Ok(files)
    }

    /// The digests of the files that were written through this directory, once all are.
    pub(crate) fn digests(&self) -> Option<FileDigests> {
        let written = self.inner.written.lock();
        let written = written.unwrap_or_else(PoisonError::into_inner);
        let mut digests = [Digest::ZERO; KINDS.len()];
        for (digest, kind) in digests.iter_mut().zip(KINDS) {
            *digest = *written.get(&file_name(self.inner.slot, kind))?;
        }
        Some(digests)
    }

    /// Reads every page of every file of the segment; calls `damaged` with each bad file.
    pub(crate) fn verify(&self, damaged: &mut dyn FnMut(&str)) -> io::Result<()> {
        for kind in KINDS {
            let name = file_name(self.inner.slot, kind);
            match self.fresh(&name).and_then(|file| file.verify()) {
                Ok(()) => {}
                Err(failed) if damaged_file(&failed).is_some() => damaged(&name),
                Err(failed) if failed.kind() == io::ErrorKind::NotFound => damaged(&name),
                Err(failed) => return Err(failed),
            }
        }
        Ok(())
    }

    /// Removes the segment's files.
    pub(crate) fn remove(&self) -> io::Result<()> {
        for (name, _) in self.files()? {
            self.inner.disk.remove(&path(&name))?;
        }
        Ok(())
    }

    /// Seals bytes of the manifest under the segment's key.
    pub(crate) fn key(&self) -> &SegmentKey {
        &self.inner.key
    }

    fn sealed(&self, name: &str) -> io::Result<Arc<SealedFile>> {
        let mut open = self
            .inner
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(name).and_then(Weak::upgrade) {
            return Ok(file);
        }
        let sealed = self.fresh(name)?;
        open.insert(name.to_owned(), Arc::downgrade(&sealed));
        Ok(sealed)
    }

    fn fresh(&self, name: &str) -> io::Result<Arc<SealedFile>> {
        SealedFile::open(
            self.on_disk(name)?,
            name,
            &self.inner.key,
            &self.inner.budget,
        )
    }

    /// The file as it lies; a pipe, a device or a folder in its place is damage.
    fn on_disk(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        match self.inner.disk.open(&path(name), OpenMode::Read) {
            Err(failed) if is_no_file(&failed) => Err(damage(name)),
            opened => opened,
        }
    }

    /// The name on disk of one of tantivy's files, or `None` for those kept in memory.
    fn name(&self, path: &Path) -> Option<String> {
        let kind = path.extension()?.to_str()?;
        KINDS
            .contains(&kind)
            .then(|| file_name(self.inner.slot, kind))
    }
}

/// Which file an error of the sealed files is about, if it is about damage.
pub(crate) fn damaged_file(failed: &io::Error) -> Option<&str> {
    let inner = failed.get_ref()?;
    inner
        .downcast_ref::<DamagedFile>()
        .map(|damaged| damaged.file.as_str())
}

/// The slot a file of the index folder belongs to, or `None` when it is none of ours.
pub(crate) fn slot_of(name: &str) -> Option<Slot> {
    let (slot, kind) = name.split_once('.')?;
    let known = slot.len() == SLOT_DIGITS && KINDS.contains(&kind);
    let number = u32::from_str_radix(slot, 16).ok().filter(|_| known)?;
    Slot::new(number).ok()
}

/// Where a file of the index lies on the disk of its store.
pub(crate) fn path(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

/// The name of a segment's file of this kind.
pub(crate) fn file_name(slot: Slot, kind: &str) -> String {
    format!("{:08x}.{kind}", slot.number())
}

fn missing(path: &Path) -> OpenReadError {
    OpenReadError::FileDoesNotExist(path.to_owned())
}

impl std::fmt::Debug for SegmentDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SegmentDirectory({:08x})", self.inner.slot.number())
    }
}

impl Directory for SegmentDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let name = self.name(path).ok_or_else(|| missing(path))?;
        let opened = match self.reading {
            Reading::Kept => self.sealed(&name).map(|file| file as Arc<dyn FileHandle>),
            Reading::Passing => self.fresh(&name).map(|file| PassingFile::new(file) as _),
        };
        match opened {
            Ok(file) => Ok(file),
            Err(failed) if failed.kind() == io::ErrorKind::NotFound => {
                Err(OpenReadError::FileDoesNotExist(PathBuf::from(name)))
            }
            Err(failed) => Err(OpenReadError::wrap_io_error(failed, PathBuf::from(name))),
        }
    }

    fn delete(&self, _: &Path) -> Result<(), DeleteError> {
        Ok(())
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        let Some(name) = self.name(path) else {
            return Ok(self.meta(path).is_some());
        };
        match self.on_disk(&name) {
            Ok(_) => Ok(true),
            Err(failed) if failed.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(failed) => Err(OpenReadError::wrap_io_error(failed, PathBuf::from(name))),
        }
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let wrap = |failed| OpenWriteError::wrap_io_error(failed, path.to_owned());
        let name = self
            .name(path)
            .ok_or_else(|| wrap(io::Error::from(io::ErrorKind::InvalidFilename)))?;
        let created = self
            .inner
            .disk
            .open(&self::path(&name), OpenMode::CreateNew);
        let file = created.map_err(wrap)?;
        let entropy = self.inner.entropy.as_ref();
        let (written, own) = (Arc::clone(&self.inner.written), name.clone());
        let told = Box::new(move |digest| {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            written.insert(own, digest);
        });
        let key = &self.inner.key;
        let writer = SealedWriter::create(file, &name, key, entropy, told).map_err(wrap)?;
        Ok(BufWriter::with_capacity(WRITE_BYTES, Box::new(writer)))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.meta(path).ok_or_else(|| missing(path))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(META) {
            let mut meta = self
                .inner
                .meta
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *meta = Some(data.to_vec());
        }
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.disk.sync_folder(FOLDER)
    }

    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

impl SegmentDirectory {
    fn meta(&self, path: &Path) -> Option<Vec<u8>> {
        if path != Path::new(META) {
            return None;
        }
        self.inner
            .meta
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The kinds of files a segment has.
pub(crate) const KINDS: [&str; 6] = ["fast", "fieldnorm", "idx", "pos", "store", "term"];
/// The folder of the index files in a store.
pub(crate) const FOLDER: &str = "index";
const META: &str = "meta.json";
const SLOT_DIGITS: usize = 8;
const WRITE_BYTES: usize = 8192;

#[cfg(test)]
mod tests;
