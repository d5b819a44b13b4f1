//! The key block of a dossier: one row of fixed stride per document, found by its number.
//!
//! ```text
//! plaintext = version u8 (1) | zero (7) | row 0 | row 1 | ..
//! row (96)  = body key (32) | body digest (32) | place (24) | flags u8 | zero (7)
//! flags     = bit 0: the row holds a body; bit 1: its body key was forgotten
//! ```
//! Sealed under the dossier's key. See `docs/format.md`. Not for: what a place means, which is
//! the store's. Invariants: a row that holds no body is all zero but for its flags; forgetting a
//! row wipes key, digest and place; reserved bytes are zero and checked.

use crate::body::BodyKey;
use crate::leaf::DossierKey;
use crate::place::Place;
use crate::seal::OpenError;
use crate::secret::{Plain, Secret};
use base::entropy::NoEntropy;
use base::{Digest, DocumentNumber, Entropy};
use thiserror::Error;
use zeroize::Zeroize;

/// Why a key block cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlockError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its plaintext is not a key block.
    #[error("the key block is damaged")]
    Damaged,
}

/// A dossier's body keys, opened. Wiped when dropped.
pub struct KeyBlock {
    bytes: Plain,
}

/// What a row says of a document's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockRow {
    /// The document has no body.
    Empty,
    /// The document's body key was forgotten.
    Forgotten,
    /// The body: the digest of its sealed bytes, and where they lie.
    Body {
        /// Digest of the sealed bytes, so that no older body can take their place.
        digest: Digest,
        /// Where they lie; the store knows how to read it.
        place: [u8; PLACE_BYTES],
    },
}

impl KeyBlock {
    /// A block without rows.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[0] = VERSION;
        Self {
            bytes: Plain::new(bytes),
        }
    }

    /// Opens a sealed block.
    ///
    /// # Errors
    /// [`BlockError`].
    pub fn open(key: &DossierKey, place: &Place<'_>, sealed: &[u8]) -> Result<Self, BlockError> {
        Self::parse(key.open(place, sealed)?)
    }

    /// Seals the block.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has no random bytes.
    pub fn seal(
        &self,
        key: &DossierKey,
        place: &Place<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, NoEntropy> {
        key.seal(place, &self.bytes, entropy)
    }

    /// How many rows there are: the next document gets this number.
    #[must_use]
    pub fn len(&self) -> usize {
        (self.bytes.len() - HEADER_BYTES) / ROW_BYTES
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds the row of the next document, which has a body.
    pub fn push(&mut self, key: &BodyKey, digest: Digest, place: [u8; PLACE_BYTES]) {
        let row = self.push_row(FLAG_BODY);
        row[..32].copy_from_slice(key.secret().expose());
        row[32..64].copy_from_slice(digest.as_bytes());
        row[64..FLAGS_AT].copy_from_slice(&place);
    }

    /// Adds the row of the next document, which has no body.
    pub fn push_empty(&mut self) {
        self.push_row(0);
    }

    /// What the row of `document` says, or `None` when there is no such row.
    #[must_use]
    pub fn row(&self, document: DocumentNumber) -> Option<BlockRow> {
        let row = self
            .bytes
            .get(Self::at(document)?..)?
            .first_chunk::<ROW_BYTES>()?;
        Some(match row[FLAGS_AT] {
            0 => BlockRow::Empty,
            FLAG_FORGOTTEN => BlockRow::Forgotten,
            _ => BlockRow::Body {
                digest: Digest::from_bytes(*row[32..].first_chunk()?),
                place: *row[64..].first_chunk()?,
            },
        })
    }

    /// The body key of `document`, or `None` when it has no body or was forgotten.
    #[must_use]
    pub fn body_key(&self, document: DocumentNumber) -> Option<BodyKey> {
        match self.row(document)? {
            BlockRow::Empty | BlockRow::Forgotten => None,
            BlockRow::Body { .. } => {
                let key = self.bytes.get(Self::at(document)?..)?.first_chunk()?;
                Some(BodyKey::from_secret(Secret::from_bytes(key)))
            }
        }
    }

    /// Changes where the body of `document` lies, when it has one.
    pub fn move_body(&mut self, document: DocumentNumber, place: [u8; PLACE_BYTES]) {
        if let Some(BlockRow::Body { .. }) = self.row(document)
            && let Some(row) = self.row_mut(document)
        {
            row[64..FLAGS_AT].copy_from_slice(&place);
        }
    }

    /// Wipes the row of `document`. The body is gone for good once the block is sealed under a
    /// new dossier key and the old one is forgotten.
    pub fn forget(&mut self, document: DocumentNumber) {
        if let Some(row) = self.row_mut(document) {
            row.zeroize();
            row[FLAGS_AT] = FLAG_FORGOTTEN;
        }
    }

    pub(crate) fn parse(bytes: Plain) -> Result<Self, BlockError> {
        let (header, rows) = bytes
            .split_at_checked(HEADER_BYTES)
            .ok_or(BlockError::Damaged)?;
        if header[0] != VERSION {
            return Err(OpenError::UnknownVersion.into());
        }
        let reserved_clear = header[1..].iter().all(|byte| *byte == 0);
        if reserved_clear && rows.len() % ROW_BYTES == 0 && rows.chunks(ROW_BYTES).all(row_valid) {
            Ok(Self { bytes })
        } else {
            Err(BlockError::Damaged)
        }
    }

    fn push_row(&mut self, flags: u8) -> &mut [u8] {
        let start = self.bytes.len();
        self.bytes.grow(ROW_BYTES);
        let row = &mut self.bytes.bytes_mut()[start..];
        row[FLAGS_AT] = flags;
        row
    }

    fn row_mut(&mut self, document: DocumentNumber) -> Option<&mut [u8]> {
        let start = Self::at(document)?;
        self.bytes.bytes_mut().get_mut(start..start + ROW_BYTES)
    }

    fn at(document: DocumentNumber) -> Option<usize> {
        let number = usize::try_from(document.number()).ok()?;
        number.checked_mul(ROW_BYTES)?.checked_add(HEADER_BYTES)
    }
}

impl Default for KeyBlock {
    fn default() -> Self {
        Self::new()
    }
}

fn row_valid(row: &[u8]) -> bool {
    let zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    match row[FLAGS_AT] {
        0 | FLAG_FORGOTTEN => zero(&row[..FLAGS_AT]) && zero(&row[FLAGS_AT + 1..]),
        FLAG_BODY => zero(&row[FLAGS_AT + 1..]),
        _ => false,
    }
}

/// Bytes of a body's place.
pub const PLACE_BYTES: usize = 24;
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 8;
const FLAGS_AT: usize = 64 + PLACE_BYTES;
const ROW_BYTES: usize = FLAGS_AT + 8;
const FLAG_BODY: u8 = 1;
const FLAG_FORGOTTEN: u8 = 2;

#[cfg(test)]
mod tests;
