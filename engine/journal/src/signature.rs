//! The store's own signature over its log, made anew with each append.
//!
//! ```text
//! journal_head   key 1       version u8 = 1 | Ed25519 signature 64
//!   over: "liasse log v1\n" | origin: u8 length, UTF-8 | size u64 | root 32
//! ```
//! The tree needs no key: whoever can write the rows can cut entries off its end, or build it anew
//! over others. For: noticing that, by the log's key. Only the newest is kept, and none is given
//! out, so that none fits a shorter log. Not for: checkpoints, which leave the store and say
//! something else. Invariant: J12 the log bears the signature of its own size and root.

use crate::error::JournalError;
use crate::log::{HEAD, Log};
use crate::note::VerifierKey;
use crate::wire;
use base::{RowRead, RowWrite};
use vault::SigningKey;

/// Whether the log is signed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The key signed this log at this size.
    Truly,
    /// What stands there is not this key's signature over this log.
    Falsely,
    /// No signature is there.
    Not,
}

impl Log {
    /// Signs the log as it is, in the transaction that made it so.
    ///
    /// # Errors
    /// What the rows give.
    pub fn sign(&self, rows: &mut dyn RowWrite, key: &SigningKey) -> Result<(), JournalError> {
        // INVARIANT(J12): whoever appends signs before the transaction commits.
        let signature = key.sign(&self.vow()?);
        let row = [&[VERSION], signature.as_slice()].concat();
        Ok(rows.put(HEAD, SIGNATURE_KEY, &row)?)
    }

    /// Whether the owner of `key` signed the log as it is.
    ///
    /// # Errors
    /// What the rows give.
    pub fn signed_by(&self, rows: &dyn RowRead, key: &VerifierKey) -> Result<Signed, JournalError> {
        let Some(row) = rows.row(HEAD, SIGNATURE_KEY)? else {
            return Ok(Signed::Not);
        };
        let truly = match row.split_first() {
            Some((&VERSION, signature)) => key.verify_raw(&self.vow()?, signature),
            Some(_) | None => false,
        };
        Ok(if truly {
            Signed::Truly
        } else {
            Signed::Falsely
        })
    }

    /// Whether the log bears any signature, true or false.
    ///
    /// # Errors
    /// What the rows give.
    pub fn bears_signature(rows: &dyn RowRead) -> Result<bool, JournalError> {
        Ok(rows.row(HEAD, SIGNATURE_KEY)?.is_some())
    }

    /// What is signed.
    fn vow(&self) -> Result<Vec<u8>, JournalError> {
        let mut vow = DOMAIN.to_vec();
        wire::put_short(&mut vow, self.origin().as_str()).map_err(|_| JournalError::Origin)?;
        vow.extend_from_slice(&self.size().to_le_bytes());
        vow.extend_from_slice(self.root().as_bytes());
        Ok(vow)
    }
}

const VERSION: u8 = 1;
/// No note begins like this: a note's first line is an origin, and has no space.
const DOMAIN: &[u8] = b"liasse log v1\n";
/// The key of the row with the signature, beside the head row.
pub(crate) const SIGNATURE_KEY: &[u8] = &[1];

#[cfg(test)]
mod tests;
