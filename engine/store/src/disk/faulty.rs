//! A disk in memory that can lose power, fail, fill up and flip bits.
//!
//! For: tests of this room and the simulator. Not for: keeping anything.
//! Invariants: bytes are durable after a sync of their file and names after a sync of their
//! folder; what is pending at a power cut is kept, lost or torn at 512-byte sectors, each write
//! for itself; names are kept in the order they were changed, as journalling file systems do.

use super::{Disk, DiskFile, OpenMode};
use std::collections::BTreeMap;
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
    /// This operation fails with an input/output error.
    pub broken_at: Option<u64>,
    /// How many bytes all files together may hold.
    pub capacity: Option<u64>,
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

impl FaultyDisk {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what goes wrong from now on; counting starts again at 1.
    pub fn set_plan(&self, plan: FaultPlan) {
        let mut state = self.lock();
        state.plan = plan;
        state.operations = 0;
    }

    /// How many operations changed the disk since the plan was set.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock().operations
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

    /// The disk after a power cut behind the first `events` recorded events, and the largest
    /// mark before it.
    #[must_use]
    pub fn after_power_cut(&self, events: usize, crash: Crash) -> (Self, Option<u64>) {
        let state = self.lock();
        let mut after = State::default();
        let mut mark = None;
        if let Some(recording) = &state.recording {
            (after.files, after.names) = recording.base.clone();
            after.durable_names.clone_from(&after.names);
            for event in recording.events.iter().take(events) {
                if let Event::Mark(seen) = event {
                    mark = mark.max(Some(*seen));
                }
                after.replay(event);
            }
        }
        after.cut_power(crash);
        let disk = Self {
            state: Arc::new(Mutex::new(after)),
        };
        (disk, mark)
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
        Self {
            state: Arc::new(Mutex::new(copy)),
        }
    }

    /// Flips one bit of the file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such file or byte.
    pub fn flip(&self, name: &str, byte: u64, bit: u8) -> io::Result<()> {
        let mut state = self.lock();
        let inode = state.inode(name)?;
        let at = usize::try_from(byte).map_err(|_| not_found())?;
        let data = state.files.get_mut(&inode).ok_or_else(not_found)?;
        let current = Arc::make_mut(&mut data.current);
        *current.get_mut(at).ok_or_else(not_found)? ^= 1 << (bit % 8);
        data.durable = Arc::clone(&data.current);
        Ok(())
    }

