//! What systems do in ways of their own: reading at a place, private files, free space, caches.
//!
//! Not for: what a disk is. Invariant: a system that has no such thing loses speed by it, or says
//! no; it never claims what it did not do.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Fills `out` with what the file holds at `offset`.
#[cfg(unix)]
pub(super) fn read_at(file: &File, offset: u64, out: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

/// The same; each call of the system names its own place.
#[cfg(windows)]
pub(super) fn read_at(file: &File, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
    while !out.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, out, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += read as u64;
        out = out.get_mut(read..).unwrap_or_default();
    }
    Ok(())
}

/// Writes all of `bytes` at `offset`.
#[cfg(unix)]
pub(super) fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// The same; each call of the system names its own place.
#[cfg(windows)]
pub(super) fn write_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        offset += written as u64;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

/// Holds a file; one that lost its name before it was held is not there.
#[cfg(unix)]
pub(super) fn hold(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::MetadataExt;
    let file = super::open_regular(path)?;
    file.try_lock().map_err(io::Error::from)?;
    let (held, named) = (file.metadata()?, path.metadata()?);
    if (held.dev(), held.ino()) == (named.dev(), named.ino()) {
        Ok(Some(file))
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A lock would keep the holder's other handles from the file.
#[cfg(not(unix))]
pub(super) fn hold(path: &Path) -> io::Result<Option<File>> {
    path.metadata().map(|_| None)
}

/// A file that is made is its owner's alone.
#[cfg(unix)]
pub(super) fn private(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// Whose a file is, it has from its folder.
#[cfg(not(unix))]
pub(super) const fn private(_: &mut OpenOptions) {}

/// Whoever opens a pipe does not wait for its other end.
#[cfg(unix)]
pub(super) fn without_waiting(options: &mut OpenOptions) {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
}

/// Pipes are no files in a folder.
#[cfg(not(unix))]
pub(super) const fn without_waiting(_: &mut OpenOptions) {}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders are no files; their names are durable as the file system's own journal says.
#[cfg(not(unix))]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    folder.metadata().map(drop)
}

/// Bytes that are free for this process.
#[cfg(unix)]
pub(super) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let system = rustix::fs::statvfs(folder)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

/// The same.
#[cfg(not(unix))]
pub(super) fn free_bytes(folder: &Path) -> io::Result<u64> {
    fs4::available_space(folder)
}

/// Has the next read of a file come from the medium.
#[cfg(target_os = "linux")]
pub(super) fn drop_cache(file: &File) -> io::Result<()> {
    let (advice, all) = (rustix::fs::Advice::DontNeed, None);
    Ok(rustix::fs::fadvise(file, 0, all, advice)?)
}

/// Where the system does not forget when it is asked to, what it holds is made what the medium
/// holds.
#[cfg(not(target_os = "linux"))]
pub(super) fn drop_cache(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Opens a file to be read from the medium, if its file system knows how. Reads begin and end as
/// pages do, in the file and in memory.
#[cfg(target_os = "linux")]
pub(super) fn open_direct(path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::OFlags;
    super::open_regular(path)?;
    let flags = OFlags::DIRECT | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.read(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(None),
        opened => opened.map(Some),
    }
}

/// Other systems are asked to forget, and waited for.
#[cfg(not(target_os = "linux"))]
pub(super) const fn open_direct(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Reads what one call of the system gives.
#[cfg(unix)]
pub(super) fn read_some(file: &File, offset: u64, out: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, offset)
}

/// The same.
#[cfg(windows)]
pub(super) fn read_some(file: &File, offset: u64, out: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, offset)
}
