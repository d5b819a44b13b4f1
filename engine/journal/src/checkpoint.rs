//! Checkpoints: what the log was at one size, in a text that can leave the store.
//!
//! For: c2sp.org/tlog-checkpoint in c2sp.org/signed-note. Not for: deciding how often one is
//! made. Invariants: no extension lines, roots of the catalog go in as entries; a
//! [`SignedCheckpoint`] was either signed or verified here; only the key whose name is the
//! origin speaks for the log.

use crate::log::Log;
use crate::note::{NoteError, NoteSigner, VerifierKey};
use crate::origin::Origin;
use base::Digest;
use signed_note::{Note, Signature};
use std::fmt;

/// Size and root of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// What `log` is now.
    #[must_use]
    pub fn of(log: &Log) -> Self {
        Self {
            origin: log.origin().clone(),
            size: log.size(),
            root: log.root(),
        }
    }

    /// The body of the note: origin, size, root.
    #[must_use]
    pub fn body(&self) -> String {
        let root = tlog_tiles::Hash(*self.root.as_bytes());
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// Reads the body of a note.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn from_body(body: &[u8]) -> Result<Self, NoteError> {
        let read = tlog_tiles::Checkpoint::from_bytes(body).map_err(|_| NoteError::Malformed)?;
        if !read.extension().is_empty() || read.size() > crate::log::SIZE_MAX {
            return Err(NoteError::Malformed);
        }
        let checkpoint = Self {
            origin: Origin::new(read.origin()).map_err(|_| NoteError::Malformed)?,
            size: read.size(),
            root: Digest::from_bytes(read.hash().0),
        };
        if checkpoint.body().as_bytes() != body {
            return Err(NoteError::Malformed);
        }
        Ok(checkpoint)
    }

    /// Signs the checkpoint.
    ///
    /// # Errors
    /// [`NoteError::WrongName`] when the signer's name is not the origin,
    /// [`NoteError::Signer`] when it fails.
    pub fn sign(self, signer: &dyn NoteSigner) -> Result<SignedCheckpoint, NoteError> {
        let key = signer.verifier_key();
        if key.name() != self.origin.as_str() {
            return Err(NoteError::WrongName);
        }
        let body = self.body();
        let signature = signer.sign(body.as_bytes())?;
        let signature = Signature::new(key.name().to_owned(), key.id(), signature);
        let signature = signature.map_err(|_| NoteError::Malformed)?;
        let note = Note::new(body.as_bytes(), &[signature]).map_err(|_| NoteError::Malformed)?;
        SignedCheckpoint::of_note(self, &note)
    }
}

/// A checkpoint the log's key has signed, and perhaps witnesses.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    text: String,
}

impl SignedCheckpoint {
    /// Reads a signed note and verifies that `log`, the key of the log, has signed it.
    ///
    /// # Errors
    /// [`NoteError`] tells a malformed note, an unsigned one and a false signature apart.
    pub fn open(text: &str, log: &VerifierKey) -> Result<Self, NoteError> {
        let note = Note::from_bytes(text.as_bytes()).map_err(|_| NoteError::Malformed)?;
        crate::note::verified(&note, &[log])?;
        let checkpoint = Checkpoint::from_body(note.text())?;
        if checkpoint.origin.as_str() != log.name() {
            return Err(NoteError::WrongName);
        }
        Self::of_note(checkpoint, &note)
    }

    /// Adds the signature of another key that speaks for the log, once it was verified.
    ///
    /// # Errors
    /// As [`Checkpoint::sign`]; [`NoteError::FalseSignature`] when it is not of the key that the
    /// signer names.
    pub fn also_signed(&self, signer: &dyn NoteSigner) -> Result<Self, NoteError> {
        let key = signer.verifier_key();
        let one = self.checkpoint.clone().sign(signer)?;
        // A device may sign with another key than it names.
        Self::open(one.text(), &key)?;
        let mut signatures = crate::cosignature::signatures(&self.text)?;
        signatures.extend(crate::cosignature::signatures(one.text())?);
        let body = self.checkpoint.body();
        let note = Note::new(body.as_bytes(), &signatures).map_err(|_| NoteError::Malformed)?;
        Self::of_note(self.checkpoint.clone(), &note)
    }

    /// What was signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note as text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn of_note(checkpoint: Checkpoint, note: &Note) -> Result<Self, NoteError> {
        let text = String::from_utf8(note.to_bytes()).map_err(|_| NoteError::Malformed)?;
        Ok(Self { checkpoint, text })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
