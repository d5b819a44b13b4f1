//! A unit as it lies in its row, found for an item and not yet opened.
//!
//! For: whoever kept what the unit said and asks whether it is the same. Invariant: two sealings of
//! a unit never have the same mark, for each has a version and a slot of its own.

use super::UNITS;
use crate::error::StoreError;
use base::Row;

/// The row of a unit, found for one item and not yet opened.
pub struct SealedUnit {
    pub(super) row: Row,
    pub(super) bucket: [u8; 16],
}

/// What tells one sealing of a unit from all others: the end of its row key, its slot and version,
/// and the tag of its sealed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitMark {
    start: [u8; 16],
    header: [u8; 16],
    tag: [u8; 16],
}

impl SealedUnit {
    /// What tells this sealing of the unit from all others.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the row is too short for a unit.
    pub fn mark(&self) -> Result<UnitMark, StoreError> {
        let Row { key, value } = &self.row;
        let (Some(start), Some(header), Some(tag)) =
            (key.last_chunk(), value.first_chunk(), value.last_chunk())
        else {
            return Err(StoreError::damaged(UNITS));
        };
        Ok(UnitMark {
            start: *start,
            header: *header,
            tag: *tag,
        })
    }
}
