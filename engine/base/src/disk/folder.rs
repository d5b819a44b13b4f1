//! A disk that is a folder of the operating system.
//!
//! For: every store outside tests. Not for: what is written there.

mod passing;
mod system;

use super::{Disk, DiskFile, OpenMode};
use passing::Passing;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A folder of the operating system.
#[derive(Clone, Debug)]
pub struct FolderDisk {
    root: PathBuf,
    /// Files whose cache is being emptied.
    passing: Arc<Mutex<BTreeMap<PathBuf, Arc<Passing>>>>,
}

impl FolderDisk {
    /// The disk whose files lie under `root`.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            passing: Arc::default(),
        }
    }

    fn passing(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Arc<Passing>>> {
        self.passing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() {
            self.root.clone()
        } else {
            self.root.join(name)
        }
    }
}

impl Disk for FolderDisk {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path(name);
        let file = opened(&path, mode)?;
        let mut passing = self.passing();
        passing.retain(|_, it| !it.is_over());
        let passing = passing.get(&path).map(Arc::clone);
        Ok(Arc::new(FolderFile { file, passing }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        fs::read_dir(self.path(folder))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        fs::create_dir_all(self.path(folder))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        fs::remove_file(&path)?;
        self.passing().remove(&path);
        Ok(())
    }

    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        fs::remove_dir(self.path(folder))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.path(from), self.path(to));
        fs::rename(&from, &to)?;
        let mut passing = self.passing();
        passing.remove(&to);
        if let Some(moved) = passing.remove(&from) {
            passing.insert(to, moved);
        }
        Ok(())
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        system::sync_folder(&self.path(folder))
    }

    fn free_bytes(&self) -> io::Result<u64> {
        system::free_bytes(&self.root)
    }

    fn drop_cache(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        if let Some(passing) = Passing::begin(&path)? {
            self.passing().insert(path, passing);
        }
        Ok(())
    }

    fn syncs_beside(&self) -> bool {
        true
    }

    fn memory_run(&self) -> Option<[u8; 16]> {
        let text = fs::read_to_string(BOOT_ID).ok()?;
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        let run = u128::from_str_radix(&digits, 16).ok()?;
        (digits.len() == 32).then(|| run.to_be_bytes())
    }

    fn lock_handle(&self, name: &str, mode: OpenMode) -> io::Result<Option<File>> {
        opened(&self.path(name), mode).map(Some)
    }

    fn hold(&self, name: &str) -> io::Result<Option<File>> {
        system::hold(&self.path(name))
    }
}

struct FolderFile {
    file: File,
    passing: Option<Arc<Passing>>,
}

impl DiskFile for FolderFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if let Some(passing) = &self.passing
            && passing.read_at(offset, out)?
        {
            return Ok(());
        }
        system::read_at(&self.file, offset, out)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let Some(passing) = &self.passing
            && passing.write_at(&self.file, offset, bytes)?
        {
            return Ok(());
        }
        system::write_at(&self.file, offset, bytes)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Opens a regular file for reading. Anything else is not even opened, which may wait for ever;
/// nor does that wait when the path is given to something else meanwhile.
///
/// # Errors
/// What the system says; one that [`is_no_file`] knows for a pipe, a device or a folder.
pub fn open_regular(path: &Path) -> io::Result<File> {
    opened(path, OpenMode::Read)
}

/// Whether something was not opened because it is a pipe, a device or a folder.
#[must_use]
pub fn is_no_file(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn Error + Send + Sync>::is::<NoFile>)
}

#[derive(Debug)]
struct NoFile;

impl fmt::Display for NoFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no regular file")
    }
}

impl Error for NoFile {}

fn opened(path: &Path, mode: OpenMode) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    match mode {
        OpenMode::Read => {}
        OpenMode::Write => {
            options.write(true);
        }
        OpenMode::CreateNew => {
            options.write(true).create_new(true);
            return options.open(path);
        }
        OpenMode::CreatePrivate => {
            options.write(true).create_new(true);
            system::private(&mut options);
            return options.open(path);
        }
    }
    regular(&fs::metadata(path)?)?;
    system::without_waiting(&mut options);
    let file = options.open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

fn regular(about: &Metadata) -> io::Result<()> {
    if about.is_file() {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, NoFile))
    }
}

/// Linux draws it anew each time it starts.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

#[cfg(all(test, unix))]
mod tests;
