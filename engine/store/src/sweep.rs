//! What recovery removes: body files and tails that the catalog does not name.
//!
//! Invariants: nothing that a committed row names is touched; work is one listing and one
//! length per segment, whatever lies in them; damage is reported, never mended.

use crate::bodies::BodyFiles;
use crate::error::{SegmentDamage, StoreError};
use crate::snapshot::{Snapshot, segments};

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Segment files that the catalog does not name; removed.
    pub orphans: Vec<u32>,
    /// Segments cut to their committed end, and by how many bytes.
    pub cut: Vec<(u32, u64)>,
    /// Segments that are missing, no files, or shorter than the catalog says; left as they are.
    pub damage: Vec<(u32, SegmentDamage)>,
}

/// Removes what `committed` does not name.
pub(crate) fn sweep(bodies: &BodyFiles, committed: &Snapshot) -> Result<Swept, StoreError> {
    let known = segments(committed)?;
    let mut swept = Swept::default();
    for segment in bodies.present()? {
        if known.binary_search_by_key(&segment, |row| row.0).is_err() {
            bodies.remove(segment)?;
            swept.orphans.push(segment);
        }
    }
    for (segment, row) in known {
        let length = match bodies.length(segment) {
            Err(StoreError::DamagedSegment { damage, .. }) => {
                swept.damage.push((segment, damage));
                continue;
            }
            length => length?,
        };
        match length {
            None => swept.damage.push((segment, SegmentDamage::Missing)),
            Some(length) if length < row.end => swept.damage.push((segment, SegmentDamage::Cut)),
            Some(length) if length > row.end => {
                bodies.cut(segment, row.end)?;
                swept.cut.push((segment, length - row.end));
            }
            Some(_) => {}
        }
    }
    Ok(swept)
}
