//! Keys of the host's own that sign checkpoints beside the store's.
//!
//! For: an HSM, a card or a service whose key nobody who holds the store can use. Not for: the
//! signature that each commit makes (J12); it is the store's key's, which is at hand wherever the
//! store is written. Invariant: a checkpoint leaves only when every signer has truly signed it.

use crate::error::{Code, Error, Result};
use journal::{Algorithm, NoteError, NoteSigner, SignedCheckpoint, VerifierKey};
use std::io;
use std::sync::Arc;

/// Signs checkpoints with an Ed25519 key that the host keeps. While one key takes the place of
/// another, give both: what both signed is the old one's word for the new.
pub trait CheckpointSigner: Send + Sync {
    /// The public key.
    fn public_key(&self) -> [u8; 32];

    /// The signature over the lines of a checkpoint.
    ///
    /// # Errors
    /// The device or the service does not sign; no checkpoint leaves then.
    fn sign(&self, lines: &[u8]) -> io::Result<[u8; 64]>;
}

/// The checkpoint with the signature of each signer.
pub(crate) fn also_signed(
    signed: SignedCheckpoint,
    signers: &[Arc<dyn CheckpointSigner>],
) -> Result<SignedCheckpoint> {
    signers.iter().try_fold(signed, |signed, signer| {
        let key = verifier(&**signer, signed.checkpoint().origin.as_str())?;
        let named = Named(&**signer, key);
        signed.also_signed(&named).map_err(|_| unsigned())
    })
}

/// The key that verifies what a signer signs for the log of this name.
pub(crate) fn verifier(signer: &dyn CheckpointSigner, name: &str) -> Result<VerifierKey> {
    VerifierKey::new(name, Algorithm::Ed25519, signer.public_key()).map_err(|_| unsigned())
}

struct Named<'a>(&'a dyn CheckpointSigner, VerifierKey);

impl NoteSigner for Named<'_> {
    fn verifier_key(&self) -> VerifierKey {
        self.1.clone()
    }

    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, NoteError> {
        let signature = self.0.sign(message).map_err(|_| NoteError::Signer)?;
        Ok(signature.to_vec())
    }
}

fn unsigned() -> Error {
    Error::new(
        Code::KeyStore,
        "a signer of the host did not sign the checkpoint, or with another key than it names",
        "see to the device or the service that signs, and ask again",
    )
}
