//! A disk whose changes stay in memory: what lies below is only ever read.
//!
//! For: looking at a store that needs recovery, without touching what may be evidence. Not for:
//! large writes; every changed page is kept. Invariants: nothing of the disk below is written,
//! removed, renamed or synced; what was written here reads back, over what lies below.

use super::{Disk, DiskFile, OpenMode};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A disk over another, which it leaves as it is.
pub struct ShadowDisk {
    below: Arc<dyn Disk>,
    files: Mutex<BTreeMap<String, Option<Arc<Shadow>>>>,
}

impl ShadowDisk {
    /// A disk that begins as a picture of `below`.
    #[must_use]
    pub fn new(below: Arc<dyn Disk>) -> Self {
        Self {
            below,
            files: Mutex::default(),
        }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Option<Arc<Shadow>>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file as it is seen here; one that is only below is taken up.
    fn find(&self, name: &str) -> io::Result<Arc<Shadow>> {
        let mut files = self.files();
        match files.get(name) {
            Some(Some(file)) => return Ok(Arc::clone(file)),
            Some(None) => return Err(io::ErrorKind::NotFound.into()),
            None => {}
        }
        let below = self.below.open(name, OpenMode::Read)?;
        let length = below.length()?;
        let file = Arc::new(Shadow::new(Some(below), length));
        files.insert(name.to_owned(), Some(Arc::clone(&file)));
        Ok(file)
    }
}

impl Disk for ShadowDisk {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        match mode {
            OpenMode::Read | OpenMode::Write => Ok(self.find(name)?),
            OpenMode::CreateNew | OpenMode::CreatePrivate => match self.find(name) {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Err(_) => {
                    let file = Arc::new(Shadow::new(None, 0));
                    let kept = Arc::clone(&file);
                    self.files().insert(name.to_owned(), Some(kept));
                    Ok(file)
                }
            },
        }
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names: BTreeSet<String> = self.below.list(folder)?.into_iter().collect();
        for (name, file) in self.files().iter() {
            let (inside, own) = name.rsplit_once('/').unwrap_or(("", name.as_str()));
            if inside != folder {
                continue;
            }
            if file.is_some() {
                names.insert(own.to_owned());
            } else {
                names.remove(own);
            }
        }
        Ok(names.into_iter().collect())
    }

    fn create_folder(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match self.find(name) {
            Err(error) if !super::is_no_file(&error) => return Err(error),
            Ok(_) | Err(_) => {}
        }
        self.files().insert(name.to_owned(), None);
        Ok(())
    }

    fn remove_folder(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let file = self.find(from)?;
        let mut files = self.files();
        files.insert(from.to_owned(), None);
        files.insert(to.to_owned(), Some(file));
        Ok(())
    }

    fn sync_folder(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn drop_cache(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn lock_handle(&self, _: &str, _: OpenMode) -> io::Result<Option<File>> {
        Ok(None)
    }
}

struct Shadow {
    state: Mutex<State>,
}

struct State {
    below: Option<Arc<dyn DiskFile>>,
    /// Up to where the file below is still seen.
    below_length: u64,
    length: u64,
    pages: BTreeMap<u64, Vec<u8>>,
}

impl Shadow {
    fn new(below: Option<Arc<dyn DiskFile>>, length: u64) -> Self {
        let state = State {
            below,
            below_length: length,
            length,
            pages: BTreeMap::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Fills `out`, which lies within one page, from that page or from below.
    fn fill(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (page, within) = split(offset);
        if let Some(bytes) = self.pages.get(&page) {
            out.copy_from_slice(&bytes[within..within + out.len()]);
            return Ok(());
        }
        let seen = self.below_length.saturating_sub(offset);
        let seen = usize::try_from(seen).map_or(out.len(), |seen| seen.min(out.len()));
        let (from_below, behind) = out.split_at_mut(seen);
        behind.fill(0);
        match &self.below {
            Some(file) if !from_below.is_empty() => file.read_at(offset, from_below),
            Some(_) | None => Ok(()),
        }
    }
}

impl DiskFile for Shadow {
    fn length(&self) -> io::Result<u64> {
        Ok(self.state().length)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        if offset.saturating_add(out.len() as u64) > state.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut at = offset;
        let mut rest = out;
        while !rest.is_empty() {
            let here = rest.len().min(PAGE_BYTES - split(at).1);
            let (now, later) = rest.split_at_mut(here);
            state.fill(at, now)?;
            at += here as u64;
            rest = later;
        }
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (page, within) = split(at);
            let (now, later) = rest.split_at(rest.len().min(PAGE_BYTES - within));
            if !state.pages.contains_key(&page) {
                let mut old = vec![0; PAGE_BYTES];
                state.fill(page * PAGE_BYTES as u64, &mut old)?;
                state.pages.insert(page, old);
            }
            if let Some(held) = state.pages.get_mut(&page) {
                held[within..within + now.len()].copy_from_slice(now);
            }
            at += now.len() as u64;
            rest = later;
        }
        state.length = state.length.max(at);
        Ok(())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.state();
        if length < state.length {
            let (page, within) = split(length);
            state.below_length = state.below_length.min(length);
            state.pages.split_off(&(page + 1));
            if let Some(last) = state.pages.get_mut(&page) {
                last[within..].fill(0);
            }
        }
        state.length = length;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

fn split(offset: u64) -> (u64, usize) {
    let within = usize::try_from(offset % PAGE_BYTES as u64).unwrap_or(0);
    (offset / PAGE_BYTES as u64, within)
}

const PAGE_BYTES: usize = 4096;

#[cfg(test)]
mod tests;
