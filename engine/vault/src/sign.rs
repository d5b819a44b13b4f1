//! The store's signing key (Ed25519), so that no other room sees a seed.
//!
//! For: checkpoints of the journal, whose seed is kept as a sealed record under a unit key; and
//! witnesses, who keep theirs in a file.

use crate::leaf::UnitKey;
use crate::owner;
use crate::place::Place;
use crate::seal::{self, OpenError};
use crate::secret::{Plain, Secret};
use base::Entropy;
use base::entropy::NoEntropy;
use ed25519_dalek::{Signer, Verifier};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

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

    /// The key in a file that only its owner can read; it is drawn and written when there is
    /// none. For a witness, who has no store to keep a key in.
    ///
    /// # Errors
    /// What the system gives; [`io::ErrorKind::InvalidData`] when the file holds no key.
    pub fn of_file(path: &Path, entropy: &dyn Entropy) -> io::Result<Self> {
        match fs::read(path) {
            Ok(text) => {
                let text = Plain::new(text);
                let seed = text
                    .strip_prefix(FILE_TITLE)
                    .and_then(<[u8]>::first_chunk::<32>);
                let whole = text.len() == FILE_TITLE.len() + 32;
                let seed = seed.filter(|_| whole).ok_or(io::ErrorKind::InvalidData)?;
                return Ok(Self::from_seed(&Secret::from_bytes(seed)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let seed = Secret::random(entropy).map_err(io::Error::other)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        owner::private(&mut options);
        let mut file = options.open(path)?;
        file.write_all(FILE_TITLE)?;
        file.write_all(seed.expose())?;
        file.sync_all()?;
        Ok(Self::from_seed(&seed))
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

/// Verifies what one key signed.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    inner: ed25519_dalek::VerifyingKey,
}

impl PublicKey {
    /// The key with these bytes; `None` when they are no point of the curve.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let inner = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()?;
        Some(Self { inner })
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.inner.as_bytes()
    }

    /// Whether its owner signed the message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.inner.verify(message, &signature).is_ok())
    }
}

const FILE_TITLE: &[u8] = b"liasse signing key v1\n";

#[cfg(test)]
mod tests;
