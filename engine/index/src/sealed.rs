//! A sealed file: an immutable file of encrypted pages, read lazily, written once.
//!
//! ```text
//! header (40) | pages (4096 each, the last shorter) | tag (16) of each page | trailer (24)
//! trailer = plaintext length u64 LE, sealed as page u64::MAX, | its tag (16)
//! ```
//! See `docs/format.md`; `vault::file` tells what the header and the tags are. Invariants: the
//! length is believed only after its tag was checked and it agrees with the file's size; a page
//! is handed out only after its tag was checked; whatever is wrong names the file. The digest of
//! all its bytes stands in the manifest, for those who have no key.

use crate::arena::Arena;
use crate::budget::{Budget, Keeper};
use base::Digest;
use base::disk::DiskFile;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::HasLen;
use tantivy::directory::{AntiCallToken, FileHandle, OwnedBytes, TerminatingWrite};
use thiserror::Error;
use vault::{
    FILE_HEADER_BYTES, FileCipher, PAGE_BYTES, PageKind, RunHasher, SegmentKey, TAG_BYTES,
};

/// Rides inside an `io::Error` through tantivy and back: which file is damaged.
#[derive(Clone, Debug, Error)]
#[error("the index file {file} is damaged")]
pub(crate) struct DamagedFile {
    /// Name of the file in the index directory.
    pub(crate) file: String,
}

/// A sealed file, open for reading.
pub(crate) struct SealedFile {
    name: String,
    file: Arc<dyn DiskFile>,
    cipher: FileCipher,
    length: usize,
    tags: Vec<u8>,
    arena: Mutex<Option<Arc<Arena>>>,
    touched: AtomicU64,
    budget: Arc<Budget>,
}

impl SealedFile {
    /// Opens a file of a segment and checks header, trailer and size.
    pub(crate) fn open(
        file: Arc<dyn DiskFile>,
        name: &str,
        key: &SegmentKey,
        budget: &Arc<Budget>,
    ) -> io::Result<Arc<Self>> {
        let damaged = || damage(name);
        let size = file.length()?;
        let size = usize::try_from(size).map_err(|_| damaged())?;
        let overhead = FILE_HEADER_BYTES + TRAILER_BYTES;
        let body = size.checked_sub(overhead).ok_or_else(damaged)?;
        let mut header = [0; FILE_HEADER_BYTES];
        file.read_at(0, &mut header)?;
        let cipher = key.open_file(name, &header).map_err(|_| damaged())?;
        let mut trailer = [0; TRAILER_BYTES];
        file.read_at(number(size - TRAILER_BYTES), &mut trailer)?;
        let told = open_trailer(&cipher, &trailer).ok_or_else(damaged)?;
        let length = trailer_length(told, body).ok_or_else(damaged)?;
        let pages = length.div_ceil(PAGE_BYTES);
        let mut tags = vec![0; pages * TAG_BYTES];
        file.read_at(number(FILE_HEADER_BYTES + length), &mut tags)?;
        let sealed = Arc::new(Self {
            name: name.to_owned(),
            file,
            cipher,
            length,
            tags,
            arena: Mutex::new(None),
            touched: AtomicU64::new(0),
            budget: Arc::clone(budget),
        });
        let keeper: Arc<dyn Keeper> = Arc::<Self>::clone(&sealed);
        budget.add(&keeper);
        Ok(sealed)
    }

    /// Reads every page past the arena and checks its tag.
    pub(crate) fn verify(&self) -> io::Result<()> {
        let mut buffer = zeroize::Zeroizing::new(vec![0; PAGE_BYTES * VERIFY_PAGES]);
        let mut page = 0;
        while page * PAGE_BYTES < self.length {
            let bytes = buffer.len().min(self.length - page * PAGE_BYTES);
            self.read_pages(page, &mut buffer[..bytes])?;
            page += VERIFY_PAGES;
        }
        Ok(())
    }

