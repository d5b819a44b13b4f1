//! Reading many documents' bytes one after the other.
//!
//! For: audits, which open every document. Documents that were written together lie together: once
//! one lies close behind the one before, a larger piece is read. Not for: single reads. Invariant:
//! what is given is a frame whose header is the one its dossier names.

use crate::bodies::{BodyFiles, damaged, segment_error};
use crate::error::{SegmentDamage, StoreError};
use crate::frame::{BodyPlace, FRAME_HEADER_BYTES, FrameHeader};
use base::disk::DiskFile;
use std::sync::Arc;

/// Reads sealed documents; see [`crate::Catalog::documents_ahead`].
pub struct Ahead<'a> {
    files: &'a BodyFiles,
    open: Option<(u32, Arc<dyn DiskFile>, u64)>,
    from: u64,
    held: Vec<u8>,
}

impl<'a> Ahead<'a> {
    pub(crate) const fn over(files: &'a BodyFiles) -> Self {
        Self {
            files,
            open: None,
            from: 0,
            held: Vec::new(),
        }
    }

    /// The sealed body of a document, and behind it its sealed text.
    ///
    /// # Errors
    /// [`StoreError::DamagedSegment`] and the errors of the disk.
    pub fn sealed(&mut self, place: BodyPlace) -> Result<&[u8], StoreError> {
        let segment = place.segment();
        let wrong = || damaged(segment, SegmentDamage::Damaged);
        let count = usize::try_from(place.frame_bytes()).map_err(|_| wrong())?;
        let begin = self.hold(place, count)?;
        let frame = self.held.get(begin..begin + count).ok_or_else(wrong)?;
        let (header, sealed) = frame.split_at(FRAME_HEADER_BYTES);
        let header = FrameHeader::from_bytes(header).map_err(|_| wrong())?;
        if BodyPlace::of(segment, place.offset(), &header) == place {
            Ok(sealed)
        } else {
            Err(wrong())
        }
    }

    /// Sees to it that the frame is held; where it begins in what is.
    fn hold(&mut self, place: BodyPlace, count: usize) -> Result<usize, StoreError> {
        let (segment, offset) = (place.segment(), place.offset());
        let failed = |error: std::io::Error| segment_error(segment, &error);
        if self.open.as_ref().is_none_or(|(open, ..)| *open != segment) {
            let file = self.files.reading(segment)?;
            let length = file.length().map_err(failed)?;
            self.open = Some((segment, file, length));
            self.held.clear();
        }
        let Some((_, file, length)) = &self.open else {
            return Err(base::Bug::new("the segment was just opened").into());
        };
        let behind = offset.checked_sub(self.from);
        let behind = behind.and_then(|behind| usize::try_from(behind).ok());
        if let Some(begin) = behind.filter(|begin| begin + count <= self.held.len()) {
            return Ok(begin);
        }
        let near = !self.held.is_empty()
            && behind.is_some_and(|behind| behind <= self.held.len() + NEAR_BYTES);
        let there = usize::try_from(length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = if near { count.max(PIECE_BYTES) } else { count };
        // A frame beyond the end is told by the read.
        let wanted = wanted.min(there).max(count);
        self.held.resize(wanted, 0);
        let read = file.read_at(offset, &mut self.held);
        if read.is_err() {
            self.held.clear();
        }
        read.map_err(failed)?;
        self.from = offset;
        Ok(0)
    }
}

const PIECE_BYTES: usize = 128 << 10;
/// How far behind what was read the next frame may lie, to be read with more.
const NEAR_BYTES: usize = 16 << 10;
