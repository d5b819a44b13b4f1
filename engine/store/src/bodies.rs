//! The body segments: append-only files of sealed bodies.
//!
//! For: writing frames behind the last committed one, reading a frame at its place. Not for:
//! which frames are alive; the catalog says that, and what it does not name does not exist.
//! Invariants: bytes before a segment's committed end never change; a segment written since the
//! last sync is synced before any catalog page (see `backend`).

use crate::error::{Malformed, SegmentDamage, StoreError};
use crate::frame::{self, BodyPlace, FRAME_HEADER_BYTES, Frame, FrameHeader, SEGMENT_HEADER_BYTES};
use crate::sort;
use base::StoreId;
use base::disk::{Disk, DiskFile, OpenMode};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The segment files of one store.
pub(crate) struct BodyFiles {
    disk: Arc<dyn Disk>,
    store: StoreId,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: BTreeMap<u32, OpenSegment>,
    dirty: BTreeSet<u32>,
    names_changed: bool,
    clock: u64,
}

struct OpenSegment {
    file: Arc<dyn DiskFile>,
    writable: Writable,
    used: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writable {
    Yes,
    No,
}

impl BodyFiles {
    /// The segment files on `disk`.
    pub(crate) fn new(disk: Arc<dyn Disk>, store: StoreId) -> Self {
        Self {
            disk,
            store,
            state: Mutex::default(),
        }
    }

