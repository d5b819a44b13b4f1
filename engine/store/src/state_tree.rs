//! The state tree: one digest for all dossiers of a store, checkable without any key.
//!
//! ```text
//! row key:   level u8 | node number, 5 bytes big-endian
//! row value: which children are there, u16 | their digests, 32 bytes each, in order
//! ```
//! Level 0 node n holds the leaves of dossiers 16 n to 16 n + 15, level l + 1 node n the level l
//! nodes 16 n to 16 n + 15. A node's digest is `vault::digest("liasse state node v1", [level,
//! value])`. The root is `vault::digest("liasse state root v1", [height, top node's digest])`,
//! the height that of the largest dossier number; a store without dossiers has the zero root.
//! See docs/format.md, "State tree".
//!
//! Invariants: a leaf is the digest of a dossier's head row, which holds the digests of all its
//! other rows; a dossier with a leaf and without a head is damage, never "not found".

use crate::error::{Malformed, StoreError};
use base::{Cursor, Digest, DossierNumber, RowRead, RowWrite, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Sets leaves (`None` removes one) and returns the new root. A transaction does the same in
/// two steps, see [`crate::Transaction::set_leaf`].
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn update(
    rows: &mut dyn RowWrite,
    leaves: &BTreeMap<DossierNumber, Option<Digest>>,
) -> Result<Digest, StoreError> {
    let mut pending = Pending::default();
    for (number, leaf) in leaves {
        pending.set(rows, *number, *leaf)?;
    }
    pending.finish(rows)
}

/// Leaves that were set while the nodes above them wait, so that many leaves of one transaction
/// cost one walk to the root.
#[derive(Default)]
pub(crate) struct Pending {
    /// The height before the first leaf was set.
    old_height: Option<u8>,
    /// Nodes of level 0 that changed.
    nodes: BTreeSet<u64>,
}

impl Pending {
    /// Sets a leaf; readers of `rows` see it at once.
    pub(crate) fn set(
        &mut self,
        rows: &mut dyn RowWrite,
        dossier: DossierNumber,
        leaf: Option<Digest>,
    ) -> Result<(), StoreError> {
        if self.old_height.is_none() {
            self.old_height = Some(height(rows)?);
        }
        let leaf = leaf.unwrap_or(Digest::ZERO);
        let changes = BTreeMap::from([(dossier.number(), leaf)]);
        let changed = update_level(rows, 0, &changes)?;
        self.nodes.extend(changed.into_keys());
        Ok(())
    }

    /// Brings the nodes above the changed ones up to date; returns the root.
    pub(crate) fn finish(&mut self, rows: &mut dyn RowWrite) -> Result<Digest, StoreError> {
        let nodes = std::mem::take(&mut self.nodes);
        if let (Some(old_height), Some(largest)) = (self.old_height.take(), nodes.last()) {
            let new_height = old_height.max(levels(largest.saturating_mul(ARITY as u64)));
            let mut changes = BTreeMap::new();
            for number in &nodes {
                changes.insert(*number, node(rows, 0, *number)?.digest(0));
            }
            for level in 1..new_height {
                if level == old_height {
                    // The tree grows: its old top becomes the first child of the next level.
                    let top = node(rows, level - 1, 0)?.digest(level - 1);
                    changes.entry(0).or_insert(top);
                }
                changes = update_level(rows, level, &changes)?;
            }
        }
        root(rows)
    }
}

/// The root of the tree.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn root(rows: &dyn RowRead) -> Result<Digest, StoreError> {
    let height = height(rows)?;
    match height.checked_sub(1) {
        None => Ok(Digest::ZERO),
        Some(top) => {
            let digest = node(rows, top, 0)?.digest(top);
            Ok(vault::digest(ROOT_DOMAIN, &[&[height], digest.as_bytes()]))
        }
    }
}

/// The leaf of a dossier, or `None` when the tree does not know it.
///
/// # Errors
/// [`StoreError::DamagedRow`] and what the rows give.
pub fn leaf(rows: &dyn RowRead, dossier: DossierNumber) -> Result<Option<Digest>, StoreError> {
    let (parent, slot) = split(dossier.number());
    let leaf = node(rows, 0, parent)?.children[slot];
    Ok((leaf != Digest::ZERO).then_some(leaf))
}

