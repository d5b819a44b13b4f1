//! Words of traces that outlive the key they were sealed under.
//!
//! ```text
//! table "kept_words", row key: dossier number u64, big-endian | journal entry u64, big-endian
//! row value: record sealed under the dossier's key: query length u32 | query | motive
//! ```
//! For: a dossier that takes a new key because a document of it was erased. The journal's
//! entries never change, so their words are copied: the motive of a bris de glace must stay
//! readable. Not for: words of traces that name an erased document; those go with it.
//! Invariant: the rows of a dossier are sealed under the key it has now.

use crate::core::{Core, View};
use crate::error::{Error, Result};
use crate::group::Group;
use crate::recorder::{AuditPlace, Recorder, slot};
use crate::session::Entered;
use base::{Cursor, DocumentId, DossierNumber, RowRead, RowWrite, StoreId, Table};
use journal::{Entry, Log, Words};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use store::StoreError;
use vault::{DossierKey, Place};

/// The words of a trace; empty when it has none, or they are gone.
pub(crate) fn open(
    core: &Core,
    view: &View,
    entered: &Entered,
    index: u64,
    entry: &Entry,
) -> Result<Words> {
    if let Ok(words) = entry.open_words(core.store, &entered.key) {
        return Ok(words);
    }
    let row = row_key(entered.number, index);
    let kept = kept(core.store, view.rows(), &row, &entered.key)?;
    Ok(kept.unwrap_or_default())
}

/// The words of a dossier's traces, as the key it has now opens them, but for those of traces
/// that name what goes.
pub(crate) fn gather(
    group: &mut Group<'_>,
    number: DossierNumber,
    place: AuditPlace,
    gone: &BTreeSet<DocumentId>,
) -> Result<BTreeMap<u64, Words>> {
    let store = group.core.store;
    let key_slot = group.with_head(number, |head, _, _| Ok(head.slot()))?;
    let key_slot = slot(key_slot.ok_or_else(Error::refused)?)?;
    let (keys, rows) = (group.keys(), &group.transaction);
    let key = keys.dossier_key(rows, key_slot)?;
    let patient = keys.audit_key(rows, slot(place.slot)?)?;
    let recorder = Recorder {
        store,
        rows,
        keys,
        entropy: &*group.core.entropy,
    };
    let mut entries = Vec::new();
    let log = Log::open(rows)?;
    log.history(rows, place.handle, None, &mut |index, entry| {
        entries.push((index, entry.clone()));
        ControlFlow::Continue(())
    })?;
    let mut words = BTreeMap::new();
    for (index, entry) in entries {
        let row = row_key(number, index);
        let said = match entry.open_words(store, &key) {
            Ok(said) => Some(said),
            Err(_) => kept(store, rows, &row, &key)?,
        };
        let Some(said) = said else { continue };
        let header = entry.header();
        let period = recorder.period_key(header.class, header.hour)?;
        let trace = entry.open_trace(store, &patient.entry_key(&period));
        let names_gone = |trace: &journal::Trace| {
            trace
                .act
                .documents()
                .iter()
                .any(|document| gone.contains(document))
        };
        if trace.is_ok_and(|trace| !names_gone(&trace)) {
            words.insert(index, said);
        }
    }
    Ok(words)
}

/// Keeps words under the dossier's new key, in the place of those kept before.
pub(crate) fn keep(
    group: &mut Group<'_>,
    number: DossierNumber,
    key_slot: u32,
    words: &BTreeMap<u64, Words>,
) -> Result<()> {
    remove(&mut group.transaction, number)?;
    let key = group
        .keys()
        .dossier_key(&group.transaction, slot(key_slot)?)?;
    for (index, words) in words {
        let row = row_key(number, *index);
        let mut plain = u32::try_from(words.query.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes()
            .to_vec();
        plain.extend_from_slice(words.query.as_bytes());
        plain.extend_from_slice(words.motive.as_bytes());
        let place = place(group.core.store, &row);
        let sealed = key.seal(&place, &plain, &*group.core.entropy)?;
        group.transaction.put(KEPT_WORDS, &row, &sealed)?;
    }
    Ok(())
}

/// Removes the words kept for a dossier.
pub(crate) fn remove(rows: &mut dyn RowWrite, number: DossierNumber) -> Result<()> {
    let mut keys = Vec::new();
    let (first, last) = (row_key(number, 0), row_key(number, u64::MAX));
    rows.visit(KEPT_WORDS, &first, &last, &mut |key, _| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    })?;
    for key in keys {
        rows.remove(KEPT_WORDS, &key)?;
    }
    Ok(())
}

/// The words of a row; one that is there and does not open is damage, since it holds the motive
/// of a bris de glace.
fn kept(store: StoreId, rows: &dyn RowRead, row: &[u8], key: &DossierKey) -> Result<Option<Words>> {
    let Some(sealed) = rows.row(KEPT_WORDS, row)? else {
        return Ok(None);
    };
    let words = unseal(store, row, key, &sealed);
    Ok(Some(words.ok_or(StoreError::damaged(KEPT_WORDS))?))
}

fn unseal(store: StoreId, row: &[u8], key: &DossierKey, sealed: &[u8]) -> Option<Words> {
    let plain = key.open(&place(store, row), sealed).ok()?;
    let mut cursor = Cursor::new(&plain);
    let length = usize::try_from(cursor.u32().ok()?).ok()?;
    let query = String::from_utf8(cursor.take(length).ok()?.to_vec()).ok()?;
    let motive = cursor.take(cursor.remaining()).ok()?.to_vec();
    let motive = String::from_utf8(motive).ok()?;
    Some(Words { query, motive })
}

fn row_key(number: DossierNumber, index: u64) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&number.number().to_be_bytes());
    key[8..].copy_from_slice(&index.to_be_bytes());
    key
}

const fn place(store: StoreId, row: &[u8]) -> Place<'_> {
    Place {
        store,
        table: KEPT_WORDS,
        row,
        version: 1,
        codec: 0,
        dictionary: 0,
    }
}

const KEPT_WORDS: Table = Table::new("kept_words");

#[cfg(test)]
mod tests;
