//! The bytes of one file of the faulty disk.
//!
//! For: copying a whole disk at the cost of its list of pages. Not for: what is durable.
//! Invariants: copies share pages until one of them writes; bytes past the end of the last page's
//! used part are zero.

use std::sync::Arc;

/// A file's bytes, in pages that copies share.
#[derive(Clone, Default)]
pub(super) struct Image {
    pages: Vec<Arc<[u8; PAGE_BYTES]>>,
    length: usize,
}

impl Image {
    /// How many bytes the file holds.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Fills `out` from `offset`; `None` when the file ends before.
    pub(super) fn read(&self, offset: usize, out: &mut [u8]) -> Option<()> {
        let end = offset.checked_add(out.len())?;
        if end > self.length {
            return None;
        }
        let mut rest = out;
        let mut at = offset;
        while !rest.is_empty() {
            let page = self.pages.get(at / PAGE_BYTES)?.get(at % PAGE_BYTES..)?;
            let taken = page.len().min(rest.len());
            let (now, later) = rest.split_at_mut(taken);
            now.copy_from_slice(page.get(..taken)?);
            rest = later;
            at += taken;
        }
        Some(())
    }

    /// Writes at `offset`; the file grows as needed.
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset.saturating_add(bytes.len());
        if end > self.length {
            self.set_length(end);
        }
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let Some(page) = self.pages.get_mut(at / PAGE_BYTES) else {
                return;
            };
            let page = &mut Arc::make_mut(page)[at % PAGE_BYTES..];
            let (now, later) = rest.split_at(page.len().min(rest.len()));
            page[..now.len()].copy_from_slice(now);
            rest = later;
            at += now.len();
        }
    }

    /// Cuts the file, or makes it longer with zeroes.
    pub(super) fn set_length(&mut self, length: usize) {
        let pages = length.div_ceil(PAGE_BYTES);
        if length < self.length {
            self.pages.truncate(pages);
            if let Some(last) = self.pages.last_mut()
                && !length.is_multiple_of(PAGE_BYTES)
            {
                Arc::make_mut(last)[length % PAGE_BYTES..].fill(0);
            }
        } else if pages > self.pages.len() {
            self.pages.resize(pages, Arc::new([0; PAGE_BYTES]));
        }
        self.length = length;
    }
}

const PAGE_BYTES: usize = 4096;

#[cfg(test)]
mod tests;