    fn arena(&self) -> io::Result<Arc<Arena>> {
        let mut held = self.arena.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arena) = held.as_ref() {
            return Ok(Arc::clone(arena));
        }
        let arena = Arena::reserve(self.length, PAGE_BYTES, self.used())?;
        *held = Some(Arc::clone(&arena));
        Ok(arena)
    }

    /// The counter of decrypted bytes it is under.
    pub(crate) fn used(&self) -> Arc<AtomicUsize> {
        self.budget.used()
    }

    /// Reads and decrypts whole pages from `first` on.
    pub(crate) fn read_pages(&self, first: usize, out: &mut [u8]) -> io::Result<()> {
        self.file
            .read_at(number(FILE_HEADER_BYTES + first * PAGE_BYTES), out)
            .map_err(|failed| {
                let cut = failed.kind() == io::ErrorKind::UnexpectedEof;
                if cut { damage(&self.name) } else { failed }
            })?;
        let last = self.length.div_ceil(PAGE_BYTES).saturating_sub(1);
        for (page, bytes) in (first..).zip(out.chunks_mut(PAGE_BYTES)) {
            let kind = if page == last {
                PageKind::Last
            } else {
                PageKind::Inner
            };
            let tag = self
                .tags
                .get(page * TAG_BYTES..)
                .and_then(|rest| rest.first_chunk());
            let tag = tag.ok_or_else(|| damage(&self.name))?;
            self.cipher
                .open_page(number(page), kind, bytes, tag)
                .map_err(|_| damage(&self.name))?;
        }
        Ok(())
    }
}

impl Keeper for SealedFile {
    fn touched(&self) -> u64 {
        self.touched.load(Ordering::Relaxed)
    }

    fn evict(&self) {
        let mut held = self.arena.lock().unwrap_or_else(PoisonError::into_inner);
        if held
            .as_ref()
            .is_some_and(|arena| Arc::strong_count(arena) == 1)
        {
            held.take();
        }
    }
}

impl std::fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedFile({})", self.name)
    }
}

impl HasLen for SealedFile {
    fn len(&self) -> usize {
        self.length
    }
}

impl FileHandle for SealedFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.touched.store(self.budget.tick(), Ordering::Relaxed);
        let arena = self.arena()?;
        let bytes = arena.bytes(range, &|first, out| self.read_pages(first, out))?;
        drop(arena);
        self.budget.settle();
        Ok(bytes)
    }
}

/// Writes a sealed file; it is whole and synced once terminated.
pub(crate) struct SealedWriter {
    file: Arc<dyn DiskFile>,
    cipher: FileCipher,
    pending: zeroize::Zeroizing<Vec<u8>>,
    tags: Vec<u8>,
    page: u64,
    length: u64,
    written: u64,
    digest: RunHasher,
    told: Box<dyn FnOnce(Digest) + Send + Sync>,
}

impl SealedWriter {
    /// Begins a file; `told` hears the digest of its bytes when it is whole.
    pub(crate) fn create(
        file: Arc<dyn DiskFile>,
        name: &str,
        key: &SegmentKey,
        entropy: &dyn base::Entropy,
        told: Box<dyn FnOnce(Digest) + Send + Sync>,
    ) -> io::Result<Self> {
        let (header, cipher) = key.create_file(name, entropy).map_err(io::Error::other)?;
        file.write_at(0, &header)?;
        let mut digest = RunHasher::new(FILE_DOMAIN);
        digest.more(&header);
        Ok(Self {
            digest,
            told,
            file,
            cipher,
            pending: zeroize::Zeroizing::new(Vec::with_capacity(WRITE_BYTES + PAGE_BYTES)),
            tags: Vec::new(),
            page: 0,
            length: 0,
            written: number(header.len()),
        })
    }