/// Checks every node against its children, and hands every leaf to `visit`.
///
/// # Errors
/// [`StoreError::DamagedRow`] at the first node that contradicts its children.
pub fn verify(
    rows: &dyn RowRead,
    visit: &mut dyn FnMut(DossierNumber, Digest) -> Result<(), StoreError>,
) -> Result<Digest, StoreError> {
    let height = height(rows)?;
    let mut below: BTreeMap<u64, Digest> = BTreeMap::new();
    for level in 0..height {
        let mut digests = BTreeMap::new();
        let mut outcome = Ok(());
        rows.visit(
            TABLE,
            &[level],
            &[level, 0xff, 0xff, 0xff, 0xff, 0xff],
            &mut |key, value| {
                outcome = check_node(level, key, value, &below, &mut digests, visit);
                match outcome {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            },
        )?;
        outcome?;
        // Every node that is there is a child of one that is there.
        if level > 0
            && !below
                .keys()
                .all(|child| digests.contains_key(&split(*child).0))
        {
            return Err(StoreError::damaged(TABLE));
        }
        below = digests;
    }
    let mut is_above = false;
    rows.visit(TABLE, &[LEVELS_MAX], &[0xff; 8], &mut |_, _| {
        is_above = true;
        ControlFlow::Break(())
    })?;
    if is_above || below.keys().any(|top| *top != 0) {
        return Err(StoreError::damaged(TABLE));
    }
    root(rows)
}

/// The children of one node.
struct Node {
    children: [Digest; ARITY],
}

impl Node {
    const EMPTY: Self = Self {
        children: [Digest::ZERO; ARITY],
    };

    fn digest(&self, level: u8) -> Digest {
        if self.is_empty() {
            Digest::ZERO
        } else {
            vault::digest(NODE_DOMAIN, &[&[level], &self.to_bytes()])
        }
    }

    fn is_empty(&self) -> bool {
        self.children.iter().all(|child| *child == Digest::ZERO)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut there = 0_u16;
        let mut out = vec![0; 2];
        for (slot, child) in self.children.iter().enumerate() {
            if *child != Digest::ZERO {
                there |= 1 << slot;
                out.extend_from_slice(child.as_bytes());
            }
        }
        out[..2].copy_from_slice(&there.to_le_bytes());
        out
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        let there = cursor.u16()?;
        let mut node = Self::EMPTY;
        for (slot, child) in node.children.iter_mut().enumerate() {
            if there & (1 << slot) != 0 {
                *child = Digest::from_bytes(cursor.array()?);
                if *child == Digest::ZERO {
                    return Err(Malformed);
                }
            }
        }
        cursor.finish()?;
        Ok(node)
    }
}

fn update_level(
    rows: &mut dyn RowWrite,
    level: u8,
    changes: &BTreeMap<u64, Digest>,
) -> Result<BTreeMap<u64, Digest>, StoreError> {
    let mut digests = BTreeMap::new();
    let mut changes = changes.iter().peekable();
    while let Some((first, _)) = changes.peek() {
        let (number, _) = split(**first);
        let mut node = node(rows, level, number)?;
        while let Some((child, digest)) = changes.next_if(|(child, _)| split(**child).0 == number) {
            node.children[split(*child).1] = *digest;
        }
        if node.is_empty() {
            rows.remove(TABLE, &row_key(level, number))?;
        } else {
            rows.put(TABLE, &row_key(level, number), &node.to_bytes())?;
        }
        digests.insert(number, node.digest(level));
    }
    Ok(digests)
}

fn check_node(
    level: u8,
    key: &[u8],
    value: &[u8],
    below: &BTreeMap<u64, Digest>,
    digests: &mut BTreeMap<u64, Digest>,
    visit: &mut dyn FnMut(DossierNumber, Digest) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let damaged = StoreError::damaged(TABLE);
    let number = parse_key(key).map_err(|_| damaged.clone())?;
    let node = Node::from_bytes(value).map_err(|_| damaged.clone())?;
    for (child, digest) in (number * ARITY as u64..).zip(&node.children) {
        if level > 0 {
            if below.get(&child).copied().unwrap_or(Digest::ZERO) != *digest {
                return Err(damaged);
            }
        } else if *digest != Digest::ZERO {
            let dossier = DossierNumber::new(child).map_err(|_| damaged.clone())?;
            visit(dossier, *digest)?;
        }
    }
    digests.insert(number, node.digest(level));
    Ok(())
}

fn node(rows: &dyn RowRead, level: u8, number: u64) -> Result<Node, StoreError> {
    match rows.row(TABLE, &row_key(level, number))? {
        Some(value) => Node::from_bytes(&value).map_err(|_| StoreError::damaged(TABLE)),
        None => Ok(Node::EMPTY),
    }
}

/// How many levels the tree has: its top is the highest level that has a row.
fn height(rows: &dyn RowRead) -> Result<u8, StoreError> {
    let last = rows.row_at_or_before(TABLE, &[LEVELS_MAX])?;
    match last {
        None => Ok(0),
        Some(row) => match row.key.first() {
            Some(level) if *level < LEVELS_MAX => Ok(level + 1),
            _ => Err(StoreError::damaged(TABLE)),
        },
    }
}

/// How many levels a tree needs that holds this dossier.
fn levels(dossier: u64) -> u8 {
    let mut levels = 1;
    let mut rest = dossier / ARITY as u64;
    while rest > 0 {
        levels += 1;
        rest /= ARITY as u64;
    }
    levels
}

fn split(child: u64) -> (u64, usize) {
    let slot = usize::try_from(child % ARITY as u64).unwrap_or(0);
    (child / ARITY as u64, slot)
}

fn row_key(level: u8, number: u64) -> [u8; 6] {
    let mut key = [level; 6];
    key[1..].copy_from_slice(&number.to_be_bytes()[3..]);
    key
}

fn parse_key(key: &[u8]) -> Result<u64, Malformed> {
    let key: &[u8; 6] = key.try_into().map_err(|_| Malformed)?;
    let mut number = [0; 8];
    number[3..].copy_from_slice(&key[1..]);
    Ok(u64::from_be_bytes(number))
}

/// The table of nodes.
pub(crate) const TABLE: Table = Table::new("state_tree");
const ARITY: usize = 16;
/// 40-bit dossier numbers are ten times four bits.
const LEVELS_MAX: u8 = 10;
const NODE_DOMAIN: &str = "liasse state node v1";
const ROOT_DOMAIN: &str = "liasse state root v1";

#[cfg(test)]
mod tests;
