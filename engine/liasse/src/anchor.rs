//! The anchor of a store: its newest checkpoint, pinned where whoever rolls the store back does
//! not reach.
//!
//! For: refusing a store whose log is not the continuation of what was pinned. Pinned when the
//! store is opened, when it is closed, and when the host says so. Invariant: (J11) nothing is
//! written to a store that its anchor does not know, and an anchor never goes back.

use crate::audit::continues;
use crate::core::Core;
use crate::engine::Engine;
use crate::error::{Code, Error, Result};
use base::disk::{Disk, FolderDisk};
use journal::{Checkpoint, Log};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Keeps the newest checkpoint of a store outside it. Hosts bring theirs: another machine, a
/// register, a printed page.
pub trait Anchor: Send + Sync {
    /// The checkpoint that was pinned last: three lines with name, size and root of the log.
    ///
    /// # Errors
    /// The anchor does not answer; the store is not opened then.
    fn pinned(&self) -> io::Result<Option<String>>;

    /// Pins a checkpoint, which continues the one before.
    ///
    /// # Errors
    /// The anchor does not answer.
    fn pin(&self, checkpoint: &str) -> io::Result<()>;
}

/// An anchor that is a file, on a medium that is not rolled back with the store.
pub struct FileAnchor {
    path: PathBuf,
}

impl FileAnchor {
    /// The anchor in this file, which is made with the first pin. To accept a store that was
    /// restored to less than what was pinned, remove the file.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
        }
    }
}

impl Anchor for FileAnchor {
    fn pinned(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn pin(&self, checkpoint: &str) -> io::Result<()> {
        // Behind the whole name: two anchors of one folder may differ in their endings alone.
        let mut fresh = self.path.clone().into_os_string();
        fresh.push(".new");
        let mut file = fs::File::create(&fresh)?;
        file.write_all(checkpoint.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        match self.path.parent().filter(|it| !it.as_os_str().is_empty()) {
            Some(folder) => FolderDisk::new(folder).sync_folder(""),
            None => Ok(()),
        }
    }
}

impl Engine {
    /// Pins what the log is now with the anchor this store was opened with.
    ///
    /// # Errors
    /// [`Code::OlderCopy`] when the log does not continue what was pinned, [`Code::Io`] when the
    /// anchor does not answer.
    pub fn pin(&self) -> Result<()> {
        let core = &self.shared.core;
        moor(core, &Log::open(core.view()?.rows())?)
    }
}

/// Checks that the log continues what is pinned, and pins what it is now.
pub(crate) fn moor(core: &Core, log: &Log) -> Result<()> {
    let Some(anchor) = &core.anchor else {
        return Ok(());
    };
    let rows = core.catalog.snapshot()?;
    if let Some(text) = anchor.pinned().map_err(|error| silent(&error))? {
        let pinned = Checkpoint::from_body(text.as_bytes()).map_err(|_| strange())?;
        if let Some(wrong) = continues(log, &*rows, &pinned)? {
            let message = format!("the store is not the one that was pinned: {wrong}");
            let hint = "it was rolled back or replaced; bring the newest copy, or remove the pin \
                        when a restore is known to have lost what is missing";
            return Err(Error::new(Code::OlderCopy, message, hint));
        }
    }
    let now = Checkpoint::of(log).body();
    anchor.pin(&now).map_err(|error| silent(&error))
}

fn silent(error: &io::Error) -> Error {
    Error::new(
        Code::Io,
        format!("the anchor could not be read or written: {}", error.kind()),
        "check that the anchor answers",
    )
}

fn strange() -> Error {
    Error::new(
        Code::Invalid,
        "the anchor holds something else than a checkpoint",
        "name the anchor of this store",
    )
}

#[cfg(test)]
mod tests;
