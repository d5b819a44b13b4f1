//! Bytes that must not stay in memory: a 256-bit secret and an opened plaintext.
//!
//! Invariants: both live on the heap, so that a move leaves no copy behind; both are wiped when
//! dropped; neither has `Debug` or `Clone`.

use base::Entropy;
use base::entropy::NoEntropy;
use std::ops::Deref;
use zeroize::Zeroize;

/// A 256-bit secret.
pub struct Secret {
    bytes: Box<[u8; 32]>,
}

impl Secret {
    /// Draws a new secret.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has no random bytes.
    pub fn random(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut secret = Self::zero();
        entropy.fill(secret.bytes.as_mut_slice())?;
        Ok(secret)
    }

    /// The secret whose bytes these are. The caller wipes its own copy.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut secret = Self::zero();
        secret.bytes.copy_from_slice(bytes);
        secret
    }

    /// The bytes, for an implementation of [`crate::Kms`] to wrap.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(crate) fn zero() -> Self {
        Self {
            bytes: Box::new([0; 32]),
        }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.bytes
    }

    pub(crate) fn copy(&self) -> Self {
        Self::from_bytes(&self.bytes)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
    }
}

/// Plaintext that was opened; wiped when dropped.
pub struct Plain {
    bytes: Vec<u8>,
}

impl Plain {
    pub(crate) const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Appends within the capacity reserved, so that no reallocation leaves a copy behind.
    pub(crate) fn extend_within_capacity(&mut self, bytes: &[u8]) {
        assert!(self.bytes.len() + bytes.len() <= self.bytes.capacity());
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends `count` zero bytes; when that needs new room, the old is wiped.
    pub(crate) fn grow(&mut self, count: usize) {
        let length = self.bytes.len() + count;
        if length > self.bytes.capacity() {
            let mut larger = Vec::with_capacity(length.next_power_of_two());
            larger.extend_from_slice(&self.bytes);
            self.bytes.zeroize();
            self.bytes = larger;
        }
        self.bytes.resize(length, 0);
    }

    /// Appends ciphertext and decrypts it where it lies; wiped again when that fails.
    pub(crate) fn append_decrypted<E>(
        &mut self,
        ciphertext: &[u8],
        decrypt: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        self.extend_within_capacity(ciphertext);
        decrypt(&mut self.bytes[start..])
    }

    /// Wipes the bytes and keeps the room they had.
    pub(crate) fn wipe(&mut self) {
        let capacity = self.bytes.capacity();
        self.bytes.zeroize();
        debug_assert_eq!(self.bytes.capacity(), capacity);
    }
}

impl Deref for Plain {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Plain {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}
