//! The proof of one entry as a file: for a patient or a judge, without the store.
//!
//! For: c2sp.org/tlog-proof, version 1. Not for: the entry itself, which travels beside it.
//! Invariant: a proof that was opened was verified against the entry and the log's key.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::error::JournalError;
use crate::note::VerifierKey;
use crate::proof::{Inclusion, ProofError, Prover};
use crate::text::{self, Lines};
use base::RowRead;

/// The proof that an entry is in a log that somebody signed.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessProof {
    inclusion: Inclusion,
    checkpoint: SignedCheckpoint,
}

impl AccessProof {
    /// Proves the entry `index` to whoever believes `checkpoint`.
    ///
    /// # Errors
    /// [`JournalError::NoEntry`] when the entry lies behind the checkpoint, and what the rows
    /// give.
    pub fn new(
        prover: &Prover,
        rows: &dyn RowRead,
        index: u64,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, JournalError> {
        let size = checkpoint.checkpoint().size;
        Ok(Self {
            inclusion: prover.prove_inclusion(rows, index, size)?,
            checkpoint,
        })
    }

    /// The proof as a file, `.tlog-proof`.
    #[must_use]
    pub fn text(&self) -> String {
        let hashes = text::hash_lines(&self.inclusion.hashes);
        let index = self.inclusion.index;
        format!(
            "{HEADER}\nindex {index}\n{hashes}\n{}",
            self.checkpoint.text()
        )
    }

    /// Reads a proof and verifies that the log of `key` holds `entry`.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] when the text is no proof, [`ProofError::OtherLog`] when the
    /// key did not sign its checkpoint, [`ProofError::False`] when it is of another entry.
    pub fn open(proof: &str, entry: &[u8], key: &VerifierKey) -> Result<Self, ProofError> {
        let mut lines = Lines::new(proof);
        let parsed = (|| {
            lines.exactly(HEADER)?;
            if lines.rest().starts_with("extra ") {
                text::from_base64(lines.line()?.strip_prefix("extra ")?)?;
            }
            Some((lines.number("index ")?, lines.hashes()?))
        })();
        let (index, hashes) = parsed.ok_or(ProofError::Malformed)?;
        let checkpoint = SignedCheckpoint::open(lines.rest(), key);
        let checkpoint = checkpoint.map_err(|_| ProofError::OtherLog)?;
        let size = checkpoint.checkpoint().size;
        let inclusion = Inclusion {
            index,
            size,
            hashes,
        };
        inclusion.verify(entry, checkpoint.checkpoint())?;
        Ok(Self {
            inclusion,
            checkpoint,
        })
    }

    /// The index of the entry.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.inclusion.index
    }

    /// The checkpoint the entry was proved against.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        self.checkpoint.checkpoint()
    }
}

const HEADER: &str = "c2sp.org/tlog-proof@v1";

#[cfg(test)]
mod tests;
