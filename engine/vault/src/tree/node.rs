//! One node of the key tree: its address, its bytes, its children's keys.
//!
//! ```text
//! row key   = level u8 (1..=4) | grove u8 | number u32 BE
//! row       = ciphertext | tag (16), ChaCha20-Poly1305 (node key, zero nonce, associated data)
//! data      = "liasse node v1" | store (16) | row key (6)
//! plaintext = 128 (at level 4: 64) keys of 32 bytes | kept (16): bit n is set when child n has
//!             a row; absent at level 4
//! derived   = a node without a row: child n's key = keyed BLAKE3 (node key, label, n u8)
//! ```
//! Invariant: a node key either seals one row or derives children, never both: a row's key is
//! drawn at random when the row is sealed.

use super::{Grove, Slot};
use crate::digest::derive_secret;
use crate::kms::Epoch;
use crate::seal::{self, OpenError, TAG_BYTES, ZERO_NONCE};
use crate::secret::{Plain, Secret};
use base::entropy::NoEntropy;
use base::{Entropy, StoreId};
use std::fmt;
use std::ops::Range;

/// Where a node is in the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    level: u8,
    grove: Grove,
    number: u32,
}

/// The name of a node's row, for messages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NodeRow([u8; 6]);

impl NodeRow {
    /// The top record.
    pub(super) const TOP: Self = Self([0; 6]);
    /// The row of writers.
    pub(super) const WRITER: Self = Self([0xff, 0, 0, 0, 0, 0]);
}

/// A node's place among its parent's children.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChildPlace(u8);

/// The key of a child, and whether the child has a row.
pub(super) enum Child {
    /// It has no row: its own children derive from this key.
    Derived(Secret),
    /// Its row is sealed under this key.
    Kept(Secret),
}

/// The keys of a node's children: the plaintext of its row.
pub(super) struct Keys {
    bytes: Plain,
}

impl Address {
    pub(super) const fn grove(grove: Grove) -> Self {
        Self {
            level: 1,
            grove,
            number: 0,
        }
    }

    #[cfg(test)]
    pub(super) const fn of(level: u8, grove: Grove, number: u32) -> Self {
        Self {
            level,
            grove,
            number,
        }
    }

    /// The child below `place`, or `None` when that is a leaf.
    pub(super) fn child(self, place: ChildPlace) -> Option<Self> {
        (self.level < LEVELS).then(|| Self {
            level: self.level + 1,
            grove: self.grove,
            number: self.number * INNER_CHILDREN + u32::from(place.0),
        })
    }

    /// The child on the way to `slot`, which lies below this node.
    pub(super) fn child_toward(self, slot: Slot) -> ChildPlace {
        let below = slot.number() / self.leaves_per_child();
        let place = below % self.child_count();
        ChildPlace(u8::try_from(place).expect("a node has at most 128 children"))
    }

    pub(super) fn children(self) -> impl Iterator<Item = ChildPlace> {
        let count = u8::try_from(self.child_count()).unwrap_or(u8::MAX);
        (0..count).map(ChildPlace)
    }

    pub(super) fn row(self) -> [u8; 6] {
        let number = self.number.to_be_bytes();
        let [a, b, c, d] = number;
        [self.level, self.grove.number(), a, b, c, d]
    }

    pub(super) fn name(self) -> NodeRow {
        NodeRow(self.row())
    }

    pub(super) const fn is_lowest(self) -> bool {
        self.level == LEVELS
    }

    const fn child_count(self) -> u32 {
        if self.is_lowest() {
            LOWEST_CHILDREN
        } else {
            INNER_CHILDREN
        }
    }

    const fn leaves_per_child(self) -> u32 {
        match self.level {
            1 => INNER_CHILDREN * INNER_CHILDREN * LOWEST_CHILDREN,
            2 => INNER_CHILDREN * LOWEST_CHILDREN,
            3 => LOWEST_CHILDREN,
            _ => 1,
        }
    }

    const fn plain_bytes(self) -> usize {
        if self.is_lowest() {
            LOWEST_BYTES
        } else {
            NODE_BYTES_MAX
        }
    }

    fn associated_data(self, store: StoreId) -> [u8; 36] {
        let mut data = [0; 36];
        data[..14].copy_from_slice(NODE_LABEL);
        data[14..30].copy_from_slice(store.as_bytes());
        data[30..].copy_from_slice(&self.row());
        data
    }
}

impl Child {
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::Derived(key) | Self::Kept(key) => key,
        }
    }

    pub(super) fn into_secret(self) -> Secret {
        match self {
            Self::Derived(key) | Self::Kept(key) => key,
        }
    }

    pub(super) fn copy(&self) -> Self {
        match self {
            Self::Derived(key) => Self::Derived(key.copy()),
            Self::Kept(key) => Self::Kept(key.copy()),
        }
    }
}

impl Keys {
    /// Opens the row of a node, where it lies.
    pub(super) fn open(
        store: StoreId,
        address: Address,
        key: &Secret,
        mut row: Vec<u8>,
    ) -> Result<Self, OpenError> {
        let (body, tag) = row
            .split_last_chunk::<TAG_BYTES>()
            .ok_or(OpenError::Truncated)?;
        let (length, tag) = (body.len(), *tag);
        if length != address.plain_bytes() {
            return Err(OpenError::Truncated);
        }
        row.truncate(length);
        let mut bytes = Plain::new(row);
        let data = address.associated_data(store);
        let cipher = seal::cipher(key);
        cipher.decrypt(&ZERO_NONCE, &data, bytes.bytes_mut(), &tag)?;
        Ok(Self { bytes })
    }

