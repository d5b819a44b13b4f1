//! Keys and signers of signed notes (c2sp.org/signed-note).
//!
//! For: Ed25519 today; the algorithm byte stands in every key, and a signer is a trait, so that
//! an HSM or ML-DSA-44 can follow. Invariant: no seed is seen here.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use signed_note::{Note, Verifier, VerifierList};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use vault::PublicKey;

/// Why a note is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The text is not a signed note, or its body not a checkpoint.
    #[error("the text is not a signed checkpoint")]
    Malformed,
    /// No known key has signed it.
    #[error("no known key has signed the checkpoint")]
    Unsigned,
    /// A known key's signature over it is false.
    #[error("a signature on the checkpoint is false")]
    FalseSignature,
    /// It is signed, but the key does not bear the name of the log.
    #[error("the checkpoint belongs to another log than the key that signed it")]
    WrongName,
    /// The text is not a verifier key.
    #[error("the text is not a verifier key: name+id+key")]
    NotAKey,
    /// The signer failed.
    #[error("the signer did not sign")]
    Signer,
}

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 over the body of the note.
    Ed25519,
    /// Ed25519 over the body and a time: c2sp.org/tlog-cosignature, version 1.
    CosignatureV1,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::CosignatureV1 => 4,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Ed25519),
            4 => Some(Self::CosignatureV1),
            _ => None,
        }
    }
}

/// A public key with the name of who signs.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    algorithm: Algorithm,
    public: PublicKey,
}

impl VerifierKey {
    /// The key `public` of the signer `name`.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`] when the name has a space or a plus, or the bytes are no point.
    pub fn new(name: &str, algorithm: Algorithm, public: [u8; 32]) -> Result<Self, NoteError> {
        let public = PublicKey::from_bytes(&public).ok_or(NoteError::NotAKey)?;
        if !signed_note::is_key_name_valid(name) {
            return Err(NoteError::NotAKey);
        }
        let name = name.to_owned();
        Ok(Self {
            name,
            algorithm,
            public,
        })
    }

    /// The name of who signs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key itself.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    /// The id that stands in signature lines.
    #[must_use]
    pub fn id(&self) -> u32 {
        signed_note::key_id(&self.name, &self.material())
    }

    /// Whether this key signed the bytes, which need be no note: the store's key signs the
    /// catalog files of its backups too.
    #[must_use]
    pub fn verify_raw(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verifies(message, signature)
    }

    fn material(&self) -> Vec<u8> {
        [&[self.algorithm.byte()], self.public().as_slice()].concat()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = BASE64_STANDARD.encode(self.material());
        write!(f, "{}+{:08x}+{material}", self.name, self.id())
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut fields = text.splitn(3, '+');
        let (Some(name), Some(_), Some(material)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(NoteError::NotAKey);
        };
        let material = BASE64_STANDARD.decode(material);
        let material = material.map_err(|_| NoteError::NotAKey)?;
        let (algorithm, public) = material.split_first().ok_or(NoteError::NotAKey)?;
        let algorithm = Algorithm::from_byte(*algorithm).ok_or(NoteError::NotAKey)?;
        let public = public.try_into().map_err(|_| NoteError::NotAKey)?;
        let key = Self::new(name, algorithm, public)?;
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(NoteError::NotAKey)
        }
    }
}

/// Signs the notes of one name.
pub trait NoteSigner {
    /// The key that verifies what it signs.
    fn verifier_key(&self) -> VerifierKey;

    /// The signature over `message`.
    ///
    /// # Errors
    /// [`NoteError::Signer`] when the device or service that signs fails.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, NoteError>;
}

/// A key of the vault that signs under a name.
pub struct VaultSigner<'a> {
    key: &'a vault::SigningKey,
    verifier: VerifierKey,
}

impl<'a> VaultSigner<'a> {
    /// Signs as `name`, which for a log is its origin.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`] when the name has a space or a plus.
    pub fn new(
        name: &str,
        algorithm: Algorithm,
        key: &'a vault::SigningKey,
    ) -> Result<Self, NoteError> {
        let verifier = VerifierKey::new(name, algorithm, key.public())?;
        Ok(Self { key, verifier })
    }
}

impl NoteSigner for VaultSigner<'_> {
    fn verifier_key(&self) -> VerifierKey {
        self.verifier.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, NoteError> {
        Ok(self.key.sign(message).to_vec())
    }
}

/// The keys among `known` whose signatures stand on the note, all of them true.
pub(crate) fn verified(note: &Note, known: &[&VerifierKey]) -> Result<Vec<VerifierKey>, NoteError> {
    let list = known.iter().map(|key| {
        let boxed: Box<dyn Verifier> = Box::new(Known {
            key: (*key).clone(),
        });
        boxed
    });
    let list = VerifierList::new(list.collect());
    let (signed, _) = note.verify(&list).map_err(|error| match error {
        signed_note::NoteError::UnverifiedNote => NoteError::Unsigned,
        signed_note::NoteError::InvalidSignature { .. } => NoteError::FalseSignature,
        signed_note::NoteError::MalformedNote
        | signed_note::NoteError::InvalidSigner
        | signed_note::NoteError::MismatchedVerifier
        | signed_note::NoteError::VerificationError(_)
        | signed_note::NoteError::SignatureError(_) => NoteError::Malformed,
    })?;
    let signed = |key: &VerifierKey| {
        signed
            .iter()
            .any(|signature| signature.name() == key.name && signature.id() == key.id())
    };
    Ok(known
        .iter()
        .filter(|key| signed(key))
        .map(|key| (*key).clone())
        .collect())
}

struct Known {
    key: VerifierKey,
}

impl Verifier for Known {
    fn name(&self) -> &str {
        &self.key.name
    }

    fn key_id(&self) -> u32 {
        self.key.id()
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.key.algorithm {
            Algorithm::Ed25519 => self.key.verify_raw(message, signature),
            Algorithm::CosignatureV1 => {
                crate::cosignature::verify_timestamped(&self.key, message, signature)
            }
        }
    }
}

#[cfg(test)]
mod tests;
