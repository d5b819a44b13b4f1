//! A bounded cache of opened nodes, shared by the trees of one store.
//!
//! For: nodes that have rows; a node without one costs a hash. An entry is found by its address
//! and by the key it was opened with, so that one cache serves the trees of several epochs and
//! never gives a node of one to the other. Room is taken in chunks that are locked in memory
//! where the system allows it; keys of leaves live outside, on the heap, while they are used.
//!
//! Invariants: at most [`NODES_MAX`] nodes; a place is wiped before another node takes it and
//! when the cache is cleared or dropped.

use super::node::{Address, Child, ChildPlace, Keys, NODE_BYTES_MAX};
use crate::resident::Resident;
use crate::seal::same;
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroize;

/// Opened nodes.
pub(super) struct NodeCache {
    inner: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// Room for some nodes each: a node's key, then its plaintext.
    chunks: Vec<Resident>,
    places: BTreeMap<Address, usize>,
    held: Vec<Held>,
    hand: usize,
}

/// What lies in a place.
struct Held {
    address: Address,
    bytes: usize,
    used: Used,
}

/// Whether a node was asked for since the hand last passed it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Used {
    No,
    Yes,
}

impl NodeCache {
    pub(super) fn new() -> Self {
        Self {
            inner: Mutex::new(Entries::default()),
        }
    }

    /// The child at `place` of the node that `key` opened at `address`.
    pub(super) fn child(&self, address: Address, key: &Secret, place: ChildPlace) -> Option<Child> {
        let mut entries = self.entries();
        let at = *entries.places.get(&address)?;
        let count = entries.held.get(at)?.bytes;
        let (node_key, plain) = entries.node(at)?.split_first_chunk()?;
        let child = same(node_key, key.expose())
            .then(|| Keys::child_of(plain.get(..count)?, place))
            .flatten()?;
        entries.held.get_mut(at)?.used = Used::Yes;
        Some(child)
    }

    /// Keeps the node that `key` opened at `address`.
    pub(super) fn insert(&self, address: Address, key: &Secret, keys: &Keys) {
        let mut entries = self.entries();
        let at = entries.place_for(address);
        let plain = keys.plain();
        if let Some(node) = entries.node_mut(at) {
            node.zeroize();
            node[..KEY_BYTES].copy_from_slice(key.expose());
            node[KEY_BYTES..KEY_BYTES + plain.len()].copy_from_slice(plain);
        }
        entries.places.insert(address, at);
        let held = Held {
            address,
            bytes: plain.len(),
            used: Used::No,
        };
        match entries.held.get_mut(at) {
            Some(place) => *place = held,
            None => entries.held.push(held),
        }
    }

    /// Wipes every node and keeps the room, which is bounded.
    pub(super) fn clear(&self) {
        let mut entries = self.entries();
        for at in 0..entries.held.len() {
            if let Some(node) = entries.node_mut(at) {
                node.zeroize();
            }
        }
        entries.places.clear();
        entries.held.clear();
        entries.hand = 0;
    }

    /// How many bytes the cache takes, and how many of them are locked in memory.
    pub(super) fn memory(&self) -> (usize, usize) {
        let entries = self.entries();
        let locked = entries
            .chunks
            .iter()
            .filter(|chunk| chunk.is_locked())
            .count();
        (entries.chunks.len() * CHUNK_BYTES, locked * CHUNK_BYTES)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries().places.len()
    }

    #[cfg(test)]
    pub(super) fn is_wiped(&self) -> bool {
        let entries = self.entries();
        let mut bytes = entries.chunks.iter().flat_map(|chunk| chunk.bytes());
        bytes.all(|byte| *byte == 0)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// The place of `address`, a new one while there is room, else one not used of late.
    fn place_for(&mut self, address: Address) -> usize {
        if let Some(at) = self.places.get(&address) {
            return *at;
        }
        if self.held.len() < NODES_MAX {
            if self.held.len() == self.chunks.len() * CHUNK_NODES {
                self.chunks.push(Resident::new(CHUNK_BYTES));
            }
            return self.held.len();
        }
        loop {
            self.hand = (self.hand + 1) % self.held.len();
            let held = &mut self.held[self.hand];
            match held.used {
                Used::Yes => held.used = Used::No,
                Used::No => {
                    self.places.remove(&held.address);
                    return self.hand;
                }
            }
        }
    }

    fn node(&self, at: usize) -> Option<&[u8]> {
        self.chunks.get(at / CHUNK_NODES)?.bytes().get(range(at))
    }

    fn node_mut(&mut self, at: usize) -> Option<&mut [u8]> {
        self.chunks
            .get_mut(at / CHUNK_NODES)?
            .bytes_mut()
            .get_mut(range(at))
    }
}

fn range(at: usize) -> Range<usize> {
    let start = at % CHUNK_NODES * PLACE_BYTES;
    start..start + PLACE_BYTES
}

/// Most nodes held.
pub(super) const NODES_MAX: usize = 4096;
const CHUNK_NODES: usize = 64;
const KEY_BYTES: usize = 32;
const PLACE_BYTES: usize = KEY_BYTES + NODE_BYTES_MAX;
const CHUNK_BYTES: usize = CHUNK_NODES * PLACE_BYTES;

const _: () = assert!(NODES_MAX.is_multiple_of(CHUNK_NODES));