    /// Makes the file of a new segment; a file of that name that the catalog does not know is
    /// replaced.
    pub(crate) fn create(&self, segment: u32) -> Result<(), StoreError> {
        let name = file_name(segment);
        let mut state = self.lock();
        state.open.remove(&segment);
        match self.disk.remove(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        self.disk.create_folder(FOLDER)?;
        let file = self.disk.open(&name, OpenMode::CreateNew)?;
        file.write_at(0, &frame::segment_header(self.store, segment))?;
        state.dirty.insert(segment);
        state.names_changed = true;
        state.keep(segment, file, Writable::Yes);
        Ok(())
    }

    /// Writes bytes at `offset`, at or behind the committed end of the segment.
    pub(crate) fn write(&self, segment: u32, offset: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let file = self.file(segment, Writable::Yes)?;
        file.write_at(offset, bytes)?;
        // Marked behind the write, so that a sync beside it cannot take the mark too early.
        self.lock().dirty.insert(segment);
        Ok(())
    }

    /// Whether there is something to sync, and it may be synced beside another file.
    pub(crate) fn may_sync_beside(&self) -> bool {
        self.disk.syncs_beside() && {
            let state = self.lock();
            state.names_changed || !state.dirty.is_empty()
        }
    }

    /// Makes everything written durable; called with every sync of the catalog.
    pub(crate) fn sync(&self) -> io::Result<()> {
        // The marks are taken before the sync: what is written while it runs is marked anew.
        let (dirty, names_changed) = {
            let mut state = self.lock();
            let names_changed = std::mem::take(&mut state.names_changed);
            (std::mem::take(&mut state.dirty), names_changed)
        };
        let synced = self.sync_all(&dirty, names_changed);
        if synced.is_err() {
            let mut state = self.lock();
            state.dirty.extend(dirty);
            state.names_changed |= names_changed;
        }
        synced
    }

    fn sync_all(&self, dirty: &BTreeSet<u32>, names_changed: bool) -> io::Result<()> {
        for segment in dirty {
            let open = self
                .lock()
                .open
                .get(segment)
                .map(|open| Arc::clone(&open.file));
            let file = match open {
                Some(file) => file,
                None => self.disk.open(&file_name(*segment), OpenMode::Write)?,
            };
            file.sync()?;
        }
        if names_changed {
            self.disk.sync_folder(FOLDER)?;
            self.disk.sync_folder("")?;
        }
        Ok(())
    }

    /// The sealed body at `place`, and behind it the sealed text it is joined to.
    pub(crate) fn read_body(&self, place: BodyPlace) -> Result<Vec<u8>, StoreError> {
        let mut frame = self.read(place, place.opening_bytes())?;
        frame.drain(..FRAME_HEADER_BYTES);
        Ok(frame)
    }

    /// The file of a segment, to be read.
    pub(crate) fn reading(&self, segment: u32) -> Result<Arc<dyn DiskFile>, StoreError> {
        self.file(segment, Writable::No)
    }

    /// The sealed text at `place`; empty when there is none.
    pub(crate) fn read_text(&self, place: BodyPlace) -> Result<Vec<u8>, StoreError> {
        if place.text_bytes() == 0 {
            return Ok(Vec::new());
        }
        let file = self.file(place.segment(), Writable::No)?;
        let mut out = vec![0; checked_length(place.text_bytes().into())?];
        let start = place.offset() + FRAME_HEADER_BYTES as u64 + u64::from(place.body_bytes());
        file.read_at(start, &mut out)
            .map_err(|error| segment_error(place.segment(), &error))?;
        Ok(out)
    }

    /// The length of a segment's file, or `None` when it is missing.
    pub(crate) fn length(&self, segment: u32) -> Result<Option<u64>, StoreError> {
        match self.disk.open(&file_name(segment), OpenMode::Read) {
            Ok(file) => Ok(Some(file.length()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(segment_error(segment, &error)),
        }
    }

    /// The numbers of the segment files that are there.
    pub(crate) fn present(&self) -> Result<Vec<u32>, StoreError> {
        let names = match self.disk.list(FOLDER) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let mut numbers: Vec<_> = names.iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Cuts a segment's file behind its committed end.
    pub(crate) fn cut(&self, segment: u32, end: u64) -> Result<(), StoreError> {
        let file = self.file(segment, Writable::Yes)?;
        file.set_length(end)?;
        self.lock().dirty.insert(segment);
        Ok(())
    }

    /// Removes a segment's file.
    pub(crate) fn remove(&self, segment: u32) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.open.remove(&segment);
        state.dirty.remove(&segment);
        state.names_changed = true;
        match self.disk.remove(&file_name(segment)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Visits the frames of a segment in a range of offsets (0: from the first frame), each
    /// checked, until `visit` says no; returns where the next frame begins.
    pub(crate) fn visit_frames(
        &self,
        segment: u32,
        range: Range<u64>,
        visit: &mut dyn FnMut(BodyPlace, &Frame<'_>) -> Result<bool, StoreError>,
    ) -> Result<u64, StoreError> {
        let end = range.end;
        let file = self.file(segment, Writable::No)?;
        let failed = |error: io::Error| segment_error(segment, &error);
        let malformed = |_: Malformed| damaged(segment, SegmentDamage::Damaged);
        let mut header = [0; SEGMENT_HEADER_BYTES];
        file.read_at(0, &mut header).map_err(failed)?;
        frame::check_segment_header(&header, self.store, segment).map_err(malformed)?;
        let mut offset = range.start.max(SEGMENT_HEADER_BYTES as u64);
        let mut window = Window::over(&*file, end).map_err(failed)?;
        while offset < end {
            let header = window.bytes(offset, FRAME_HEADER_BYTES).map_err(failed)?;
            let header = FrameHeader::from_bytes(header).map_err(malformed)?;
            if header.frame_bytes() > end - offset {
                return Err(damaged(segment, SegmentDamage::Damaged));
            }
            let place = BodyPlace::of(segment, offset, &header);
            let length = usize::try_from(header.frame_bytes());
            let length = length.map_err(|_| malformed(Malformed))?;
            let bytes = window.bytes(offset, length).map_err(failed)?;
            let (frame, _) = frame::split_frame(bytes).map_err(malformed)?;
            offset += header.frame_bytes();
            if !visit(place, &frame)? {
                break;
            }
        }
        Ok(offset)
    }

    fn read(&self, place: BodyPlace, payload: u64) -> Result<Vec<u8>, StoreError> {
        let file = self.file(place.segment(), Writable::No)?;
        let mut out = vec![0; FRAME_HEADER_BYTES + checked_length(payload)?];
        file.read_at(place.offset(), &mut out)
            .map_err(|error| segment_error(place.segment(), &error))?;
        let header = FrameHeader::from_bytes(&out[..FRAME_HEADER_BYTES])
            .map_err(|_| damaged(place.segment(), SegmentDamage::Damaged))?;
        if BodyPlace::of(place.segment(), place.offset(), &header) == place {
            Ok(out)
        } else {
            Err(damaged(place.segment(), SegmentDamage::Damaged))
        }
    }

    fn file(&self, segment: u32, writable: Writable) -> Result<Arc<dyn DiskFile>, StoreError> {
        let mut state = self.lock();
        state.clock += 1;
        let now = state.clock;
        if let Some(open) = state.open.get_mut(&segment)
            && (writable == Writable::No || open.writable == Writable::Yes)
        {
            open.used = now;
            return Ok(Arc::clone(&open.file));
        }
        let mode = match writable {
            Writable::Yes => OpenMode::Write,
            Writable::No => OpenMode::Read,
        };
        let file = self
            .disk
            .open(&file_name(segment), mode)
            .map_err(|error| segment_error(segment, &error))?;
        state.keep(segment, Arc::clone(&file), writable);
        Ok(file)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, segment: u32, file: Arc<dyn DiskFile>, writable: Writable) {
        let used = self.clock;
        self.open.insert(
            segment,
            OpenSegment {
                file,
                writable,
                used,
            },
        );
        while self.open.len() > OPEN_SEGMENTS_MAX {
            let unused = self
                .open
                .iter()
                .filter(|(number, _)| !self.dirty.contains(number))
                .min_by_key(|(_, open)| open.used);
            match unused.map(|(number, _)| *number) {
                Some(number) => self.open.remove(&number),
                None => break,
            };
        }
    }
}

/// A file's bytes up to an end, read in pieces far larger than a frame.
struct Window<'f> {
    file: &'f dyn DiskFile,
    end: u64,
    /// Where the bytes that are held begin, and how many there are.
    from: u64,
    count: usize,
    held: Vec<u8>,
}

impl<'f> Window<'f> {
    fn over(file: &'f dyn DiskFile, end: u64) -> io::Result<Self> {
        Ok(Self {
            file,
            end: end.min(file.length()?),
            from: 0,
            count: 0,
            held: Vec::new(),
        })
    }

    /// So many bytes at `offset`.
    fn bytes(&mut self, offset: u64, count: usize) -> io::Result<&[u8]> {
        let begin = offset.checked_sub(self.from);
        let mut begin = begin.and_then(|begin| usize::try_from(begin).ok());
        if begin.is_none_or(|begin| begin + count > self.count) {
            let there = self.end.saturating_sub(offset);
            let there = usize::try_from(there).unwrap_or(usize::MAX);
            if count > there {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.count = 0;
            let wanted = there.min(count.max(WINDOW_BYTES));
            if self.held.len() < wanted {
                self.held.resize(wanted, 0);
            }
            self.file.read_at(offset, &mut self.held[..wanted])?;
            (self.from, self.count) = (offset, wanted);
            begin = Some(0);
        }
        let begin = begin.unwrap_or(0);
        Ok(&self.held[begin..begin + count])
    }
}

/// The name of a segment's file.
pub(crate) fn file_name(segment: u32) -> String {
    format!("{FOLDER}/{segment:08}.seg")
}

fn number(name: &str) -> Option<u32> {
    name.strip_suffix(".seg")?.parse().ok()
}

fn checked_length(field: u64) -> Result<usize, StoreError> {
    usize::try_from(field).map_err(|_| StoreError::OverLimit {
        what: "a sealed body",
        limit: usize::MAX as u64,
    })
}

pub(crate) fn damaged(segment: u32, damage: SegmentDamage) -> StoreError {
    StoreError::DamagedSegment { segment, damage }
}

pub(crate) fn segment_error(segment: u32, error: &io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::NotFound {
        damaged(segment, SegmentDamage::Missing)
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        damaged(segment, SegmentDamage::Cut)
    } else if base::disk::is_no_file(error) {
        damaged(segment, SegmentDamage::NoFile)
    } else {
        sort::system(error)
    }
}

/// The folder of the segments.
pub(crate) const FOLDER: &str = "body";
const OPEN_SEGMENTS_MAX: usize = 192;
const WINDOW_BYTES: usize = 256 << 10;

#[cfg(test)]
mod tests;
