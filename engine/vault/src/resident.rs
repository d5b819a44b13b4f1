//! Memory for the keys that stay: not in swap, not in a core dump, wiped before it is given back.
//!
//! For: the groves' keys of an open tree and the cache of its nodes, which live as long as the
//! store is open. Keys in use for one call, and opened plaintext, are on the heap and wiped after
//! it. The pages are mapped for this alone, so that locking and unlocking them concerns nothing
//! else. Where the system maps, locks or hides none, the bytes lie in plain memory and
//! [`Resident::is_locked`] says so; an engine that refused to run there would help nobody.

use zeroize::Zeroize;

/// Zeroed bytes of a fixed number.
pub(crate) struct Resident {
    room: Room,
    locked: bool,
}

enum Room {
    Pages(memmap2::MmapMut),
    Heap(Box<[u8]>),
}

impl Resident {
    pub(crate) fn new(count: usize) -> Self {
        let Ok(pages) = memmap2::MmapMut::map_anon(count) else {
            let room = Room::Heap(vec![0; count].into_boxed_slice());
            return Self {
                room,
                locked: false,
            };
        };
        #[cfg(unix)]
        let locked = pages.lock().is_ok();
        #[cfg(not(unix))]
        let locked = false;
        #[cfg(target_os = "linux")]
        // A system that knows no such advice writes no core dumps worth the name.
        let _ = pages.advise(memmap2::Advice::DontDump);
        Self {
            room: Room::Pages(pages),
            locked,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.room {
            Room::Pages(pages) => pages,
            Room::Heap(bytes) => bytes,
        }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.room {
            Room::Pages(pages) => pages,
            Room::Heap(bytes) => bytes,
        }
    }

    /// Whether the system keeps the bytes out of swap.
    pub(crate) const fn is_locked(&self) -> bool {
        self.locked
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        self.bytes_mut().zeroize();
    }
}

#[cfg(test)]
mod tests;
