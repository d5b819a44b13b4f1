//! A disk in memory that can lose power, fail, fill up, flip bits and give back stale pages.
//!
//! For: tests and the simulator. Not for: keeping anything.
//! Invariants: bytes are durable after a sync of their file, names after a sync of their folder;
//! what is pending at a power cut is kept, lost or torn at 512-byte sectors, each write for
//! itself; a write that finds no space has written what fitted; in each folder names are kept in
//! the order they were changed, one folder says nothing of another.

mod image;
mod state;

use super::{Disk, DiskFile, OpenMode};
use state::{Event, Kind, Of, Recording, State, not_found, small};
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A faulty disk in memory; clones share it.
#[derive(Clone, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

/// What goes wrong, and when; operations that change the disk are counted from 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct FaultPlan {
    /// This operation, if it is a sync, fails, and what it should have made durable never is.
    pub sync_fails_at: Option<u64>,
    /// This operation, if it is a write or a change of length, finds no space.
    pub full_at: Option<u64>,
    /// This operation, if it is a sync, finds no space for what the system had put off writing,
    /// and what it should have made durable never is.
    pub sync_full_at: Option<u64>,
    /// This operation fails with an input/output error.
    pub broken_at: Option<u64>,
    /// This read, counted apart from 1, fails with an input/output error.
    pub unread_at: Option<u64>,
    /// From this operation on, no write or change of length finds space.
    pub full_from: Option<u64>,
    /// How many bytes all files together may hold.
    pub capacity: Option<u64>,
    /// Every operation that would change the disk fails: what a killed process would still do.
    pub dead: bool,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touch {
    /// Makes, removes or renames a file or a folder.
    Name,
    /// Writes, or changes a length.
    Write,
    /// Makes durable.
    Sync,
    /// Reads.
    Read,
}

/// An operation that the plan made fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// What it was to do.
    pub touch: Touch,
    /// The file or folder; empty for the first folder, and for a file that has no name any more.
    pub name: String,
}

/// What a power cut leaves of the writes that no sync had made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// None of them.
    KeepNothing,
    /// All of them.
    KeepAll,
    /// Each is kept, lost or torn as this seed decides.
    Seeded(u64),
}

/// A recording played again, event by event.
pub struct Replay {
    state: State,
    events: Vec<Event>,
    played: usize,
    mark: Option<u64>,
}

impl Replay {
    /// Plays until the first `events` of the recording are done; never backwards.
    pub fn advance(&mut self, events: usize) {
        for event in self.events.iter().take(events).skip(self.played) {
            if let Event::Mark(seen) = event {
                self.mark = self.mark.max(Some(*seen));
            }
            self.state.replay(event);
        }
        self.played = self.played.max(events.min(self.events.len()));
    }

    /// How many changes no sync has made durable yet.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.state.pending.len()
    }

    /// The largest mark that was played.
    #[must_use]
    pub const fn mark(&self) -> Option<u64> {
        self.mark
    }

    /// The disk after a power cut here.
    #[must_use]
    pub fn power_cut(&self, crash: Crash) -> FaultyDisk {
        FaultyDisk::of(self.state.after_power_cut(crash))
    }
}

impl FaultyDisk {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn of(state: State) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Sets what goes wrong from now on; counting starts again at 1.
    pub fn set_plan(&self, plan: FaultPlan) {
        let mut state = self.lock();
        state.plan = plan;
        state.touches.clear();
        state.reads = 0;
        state.strike = None;
    }

