//! The names of units' rows, and the intervals of buckets that they cover.

use super::UnitKind;

pub(super) type RowName = [u8; 17];

pub(super) fn row_name(kind: UnitKind, bucket: [u8; 16]) -> RowName {
    let mut name = [kind.byte(); 17];
    name[1..].copy_from_slice(&bucket);
    name
}

/// The middle of the interval that a unit covers, unless it is a single bucket.
pub(super) fn middle(row: &RowName, end: [u8; 16]) -> Option<[u8; 16]> {
    let start = u128::from_be_bytes(*row[1..].first_chunk()?);
    let end = u128::from_be_bytes(end);
    let middle = start + (end.checked_sub(start)?).div_ceil(2);
    (middle > start).then(|| middle.to_be_bytes())
}

pub(super) fn before(bucket: [u8; 16]) -> [u8; 16] {
    u128::from_be_bytes(bucket).saturating_sub(1).to_be_bytes()
}

pub(super) fn after(bucket: [u8; 16]) -> [u8; 16] {
    u128::from_be_bytes(bucket).saturating_add(1).to_be_bytes()
}