    /// Seals whole pages; the last is kept back until it is known to be the last.
    fn seal_pages(&mut self, kind: PageKind) -> io::Result<()> {
        let whole = match kind {
            PageKind::Inner => self.pending.len().saturating_sub(1) / PAGE_BYTES * PAGE_BYTES,
            PageKind::Last => self.pending.len(),
        };
        let pages = whole.div_ceil(PAGE_BYTES);
        for (index, bytes) in self.pending[..whole].chunks_mut(PAGE_BYTES).enumerate() {
            let is_last = kind == PageKind::Last && index + 1 == pages;
            let page_kind = if is_last {
                PageKind::Last
            } else {
                PageKind::Inner
            };
            let tag = self.cipher.seal_page(self.page, page_kind, bytes);
            self.tags.extend_from_slice(&tag);
            self.page += 1;
        }
        self.file.write_at(self.written, &self.pending[..whole])?;
        self.digest.more(&self.pending[..whole]);
        self.written += number(whole);
        self.pending.drain(..whole);
        Ok(())
    }
}

impl Write for SealedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(WRITE_BYTES);
        self.pending.extend_from_slice(&bytes[..taken]);
        self.length += number(taken);
        if self.pending.len() > WRITE_BYTES {
            self.seal_pages(PageKind::Inner)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for SealedWriter {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.seal_pages(PageKind::Last)?;
        let mut end = std::mem::take(&mut self.tags);
        let mut length = self.length.to_le_bytes();
        let tag = self.cipher.seal_page(u64::MAX, PageKind::Last, &mut length);
        end.extend_from_slice(&length);
        end.extend_from_slice(&tag);
        self.file.write_at(self.written, &end)?;
        self.file.sync()?;
        self.digest.more(&end);
        let told = std::mem::replace(&mut self.told, Box::new(|_| {}));
        told(self.digest.finish());
        Ok(())
    }
}

/// The digest of a file's bytes as they lie, and how many there are; no key is needed.
pub(crate) fn digest_of(file: &dyn DiskFile) -> io::Result<(Digest, u64)> {
    let (mut digest, size) = (RunHasher::new(FILE_DOMAIN), file.length()?);
    let mut buffer = vec![0; DIGEST_BYTES];
    let mut at = 0;
    while at < size {
        let count = usize::try_from(size - at).map_or(DIGEST_BYTES, |left| left.min(DIGEST_BYTES));
        file.read_at(at, &mut buffer[..count])?;
        digest.more(&buffer[..count]);
        at += number(count);
    }
    Ok((digest.finish(), size))
}

fn open_trailer(cipher: &FileCipher, trailer: &[u8; TRAILER_BYTES]) -> Option<u64> {
    let (length, tag) = trailer.split_first_chunk::<LENGTH_BYTES>()?;
    let mut length = *length;
    let tag = tag.first_chunk::<TAG_BYTES>()?;
    cipher
        .open_page(u64::MAX, PageKind::Last, &mut length, tag)
        .ok()?;
    Some(u64::from_le_bytes(length))
}

/// The plaintext length a trailer tells, if pages and tags of it take exactly `body` bytes.
pub(crate) fn trailer_length(told: u64, body: usize) -> Option<usize> {
    let length = usize::try_from(told).ok()?;
    let tags = length.div_ceil(PAGE_BYTES).checked_mul(TAG_BYTES)?;
    (length.checked_add(tags)? == body).then_some(length)
}

/// The error that a file is not what was written.
pub(crate) fn damage(name: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        DamagedFile {
            file: name.to_owned(),
        },
    )
}

fn number(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX)
}

const LENGTH_BYTES: usize = 8;
const TRAILER_BYTES: usize = LENGTH_BYTES + TAG_BYTES;
const WRITE_BYTES: usize = 64 << 10;
const VERIFY_PAGES: usize = 64;
const DIGEST_BYTES: usize = 1 << 20;
const FILE_DOMAIN: &str = "liasse index file v1";

#[cfg(test)]
mod tests;
