//! A bounded cache of opened nodes, shared by the trees of one store.
//!
//! For: nodes that have rows; a node without one costs a hash. An entry is found by its address
//! and by the key it was opened with, so that one cache serves the trees of several epochs and
//! never gives a node of one to the other. Room is taken in chunks that are locked in memory
//! where the system allows it; keys of leaves live outside, on the heap, while they are used.
//!
//! Lowest nodes have a shelf of their own: there are 64 times as many of them as of those above
//! and each is half as long, so that on one shelf they would drive out what every look-up needs.
//!
//! Invariants: at most so many nodes as the two shelves have room for; nothing of a node is left
//! when another takes its place, and nothing of any when the cache is cleared or dropped.

use super::node::{Address, Child, ChildPlace, Keys, LOWEST_BYTES, NODE_BYTES_MAX};
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
    lowest: Mutex<Entries>,
}

struct Entries {
    shelf: Shelf,
    /// Room for some nodes each: a node's key, then its plaintext.
    chunks: Vec<Resident>,
    places: BTreeMap<Address, usize>,
    held: Vec<Held>,
    hand: usize,
}

/// How much room there is.
#[derive(Clone, Copy)]
struct Shelf {
    nodes_max: usize,
    place_bytes: usize,
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
            inner: Mutex::new(Entries::new(INNER)),
            lowest: Mutex::new(Entries::new(LOWEST)),
        }
    }

    /// The child at `place` of the node that `key` opened at `address`.
    pub(super) fn child(&self, address: Address, key: &Secret, place: ChildPlace) -> Option<Child> {
        let mut entries = self.entries(address);
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
        let mut entries = self.entries(address);
        let at = entries.place_for(address);
        let plain = keys.plain();
        if let Some(node) = entries.node_mut(at) {
            let (head, rest) = node.split_at_mut(KEY_BYTES);
            let (body, rest) = rest.split_at_mut(plain.len());
            head.copy_from_slice(key.expose());
            body.copy_from_slice(plain);
            rest.zeroize();
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
        for shelf in [&self.inner, &self.lowest] {
            locked(shelf).clear();
        }
    }

    /// How many bytes the cache takes, and how many of them are locked in memory.
    pub(super) fn memory(&self) -> (usize, usize) {
        let (mut all, mut locked_in) = (0, 0);
        for shelf in [&self.inner, &self.lowest] {
            let entries = locked(shelf);
            let bytes = entries.shelf.chunk_bytes();
            let held = entries.chunks.iter().filter(|chunk| chunk.is_locked());
            locked_in += held.count() * bytes;
            all += entries.chunks.len() * bytes;
        }
        (all, locked_in)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        locked(&self.inner).places.len() + locked(&self.lowest).places.len()
    }

    #[cfg(test)]
    pub(super) fn is_wiped(&self) -> bool {
        [&self.inner, &self.lowest].iter().all(|shelf| {
            let entries = locked(shelf);
            let mut bytes = entries.chunks.iter().flat_map(|chunk| chunk.bytes());
            bytes.all(|byte| *byte == 0)
        })
    }

    fn entries(&self, address: Address) -> MutexGuard<'_, Entries> {
        locked(if address.is_lowest() {
            &self.lowest
        } else {
            &self.inner
        })
    }
}

fn locked(shelf: &Mutex<Entries>) -> MutexGuard<'_, Entries> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    const fn chunk_bytes(self) -> usize {
        CHUNK_NODES * self.place_bytes
    }

    /// Where the place number `at` lies in its chunk.
    const fn range(self, at: usize) -> Range<usize> {
        let start = at % CHUNK_NODES * self.place_bytes;
        start..start + self.place_bytes
    }
}

impl Entries {
    const fn new(shelf: Shelf) -> Self {
        Self {
            shelf,
            chunks: Vec::new(),
            places: BTreeMap::new(),
            held: Vec::new(),
            hand: 0,
        }
    }

    fn clear(&mut self) {
        for at in 0..self.held.len() {
            if let Some(node) = self.node_mut(at) {
                node.zeroize();
            }
        }
        self.places.clear();
        self.held.clear();
        self.hand = 0;
    }

    /// The place of `address`, a new one while there is room, else one not used of late.
    fn place_for(&mut self, address: Address) -> usize {
        if let Some(at) = self.places.get(&address) {
            return *at;
        }
        if self.held.len() < self.shelf.nodes_max {
            if self.held.len() == self.chunks.len() * CHUNK_NODES {
                self.chunks.push(Resident::new(self.shelf.chunk_bytes()));
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
        let chunk = self.chunks.get(at / CHUNK_NODES)?;
        chunk.bytes().get(self.shelf.range(at))
    }

    fn node_mut(&mut self, at: usize) -> Option<&mut [u8]> {
        let chunk = self.chunks.get_mut(at / CHUNK_NODES)?;
        chunk.bytes_mut().get_mut(self.shelf.range(at))
    }
}

const INNER: Shelf = Shelf {
    nodes_max: 3584,
    place_bytes: KEY_BYTES + NODE_BYTES_MAX,
};
const LOWEST: Shelf = Shelf {
    nodes_max: 1024,
    place_bytes: KEY_BYTES + LOWEST_BYTES,
};
/// Most nodes held.
#[cfg(test)]
pub(super) const NODES_MAX: usize = INNER.nodes_max + LOWEST.nodes_max;
const CHUNK_NODES: usize = 64;
const KEY_BYTES: usize = 32;

const _: () = assert!(INNER.nodes_max.is_multiple_of(CHUNK_NODES));
const _: () = assert!(LOWEST.nodes_max.is_multiple_of(CHUNK_NODES));
