//! The sum of a set of rows: one digest for all of them, kept up to date row by row.
//!
//! For: binding the rows of a catalog that no tree holds. A homomorphic hash (lthash of Bellare
//! and Micciancio, 1,024 lanes of 16 bits): each row is stretched to 2,048 bytes by BLAKE3 and
//! added lane by lane, so that taking a row out and putting another in costs the same whatever
//! the number of rows. Invariant: the order in which rows were added does not matter; what is
//! taken out was put in.

use base::Digest;

/// A sum of rows.
#[derive(Clone, PartialEq, Eq)]
pub struct RowSum {
    lanes: Vec<u16>,
}

impl RowSum {
    /// The sum of no rows.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            lanes: vec![0; LANES],
        }
    }

    /// The sum with these bytes; `None` when they are none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let known = pairs.len() == LANES && rest.is_empty();
        known.then(|| Self {
            lanes: pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
        })
    }

    /// The sum's bytes, [`RowSum::BYTES`] of them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lanes
            .iter()
            .flat_map(|lane| lane.to_le_bytes())
            .collect()
    }

    /// Puts a row in.
    pub fn add(&mut self, table: &str, key: &[u8], value: &[u8]) {
        for (lane, more) in self.lanes.iter_mut().zip(stretched(table, key, value)) {
            *lane = lane.wrapping_add(more);
        }
    }

    /// Takes a row out.
    pub fn remove(&mut self, table: &str, key: &[u8], value: &[u8]) {
        for (lane, less) in self.lanes.iter_mut().zip(stretched(table, key, value)) {
            *lane = lane.wrapping_sub(less);
        }
    }

    /// The digest that stands for the rows.
    #[must_use]
    pub fn digest(&self) -> Digest {
        crate::digest(SUM_DOMAIN, &[&self.to_bytes()])
    }

    /// Bytes of a sum.
    pub const BYTES: usize = 2 * LANES;
}

fn stretched(table: &str, key: &[u8], value: &[u8]) -> Vec<u16> {
    let mut bytes = [0; RowSum::BYTES];
    let mut hasher = crate::Hasher::new(ROW_DOMAIN);
    for part in [table.as_bytes(), key, value] {
        hasher.part(part);
    }
    hasher.stretch(&mut bytes);
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
}

const LANES: usize = 1024;
const ROW_DOMAIN: &str = "liasse sum row v1";
const SUM_DOMAIN: &str = "liasse row sum v1";

#[cfg(test)]
mod tests;
