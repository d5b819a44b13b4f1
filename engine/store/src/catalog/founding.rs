//! A folder that becomes a store, held so that no other process makes one there meanwhile.
//!
//! For: making a store, restoring one. Not for: opening one; its catalog has a lock of its own.
//! Invariant: what an earlier attempt left is removed, and what failed is cleared away, only by
//! whoever holds the folder.

use super::opening::{CATALOG, OPEN_MARK, Options, open_writer};
use crate::bodies::{self, BodyFiles};
use crate::error::StoreError;
use crate::format;
use base::StoreId;
use base::disk::{Disk, OpenMode};
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A folder in which a store is made.
pub struct Founding {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) hold: Hold,
}

/// Holds a folder while it, or what it was given to, lives.
#[derive(Clone, Default)]
pub(crate) struct Hold {
    /// Nobody reads it: its lock ends with it.
    _file: Option<Arc<File>>,
}

impl Founding {
    /// Holds a folder that is empty, or in which an earlier attempt ended; what that one left is
    /// removed.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] when something else lies there, [`StoreError::LockedElsewhere`]
    /// while another makes a store there, and those of the disk.
    pub fn begin(disk: Arc<dyn Disk>) -> Result<Self, StoreError> {
        check_unfinished(&*disk)?;
        let hold = Hold::of(&*disk)?;
        // What was there a moment ago may have become a store before it was held.
        check_unfinished(&*disk)?;
        for name in [CATALOG, OPEN_MARK, PASSPHRASE] {
            remove(&*disk, name)?;
        }
        Ok(Self { disk, hold })
    }

    /// Removes all that lies in the folder, in which no store could be made, unless another
    /// process has opened what was made. What cannot be removed the next attempt finds.
    pub fn abandon(self, store: StoreId) {
        let disk = &self.disk;
        if disk.open(format::FILE, OpenMode::Read).is_ok() {
            let bodies = Arc::new(BodyFiles::new(Arc::clone(disk), store));
            let ours = open_writer(disk, &bodies, Options::default(), OpenMode::Write);
            if matches!(ours, Err(StoreError::LockedElsewhere)) {
                return;
            }
            // While it is ours nobody opens it; without its FORMAT nobody does afterwards.
            let _ = remove(&**disk, format::FILE);
        }
        for name in disk.list("").unwrap_or_default() {
            for inside in disk.list(&name).unwrap_or_default() {
                let _ = disk.remove(&format!("{name}/{inside}"));
            }
            if name != format::UNFINISHED {
                let _ = disk.remove(&name).or_else(|_| disk.remove_folder(&name));
            }
        }
        // Last: without it nobody is kept out.
        let _ = remove(&**disk, format::UNFINISHED);
    }
}

impl Hold {
    /// Holds the folder by its unfinished FORMAT, which is made when it is not there.
    pub(super) fn of(disk: &dyn Disk) -> Result<Self, StoreError> {
        match disk.open(format::UNFINISHED, OpenMode::CreateNew) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        match disk.hold(format::UNFINISHED) {
            Ok(file) => Ok(Self {
                _file: file.map(Arc::new),
            }),
            // Whoever held it has finished or given up in this moment.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::NotFound
                ) =>
            {
                Err(StoreError::LockedElsewhere)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes sure that nothing lies on the disk but what an unfinished attempt left.
fn check_unfinished(disk: &dyn Disk) -> Result<(), StoreError> {
    let names = disk.list("")?;
    if names.is_empty() {
        return Ok(());
    }
    let leftovers = [
        format::UNFINISHED,
        CATALOG,
        OPEN_MARK,
        PASSPHRASE,
        bodies::FOLDER,
    ];
    let unfinished = names.iter().any(|name| name == format::UNFINISHED)
        && names.iter().all(|name| leftovers.contains(&name.as_str()));
    if !unfinished || !disk.list(bodies::FOLDER).unwrap_or_default().is_empty() {
        return Err(StoreError::NotEmpty);
    }
    Ok(())
}

/// Removes a file that may be missing.
pub(super) fn remove(disk: &dyn Disk, name: &str) -> Result<(), StoreError> {
    match disk.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// What a passphrase wraps, written before a store is finished; not of this room.
const PASSPHRASE: &str = "passphrase";
