//! The store's signing key: where it lies, and that the log bears its signature.
//!
//! For: checkpoints, the catalog files of backups, and the log itself, which each commit signs
//! anew. Not for: a log without a signature, which no engine opens and no auditor signs. Invariant:
//! nothing goes on with a log that the store's own key did not sign (J12).

use crate::error::{Code, Error, RESTORE, Result};
use crate::recorder;
use crate::upkeep::ENGINE;
use base::{Entropy, RowRead, RowWrite, StoreId};
use journal::{Algorithm, Log, Signed, VerifierKey};
use std::sync::Arc;
use store::{Counter, Transaction};
use vault::{KeyTree, Place, SigningKey, Slot, UnitKey};

/// Draws the key, and keeps it sealed under a unit key of its own.
pub(crate) fn plant(
    transaction: &mut Transaction,
    keys: &Arc<KeyTree>,
    store: StoreId,
    entropy: &dyn Entropy,
) -> Result<SigningKey> {
    let number = u32::try_from(transaction.take(Counter::UnitSlot)).unwrap_or(u32::MAX);
    let unit = keys.unit_key(transaction, recorder::slot(number)?)?;
    let key = SigningKey::random(entropy)?;
    let sealed = key.seal(&unit, &place(store), entropy)?;
    transaction.put(ENGINE, ROW, &row(number, &sealed))?;
    Ok(key)
}

/// Opens the key.
pub(crate) fn open(rows: &dyn RowRead, keys: &KeyTree, store: StoreId) -> Result<SigningKey> {
    let (slot, sealed) = parts(rows)?;
    let unit: UnitKey = keys.unit_key(rows, slot)?;
    SigningKey::open(&unit, &place(store), &sealed).map_err(|_| unreadable())
}

/// The slot of the unit key under which the signing key lies.
pub(crate) fn slot(rows: &dyn RowRead) -> Result<Slot> {
    Ok(parts(rows)?.0)
}

/// The key that verifies what the signing key signs.
pub(crate) fn verifier(key: &SigningKey) -> Result<VerifierKey> {
    let verifier = VerifierKey::new("store", Algorithm::Ed25519, key.public());
    Ok(verifier.map_err(|_| base::Bug::new("a public key is a point"))?)
}

/// The store's key, once it has signed the log as it is; refuses any other log.
pub(crate) fn believe(
    rows: &dyn RowRead,
    keys: &KeyTree,
    store: StoreId,
    log: &Log,
) -> Result<SigningKey> {
    let own = open(rows, keys, store)?;
    // INVARIANT(J12): what another wrote is not signed on their behalf, nor gone on with.
    if log.signed_by(rows, &verifier(&own)?)? == Signed::Truly {
        return Ok(own);
    }
    let what = "the journal is not the one that the store's key signed last";
    Err(Error::new(Code::Corrupt, what, RESTORE).at("catalog.redb, table journal_head"))
}

fn parts(rows: &dyn RowRead) -> Result<(Slot, Vec<u8>)> {
    let row = rows.row(ENGINE, ROW)?.ok_or_else(unreadable)?;
    let (number, sealed) = row.split_first_chunk::<4>().ok_or_else(unreadable)?;
    let slot = Slot::new(u32::from_le_bytes(*number)).map_err(|_| unreadable())?;
    Ok((slot, sealed.to_vec()))
}

fn row(slot: u32, sealed: &[u8]) -> Vec<u8> {
    [slot.to_le_bytes().as_slice(), sealed].concat()
}

fn unreadable() -> Error {
    Error::new(Code::Corrupt, "the signing key does not open", RESTORE)
        .at("catalog.redb, table engine")
}

const fn place(store: StoreId) -> Place<'static> {
    Place {
        store,
        table: ENGINE,
        row: ROW,
        version: VERSION,
        codec: 0,
        dictionary: 0,
    }
}

const ROW: &[u8] = b"signing";
/// The place of a key that signs the log with each commit. One from before is at version 1, and
/// opens nothing: it would let a log without a signature pass.
const VERSION: u64 = 2;

#[cfg(test)]
mod tests;
