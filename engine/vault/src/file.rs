//! Pages of an immutable encrypted file.
//!
//! ```text
//! header (40) = salt (24) | commitment (16)
//! file key (32) | commitment (16) = keyed BLAKE3 stream (segment key, label, name, salt)
//! page n = ChaCha20-Poly1305 (file key, nonce, no associated data), tag (16)
//! nonce (12) = page number u64 LE | last flag u8 (1 on the last page) | zero (3)
//! ```
//! See `docs/format.md`. Invariants: the salt is fresh for each file that is written, so a file
//! written again under its old name never reuses a page's nonce; the writer seals each page
//! number once; the last flag makes a cut file fail to open.

use crate::cipher::Cipher;
use crate::seal::{self, OpenError};
use crate::secret::Secret;
use base::Entropy;
use base::entropy::NoEntropy;

/// Seals and opens the pages of one file. Holds its key schedule; a page costs no allocation.
pub struct FileCipher {
    cipher: Cipher,
}

/// What a file stores in clear so that its cipher can be found again.
pub type FileHeader = [u8; FILE_HEADER_BYTES];

/// Whether a page is the last of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// More pages follow.
    Inner,
    /// The file ends with this page.
    Last,
}

impl FileCipher {
    pub(crate) fn create(
        segment: &Secret,
        name: &str,
        entropy: &dyn Entropy,
    ) -> Result<(FileHeader, Self), NoEntropy> {
        let salt: [u8; SALT_BYTES] = entropy.array()?;
        let (file, commitment) = Self::derive(segment, name, &salt);
        let mut header = [0; FILE_HEADER_BYTES];
        header[..SALT_BYTES].copy_from_slice(&salt);
        header[SALT_BYTES..].copy_from_slice(&commitment);
        Ok((header, file))
    }

    pub(crate) fn open(
        segment: &Secret,
        name: &str,
        header: &FileHeader,
    ) -> Result<Self, OpenError> {
        let (salt, rest) = header.split_first_chunk().ok_or(OpenError::Truncated)?;
        let expected = rest.first_chunk().ok_or(OpenError::Truncated)?;
        let (file, commitment) = Self::derive(segment, name, salt);
        if seal::same(&commitment, expected) {
            Ok(file)
        } else {
            Err(OpenError::WrongKey)
        }
    }

    /// Encrypts a page in place and returns its tag.
    #[must_use]
    pub fn seal_page(&self, page: u64, kind: PageKind, bytes: &mut [u8]) -> [u8; TAG_BYTES] {
        self.cipher.encrypt(&page_nonce(page, kind), &[], bytes)
    }

    /// Decrypts a page in place.
    ///
    /// # Errors
    /// [`OpenError::Tampered`] when the page was altered, moved, or is not of this kind; the
    /// bytes are then wiped.
    pub fn open_page(
        &self,
        page: u64,
        kind: PageKind,
        bytes: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), OpenError> {
        self.cipher
            .decrypt(&page_nonce(page, kind), &[], bytes, tag)
    }

    fn derive(
        segment: &Secret,
        name: &str,
        salt: &[u8; SALT_BYTES],
    ) -> (Self, [u8; seal::COMMITMENT_BYTES]) {
        let parts = [name.as_bytes(), salt];
        let (cipher, commitment) = seal::committed(segment, FILE_LABEL, &parts);
        (Self { cipher }, commitment)
    }
}

fn page_nonce(page: u64, kind: PageKind) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&page.to_le_bytes());
    nonce[8] = match kind {
        PageKind::Inner => 0,
        PageKind::Last => 1,
    };
    nonce
}

/// Plaintext bytes of a page.
pub const PAGE_BYTES: usize = 4096;
/// Bytes of a page's tag.
pub const TAG_BYTES: usize = seal::TAG_BYTES;
/// Bytes of a file's header.
pub const FILE_HEADER_BYTES: usize = SALT_BYTES + seal::COMMITMENT_BYTES;
const SALT_BYTES: usize = 24;
const FILE_LABEL: &str = "liasse file v1";

#[cfg(test)]
mod tests;
