//! The leaf keys found of late, so that asking again for a patient's costs no hash and no row.
//!
//! An entry is found by its slot and by the key of the grove: whatever is forgotten in a grove
//! changes that key, so that an entry serves exactly the trees in which the leaf's key is the
//! same. Each slot has one place, which the last one to take it has.
//!
//! Invariants: room for [`PLACES`] keys, taken once and resident; a place is wiped with the cache.

use super::{Grove, Slot};
use crate::resident::Resident;
use crate::seal::same;
use crate::secret::Secret;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroize;

/// Leaf keys.
pub(super) struct LeafCache {
    places: Mutex<Option<Resident>>,
}

impl LeafCache {
    pub(super) const fn new() -> Self {
        Self {
            places: Mutex::new(None),
        }
    }

    /// The key of `slot` below `grove_key`.
    pub(super) fn key(&self, grove: Grove, slot: Slot, grove_key: &Secret) -> Option<Secret> {
        let places = self.places();
        let place = places.as_ref()?.bytes().get(range(slot))?;
        let (name, rest) = place.split_first_chunk()?;
        let (above, rest) = rest.split_first_chunk()?;
        let here = *name == named(grove, slot) && same(above, grove_key.expose());
        here.then(|| rest.first_chunk().map(Secret::from_bytes))?
    }

    /// Keeps the key of `slot` below `grove_key`.
    pub(super) fn keep(&self, grove: Grove, slot: Slot, grove_key: &Secret, key: &Secret) {
        let mut places = self.places();
        let room = places.get_or_insert_with(|| Resident::new(PLACES * PLACE_BYTES));
        if let Some(place) = room.bytes_mut().get_mut(range(slot)) {
            let (name, keys) = place.split_at_mut(NAME_BYTES);
            let (above, leaf) = keys.split_at_mut(KEY_BYTES);
            name.copy_from_slice(&named(grove, slot));
            above.copy_from_slice(grove_key.expose());
            leaf.copy_from_slice(key.expose());
        }
    }

    pub(super) fn clear(&self) {
        if let Some(places) = self.places().as_mut() {
            places.bytes_mut().zeroize();
        }
    }

    /// The bytes taken, and how many of them are locked in memory.
    pub(super) fn memory(&self) -> (usize, usize) {
        match self.places().as_ref() {
            Some(places) if places.is_locked() => (places.bytes().len(), places.bytes().len()),
            Some(places) => (places.bytes().len(), 0),
            None => (0, 0),
        }
    }

    fn places(&self) -> MutexGuard<'_, Option<Resident>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Never all zero, so that an empty place is nobody's.
fn named(grove: Grove, slot: Slot) -> [u8; NAME_BYTES] {
    let [a, b, c, d] = slot.number().to_le_bytes();
    [1 + grove.number(), 0, 0, 0, a, b, c, d]
}

fn range(slot: Slot) -> Range<usize> {
    let place = slot.number() as usize % PLACES;
    place * PLACE_BYTES..(place + 1) * PLACE_BYTES
}

/// How many keys there is room for.
pub(super) const PLACES: usize = 4096;
const NAME_BYTES: usize = 8;
const KEY_BYTES: usize = 32;
const PLACE_BYTES: usize = NAME_BYTES + 2 * KEY_BYTES;
