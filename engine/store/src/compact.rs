//! Taking back the room of bodies that nothing names any more.
//!
//! For: the committer, between its groups. Not for: the catalog's own pages.
//! Invariants: one segment is drained at a time, so at most one segment's live bytes exist
//! twice; a frame is alive when its dossier's key block names its very place; a compaction that
//! was cut short starts again at the segment's beginning and finds the moved frames dead.

use crate::catalog::Catalog;
use crate::error::{SegmentDamage, StoreError};
use crate::frame::BodyPlace;
use crate::head::{DossierSeal, SealedHead};
use crate::meta::SegmentState;
use crate::snapshot::Snapshot;
use crate::transaction::{SealedBody, Transaction};
use base::{Digest, DocumentNumber, DossierNumber, Entropy, RowRead};
use std::collections::{BTreeMap, BTreeSet};
use vault::DossierKey;

/// The draining of one body segment.
pub struct Compaction {
    segment: u32,
    offset: u64,
    end: u64,
}

/// Which segments may be drained.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The least share of one that is dead, in percent.
    pub dead_percent_min: u8,
    /// Most bytes that live in one: they are written anew before its file goes.
    pub live_bytes_max: u64,
    /// Those that stay as they are: damaged ones.
    pub without: BTreeSet<u32>,
}

impl Choice {
    /// Every segment of which at least this share is dead.
    #[must_use]
    pub const fn of(dead_percent_min: u8) -> Self {
        Self {
            dead_percent_min,
            live_bytes_max: u64::MAX,
            without: BTreeSet::new(),
        }
    }
}

/// How far a step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Frames are left: commit, then step again.
    More,
    /// The segment is empty and leaves the catalog with this transaction.
    Drained,
}

/// Opens the key of the dossier in a slot.
pub type KeyOf<'a> = dyn FnMut(&dyn RowRead, u32) -> Result<DossierKey, StoreError> + 'a;

/// A frame on its way to another segment.
struct Moving {
    number: DocumentNumber,
    place: BodyPlace,
    digest: Digest,
    body: Vec<u8>,
    text: Vec<u8>,
}

impl Compaction {
    /// Chooses the segment that gives back most: one that was being drained, else the one with
    /// the largest dead part. The segment that frames are appended to is closed when it is chosen.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] and what the rows give.
    pub fn plan(snapshot: &Snapshot, choice: &Choice) -> Result<Option<Self>, StoreError> {
        let mut segments = snapshot.segments()?;
        segments.retain(|(segment, row)| {
            !choice.without.contains(segment)
                && row.end.saturating_sub(row.dead) <= choice.live_bytes_max
        });
        let draining = segments
            .iter()
            .find(|(_, row)| row.state == SegmentState::Draining);
        let worst = segments
            .iter()
            .filter(|(_, row)| row.state != SegmentState::Draining && row.dead > 0)
            .filter(|(_, row)| row.dead * 100 >= row.end * u64::from(choice.dead_percent_min))
            .max_by_key(|(_, row)| row.dead);
        Ok(draining.or(worst).map(|(segment, row)| Self {
            segment: *segment,
            offset: 0,
            end: row.end,
        }))
    }

    /// The segment that is drained.
    #[must_use]
    pub const fn segment(&self) -> u32 {
        self.segment
    }

    /// Moves live frames of up to `bytes_max` bytes (at least one frame) to the current
    /// segment. The new leaves are in the state tree; the caller commits.
    ///
    /// # Errors
    /// [`StoreError::DamagedSegment`], [`StoreError::DamagedRow`], those of the disk; the
    /// transaction must be dropped then.
    pub fn step(
        &mut self,
        catalog: &Catalog,
        transaction: &mut Transaction,
        key_of: &mut KeyOf<'_>,
        entropy: &dyn Entropy,
        bytes_max: u64,
    ) -> Result<Step, StoreError> {
        transaction.begin_draining(self.segment)?;
        let mut window: BTreeMap<DossierNumber, Vec<Moving>> = BTreeMap::new();
        let from = self.offset;
        self.offset = catalog.inner().bodies.visit_frames(
            self.segment,
            from..self.end,
            &mut |place, frame| {
                let ordinal = frame.header.ordinal;
                let moving = Moving {
                    number: ordinal.document(),
                    place,
                    digest: frame.digest,
                    body: frame.body.to_vec(),
                    text: frame.text.to_vec(),
                };
                window.entry(ordinal.dossier()).or_default().push(moving);
                Ok(place.offset() + place.frame_bytes() < from.saturating_add(bytes_max))
            },
        )?;
        for (number, frames) in window {
            if let Some(leaf) = move_dossier(transaction, number, frames, key_of, entropy)? {
                transaction.set_leaf(number, Some(leaf))?;
            }
        }
        if self.offset < self.end {
            Ok(Step::More)
        } else {
            transaction.drop_segment(self.segment);
            Ok(Step::Drained)
        }
    }
}

/// Moves those of the frames that the dossier still names.
fn move_dossier(
    transaction: &mut Transaction,
    number: DossierNumber,
    frames: Vec<Moving>,
    key_of: &mut KeyOf<'_>,
    entropy: &dyn Entropy,
) -> Result<Option<Digest>, StoreError> {
    let Some(sealed) = SealedHead::read(transaction, number)? else {
        return Ok(None);
    };
    let key = key_of(transaction, sealed.slot())?;
    let seal = DossierSeal {
        store: transaction.store(),
        key: &key,
    };
    let mut head = sealed.open_for_change(seal)?;
    let mut moved = false;
    for frame in frames {
        let stored = head.body(transaction, seal, frame.number)?;
        let Some(stored) = stored.filter(|stored| stored.place == frame.place) else {
            continue;
        };
        if stored.digest != frame.digest {
            return Err(StoreError::DamagedSegment {
                segment: frame.place.segment(),
                damage: SegmentDamage::Damaged,
            });
        }
        let again = SealedBody {
            body: &frame.body,
            text: &frame.text,
            packing: frame.place.packing(),
        };
        let (place, _) = transaction.append(number.ordinal(frame.number), again)?;
        head.move_body(transaction, seal, frame.number, place)?;
        transaction.release(frame.place)?;
        moved = true;
    }
    if moved {
        head.store(transaction, seal, entropy).map(Some)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
