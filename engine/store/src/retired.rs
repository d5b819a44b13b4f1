//! Key slots that nothing is sealed under any more, and whose keys still exist.
//!
//! ```text
//! table "retired_slots", row key: grove u8 | slot u32, big-endian; value: u8 = 1
//! ```
//! For: erasure, which gives them fresh keys with the next root. A segment that was merged away
//! and a sealed unit that was split live on in older copies of the store, under keys that the
//! living tree still derives. Not for: replacing keys (`vault`).
//! Invariant: a slot is listed in the commit in which the last row or file under it left, and
//! leaves the list in the commit that replaces its key.

use crate::error::StoreError;
use base::{RowRead, RowWrite, Table};
use std::ops::ControlFlow;
use vault::{Grove, Slot};

/// Lists a slot as retired.
///
/// # Errors
/// What the rows give.
pub fn retire(rows: &mut dyn RowWrite, grove: Grove, slot: Slot) -> Result<(), StoreError> {
    Ok(rows.put(RETIRED, &key(grove, slot.number()), &[1])?)
}

/// Takes every retired slot of a grove off the list, for a rotation in the same transaction.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn take_retired(rows: &mut dyn RowWrite, grove: Grove) -> Result<Vec<Slot>, StoreError> {
    let slots = retired(rows, grove)?;
    for slot in &slots {
        rows.remove(RETIRED, &key(grove, slot.number()))?;
    }
    Ok(slots)
}

/// The retired slots of a grove, in order.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn retired(rows: &dyn RowRead, grove: Grove) -> Result<Vec<Slot>, StoreError> {
    let mut keys = Vec::new();
    rows.visit(
        RETIRED,
        &key(grove, 0),
        &key(grove, u32::MAX),
        &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        },
    )?;
    let parse = |key: &Vec<u8>| {
        let number = key.get(1..)?.try_into().ok().map(u32::from_be_bytes)?;
        Slot::new(number).ok()
    };
    let slots: Option<Vec<Slot>> = keys.iter().map(parse).collect();
    slots.ok_or(StoreError::damaged(RETIRED))
}

fn key(grove: Grove, slot: u32) -> [u8; 5] {
    let mut key = [0; 5];
    key[0] = match grove {
        Grove::Dossier => 0,
        Grove::Audit => 1,
        Grove::Segment => 2,
        Grove::Unit => 3,
    };
    key[1..].copy_from_slice(&slot.to_be_bytes());
    key
}

const RETIRED: Table = Table::new("retired_slots");

#[cfg(test)]
mod tests;
