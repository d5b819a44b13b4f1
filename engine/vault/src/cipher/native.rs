//! The cipher of AWS-LC: C and assembly that choose by the processor when they run.
//!
//! The key schedule lies in C memory; `EVP_AEAD_CTX_free` ends in `OPENSSL_free`, which wipes
//! before it frees.

use super::{NONCE_BYTES, TAG_BYTES};
use crate::seal::OpenError;
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

/// A key that is ready.
pub(crate) struct Cipher {
    inner: LessSafeKey,
}

impl Cipher {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key);
        Self {
            inner: LessSafeKey::new(key.expect("there is memory for a key schedule")),
        }
    }

    /// Encrypts in place; gives the tag.
    pub(crate) fn encrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        bytes: &mut [u8],
    ) -> [u8; TAG_BYTES] {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = (self.inner)
            .seal_in_place_separate_tag(nonce, Aad::from(aad), bytes)
            .expect("no message here comes near 256 GiB");
        let mut out = [0; TAG_BYTES];
        out.copy_from_slice(tag.as_ref());
        out
    }

    /// Decrypts in place; on error the bytes are wiped.
    pub(crate) fn decrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        bytes: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), OpenError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = (self.inner).open_in_place_separate_tag(nonce, Aad::from(aad), tag, bytes);
        if opened.is_ok() {
            return Ok(());
        }
        bytes.zeroize();
        Err(OpenError::Tampered)
    }
}
