//! The store's signing key (Ed25519), so that no other room sees a seed.
//!
//! For: checkpoints of the journal. The seed is kept as a sealed record under a unit key.

use crate::leaf::UnitKey;
use crate::place::Place;
use crate::seal::{self, OpenError};
use crate::secret::Secret;
use base::Entropy;
use base::entropy::NoEntropy;
use ed25519_dalek::Signer;

/// Signs for one store.
pub struct SigningKey {
    inner: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has no random bytes.
    pub fn random(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self::from_seed(&Secret::random(entropy)?))
    }

    /// Seals the seed at `place`.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has no random bytes.
    pub fn seal(
        &self,
        unit: &UnitKey,
        place: &Place<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, NoEntropy> {
        seal::seal(unit.secret(), place, self.inner.as_bytes(), entropy)
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(unit: &UnitKey, place: &Place<'_>, sealed: &[u8]) -> Result<Self, OpenError> {
        let plain = seal::open(unit.secret(), place, sealed)?;
        let seed = plain.first_chunk().ok_or(OpenError::Truncated)?;
        if plain.len() != seed.len() {
            return Err(OpenError::UnknownVersion);
        }
        Ok(Self::from_seed(&Secret::from_bytes(seed)))
    }

    /// The signature over `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.inner.sign(message).to_bytes()
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.inner.verifying_key().to_bytes()
    }

    fn from_seed(seed: &Secret) -> Self {
        Self {
            inner: ed25519_dalek::SigningKey::from_bytes(seed.expose()),
        }
    }
}

#[cfg(test)]
mod tests;
