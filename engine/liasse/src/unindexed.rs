//! Which dossiers have documents that no segment of the index holds yet.
//!
//! ```text
//! table "unindexed", row key: commit u64, big-endian
//! row value: dossier number u64, of each dossier of which the commit indexed documents
//! row "from": the first commit u64 from which on none is left out
//! ```
//! For: an open after a crash, which reads those dossiers for the index's tail and no others. Not
//! for: which of their documents; the entries say with which commit they came. Invariant: from
//! the commit of row "from" on, whatever came into the tail has its row until a segment on disk
//! holds it (X15).

use crate::error::Result;
use base::{CommitSeq, Cursor, DossierNumber, RowRead, RowWrite, Table};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Notes that a commit brings documents of these dossiers into the tail.
pub(crate) fn note(
    rows: &mut dyn RowWrite,
    commit: CommitSeq,
    dossiers: &BTreeSet<DossierNumber>,
) -> Result<()> {
    if dossiers.is_empty() {
        return Ok(());
    }
    let numbers = dossiers.iter().map(|number| number.number().to_le_bytes());
    let value: Vec<u8> = numbers.flatten().collect();
    Ok(rows.put(UNINDEXED, &commit.number().to_be_bytes(), &value)?)
}

/// Forgets what segments hold from now on: the commits up to `watermark`.
pub(crate) fn forget(rows: &mut dyn RowWrite, watermark: CommitSeq) -> Result<()> {
    let from = watermark.next().number().to_le_bytes();
    if rows.row(UNINDEXED, FROM)?.as_deref() == Some(&from) {
        return Ok(());
    }
    let mut held = Vec::new();
    let last = watermark.number().to_be_bytes();
    rows.visit(UNINDEXED, &[0; 8], &last, &mut |key, _| {
        held.push(key.to_vec());
        ControlFlow::Continue(())
    })?;
    for key in held {
        rows.remove(UNINDEXED, &key)?;
    }
    Ok(rows.put(UNINDEXED, FROM, &from)?)
}

/// The dossiers with documents of commits above `watermark`; `None` when it was not noted from
/// there on.
pub(crate) fn above(
    rows: &dyn RowRead,
    watermark: CommitSeq,
) -> Result<Option<BTreeSet<DossierNumber>>> {
    let from = rows.row(UNINDEXED, FROM)?;
    let from = from.and_then(|from| Cursor::new(&from).u64().ok());
    if from.is_none_or(|from| from > watermark.next().number()) {
        return Ok(None);
    }
    let mut dossiers = BTreeSet::new();
    let first = watermark.next().number().to_be_bytes();
    rows.visit(UNINDEXED, &first, FROM, &mut |key, value| {
        if key != FROM {
            let mut cursor = Cursor::new(value);
            let numbers = std::iter::from_fn(|| cursor.u64().ok());
            dossiers.extend(numbers.filter_map(|number| DossierNumber::new(number).ok()));
        }
        ControlFlow::Continue(())
    })?;
    Ok(Some(dossiers))
}

const UNINDEXED: Table = Table::new("unindexed");
/// Behind the keys of all commits that there will ever be.
const FROM: &[u8] = b"from";

#[cfg(test)]
mod tests;