    /// The files' names and lengths, in order.
    #[must_use]
    pub fn files(&self) -> Vec<(String, u64)> {
        let state = self.lock();
        let length = |inode| state.files.get(inode).map_or(0, |file| file.current.len());
        state
            .names
            .iter()
            .map(|(name, inode)| (name.clone(), length(inode) as u64))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for FaultyDisk {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.lock();
        let inode = match (mode, state.names.get(name).copied()) {
            (OpenMode::CreateNew, Some(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (OpenMode::CreateNew, None) => {
                state.change(Kind::Name)?;
                let inode = state.next_inode();
                state.apply(Event::Create(name.to_string(), inode));
                inode
            }
            (OpenMode::Read | OpenMode::Write, Some(inode)) => inode,
            (OpenMode::Read | OpenMode::Write, None) => return Err(not_found()),
        };
        Ok(Arc::new(FaultyFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let state = self.lock();
        let inside = state.names.keys().filter_map(|name| {
            let rest = name.strip_prefix(&prefix)?;
            Some(rest.split('/').next().unwrap_or(rest).to_string())
        });
        let mut names: Vec<_> = inside.collect();
        names.dedup();
        Ok(names)
    }

    fn create_folder(&self, _folder: &str) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.inode(name)?;
        state.change(Kind::Name)?;
        state.apply(Event::Remove(name.to_string()));
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.inode(from)?;
        state.change(Kind::Name)?;
        state.apply(Event::Rename(from.to_string(), to.to_string()));
        Ok(())
    }

    fn sync_folder(&self, _folder: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.change(Kind::Sync)?;
        state.apply(Event::SyncNames);
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
        let pending: Vec<_> = state.pending.iter().filter(|op| op.is_of(inode)).collect();
        let mut fresh = state
            .files
            .get(&inode)
            .map(|file| Arc::clone(&file.durable))
            .unwrap_or_default();
        for op in pending {
            op.apply_to(Arc::make_mut(&mut fresh), None);
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
        let file = state.files.get(&self.inode).ok_or_else(not_found)?;
        Ok(file.current.len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.disk.lock();
        let file = state.files.get(&self.inode).ok_or_else(not_found)?;
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let bytes = file.current.get(start..).unwrap_or_default();
        let bytes = bytes.get(..out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        let length = state.length(self.inode);
        let end = offset.saturating_add(bytes.len() as u64);
        state.change(Kind::Grow(end.saturating_sub(length)))?;
        let data = Arc::from(bytes);
        state.apply(Event::Write(self.inode, offset, data));
        Ok(())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.lock();
        let before = state.length(self.inode);
        state.change(Kind::Grow(length.saturating_sub(before)))?;
        state.apply(Event::Length(self.inode, length));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.lock();
        let changed = state.change(Kind::Sync);
        if changed.is_err() {
            state.apply(Event::SyncLost(self.inode));
            return changed;
        }
        state.apply(Event::Sync(self.inode));
        Ok(())
    }
}

#[derive(Default)]
struct State {
    files: BTreeMap<u64, Image>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    pending: Vec<Event>,
    plan: FaultPlan,
    operations: u64,
    recording: Option<Recording>,
}

#[derive(Clone, Default)]
struct Image {
    current: Arc<Vec<u8>>,
    durable: Arc<Vec<u8>>,
}

struct Recording {
    base: (BTreeMap<u64, Image>, BTreeMap<String, u64>),
    events: Vec<Event>,
}

#[derive(Clone)]
enum Event {
    Create(String, u64),
    Remove(String),
    Rename(String, String),
    SyncNames,
    Write(u64, u64, Arc<[u8]>),
    Length(u64, u64),
    Sync(u64),
    SyncLost(u64),
    Mark(u64),
}

enum Kind {
    Name,
    Grow(u64),
    Sync,
}

impl State {
    fn inode(&self, name: &str) -> io::Result<u64> {
        self.names.get(name).copied().ok_or_else(not_found)
    }

    fn next_inode(&self) -> u64 {
        self.files.last_key_value().map_or(1, |(last, _)| last + 1)
    }

    fn length(&self, inode: u64) -> u64 {
        self.files
            .get(&inode)
            .map_or(0, |file| file.current.len() as u64)
    }

    fn used(&self) -> u64 {
        self.names.values().map(|inode| self.length(*inode)).sum()
    }

    /// Counts an operation and fails it when the plan says so.
    fn change(&mut self, kind: Kind) -> io::Result<()> {
        self.operations += 1;
        let now = Some(self.operations);
        if self.plan.broken_at == now {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        match kind {
            Kind::Sync if self.plan.sync_fails_at == now => Err(io::Error::from_raw_os_error(EIO)),
            Kind::Grow(_) if self.plan.full_at == now => Err(io::Error::from_raw_os_error(ENOSPC)),
            Kind::Grow(more) if more > 0 => {
                let capacity = self.plan.capacity.unwrap_or(u64::MAX);
                if self.used().saturating_add(more) > capacity {
                    Err(io::Error::from_raw_os_error(ENOSPC))
                } else {
                    Ok(())
                }
            }
            Kind::Sync | Kind::Grow(_) | Kind::Name => Ok(()),
        }
    }

    fn apply(&mut self, event: Event) {
        self.record(event.clone());
        self.replay(&event);
    }

    fn record(&mut self, event: Event) {
        if let Some(recording) = &mut self.recording {
            recording.events.push(event);
        }
    }

    fn replay(&mut self, event: &Event) {
        match event {
            Event::Create(name, inode) => {
                self.files.insert(*inode, Image::default());
                self.names.insert(name.clone(), *inode);
                self.pending.push(event.clone());
            }
            Event::Remove(_) | Event::Rename(..) => {
                event.apply_to_names(&mut self.names);
                self.pending.push(event.clone());
            }
            Event::Write(inode, ..) | Event::Length(inode, _) => {
                if let Some(file) = self.files.get_mut(inode) {
                    event.apply_to(Arc::make_mut(&mut file.current), None);
                }
                self.pending.push(event.clone());
            }
            Event::Sync(inode) => {
                if let Some(file) = self.files.get_mut(inode) {
                    let image = Arc::make_mut(&mut file.durable);
                    for op in self.pending.iter().filter(|op| op.is_of(*inode)) {
                        op.apply_to(image, None);
                    }
                }
                self.pending.retain(|op| !op.is_of(*inode));
            }
            Event::SyncLost(inode) => self.pending.retain(|op| !op.is_of(*inode)),
            Event::SyncNames => {
                for op in &self.pending {
                    op.apply_to_names(&mut self.durable_names);
                }
                self.pending.retain(|op| !op.is_name());
            }
            Event::Mark(_) => {}
        }
    }

    /// Makes everything durable.
    fn settle(&mut self) {
        self.pending.clear();
        self.durable_names = self.names.clone();
        for file in self.files.values_mut() {
            file.durable = Arc::clone(&file.current);
        }
    }

    fn cut_power(&mut self, crash: Crash) {
        let mut dice = Dice(match crash {
            Crash::Seeded(seed) => seed.wrapping_mul(2).wrapping_add(1),
            Crash::KeepNothing | Crash::KeepAll => 1,
        });
        let pending = std::mem::take(&mut self.pending);
        let names = pending.iter().filter(|op| op.is_name()).count();
        let mut names_kept = match crash {
            Crash::KeepNothing => 0,
            Crash::KeepAll => names,
            Crash::Seeded(_) => dice.below(names + 1),
        };
        for op in &pending {
            if op.is_name() {
                if names_kept > 0 {
                    names_kept -= 1;
                    op.apply_to_names(&mut self.durable_names);
                }
                continue;
            }
            let tear = match crash {
                Crash::KeepNothing => continue,
                Crash::KeepAll => None,
                Crash::Seeded(_) => match dice.below(3) {
                    0 => continue,
                    1 => None,
                    _ => Some(dice.next()),
                },
            };
            if let Some(file) = op.inode().and_then(|inode| self.files.get_mut(&inode)) {
                op.apply_to(Arc::make_mut(&mut file.durable), tear);
            }
        }
        self.names = self.durable_names.clone();
        for file in self.files.values_mut() {
            file.current = Arc::clone(&file.durable);
        }
    }
}

impl Event {
    fn inode(&self) -> Option<u64> {
        match self {
            Self::Write(inode, ..) | Self::Length(inode, _) => Some(*inode),
            Self::Create(..)
            | Self::Remove(_)
            | Self::Rename(..)
            | Self::SyncNames
            | Self::Sync(_)
            | Self::SyncLost(_)
            | Self::Mark(_) => None,
        }
    }

    fn is_of(&self, inode: u64) -> bool {
        self.inode() == Some(inode)
    }

    fn is_name(&self) -> bool {
        matches!(self, Self::Create(..) | Self::Remove(_) | Self::Rename(..))
    }

    fn apply_to_names(&self, names: &mut BTreeMap<String, u64>) {
        match self {
            Self::Create(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Remove(name) => {
                names.remove(name);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Write(..)
            | Self::Length(..)
            | Self::SyncNames
            | Self::Sync(_)
            | Self::SyncLost(_)
            | Self::Mark(_) => {}
        }
    }

    /// Applies a write or a change of length; `tear` decides sector by sector.
    fn apply_to(&self, image: &mut Vec<u8>, tear: Option<u64>) {
        match self {
            Self::Length(_, length) => image.resize(small(*length), 0),
            Self::Write(_, offset, data) => {
                let (start, end) = (small(*offset), small(*offset) + data.len());
                if image.len() < end {
                    image.resize(end, 0);
                }
                let mut dice = Dice(tear.unwrap_or(0) | 1);
                let mut from = start;
                while from < end {
                    let to = ((from / SECTOR_BYTES + 1) * SECTOR_BYTES).min(end);
                    if tear.is_none() || dice.below(2) == 0 {
                        image[from..to].copy_from_slice(&data[from - start..to - start]);
                    }
                    from = to;
                }
            }
            Self::Create(..)
            | Self::Remove(_)
            | Self::Rename(..)
            | Self::SyncNames
            | Self::Sync(_)
            | Self::SyncLost(_)
            | Self::Mark(_) => {}
        }
    }
}

/// A small repeatable stream (xorshift) for the disk's own choices.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        small(self.next() >> 11) % bound
    }
}

fn small(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

const SECTOR_BYTES: usize = 512;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

#[cfg(test)]
mod tests;
