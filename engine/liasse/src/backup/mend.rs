//! Bodies that are not where the restored catalog says.
//!
//! For: a promotion. A body that was moved by a compaction after the backup lies in the backup
//! at its older place, and is put where it belongs; one that was deposited after the backup is
//! lost, and named. Invariant: nothing is silently lost; a segment that lacks only what no document
//! names is whole again.

use super::ledger::Ledger;
use crate::error::Result;
use crate::recorder::slot;
use base::{Digest, DocumentId, DossierId, DossierNumber, Ordinal, RowRead, StoreId};
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

/// What was mended.
#[derive(Default)]
pub(crate) struct Mended {
    /// Documents whose bytes are nowhere.
    pub(crate) lost: Vec<Lost>,
    /// Segments whose gaps were closed, with their chains.
    pub(crate) chains: Vec<(u32, Digest)>,
}

/// A body that a dossier names.
struct Body {
    ordinal: Ordinal,
    place: BodyPlace,
    digest: Digest,
    name: Lost,
}

/// Finds what is missing, puts back what can be found, names the rest.
pub(crate) fn mend(catalog: &Catalog, keys: &KeyTree, ledger: &Ledger) -> Result<Mended> {
    let rows = catalog.snapshot()?;
    let doubtful = doubtful(&rows, ledger)?;
    if doubtful.is_empty() {
        return Ok(Mended::default());
    }
    let mut missing: BTreeMap<Ordinal, (BodyPlace, Lost)> = BTreeMap::new();
    let mut named: BTreeMap<u32, Frames> = BTreeMap::new();
    for number in 0..rows.counters().dossiers() {
        let Ok(number) = DossierNumber::new(number) else {
            break;
        };
        let all = bodies(catalog.store(), keys, &*rows, number)?;
        for body in all {
            let place = body.place;
            if !doubtful.contains(&place.segment()) {
                continue;
            }
            if !catalog.is_whole(place, body.ordinal)? {
                missing.insert(body.ordinal, (place, body.name));
            }
            let frames = named.entry(place.segment()).or_default();
            frames.insert(place.offset(), (place, body.digest));
        }
    }
    let places = missing.iter().map(|(at, (place, _))| (*at, *place));
    let found = catalog.mend(&places.collect())?;
    missing.retain(|ordinal, _| !found.contains(ordinal));
    let mut chains = Vec::new();
    for (segment, row) in rows.segments()? {
        let holds_lost = |(place, _): &(BodyPlace, Lost)| place.segment() == segment;
        if !doubtful.contains(&segment) || missing.values().any(holds_lost) {
            continue;
        }
        let frames = named.remove(&segment).unwrap_or_default();
        if let Some(chain) = catalog.close_gaps((segment, row), &frames)? {
            chains.push((segment, chain));
        }
    }
    let lost = missing.into_values().map(|(_, name)| name).collect();
    Ok(Mended { lost, chains })
}

/// The frames that documents name in a segment, by their offset.
type Frames = BTreeMap<u64, (BodyPlace, Digest)>;

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

/// Every body of a dossier.
fn bodies(
    store: StoreId,
    keys: &KeyTree,
    rows: &dyn RowRead,
    number: DossierNumber,
) -> Result<Vec<Body>> {
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
            all.push(Body {
                ordinal: number.ordinal(entry.number()),
                place: stored.place,
                digest: stored.digest,
                name,
            });
        }
    }
    Ok(all)
}
