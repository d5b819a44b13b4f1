//! What the faulty disk holds: what is durable, what is pending, what has been recorded.
//!
//! For: applying one change at a time, live or again from a recording. Not for: the face of a
//! disk. Invariants: whatever changes the disk is an [`Event`], so that replaying a recording
//! gives the same disk; file bytes are durable after a sync of the file, names after a sync of
//! the folder they stand in, and of every folder above it.

use super::image::Image;
use super::{Crash, FaultPlan, Strike, Touch};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct State {
    pub(super) files: BTreeMap<u64, File>,
    pub(super) names: Names,
    pub(super) durable_names: Names,
    pub(super) pending: Vec<Event>,
    pub(super) plan: FaultPlan,
    /// What was done to the disk since the plan was set.
    pub(super) touches: Vec<Touch>,
    pub(super) reads: u64,
    /// The first of it that failed.
    pub(super) strike: Option<Strike>,
    pub(super) recording: Option<Recording>,
}

/// A file as it is read, and as a power cut would leave it.
#[derive(Clone, Default)]
pub(super) struct File {
    pub(super) current: Image,
    pub(super) durable: Image,
}

/// Which names lead to which files, and which folders there are besides the first.
#[derive(Clone, Default)]
pub(super) struct Names {
    pub(super) files: BTreeMap<String, u64>,
    pub(super) folders: BTreeSet<String>,
}

/// Everything that changed a disk since the recording began.
pub(super) struct Recording {
    pub(super) base: (BTreeMap<u64, File>, Names),
    pub(super) events: Vec<Event>,
}

/// One change of a disk.
#[derive(Clone)]
pub(super) enum Event {
    Create(String, u64),
    CreateFolder(String),
    Remove(String),
    RemoveFolder(String),
    Rename(String, String),
    SyncNames(String),
    Write(u64, u64, Arc<[u8]>),
    Length(u64, u64),
    Sync(u64),
    SyncLost(u64),
    Mark(u64),
}

/// What an operation would do, for the plan to decide whether it may.
pub(super) enum Kind {
    Name,
    Grow(u64),
    Sync,
}

/// What an operation is done to.
#[derive(Clone, Copy)]
pub(super) enum Of<'a> {
    Name(&'a str),
    File(u64),
}

impl State {
    pub(super) fn inode(&self, name: &str) -> io::Result<u64> {
        self.names.files.get(name).copied().ok_or_else(not_found)
    }

    pub(super) fn file(&self, inode: u64) -> io::Result<&File> {
        self.files.get(&inode).ok_or_else(not_found)
    }

    pub(super) fn next_inode(&self) -> u64 {
        self.files.last_key_value().map_or(1, |(last, _)| last + 1)
    }

    pub(super) fn length(&self, inode: u64) -> u64 {
        let file = self.files.get(&inode);
        file.map_or(0, |file| file.current.length() as u64)
    }

    pub(super) fn used(&self) -> u64 {
        let inodes = self.names.files.values();
        inodes.map(|inode| self.length(*inode)).sum()
    }

    /// How many operations changed the disk since the plan was set.
    pub(super) const fn operations(&self) -> u64 {
        self.touches.len() as u64
    }

    /// Counts an operation and fails it when the plan says so.
    pub(super) fn change(&mut self, kind: Kind, of: Of<'_>) -> io::Result<()> {
        let touch = match kind {
            Kind::Name => Touch::Name,
            Kind::Grow(_) => Touch::Write,
            Kind::Sync => Touch::Sync,
        };
        self.touches.push(touch);
        let outcome = self.may(kind);
        if outcome.is_err() {
            self.struck(touch, of);
        }
        outcome
    }

