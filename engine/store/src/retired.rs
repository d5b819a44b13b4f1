//! Key slots that nothing is sealed under any more, and whose keys still exist.
//!
//! ```text
//! table "retired_slots", row key: grove u8 | first slot u32, big-endian
//!                        value: how many slots u32, little-endian, not 0
//! ```
//! For: erasure, which gives them fresh keys with the next root. A segment that was merged away
//! and a sealed unit that was split live on in older copies of the store, under keys that the
//! living tree still derives. Not for: replacing keys (`vault`).
//! Invariant: a slot is listed in the commit in which the last row or file under it left, or that
//! gave it out for a file of which no commit knows yet; it leaves the list in the commit that
//! replaces its key, or that names the file.

use crate::error::StoreError;
use base::{RowRead, RowWrite, Table};
use std::ops::ControlFlow;
use vault::{Grove, Slot};

/// Lists a slot as retired.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn retire(rows: &mut dyn RowWrite, grove: Grove, slot: Slot) -> Result<(), StoreError> {
    retire_run(rows, grove, slot, 1)
}

/// Lists `count` slots from `first` on as retired, in one row: an unclean end retires many.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn retire_run(
    rows: &mut dyn RowWrite,
    grove: Grove,
    first: Slot,
    count: u32,
) -> Result<(), StoreError> {
    let key = key(grove, first.number());
    let listed = match rows.row(RETIRED, &key)? {
        Some(row) => run(&key, &row).ok_or(StoreError::damaged(RETIRED))?.1,
        None => 0,
    };
    let count = count.max(listed);
    if count == 0 {
        return Ok(());
    }
    Ok(rows.put(RETIRED, &key, &count.to_le_bytes())?)
}

/// Takes a slot off the list, since something is sealed under it from here on; `false` when it is
/// not on it: a rotation replaced its key meanwhile.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn take_up(rows: &mut dyn RowWrite, grove: Grove, slot: Slot) -> Result<bool, StoreError> {
    let number = slot.number();
    let mut found = false;
    for (first, count) in runs(rows, grove)? {
        let end = first.saturating_add(count);
        if !(first..end).contains(&number) {
            continue;
        }
        found = true;
        rows.remove(RETIRED, &key(grove, first))?;
        let parts = [(first, number), (number.saturating_add(1), end)];
        for (first, end) in parts.into_iter().filter(|(first, end)| first < end) {
            let first_slot = Slot::new(first).map_err(|_| StoreError::damaged(RETIRED))?;
            retire_run(rows, grove, first_slot, end - first)?;
        }
    }
    Ok(found)
}

/// Takes every retired slot of a grove off the list, for a rotation in the same transaction.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn take_retired(rows: &mut dyn RowWrite, grove: Grove) -> Result<Vec<Slot>, StoreError> {
    let runs = runs(rows, grove)?;
    for (first, _) in &runs {
        rows.remove(RETIRED, &key(grove, *first))?;
    }
    slots(&runs)
}

/// The retired slots of a grove, in order, each once.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn retired(rows: &dyn RowRead, grove: Grove) -> Result<Vec<Slot>, StoreError> {
    slots(&runs(rows, grove)?)
}

/// The first slot and the length of each run, in order.
fn runs(rows: &dyn RowRead, grove: Grove) -> Result<Vec<(u32, u32)>, StoreError> {
    let mut runs = Some(Vec::new());
    rows.visit(
        RETIRED,
        &key(grove, 0),
        &key(grove, u32::MAX),
        &mut |key, value| {
            runs = runs.take().zip(run(key, value)).map(|(mut runs, run)| {
                runs.push(run);
                runs
            });
            ControlFlow::Continue(())
        },
    )?;
    runs.ok_or(StoreError::damaged(RETIRED))
}

fn run(key: &[u8], value: &[u8]) -> Option<(u32, u32)> {
    let first = u32::from_be_bytes(key.get(1..)?.try_into().ok()?);
    let count = u32::from_le_bytes(value.try_into().ok()?);
    // INVARIANT(S15): a run ends before the slots do, so that its length allocates no more.
    let ends = first.checked_add(count)? <= Slot::COUNT;
    (count > 0 && ends).then_some((first, count))
}

fn slots(runs: &[(u32, u32)]) -> Result<Vec<Slot>, StoreError> {
    let mut slots = Vec::new();
    let mut next = 0;
    for (first, count) in runs {
        let end = first.saturating_add(*count);
        for number in next.max(*first)..end {
            slots.push(Slot::new(number).map_err(|_| StoreError::damaged(RETIRED))?);
        }
        next = next.max(end);
    }
    Ok(slots)
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

pub(crate) const RETIRED: Table = Table::new("retired_slots");

#[cfg(test)]
mod tests;