    /// The keys that derive from the key of a node without a row.
    pub(super) fn derive(address: Address, key: &Secret) -> Self {
        let mut bytes = Plain::new(vec![0; address.plain_bytes()]);
        for place in address.children() {
            let child = derived_child(key, place);
            bytes.bytes_mut()[key_range(place)].copy_from_slice(child.expose());
        }
        Self { bytes }
    }

    pub(super) fn child(&self, place: ChildPlace) -> Option<Child> {
        Self::child_of(&self.bytes, place)
    }

    /// The child at `place` in the plaintext of a node.
    pub(super) fn child_of(plain: &[u8], place: ChildPlace) -> Option<Child> {
        let key = plain.get(key_range(place))?.first_chunk()?;
        let key = Secret::from_bytes(key);
        Some(match plain.get(kept_byte(place)) {
            Some(byte) if byte & kept_bit(place) == 0 => Child::Derived(key),
            Some(_) | None => Child::Kept(key),
        })
    }

    pub(super) fn plain(&self) -> &[u8] {
        &self.bytes
    }

    /// Sets the key of a child that has a row, or of a leaf.
    pub(super) fn set(&mut self, place: ChildPlace, key: &Secret) {
        self.bytes.bytes_mut()[key_range(place)].copy_from_slice(key.expose());
        if let Some(byte) = self.bytes.bytes_mut().get_mut(kept_byte(place)) {
            *byte |= kept_bit(place);
        }
    }

    /// Draws the key to seal these children's keys under. The draw is hashed with what it will
    /// seal, so that a random source that repeats itself (a cloned machine) cannot make one key
    /// seal two nodes.
    pub(super) fn fresh_key(
        &self,
        address: Address,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Secret, NoEntropy> {
        let drawn = Secret::random(entropy)?;
        let epoch = epoch.number().to_le_bytes();
        Ok(derive_secret(
            &drawn,
            FRESH_LABEL,
            &[&address.row(), &epoch, &self.bytes],
        ))
    }

    /// Seals under `key`, which must be fresh: it seals nothing else.
    pub(super) fn seal(&self, store: StoreId, address: Address, key: &Secret) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + TAG_BYTES);
        out.extend_from_slice(&self.bytes);
        let data = address.associated_data(store);
        let tag = seal::cipher(key).encrypt(&ZERO_NONCE, &data, &mut out);
        out.extend_from_slice(&tag);
        out
    }
}

impl fmt::Display for NodeRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for NodeRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeRow({self})")
    }
}

/// Whether `data` is a row key and a row that opens under `key`.
pub(crate) fn probe_node(store: StoreId, key: &Secret, data: &[u8]) -> bool {
    let Some(([level, grove, number @ ..], row)) = data.split_first_chunk::<6>() else {
        return false;
    };
    let Some(grove) = Grove::ALL.get(usize::from(*grove)) else {
        return false;
    };
    let address = Address {
        level: (*level).clamp(1, LEVELS),
        grove: *grove,
        number: u32::from_be_bytes(*number) % LEAVES,
    };
    let Ok(keys) = Keys::open(store, address, key, row.to_vec()) else {
        return false;
    };
    address.children().all(|place| keys.child(place).is_some())
}

#[cfg(test)]
pub(crate) fn probe_node_seeds(store: StoreId, key: &Secret) -> Vec<Vec<u8>> {
    let lowest = Address {
        level: LEVELS,
        grove: Grove::Unit,
        number: 5,
    };
    [Address::grove(Grove::Dossier), lowest]
        .map(|address| {
            let keys = Keys::derive(address, &Secret::zero());
            [&address.row()[..], &keys.seal(store, address, key)].concat()
        })
        .into()
}

/// The key of a child of a node without a row.
pub(super) fn derived_child(key: &Secret, place: ChildPlace) -> Secret {
    derive_secret(key, CHILD_LABEL, &[&[place.0]])
}

fn key_range(place: ChildPlace) -> Range<usize> {
    let start = usize::from(place.0) * KEY_BYTES;
    start..start + KEY_BYTES
}

fn kept_byte(place: ChildPlace) -> usize {
    INNER_CHILDREN as usize * KEY_BYTES + usize::from(place.0) / 8
}

fn kept_bit(place: ChildPlace) -> u8 {
    1 << (place.0 % 8)
}

/// Leaves of a grove.
pub(super) const LEAVES: u32 = INNER_CHILDREN * INNER_CHILDREN * INNER_CHILDREN * LOWEST_CHILDREN;
const LEVELS: u8 = 4;
const INNER_CHILDREN: u32 = 128;
const LOWEST_CHILDREN: u32 = 64;
const KEY_BYTES: usize = 32;
/// The plaintext of a lowest node.
pub(super) const LOWEST_BYTES: usize = LOWEST_CHILDREN as usize * KEY_BYTES;
/// The longest plaintext of a node, that of every other.
pub(super) const NODE_BYTES_MAX: usize = INNER_CHILDREN as usize * KEY_BYTES + KEPT_BYTES;
const KEPT_BYTES: usize = INNER_CHILDREN as usize / 8;
const NODE_LABEL: &[u8; 14] = b"liasse node v1";
const FRESH_LABEL: &str = "liasse fresh v1";
const CHILD_LABEL: &str = "liasse child v1";

const _: () = assert!(LEAVES == 134_217_728);