    /// Whether the plan lets the operation that was counted last be done.
    fn may(&self, kind: Kind) -> io::Result<()> {
        let now = Some(self.operations());
        if self.plan.broken_at == now || self.plan.dead {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        match kind {
            Kind::Sync if self.plan.sync_fails_at == now => Err(io::Error::from_raw_os_error(EIO)),
            Kind::Sync if self.plan.sync_full_at == now => {
                Err(io::Error::from_raw_os_error(ENOSPC))
            }
            Kind::Grow(_) if self.plan.finds_no_space(self.operations()) => {
                Err(io::Error::from_raw_os_error(ENOSPC))
            }
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

    /// Counts a read and fails it when the plan says so.
    pub(super) fn reading(&mut self, inode: u64) -> io::Result<()> {
        self.reads += 1;
        if self.plan.unread_at == Some(self.reads) {
            self.struck(Touch::Read, Of::File(inode));
            return Err(io::Error::from_raw_os_error(EIO));
        }
        Ok(())
    }

    fn struck(&mut self, touch: Touch, of: Of<'_>) {
        if self.strike.is_some() {
            return;
        }
        let name = match of {
            Of::Name(name) => name.to_owned(),
            Of::File(inode) => {
                let mut names = self.names.files.iter();
                let named = names.find(|(_, of)| **of == inode);
                named.map_or_else(String::new, |(name, _)| name.clone())
            }
        };
        self.strike = Some(Strike { touch, name });
    }

    /// How many bytes of a write that failed were written all the same: where space ran out, what
    /// fitted; `before` of all its `bytes` lie within the file.
    pub(super) fn fitting(&self, error: &io::Error, before: usize, bytes: usize) -> usize {
        if error.raw_os_error() != Some(ENOSPC) {
            return 0;
        }
        if self.plan.finds_no_space(self.operations()) {
            return bytes / 2 / SECTOR_BYTES * SECTOR_BYTES;
        }
        let capacity = self.plan.capacity.unwrap_or(u64::MAX);
        let free = small(capacity.saturating_sub(self.used()));
        before.saturating_add(free).min(bytes)
    }

    pub(super) fn apply(&mut self, event: Event) {
        self.record(event.clone());
        self.replay(&event);
    }

    pub(super) fn record(&mut self, event: Event) {
        if let Some(recording) = &mut self.recording {
            recording.events.push(event);
        }
    }

    pub(super) fn replay(&mut self, event: &Event) {
        match event {
            Event::Create(_, inode) => {
                self.files.insert(*inode, File::default());
                self.rename(event);
            }
            Event::CreateFolder(_)
            | Event::Remove(_)
            | Event::RemoveFolder(_)
            | Event::Rename(..) => self.rename(event),
            Event::Write(inode, ..) | Event::Length(inode, _) => {
                if let Some(file) = self.files.get_mut(inode) {
                    event.apply_to(&mut file.current, None);
                }
                self.pending.push(event.clone());
            }
            Event::Sync(inode) => {
                if let Some(file) = self.files.get_mut(inode) {
                    for op in self.pending.iter().filter(|op| op.is_of(*inode)) {
                        op.apply_to(&mut file.durable, None);
                    }
                }
                self.pending.retain(|op| !op.is_of(*inode));
            }
            Event::SyncLost(inode) => self.pending.retain(|op| !op.is_of(*inode)),
            Event::SyncNames(folder) => {
                for op in self.pending.iter().filter(|op| op.is_in(folder)) {
                    op.apply_to_names(&mut self.durable_names);
                }
                self.pending.retain(|op| !op.is_in(folder));
            }
            Event::Mark(_) => {}
        }
    }

    /// Makes everything durable.
    pub(super) fn settle(&mut self) {
        self.pending.clear();
        self.durable_names = self.names.clone();
        for file in self.files.values_mut() {
            file.durable = file.current.clone();
        }
    }

    /// What a power cut now would leave.
    pub(super) fn after_power_cut(&self, crash: Crash) -> Self {
        let mut dice = Dice(match crash {
            Crash::Seeded(seed) => seed.wrapping_mul(2).wrapping_add(1),
            Crash::KeepNothing | Crash::KeepAll => 1,
        });
        let mut names = self.durable_names.clone();
        let mut files = self.files.clone();
        let mut lost_in: BTreeSet<&str> = BTreeSet::new();
        for op in &self.pending {
            if let Some(folder) = op.folder() {
                // INVARIANT: in each folder, names are kept up to some change and lost from it.
                let kept = match crash {
                    Crash::KeepNothing => false,
                    Crash::KeepAll => true,
                    Crash::Seeded(_) => !lost_in.contains(folder) && dice.below(3) > 0,
                };
                if kept {
                    op.apply_to_names(&mut names);
                } else {
                    lost_in.insert(folder);
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
            if let Some(file) = op.inode().and_then(|inode| files.get_mut(&inode)) {
                op.apply_to(&mut file.durable, tear);
            }
        }
        names.drop_unreachable();
        files.retain(|inode, _| names.files.values().any(|named| named == inode));
        for file in files.values_mut() {
            file.current = file.durable.clone();
        }
        Self {
            files,
            durable_names: names.clone(),
            names,
            ..Self::default()
        }
    }

    fn rename(&mut self, event: &Event) {
        event.apply_to_names(&mut self.names);
        self.pending.push(event.clone());
    }
}

impl FaultPlan {
    fn finds_no_space(&self, operation: u64) -> bool {
        self.full_at == Some(operation) || self.full_from.is_some_and(|from| operation >= from)
    }
}

impl Names {
    /// Whether the folder is there; the first always is.
    pub(super) fn has_folder(&self, folder: &str) -> bool {
        folder.is_empty() || self.folders.contains(folder)
    }

    /// Whether `name` is free and its folder is there.
    pub(super) fn check_free(&self, name: &str) -> io::Result<()> {
        if self.files.contains_key(name) || self.has_folder(name) {
            Err(io::ErrorKind::AlreadyExists.into())
        } else if self.has_folder(folder_of(name)) {
            Ok(())
        } else {
            Err(not_found())
        }
    }

    /// The names in a folder.
    pub(super) fn inside(&self, folder: &str) -> Vec<String> {
        let names = self.files.keys().chain(&self.folders);
        let inside = names.filter(|name| folder_of(name) == folder);
        inside
            .map(|name| name.rsplit('/').next().unwrap_or(name).to_owned())
            .collect()
    }

    /// Forgets what lies in a folder that is not there.
    fn drop_unreachable(&mut self) {
        loop {
            let before = self.folders.len();
            let known = self.folders.clone();
            let is_known = |name: &str| {
                let folder = folder_of(name);
                folder.is_empty() || known.contains(folder)
            };
            self.folders.retain(|name| is_known(name));
            self.files.retain(|name, _| is_known(name));
            if self.folders.len() == before {
                return;
            }
        }
    }
}

impl Event {
    fn inode(&self) -> Option<u64> {
        match self {
            Self::Write(inode, ..) | Self::Length(inode, _) => Some(*inode),
            Self::Create(..)
            | Self::CreateFolder(_)
            | Self::Remove(_)
            | Self::RemoveFolder(_)
            | Self::Rename(..)
            | Self::SyncNames(_)
            | Self::Sync(_)
            | Self::SyncLost(_)
            | Self::Mark(_) => None,
        }
    }

    pub(super) fn is_of(&self, inode: u64) -> bool {
        self.inode() == Some(inode)
    }

    /// The folder whose names this changes.
    fn folder(&self) -> Option<&str> {
        match self {
            Self::Create(name, _)
            | Self::CreateFolder(name)
            | Self::Remove(name)
            | Self::RemoveFolder(name)
            | Self::Rename(_, name) => Some(folder_of(name)),
            Self::SyncNames(_)
            | Self::Write(..)
            | Self::Length(..)
            | Self::Sync(_)
            | Self::SyncLost(_)
            | Self::Mark(_) => None,
        }
    }

    fn is_in(&self, folder: &str) -> bool {
        self.folder() == Some(folder)
    }

    fn apply_to_names(&self, names: &mut Names) {
        match self {
            Self::Create(name, inode) => {
                names.files.insert(name.clone(), *inode);
            }
            Self::CreateFolder(name) => {
                names.folders.insert(name.clone());
            }
            Self::Remove(name) => {
                names.files.remove(name);
            }
            Self::RemoveFolder(name) => {
                names.folders.remove(name);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.files.remove(from) {
                    names.files.insert(to.clone(), inode);
                }
            }
            Self::SyncNames(_)
            | Self::Write(..)
            | Self::Length(..)
            | Self::Sync(_)
            | Self::SyncLost(_)
            | Self::Mark(_) => {}
        }
    }

    /// Applies a write or a change of length; `tear` decides sector by sector.
    pub(super) fn apply_to(&self, image: &mut Image, tear: Option<u64>) {
        match self {
            Self::Length(_, length) => image.set_length(small(*length)),
            Self::Write(_, offset, data) => {
                let start = small(*offset);
                let Some(tear) = tear else {
                    return image.write(start, data);
                };
                let end = start + data.len();
                image.set_length(image.length().max(end));
                let mut dice = Dice(tear | 1);
                let mut from = start;
                while from < end {
                    let to = ((from / SECTOR_BYTES + 1) * SECTOR_BYTES).min(end);
                    if dice.below(2) == 0 {
                        image.write(from, &data[from - start..to - start]);
                    }
                    from = to;
                }
            }
            Self::Create(..)
            | Self::CreateFolder(_)
            | Self::Remove(_)
            | Self::RemoveFolder(_)
            | Self::Rename(..)
            | Self::SyncNames(_)
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

/// The folder a name stands in.
fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub(super) fn small(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

const SECTOR_BYTES: usize = 512;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;
