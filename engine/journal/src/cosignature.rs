//! Cosignatures of witnesses, by exchange of files: hospitals are offline.
//!
//! For: c2sp.org/tlog-cosignature version 1, and the request body of c2sp.org/tlog-witness kept
//! as a file. The log writes a request, the witness answers with signature lines, the log adds
//! them to its checkpoint. Invariants: a witness signs the whole body of a checkpoint and the
//! time, and only after it saw that the log continues what it signed before; lines of unknown
//! keys are left out.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::error::JournalError;
use crate::log::Log;
use crate::note::{Algorithm, NoteError, NoteSigner, VerifierKey};
use crate::proof::{Consistency, ProofError};
use crate::text::{self, Lines};
use base::{Instant, RowRead};
use signed_note::{Note, Signature};
use thiserror::Error;

/// What a log asks a witness to sign.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessRequest {
    /// The proof that the log continues what the witness signed before.
    pub proof: Consistency,
    /// The checkpoint to be signed.
    pub checkpoint: SignedCheckpoint,
}

/// A witness's word for a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness.
    pub witness: VerifierKey,
    /// When it signed, by its own clock, to the second.
    pub at: Instant,
}

/// Why a witness does not sign.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// The request cannot be read, or the log did not sign it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The log begins its proof elsewhere than at what was signed before.
    #[error("the witness signed a log of {size} entries last; the request must begin there")]
    Conflict {
        /// The size signed last.
        size: u64,
    },
    /// The log is not the continuation of what was signed before: evidence of a fork.
    #[error("the log does not continue what the witness signed before: {0}")]
    Forked(#[from] ProofError),
}

impl WitnessRequest {
    /// Asks for a cosignature of `checkpoint` by a witness whose last one was of `old` entries.
    ///
    /// # Errors
    /// [`JournalError::NoEntry`] when the log was never of such a size, and what the rows give.
    pub fn new(
        log: &Log,
        rows: &dyn RowRead,
        old: u64,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, JournalError> {
        let size = checkpoint.checkpoint().size;
        Ok(Self {
            proof: log.prove_consistency(rows, old, size)?,
            checkpoint,
        })
    }

    /// The request as a file.
    #[must_use]
    pub fn text(&self) -> String {
        let hashes = text::hash_lines(&self.proof.hashes);
        let from = self.proof.from;
        format!("old {from}\n{hashes}\n{}", self.checkpoint.text())
    }

    /// Reads a request and verifies that `log` signed the checkpoint.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn open(request: &str, log: &VerifierKey) -> Result<Self, NoteError> {
        let mut lines = Lines::new(request);
        let from = lines.number("old ").ok_or(NoteError::Malformed)?;
        let hashes = lines.hashes().ok_or(NoteError::Malformed)?;
        let checkpoint = SignedCheckpoint::open(lines.rest(), log)?;
        let to = checkpoint.checkpoint().size;
        let proof = Consistency { from, to, hashes };
        Ok(Self { proof, checkpoint })
    }

    /// Signs the checkpoint as a witness whose last cosigned checkpoint of this log is `last`;
    /// the answer is the signature line. The witness must keep the checkpoint before it hands
    /// the answer over.
    ///
    /// # Errors
    /// [`WitnessError`]; nothing is signed then.
    pub fn cosign(
        &self,
        last: Option<&Checkpoint>,
        signer: &dyn NoteSigner,
        at: Instant,
    ) -> Result<String, WitnessError> {
        let newer = self.checkpoint.checkpoint();
        let size = last.map_or(0, |last| last.size);
        if self.proof.from != size {
            return Err(WitnessError::Conflict { size });
        }
        match last {
            Some(last) => self.proof.verify(last, newer)?,
            None if self.proof.hashes.is_empty() => {}
            None => return Err(ProofError::False.into()),
        }
        let key = signer.verifier_key();
        let seconds = u64::try_from(at.millis().div_euclid(1000)).unwrap_or(0);
        let signature = signer.sign(&message(seconds, newer.body().as_bytes()))?;
        let stamped = [&seconds.to_be_bytes(), signature.as_slice()].concat();
        let line = Signature::new(key.name().to_owned(), key.id(), stamped);
        let line = line.map_err(|_| NoteError::Malformed)?.to_bytes();
        Ok(String::from_utf8(line).map_err(|_| NoteError::Malformed)?)
    }
}

impl SignedCheckpoint {
    /// The checkpoint with the cosignatures that `answer`, the file of a witness, adds to it.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] when none of `witnesses` signed it,
    /// [`NoteError::FalseSignature`] when one did not sign this checkpoint.
    pub fn with_cosignatures(
        &self,
        answer: &str,
        witnesses: &[&VerifierKey],
    ) -> Result<Self, NoteError> {
        let mut signatures = signatures(self.text())?;
        for line in answer.lines() {
            let added = Signature::from_bytes(line.as_bytes());
            let added = added.map_err(|_| NoteError::Malformed)?;
            let known = |key: &&&VerifierKey| key.name() == added.name() && key.id() == added.id();
            if witnesses.iter().any(|key| known(&key)) && !signatures.contains(&added) {
                signatures.push(added);
            }
        }
        let body = self.checkpoint().body();
        let note = Note::new(body.as_bytes(), &signatures).map_err(|_| NoteError::Malformed)?;
        let cosigned = Self::of_note(self.checkpoint().clone(), &note)?;
        cosigned.cosignatures(witnesses)?;
        Ok(cosigned)
    }

    /// Which of `witnesses` have signed the checkpoint, and when.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] when none has, [`NoteError::FalseSignature`] when a signature of
    /// one is false.
    pub fn cosignatures(&self, witnesses: &[&VerifierKey]) -> Result<Vec<Cosignature>, NoteError> {
        let note = Note::from_bytes(self.text().as_bytes()).map_err(|_| NoteError::Malformed)?;
        let signed = crate::note::verified(&note, witnesses)?;
        let signatures = signatures(self.text())?;
        let stamped = signed.into_iter().filter_map(|witness| {
            let own = |line: &&Signature| {
                line.name() == witness.name()
                    && line.id() == witness.id()
                    && witness.algorithm() == Algorithm::CosignatureV1
            };
            let (time, _) = signatures
                .iter()
                .find(own)?
                .signature()
                .split_first_chunk()?;
            let millis = i64::try_from(u64::from_be_bytes(*time))
                .ok()?
                .checked_mul(1000)?;
            let at = Instant::from_millis(millis);
            Some(Cosignature { witness, at })
        });
        Ok(stamped.collect())
    }
}

/// The signature lines of a signed note.
pub(crate) fn signatures(note: &str) -> Result<Vec<Signature>, NoteError> {
    let (_, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
    lines
        .lines()
        .map(|line| Signature::from_bytes(line.as_bytes()).map_err(|_| NoteError::Malformed))
        .collect()
}

/// Whether `signature` is a true timestamped signature over the body of a checkpoint.
pub(crate) fn verify_timestamped(key: &VerifierKey, body: &[u8], signature: &[u8]) -> bool {
    let Some((time, signature)) = signature.split_first_chunk::<8>() else {
        return false;
    };
    let seconds = u64::from_be_bytes(*time);
    i64::try_from(seconds).is_ok() && key.verify_raw(&message(seconds, body), signature)
}

/// What a witness signs.
fn message(seconds: u64, body: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {seconds}\n").as_bytes(), body].concat()
}

#[cfg(test)]
mod tests;
