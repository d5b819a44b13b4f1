//! Reads that pass by the system's cache while that is emptied.
//!
//! For: a file whose writer did not end as it should: emptying the cache takes as long as much of
//! the file is in it, and nobody waits for that. Not for: when a cache is to be emptied.
//! Invariant: nothing that was cached before is read, nor written back with what is written; one
//! thread at a time writes parts of a page, since what is written is the whole of it.

use super::system;
use crate::disk::OpenMode;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A file of which the system still caches something.
#[derive(Debug)]
pub(super) struct Passing {
    /// Reads from the medium.
    direct: File,
    emptied: AtomicBool,
}

impl Passing {
    /// Begins to empty the cache of a file. `None`: it is empty already.
    pub(super) fn begin(path: &Path) -> io::Result<Option<Arc<Self>>> {
        let Some(direct) = system::open_direct(path)? else {
            system::drop_cache(&super::opened(path, OpenMode::Write)?)?;
            return Ok(None);
        };
        let passing = Arc::new(Self::by(direct));
        let beside = Arc::clone(&passing);
        let name = "liasse-cache".to_owned();
        let running = thread::Builder::new().name(name).spawn(move || {
            // What fails is tried again by nobody: reads go on to pass by.
            let _ = beside.empty();
        });
        if running.is_err() {
            passing.empty()?;
        }
        Ok(Some(passing))
    }

    const fn by(direct: File) -> Self {
        Self {
            direct,
            emptied: AtomicBool::new(false),
        }
    }

    fn empty(&self) -> io::Result<()> {
        system::drop_cache(&self.direct)?;
        self.emptied.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether the cache holds nothing from before any more.
    pub(super) fn is_over(&self) -> bool {
        self.emptied.load(Ordering::Acquire)
    }

    /// Reads from the medium; false when the file may be read as any other.
    pub(super) fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<bool> {
        if self.is_over() {
            return Ok(false);
        }
        let from = offset - offset % PAGE_BYTES;
        let skipped = in_memory(offset - from)?;
        let pages = match self.pages(from, skipped + out.len()) {
            // The file system lets nobody pass by.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return self.empty().map(|()| false);
            }
            pages => pages?,
        };
        // Fewer than were asked for: the file ends there, or its file system gave less than it has.
        // An ordinary read tells which.
        let Some(read) = pages.get(skipped..skipped + out.len()) else {
            return self.empty().map(|()| false);
        };
        out.copy_from_slice(read);
        Ok(true)
    }

    /// Writes to `file` pages that are whole, so that nothing cached is written back beside
    /// `bytes`; false when it may be written as any other.
    pub(super) fn write_at(&self, file: &File, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let end = offset + bytes.len() as u64;
        if self.is_over() || (offset.is_multiple_of(PAGE_BYTES) && end.is_multiple_of(PAGE_BYTES)) {
            return Ok(false);
        }
        let from = offset - offset % PAGE_BYTES;
        let held = end.next_multiple_of(PAGE_BYTES).min(file.metadata()?.len());
        let mut whole = vec![0; in_memory(held.max(end) - from)?];
        let kept = whole.get_mut(..in_memory(held.saturating_sub(from))?);
        if !self.read_at(from, kept.unwrap_or_default())? {
            return Ok(false);
        }
        let skipped = in_memory(offset - from)?;
        if let Some(place) = whole.get_mut(skipped..skipped + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        system::write_at(file, from, &whole)?;
        Ok(true)
    }

    /// At least `bytes` from the beginning of a page, or all there are.
    fn pages(&self, from: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let page = in_memory(PAGE_BYTES)?;
        let bytes = bytes.next_multiple_of(page);
        let mut room = vec![0; bytes + page];
        // The system reads into memory that begins as a page does.
        let begin = room.as_ptr().align_offset(page);
        let mut read = 0;
        while read < bytes {
            let place = room.get_mut(begin + read..begin + bytes);
            let place = place.ok_or(io::ErrorKind::OutOfMemory)?;
            let more = system::read_some(&self.direct, from + read as u64, place)?;
            read += more;
            // The file ends inside a page, or with one.
            if more == 0 || !more.is_multiple_of(page) {
                break;
            }
        }
        room.truncate(begin + read);
        Ok(room.split_off(begin))
    }
}

fn in_memory(bytes: u64) -> io::Result<usize> {
    usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// What devices read at least, on every system that lets somebody pass by.
const PAGE_BYTES: u64 = 4096;

#[cfg(all(test, target_os = "linux"))]
mod tests;
