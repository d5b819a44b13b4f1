//! A sealed file that is read once, from front to back, through a window.
//!
//! For: the sources of a merge, which would else be in memory whole, and push out what is searched
//! for. Not for: searches. Invariants: besides what its reader holds, one window of it is in
//! memory, wiped when the next takes its place; a page is handed out only after its tag was
//! checked.

use crate::arena::Arena;
use crate::sealed::SealedFile;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::HasLen;
use tantivy::directory::{FileHandle, OwnedBytes};
use vault::PAGE_BYTES;

/// A file, and the part of it that is in memory.
pub(crate) struct PassingFile {
    file: Arc<SealedFile>,
    window: Mutex<Option<Window>>,
}

#[derive(Clone)]
struct Window {
    range: Range<usize>,
    pages: Arc<Arena>,
}

impl PassingFile {
    pub(crate) fn new(file: Arc<SealedFile>) -> Arc<Self> {
        Arc::new(Self {
            file,
            window: Mutex::new(None),
        })
    }

    /// The window that holds these bytes, or one that begins with them.
    fn around(&self, wanted: &Range<usize>) -> io::Result<Window> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = window.as_ref()
            && open.range.start <= wanted.start
            && wanted.end <= open.range.end
        {
            return Ok(open.clone());
        }
        window.take();
        let start = wanted.start / PAGE_BYTES * PAGE_BYTES;
        let end = wanted.end.max(start + WINDOW_BYTES).min(self.file.len());
        let range = start..end.next_multiple_of(PAGE_BYTES).min(self.file.len());
        let pages = Arena::reserve(range.len(), PAGE_BYTES, self.file.used())?;
        let open = Window { range, pages };
        *window = Some(open.clone());
        Ok(open)
    }
}

impl std::fmt::Debug for PassingFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.file.fmt(f)
    }
}

impl HasLen for PassingFile {
    fn len(&self) -> usize {
        self.file.len()
    }
}

impl FileHandle for PassingFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.file.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let open = self.around(&range)?;
        let first = open.range.start / PAGE_BYTES;
        let fill = |page, out: &mut [u8]| self.file.read_pages(first + page, out);
        open.pages.bytes(0..open.range.len(), &fill)?;
        let (start, end) = (range.start - open.range.start, range.end - open.range.start);
        open.pages.bytes(start..end, &fill)
    }
}

/// Bytes of a file in memory at once.
const WINDOW_BYTES: usize = 256 << 10;

#[cfg(test)]
mod tests;
