//! Segments that were copied elsewhere: checking them, and completing those that are short.
//!
//! For: backup and restore. Not for: a store in use. Invariants: a frame is believed for its
//! checksum and its ordinal alone here, the body's own seal decides when it is read; what is not
//! found leaves zeroes, which no frame is, so that it is damage and never another's body; where
//! no document's frame is missing, what is left open between them is filled with frames of nobody.

use crate::bodies::{self, BodyFiles};
use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::frame::{BodyPlace, FRAME_HEADER_BYTES, FrameHeader, Packing, SEGMENT_HEADER_BYTES};
use crate::meta::{self, SegmentRow};
use base::disk::Disk;
use base::{Digest, Ordinal, StoreId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Checks the frames of a segment of `store` that lie in a range of its file on `disk`, from
/// the first frame or from where one begins.
///
/// # Errors
/// [`StoreError::DamagedSegment`] and those of the disk.
pub fn check_segment(
    disk: &Arc<dyn Disk>,
    store: StoreId,
    segment: u32,
    range: Range<u64>,
) -> Result<(), StoreError> {
    let files = BodyFiles::new(Arc::clone(disk), store);
    files
        .visit_frames(segment, range, &mut |_, _| Ok(true))
        .map(drop)
}

/// The name of a segment's file in a store and in its backups.
#[must_use]
pub fn segment_file(segment: u32) -> String {
    bodies::file_name(segment)
}

impl Catalog {
    /// Whether the frame of this document lies whole at `place`.
    ///
    /// # Errors
    /// Those of the disk; damage is `false`.
    pub fn is_whole(&self, place: BodyPlace, ordinal: Ordinal) -> Result<bool, StoreError> {
        let range = place.offset()..place.offset() + place.frame_bytes();
        let mut whole = false;
        let files = &self.inner().bodies;
        let visited = files.visit_frames(place.segment(), range, &mut |at, frame| {
            whole = at == place && frame.header.ordinal == ordinal;
            Ok(false)
        });
        match visited {
            Ok(_) => Ok(whole),
            Err(StoreError::DamagedSegment { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Looks in every segment file that is there for the frames of documents that are not where
    /// the catalog says, and puts each where it belongs; says which were found. Then every
    /// segment is as long as the catalog says.
    ///
    /// Call it before the first transaction: that removes the files the catalog does not name.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn mend(
        &self,
        missing: &BTreeMap<Ordinal, BodyPlace>,
    ) -> Result<BTreeSet<Ordinal>, StoreError> {
        let files = &self.inner().bodies;
        let snapshot = self.snapshot()?;
        for (segment, row) in snapshot.segments()? {
            match files.length(segment)? {
                None => files.create(segment)?,
                Some(length) if length >= row.end => continue,
                Some(_) => {}
            }
            files.cut(segment, row.end)?;
        }
        let mut found = BTreeSet::new();
        for segment in files.present()? {
            if found.len() == missing.len() {
                break;
            }
            self.mend_from(segment, missing, &mut found)?;
        }
        files.sync()?;
        Ok(found)
    }

    /// Fills what is no frame, and lies between the frames that documents name, with frames that
    /// nobody names, so that the segment can be read from end to end; gives its chain then.
    /// `named` has those frames by their offset. `None`: one of them is not what it was, or there
    /// is no room for a frame, and the segment is left as it is from there on.
    ///
    /// Call it before the first transaction, and [`crate::Transaction::rechain`] in that.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn close_gaps(
        &self,
        (segment, row): (u32, SegmentRow),
        named: &BTreeMap<u64, (BodyPlace, Digest)>,
    ) -> Result<Option<Digest>, StoreError> {
        let (mut at, mut chain) = (SEGMENT_HEADER_BYTES as u64, Digest::ZERO);
        while at < row.end {
            let next = named.range(at + 1..).next();
            let until = next.map_or(row.end, |(offset, _)| *offset);
            let found = self.frame_in(segment, at..until)?;
            let (digest, end) = match (named.get(&at), found) {
                (None, Some((_, digest, end))) => (digest, end),
                (Some((place, due)), Some((found, digest, end)))
                    if found == *place && digest == *due =>
                {
                    (digest, end)
                }
                (Some(_), _) => return Ok(None),
                (None, None) => match self.fill(segment, at..until)? {
                    Some(digest) => (digest, until),
                    None => return Ok(None),
                },
            };
            chain = meta::chained(chain, digest);
            at = end;
        }
        self.inner().bodies.sync()?;
        Ok(Some(chain))
    }

    /// The frame at the beginning of a range, if one lies whole in it: its place, its digest, and
    /// where it ends.
    fn frame_in(
        &self,
        segment: u32,
        range: Range<u64>,
    ) -> Result<Option<(BodyPlace, Digest, u64)>, StoreError> {
        let mut found = None;
        let files = &self.inner().bodies;
        let visited = files.visit_frames(segment, range, &mut |place, frame| {
            found = Some((place, frame.digest, place.offset() + place.frame_bytes()));
            Ok(false)
        });
        match visited {
            Ok(_) => Ok(found),
            Err(StoreError::DamagedSegment { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a frame of nobody over a range; its digest, unless the range cannot hold one.
    fn fill(&self, segment: u32, range: Range<u64>) -> Result<Option<Digest>, StoreError> {
        let room = (range.end - range.start).checked_sub(FRAME_HEADER_BYTES as u64);
        let Some(body) = room.and_then(|room| usize::try_from(room).ok()) else {
            return Ok(None);
        };
        let body = vec![0; body];
        let built = FrameHeader::build(NOBODY, Packing::default(), &body, &[]);
        let Some((header, digest)) = built else {
            return Ok(None);
        };
        let bytes = [&header.to_bytes()[..], &body].concat();
        self.inner().bodies.write(segment, range.start, &bytes)?;
        Ok(Some(digest))
    }

    fn mend_from(
        &self,
        segment: u32,
        missing: &BTreeMap<Ordinal, BodyPlace>,
        found: &mut BTreeSet<Ordinal>,
    ) -> Result<(), StoreError> {
        let files = &self.inner().bodies;
        let length = files.length(segment)?.unwrap_or_default();
        let mut moves: Vec<(BodyPlace, Vec<u8>)> = Vec::new();
        let visited = files.visit_frames(segment, 0..length, &mut |_, frame| {
            let header = &frame.header;
            if let Some(place) = missing.get(&header.ordinal)
                && BodyPlace::of(place.segment(), place.offset(), header) == *place
                && found.insert(header.ordinal)
            {
                let bytes = [&header.to_bytes()[..], frame.body, frame.text].concat();
                moves.push((*place, bytes));
            }
            Ok(true)
        });
        match visited {
            // What lies behind damage is not found.
            Ok(_) | Err(StoreError::DamagedSegment { .. }) => {}
            Err(error) => return Err(error),
        }
        for (place, bytes) in moves {
            files.write(place.segment(), place.offset(), &bytes)?;
        }
        Ok(())
    }
}

/// The ordinal of frames that only fill a gap: that of no document.
const NOBODY: Ordinal = Ordinal::from_value(u64::MAX);

#[cfg(test)]
mod tests;
