//! Proofs: that an entry is in a log, and that one log is the beginning of another.
//!
//! For: whoever holds a checkpoint and not the store. Verification is pure. Invariant: what is
//! verified is bound to the checkpoint's origin, size and root; a proof for another entry, size
//! or log fails.

use crate::checkpoint::Checkpoint;
use crate::error::JournalError;
use crate::log::{Log, SIZE_MAX};
use crate::tile::{NodesKept, TileHashes};
use base::{Digest, RowRead};
use thiserror::Error;
use tlog_tiles::{Hash, check_record, check_tree, prove_record, prove_tree, record_hash};

/// A proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The checkpoints are of different logs.
    #[error("the checkpoints are of different logs")]
    OtherLog,
    /// The proof is for another size or entry than was asked.
    #[error("the proof is for another size or another entry")]
    OtherSize,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the checkpoint's root")]
    False,
    /// The text is not a proof.
    #[error("the text is not a proof")]
    Malformed,
}

/// The proof that the entry `index` is in the log of `size` entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The index of the entry.
    pub index: u64,
    /// The size of the log.
    pub size: u64,
    /// The hashes beside the path, from the leaf up.
    pub hashes: Vec<Digest>,
}

impl Inclusion {
    /// Checks that `entry` stands at the index in the log of `checkpoint`.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, entry: &[u8], checkpoint: &Checkpoint) -> Result<(), ProofError> {
        if self.size != checkpoint.size || self.index >= self.size || self.size > SIZE_MAX {
            return Err(ProofError::OtherSize);
        }
        let root = Hash(*checkpoint.root.as_bytes());
        let leaf = record_hash(entry);
        check_record(&to_hashes(&self.hashes), self.size, root, self.index, leaf)
            .map_err(|_| ProofError::False)
    }
}

/// The proof that the log of `from` entries is the beginning of the log of `to` entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// The smaller size.
    pub from: u64,
    /// The larger size.
    pub to: u64,
    /// The hashes of RFC 6962, section 2.1.2.
    pub hashes: Vec<Digest>,
}

impl Consistency {
    /// Checks that `newer` continues `older`.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, older: &Checkpoint, newer: &Checkpoint) -> Result<(), ProofError> {
        if older.origin != newer.origin {
            return Err(ProofError::OtherLog);
        }
        if self.from != older.size
            || self.to != newer.size
            || self.from > self.to
            || self.to > SIZE_MAX
        {
            return Err(ProofError::OtherSize);
        }
        if self.from == 0 {
            let empty = Digest::from_bytes(tlog_tiles::EMPTY_HASH.0);
            let holds = self.hashes.is_empty() && older.root == empty;
            return if holds {
                Ok(())
            } else {
                Err(ProofError::False)
            };
        }
        check_tree(
            &to_hashes(&self.hashes),
            self.to,
            Hash(*newer.root.as_bytes()),
            self.from,
            Hash(*older.root.as_bytes()),
        )
        .map_err(|_| ProofError::False)
    }
}

impl Log {
    /// Proves that the entry `index` is in the log as it was of `size`.
    ///
    /// # Errors
    /// [`JournalError::NoEntry`] when it is not, [`JournalError::Corrupt`] when a tile is
    /// missing, and what the rows give.
    pub fn prove_inclusion(
        &self,
        rows: &dyn RowRead,
        index: u64,
        size: u64,
    ) -> Result<Inclusion, JournalError> {
        included(
            &TileHashes::new(rows, self.size()),
            self.size(),
            index,
            size,
        )
    }

    /// Proves that the log as it was of `from` is the beginning of the log as it was of `to`.
    ///
    /// # Errors
    /// [`JournalError::NoEntry`] when it never was of such a size, [`JournalError::Corrupt`]
    /// when a tile is missing, and what the rows give.
    pub fn prove_consistency(
        &self,
        rows: &dyn RowRead,
        from: u64,
        to: u64,
    ) -> Result<Consistency, JournalError> {
        if from > to || to > self.size() {
            return Err(JournalError::NoEntry {
                index: from.max(to),
            });
        }
        let hashes = if from == 0 {
            Vec::new()
        } else {
            let hashes = TileHashes::new(rows, self.size());
            hashes.run(|hashes| prove_tree(to, from, hashes))?
        };
        Ok(Consistency {
            from,
            to,
            hashes: to_digests(&hashes),
        })
    }
}

/// A log that entries are proved of again and again: what the proofs have in common is read once.
pub struct Prover {
    log: Log,
    kept: NodesKept,
}

impl Prover {
    /// Proves entries of this log.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self {
            log,
            kept: NodesKept::default(),
        }
    }

    /// The log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// As [`Log::prove_inclusion`]; `rows` are those the log was opened from.
    ///
    /// # Errors
    /// As [`Log::prove_inclusion`].
    pub fn prove_inclusion(
        &self,
        rows: &dyn RowRead,
        index: u64,
        size: u64,
    ) -> Result<Inclusion, JournalError> {
        let hashes = TileHashes::new(rows, self.log.size()).keeping(&self.kept);
        included(&hashes, self.log.size(), index, size)
    }
}

fn included(
    hashes: &TileHashes<'_>,
    there: u64,
    index: u64,
    size: u64,
) -> Result<Inclusion, JournalError> {
    if index >= size || size > there {
        return Err(JournalError::NoEntry { index });
    }
    let hashes = hashes.run(|hashes| prove_record(size, index, hashes))?;
    Ok(Inclusion {
        index,
        size,
        hashes: to_digests(&hashes),
    })
}

fn to_hashes(digests: &[Digest]) -> Vec<Hash> {
    digests
        .iter()
        .map(|digest| Hash(*digest.as_bytes()))
        .collect()
}

fn to_digests(hashes: &[Hash]) -> Vec<Digest> {
    hashes
        .iter()
        .map(|hash| Digest::from_bytes(hash.0))
        .collect()
}

#[cfg(test)]
mod tests;
