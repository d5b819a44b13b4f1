//! The place of a sealed record: what the ciphertext is bound to.
//!
//! Layout of the canonical form (associated data of the seal), little-endian:
//! `"liasse place v1" (15) | store (16) | table length u16 | table | row length u16 | row |
//! version u64 | codec u8 | dictionary u8 | plaintext length u64`. See `docs/format.md`.

use base::{StoreId, Table};

/// Where a sealed record lies; bytes sealed at one place do not open at another.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The store.
    pub store: StoreId,
    /// The table, or the name that stands for one where the bytes lie in a file.
    pub table: Table,
    /// The row key.
    pub row: &'a [u8],
    /// The version of the row; an older version does not open at a newer one.
    pub version: u64,
    /// How the plaintext is coded.
    pub codec: u8,
    /// The compression dictionary the plaintext needs.
    pub dictionary: u8,
}

impl Place<'_> {
    /// The canonical form, ending with the plaintext's length.
    ///
    /// # Panics
    /// When the table's name or the row key is longer than `u16::MAX` bytes, which
    /// `base::limit` rules out.
    pub(crate) fn canonical(&self, plain_bytes: usize) -> Vec<u8> {
        let table = self.table.name().as_bytes();
        let mut out = Vec::with_capacity(64 + table.len() + self.row.len());
        out.extend_from_slice(LABEL);
        out.extend_from_slice(self.store.as_bytes());
        for field in [table, self.row] {
            let length = u16::try_from(field.len()).expect("row keys are bounded by base::limit");
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(field);
        }
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&[self.codec, self.dictionary]);
        let plain_bytes = u64::try_from(plain_bytes).unwrap_or(u64::MAX);
        out.extend_from_slice(&plain_bytes.to_le_bytes());
        out
    }
}

const LABEL: &[u8] = b"liasse place v1";
