//! The decrypted arena: an anonymous mapping that is filled page by page and handed out in place.
//!
//! For: reading sealed files without copying. Not for: deciding what to decrypt (`sealed`) or
//! what to keep (`budget`). The one unsafe file of this crate. Invariants: a page is written
//! once, under the fill lock, before it is ready; a ready page is never written again; bytes are
//! handed out of ready pages only; the mapping is left out of core dumps, and wiped before it
//! goes back to the system.
#![expect(
    unsafe_code,
    reason = "an anonymous mapping that is filled in place and shared"
)]

use std::io;
use std::ops::{Deref, Range};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::directory::OwnedBytes;

/// Plaintext of one file, filled as it is read.
pub(crate) struct Arena {
    start: NonNull<u8>,
    length: usize,
    page_bytes: usize,
    ready: Box<[AtomicBool]>,
    filling: Mutex<()>,
    used: Arc<AtomicUsize>,
}

// SAFETY: the mapping belongs to this value alone; writes happen under `filling` to pages that
// are not ready, reads happen to ready pages, and readiness is published with release ordering.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// Reserves room for `length` bytes; memory is taken as pages are filled and counted in
    /// `used`.
    ///
    /// # Errors
    /// When the system has no address space to give.
    pub(crate) fn reserve(
        length: usize,
        page_bytes: usize,
        used: Arc<AtomicUsize>,
    ) -> io::Result<Arc<Self>> {
        let mapped = length.max(1);
        let start = map(mapped)?;
        let pages = length.div_ceil(page_bytes);
        Ok(Arc::new(Self {
            start,
            length,
            page_bytes,
            ready: (0..pages).map(|_| AtomicBool::new(false)).collect(),
            filling: Mutex::new(()),
            used,
        }))
    }

    /// The bytes of `range`; `fill` is called for each run of pages that is not there yet, with
    /// the number of its first page and the bytes to write.
    ///
    /// # Errors
    /// What `fill` gives, and a range outside the file.
    pub(crate) fn bytes(
        self: &Arc<Self>,
        range: Range<usize>,
        fill: &dyn Fn(usize, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if range.is_empty() {
            return Ok(OwnedBytes::empty());
        }
        let pages = range.start / self.page_bytes..range.end.div_ceil(self.page_bytes);
        if !self.are_ready(pages.clone()) {
            self.fill(pages, fill)?;
        }
        Ok(OwnedBytes::new(View {
            arena: Arc::clone(self),
            range,
        }))
    }

    fn are_ready(&self, pages: Range<usize>) -> bool {
        self.ready[pages]
            .iter()
            .all(|ready| ready.load(Ordering::Acquire))
    }

    fn fill(
        &self,
        pages: Range<usize>,
        fill: &dyn Fn(usize, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let _filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        let mut first = pages.start;
        while first < pages.end {
            if self.are_ready(first..first + 1) {
                first += 1;
                continue;
            }
            let mut last = first + 1;
            while last < pages.end && last - first < RUN_PAGES && !self.are_ready(last..last + 1) {
                last += 1;
            }
            let from = first * self.page_bytes;
            let bytes = (last * self.page_bytes).min(self.length) - from;
            // SAFETY: `from` lies inside the mapping.
            let start = unsafe { self.start.add(from) };
            // SAFETY: the range lies inside the mapping; its pages are not ready, so nobody
            // reads them, and the lock is held, so nobody else writes them.
            let out = unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), bytes) };
            fill(first, out)?;
            for ready in &self.ready[first..last] {
                ready.store(true, Ordering::Release);
            }
            self.used.fetch_add(bytes, Ordering::Relaxed);
            first = last;
        }
        Ok(())
    }

    fn page_length(&self, page: usize) -> usize {
        ((page + 1) * self.page_bytes).min(self.length) - page * self.page_bytes
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let mut freed = 0;
        for page in 0..self.ready.len() {
            if !self.ready[page].load(Ordering::Acquire) {
                continue;
            }
            let length = self.page_length(page);
            // SAFETY: the page lies inside the mapping.
            let start = unsafe { self.start.add(page * self.page_bytes) };
            // SAFETY: nobody else holds this arena any more.
            let bytes = unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), length) };
            zeroize::Zeroize::zeroize(bytes);
            freed += length;
        }
        self.used.fetch_sub(freed, Ordering::Relaxed);
        // SAFETY: the mapping was made by `reserve` with this length and is not used again.
        unsafe { unmap(self.start, self.length.max(1)) };
    }
}

/// Zeroes that take memory as they are written.
#[cfg(unix)]
fn map(length: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: a fresh private anonymous mapping; no address is asked for and no file given.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    #[cfg(target_os = "linux")]
    // SAFETY: the range is the mapping just made; the advice changes no content.
    unsafe {
        libc::madvise(start, length, libc::MADV_DONTDUMP)
    };
    Ok(NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?)
}

/// Gives a mapping back.
///
/// # Safety
/// [`map`] made it with this length, and nothing uses it.
#[cfg(unix)]
unsafe fn unmap(start: NonNull<u8>, length: usize) {
    // SAFETY: the caller's promise is this function's own.
    unsafe { libc::munmap(start.as_ptr().cast(), length) };
}

/// Zeroes; whether they take memory before they are written is the allocator's to know.
#[cfg(not(unix))]
fn map(length: usize) -> io::Result<NonNull<u8>> {
    let layout = std::alloc::Layout::array::<u64>(length.div_ceil(8));
    let layout = layout.map_err(|_| io::ErrorKind::OutOfMemory)?;
    // SAFETY: a mapping has one byte at least.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    Ok(NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?)
}

/// Gives a mapping back.
///
/// # Safety
/// [`map`] made it with this length, and nothing uses it.
#[cfg(not(unix))]
unsafe fn unmap(start: NonNull<u8>, length: usize) {
    if let Ok(layout) = std::alloc::Layout::array::<u64>(length.div_ceil(8)) {
        // SAFETY: the caller's promise; the layout is that of `map`.
        unsafe { std::alloc::dealloc(start.as_ptr(), layout) };
    }
}

/// A range of an arena whose pages are ready.
struct View {
    arena: Arc<Arena>,
    range: Range<usize>,
}

impl Deref for View {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `Arena::bytes` checked that the range lies inside the mapping.
        let start = unsafe { self.arena.start.add(self.range.start) };
        // SAFETY: its pages are ready, so they are never written again, and the arena lives as
        // long as this view.
        unsafe { std::slice::from_raw_parts(start.as_ptr(), self.range.len()) }
    }
}

// SAFETY: the bytes lie in the mapping, which does not move when the view does.
unsafe impl stable_deref_trait::StableDeref for View {}

/// Most pages read and decrypted in one go.
const RUN_PAGES: usize = 256;

#[cfg(test)]
mod tests;
