//! Segments that were copied elsewhere: checking them, and completing those that are short.
//!
//! For: backup and restore. Not for: a store in use. Invariants: a frame is believed for its
//! checksum and its ordinal alone here, the body's own seal decides when it is read; what is not
//! found leaves zeroes, which no frame is, so that it is damage and never another's body.

use crate::bodies::{self, BodyFiles};
use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::frame::BodyPlace;
use base::disk::Disk;
use base::{Ordinal, StoreId};
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

#[cfg(test)]
mod tests;
