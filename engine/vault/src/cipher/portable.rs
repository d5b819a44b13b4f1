//! The cipher in Rust, which runs everywhere.
//!
//! How fast it is depends on build flags (`docs/decisions/0002`). The crate's feature `zeroize`
//! wipes the key.

use super::{NONCE_BYTES, TAG_BYTES};
use crate::seal::OpenError;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use zeroize::Zeroize;

/// A key that is ready.
pub(crate) struct Cipher {
    inner: ChaCha20Poly1305,
}

impl Cipher {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self {
            inner: ChaCha20Poly1305::new(key.into()),
        }
    }

    /// Encrypts in place; gives the tag.
    pub(crate) fn encrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        bytes: &mut [u8],
    ) -> [u8; TAG_BYTES] {
        self.inner
            .encrypt_inout_detached(&Nonce::from(*nonce), aad, bytes.into())
            .expect("no message here comes near 256 GiB")
            .into()
    }

    /// Decrypts in place; on error the bytes are wiped.
    pub(crate) fn decrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        bytes: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), OpenError> {
        let (nonce, tag) = (Nonce::from(*nonce), Tag::from(*tag));
        let opened = (self.inner).decrypt_inout_detached(&nonce, aad, (&mut *bytes).into(), &tag);
        opened.map_err(|_| {
            bytes.zeroize();
            OpenError::Tampered
        })
    }
}