    /// How many operations changed the disk since the plan was set.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock().operations()
    }

    /// What each of them was to do, in order.
    #[must_use]
    pub fn touches(&self) -> Vec<Touch> {
        self.lock().touches.clone()
    }

    /// How many reads there were since the plan was set.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.lock().reads
    }

    /// The first operation that failed by the plan since it was set.
    #[must_use]
    pub fn strike(&self) -> Option<Strike> {
        self.lock().strike.clone()
    }

    /// Starts to record every operation, from what is durable now.
    pub fn start_recording(&self) {
        let mut state = self.lock();
        state.settle();
        let base = (state.files.clone(), state.names.clone());
        state.recording = Some(Recording {
            base,
            events: Vec::new(),
        });
    }

    /// Writes a mark into the recording, for example "commit 3 was acknowledged".
    pub fn mark(&self, mark: u64) {
        self.lock().record(Event::Mark(mark));
    }

    /// How many events are recorded.
    #[must_use]
    pub fn events(&self) -> usize {
        let state = self.lock();
        state.recording.as_ref().map_or(0, |rec| rec.events.len())
    }

    /// The recording so far, to be played from its beginning.
    #[must_use]
    pub fn replay(&self) -> Replay {
        let state = self.lock();
        let mut played = State::default();
        let mut events = Vec::new();
        if let Some(recording) = &state.recording {
            (played.files, played.names) = recording.base.clone();
            played.durable_names = played.names.clone();
            events.clone_from(&recording.events);
        }
        Replay {
            state: played,
            events,
            played: 0,
            mark: None,
        }
    }

    /// The disk after a power cut behind the first `events` recorded events, and the largest
    /// mark before it.
    #[must_use]
    pub fn after_power_cut(&self, events: usize, crash: Crash) -> (Self, Option<u64>) {
        let mut replay = self.replay();
        replay.advance(events);
        (replay.power_cut(crash), replay.mark())
    }

    /// A copy of the disk as its files are now, durable and without faults.
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = self.lock();
        let mut copy = State {
            files: state.files.clone(),
            names: state.names.clone(),
            ..State::default()
        };
        copy.settle();
        Self::of(copy)
    }

    /// Flips one bit of the file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such file or byte.
    pub fn flip(&self, name: &str, byte: u64, bit: u8) -> io::Result<()> {
        let mut held = [0];
        self.open(name, OpenMode::Read)?.read_at(byte, &mut held)?;
        self.put(name, byte, &[held[0] ^ (1 << (bit % 8))])
    }

    /// Gives a part of the file the bytes that it had on `older`: a write that never reached
    /// the medium. Tells whether that changed anything.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] or [`io::ErrorKind::UnexpectedEof`] when one of the two
    /// disks has no such file or bytes.
    pub fn make_stale(&self, older: &Self, name: &str, at: u64, bytes: usize) -> io::Result<bool> {
        let (mut before, mut now) = (vec![0; bytes], vec![0; bytes]);
        older.open(name, OpenMode::Read)?.read_at(at, &mut before)?;
        self.open(name, OpenMode::Read)?.read_at(at, &mut now)?;
        self.put(name, at, &before)?;
        Ok(before != now)
    }

    /// The files' names and lengths, in order.
    #[must_use]
    pub fn files(&self) -> Vec<(String, u64)> {
        let state = self.lock();
        let names = state.names.files.iter();
        names
            .map(|(name, inode)| (name.clone(), state.length(*inode)))
            .collect()
    }

    /// Alters a file behind everybody's back.
    fn put(&self, name: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.lock();
        let inode = state.inode(name)?;
        let file = state.files.get_mut(&inode).ok_or_else(not_found)?;
        file.current.write(small(at), bytes);
        file.durable = file.current.clone();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for FaultyDisk {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.lock();
        let inode = match mode {
            OpenMode::CreateNew | OpenMode::CreatePrivate => {
                state.names.check_free(name)?;
                state.change(Kind::Name, Of::Name(name))?;
                let inode = state.next_inode();
                state.apply(Event::Create(name.to_string(), inode));
                inode
            }
            OpenMode::Read | OpenMode::Write => state.inode(name)?,
        };
        Ok(Arc::new(FaultyFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let state = self.lock();
        if state.names.has_folder(folder) {
            Ok(state.names.inside(folder))
        } else {
            Err(not_found())
        }
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        let mut state = self.lock();
        let ends = folder.match_indices('/').map(|(at, _)| at);
        for end in ends.chain([folder.len()]) {
            let part = &folder[..end];
            if !state.names.has_folder(part) {
                state.names.check_free(part)?;
                state.change(Kind::Name, Of::Name(part))?;
                state.apply(Event::CreateFolder(part.to_string()));
            }
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.inode(name)?;
        state.change(Kind::Name, Of::Name(name))?;
        state.apply(Event::Remove(name.to_string()));
        Ok(())
    }

    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        let mut state = self.lock();
        if !state.names.folders.contains(folder) {
            return Err(not_found());
        }
        if !state.names.inside(folder).is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        state.change(Kind::Name, Of::Name(folder))?;
        state.apply(Event::RemoveFolder(folder.to_string()));
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.inode(from)?;
        state.change(Kind::Name, Of::Name(to))?;
        state.apply(Event::Rename(from.to_string(), to.to_string()));
        Ok(())
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let mut state = self.lock();
        if !state.names.has_folder(folder) {
            return Err(not_found());
        }
        state.change(Kind::Sync, Of::Name(folder))?;
        state.apply(Event::SyncNames(folder.to_string()));
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let state = self.lock();
        let capacity = state.plan.capacity.unwrap_or(u64::MAX);
        Ok(capacity.saturating_sub(state.used()))
    }

    fn drop_cache(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        let inode = state.inode(name)?;
        let mut fresh = state.file(inode)?.durable.clone();
        for op in state.pending.iter().filter(|op| op.is_of(inode)) {
            op.apply_to(&mut fresh, None);
        }
        if let Some(file) = state.files.get_mut(&inode) {
            file.current = fresh;
        }
        Ok(())
    }

    fn lock_handle(&self, _name: &str, _mode: OpenMode) -> io::Result<Option<File>> {
        Ok(None)
    }
}

struct FaultyFile {
    disk: FaultyDisk,
    inode: u64,
}

impl DiskFile for FaultyFile {
    fn length(&self) -> io::Result<u64> {
        let state = self.disk.lock();
        Ok(state.file(self.inode)?.current.length() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.reading(self.inode)?;
        let read = state.file(self.inode)?.current.read(small(offset), out);
        read.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        let length = state.length(self.inode);
        let end = offset.saturating_add(bytes.len() as u64);
        let more = end.saturating_sub(length);
        let changed = state.change(Kind::Grow(more), Of::File(self.inode));
        let written = match &changed {
            Ok(()) => bytes,
            Err(error) => {
                let before = small(length.saturating_sub(offset)).min(bytes.len());
                &bytes[..state.fitting(error, before, bytes.len())]
            }
        };
        if !written.is_empty() {
            state.apply(Event::Write(self.inode, offset, Arc::from(written)));
        }
        changed
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.lock();
        let before = state.length(self.inode);
        let more = length.saturating_sub(before);
        state.change(Kind::Grow(more), Of::File(self.inode))?;
        state.apply(Event::Length(self.inode, length));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.lock();
        let changed = state.change(Kind::Sync, Of::File(self.inode));
        let event = match changed {
            Ok(()) => Event::Sync(self.inode),
            Err(_) => Event::SyncLost(self.inode),
        };
        state.apply(event);
        changed
    }
}

#[cfg(test)]
mod tests;
