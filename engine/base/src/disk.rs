//! The disk under a store: the few operations on named files that a store needs.
//!
//! For: every file of a store: catalog, body segments, index files, FORMAT, passphrase; tests
//! and the simulator put a faulty disk here. Not for: what is written there.
//! Invariants: names are relative to the store, with `/` between folders; nothing is durable
//! before [`DiskFile::sync`] (bytes, length) or [`Disk::sync_folder`] (names).

mod faulty;
mod folder;
mod shadow;

pub use faulty::{Crash, FaultPlan, FaultyDisk, Replay, Strike, Touch};
pub use folder::{FolderDisk, is_no_file, open_regular};
pub use shadow::ShadowDisk;

use std::fs::File;
use std::io;
use std::sync::Arc;

/// A folder that holds one store.
pub trait Disk: Send + Sync {
    /// Opens the file `name`, without waiting for anybody.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] when it must exist and does not; one that
    /// [`is_no_file`] knows when it is a pipe, a device or a folder.
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>>;

    /// The names of the files and folders in `folder` (`""`: the store), in no order.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Makes `folder` and what it lies in, unless they are there.
    ///
    /// # Errors
    /// What the system says.
    fn create_folder(&self, folder: &str) -> io::Result<()>;

    /// Removes the file `name`.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] when it is not there.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Removes a folder that is empty.
    ///
    /// # Errors
    /// What the system says.
    fn remove_folder(&self, folder: &str) -> io::Result<()>;

    /// Gives the file `from` the name `to`, in one step, replacing what was there.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Makes the names in `folder` durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;

    /// Bytes that can still be written.
    ///
    /// # Errors
    /// What the system says.
    fn free_bytes(&self) -> io::Result<u64>;

    /// Drops what the system caches of the file, so that the next read comes from the medium.
    ///
    /// # Errors
    /// What the system says.
    fn drop_cache(&self, name: &str) -> io::Result<()>;

    /// Whether files may be synced from two threads at once. A disk whose runs are replayed
    /// says no.
    fn syncs_beside(&self) -> bool {
        false
    }

    /// Names the run of the system that keeps what was written and not yet synced: while it is
    /// the same, all of that is still there, whatever became of the process that wrote it.
    /// `None` where nobody knows.
    fn memory_run(&self) -> Option<[u8; 16]> {
        None
    }

    /// A second handle of the file, for locks against other processes; `None` on a disk that
    /// no other process can see.
    ///
    /// # Errors
    /// What the system says.
    fn lock_handle(&self, name: &str, mode: OpenMode) -> io::Result<Option<File>>;

    /// Holds the file `name` until what is returned is dropped, against every other hold of this
    /// name, in this process and in others; nobody else is kept from anything. `None` on a disk
    /// that no other process can see, and on a system whose locks would keep the holder out.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] while another holds it, [`io::ErrorKind::NotFound`] when it
    /// is not there, else what the system says.
    fn hold(&self, _name: &str) -> io::Result<Option<File>> {
        Ok(None)
    }
}

/// One open file of a [`Disk`].
pub trait DiskFile: Send + Sync {
    /// The file's length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn length(&self) -> io::Result<u64>;

    /// Fills `out` with the bytes at `offset`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the file ends before, else what the system says.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes `bytes` at `offset`; the file grows when they reach past its end.
    ///
    /// # Errors
    /// What the system says; nothing is known of the bytes then.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file, or makes it longer with zeroes.
    ///
    /// # Errors
    /// What the system says.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes the file's bytes and length durable.
    ///
    /// # Errors
    /// What the system says; after an error no byte written since the last success is known to
    /// be durable, whatever a later sync says.
    fn sync(&self) -> io::Result<()>;
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// For reading; it must exist.
    Read,
    /// For reading and writing; it must exist.
    Write,
    /// For reading and writing; it is made, and must not exist.
    CreateNew,
    /// As `CreateNew`, and nobody but its owner may read or write it.
    CreatePrivate,
}
