//! Bodies that are not where the restored catalog says.
//!
//! For: a promotion. A body that was moved by a compaction after the backup lies in the backup
//! at its older place, and is put where it belongs; one that was deposited after the backup is
//! lost, and named. Invariant: nothing is silently lost.

use super::ledger::Ledger;
use crate::error::Result;
use crate::recorder::slot;
use base::{DocumentId, DossierId, DossierNumber, Ordinal, RowRead, StoreId};
use std::collections::{BTreeMap, BTreeSet};
use store::{BodyPlace, Catalog, DossierSeal, SealedHead, Snapshot, segment_file};
use vault::KeyTree;

/// A document whose bytes are in no backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its dossier.
    pub dossier: DossierId,
    /// The document.
    pub document: DocumentId,
}

/// Finds what is missing, puts back what can be found, names the rest.
pub(crate) fn mend(catalog: &Catalog, keys: &KeyTree, ledger: &Ledger) -> Result<Vec<Lost>> {
    let rows = catalog.snapshot()?;
    let doubtful = doubtful(&rows, ledger)?;
    if doubtful.is_empty() {
        return Ok(Vec::new());
    }
    let mut missing: BTreeMap<Ordinal, (BodyPlace, Lost)> = BTreeMap::new();
    for number in 0..rows.counters().dossiers() {
        let Ok(number) = DossierNumber::new(number) else {
            break;
        };
        let all = bodies(catalog.store(), keys, &*rows, number)?;
        for (ordinal, place, name) in all {
            if doubtful.contains(&place.segment()) && !catalog.is_whole(place, ordinal)? {
                missing.insert(ordinal, (place, name));
            }
        }
    }
    let places = missing.iter().map(|(at, (place, _))| (*at, *place));
    let found = catalog.mend(&places.collect())?;
    Ok(missing
        .into_iter()
        .filter(|(ordinal, _)| !found.contains(ordinal))
        .map(|(_, (_, name))| name)
        .collect())
}

/// The segments of the catalog that the directory does not hold whole.
fn doubtful(rows: &Snapshot, ledger: &Ledger) -> Result<BTreeSet<u32>> {
    let segments = rows.segments()?.into_iter();
    Ok(segments
        .filter(|(segment, row)| {
            let held = ledger.files.get(&segment_file(*segment));
            !held.is_some_and(|held| held.whole && held.length >= row.end)
        })
        .map(|(segment, _)| segment)
        .collect())
}

/// Every body of a dossier: its number, its place, its name.
fn bodies(
    store: StoreId,
    keys: &KeyTree,
    rows: &dyn RowRead,
    number: DossierNumber,
) -> Result<Vec<(Ordinal, BodyPlace, Lost)>> {
    let Some(sealed) = SealedHead::read(rows, number)? else {
        return Ok(Vec::new());
    };
    let key = keys.dossier_key(rows, slot(sealed.slot())?)?;
    let seal = DossierSeal { store, key: &key };
    let listing = sealed.open(rows, seal)?;
    let dossier = listing.dossier()?.id();
    let mut all = Vec::new();
    for entry in listing.entries() {
        if let Some(stored) = listing.body(rows, seal, entry.number())? {
            let document = entry.document();
            let name = Lost { dossier, document };
            all.push((number.ordinal(entry.number()), stored.place, name));
        }
    }
    Ok(all)
}
