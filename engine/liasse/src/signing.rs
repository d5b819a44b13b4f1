//! The store's signing key: where it lies, and that the log bears its signature.
//!
//! For: checkpoints, the catalog files of backups, and the log itself, which each commit signs
//! anew. A store from before that has the key sealed at a place of version 1, until the first
//! commit that signs seals it at version 2: from then on a log without a signature is damage.
//! Invariant: an engine goes on only with a log that its own key signed (J12).

use crate::core::Core;
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
    let sealed = key.seal(&unit, &place(store, SIGNS), entropy)?;
    transaction.put(ENGINE, ROW, &row(number, &sealed))?;
    Ok(key)
}

/// Opens the key.
pub(crate) fn open(rows: &dyn RowRead, keys: &KeyTree, store: StoreId) -> Result<SigningKey> {
    Ok(opened(rows, keys, store)?.0)
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

/// Refuses a log that this store's key did not sign as it is.
pub(crate) fn believe(core: &Core, log: &Log) -> Result<()> {
    let view = core.view()?;
    let signed = log.signed_by(view.rows(), &verifier(&core.signing)?)?;
    let (_, version) = opened(view.rows(), &view.keys, core.store)?;
    // INVARIANT(J12): what another wrote is not signed on their behalf.
    if signed == Signed::Truly || (signed == Signed::Not && version < SIGNS) {
        return Ok(());
    }
    let what = "the journal is not the one that the store's key signed last";
    Err(Error::new(Code::Corrupt, what, RESTORE).at("catalog.redb, table journal_head"))
}

/// Says that from this commit on the log is signed, in a store from before.
pub(crate) fn renew(core: &Core, keys: &KeyTree, transaction: &mut Transaction) -> Result<()> {
    let (_, version) = opened(transaction, keys, core.store)?;
    if version == SIGNS {
        return Ok(());
    }
    let number = slot(transaction)?;
    let unit = keys.unit_key(transaction, number)?;
    let place = place(core.store, SIGNS);
    let sealed = core.signing.seal(&unit, &place, &*core.entropy)?;
    transaction.put(ENGINE, ROW, &row(number.number(), &sealed))?;
    Ok(())
}

/// The key, and the version of the place where it is sealed.
fn opened(rows: &dyn RowRead, keys: &KeyTree, store: StoreId) -> Result<(SigningKey, u64)> {
    let (slot, sealed) = parts(rows)?;
    let unit: UnitKey = keys.unit_key(rows, slot)?;
    let at = |version| SigningKey::open(&unit, &place(store, version), &sealed);
    match at(SIGNS) {
        Ok(key) => Ok((key, SIGNS)),
        Err(_) => Ok((at(BEFORE).map_err(|_| unreadable())?, BEFORE)),
    }
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

const fn place(store: StoreId, version: u64) -> Place<'static> {
    Place {
        store,
        table: ENGINE,
        row: ROW,
        version,
        codec: 0,
        dictionary: 0,
    }
}

const ROW: &[u8] = b"signing";
/// The version of the key's place in a store whose log need not be signed yet.
const BEFORE: u64 = 1;
/// In one whose log is signed by each commit.
const SIGNS: u64 = 2;

#[cfg(test)]
mod tests;
