//! Which rows a commit binds by their sum, and the sum itself.
//!
//! ```text
//! table "row_sum", row "all": vault::RowSum over the rows of every table that is covered
//! ```
//! For: the journal's commit entries, and checking without a key that no row was replaced by
//! another, not even by an older one. Not covered are rows that are bound otherwise: dossiers by
//! the state tree, the index manifest by its digest, the journal by its own tree; nor this row.
//! Invariants: every other table is covered, whoever keeps it; each commit carries the sum
//! forward from the one before, so that what was changed behind its back stays visible.

use crate::error::StoreError;
use crate::layer::{Layer, Stack};
use crate::snapshot::Snapshot;
use base::{CommitSeq, Digest, RowRead, Table};
use std::ops::ControlFlow;
use vault::RowSum;

/// Whether a row of this table is in the sum.
pub(crate) fn covers(table: &str) -> bool {
    !ELSEWHERE.contains(&table)
}

/// The sum over the rows as they are, for comparison with the journal.
///
/// # Errors
/// What the rows give.
pub fn row_sum(rows: &Snapshot) -> Result<Digest, StoreError> {
    Ok(row_sum_and_bytes(rows)?.0)
}

/// The same, and how many bytes of rows it is over.
///
/// # Errors
/// What the rows give.
pub fn row_sum_and_bytes(rows: &Snapshot) -> Result<(Digest, u64), StoreError> {
    let (mut sum, mut bytes) = (RowSum::empty(), 0);
    for name in rows.table_names()? {
        if covers(&name) {
            rows.visit_named(&name, None, &mut |key, value| {
                sum.add(&name, key, value);
                bytes += (key.len() + value.len()) as u64;
                ControlFlow::Continue(())
            })?;
        }
    }
    Ok((sum.digest(), bytes))
}

/// The digest of the sum that is kept, which each commit carries on; `None` when it is gone.
///
/// # Errors
/// What the rows give.
pub fn kept_row_sum(rows: &dyn RowRead) -> Result<Option<Digest>, StoreError> {
    let kept = rows.row(TABLE, ROW)?;
    let sum = kept.and_then(|bytes| RowSum::from_bytes(&bytes));
    Ok(sum.map(|sum| sum.digest()))
}

/// The sum that the rows of `before` had, with what `own` changes.
pub(crate) fn changed(
    before: &Stack<'_>,
    commit: CommitSeq,
    own: &Layer,
) -> Result<RowSum, StoreError> {
    let mut sum = match before.row(TABLE, ROW)? {
        Some(bytes) => RowSum::from_bytes(&bytes).ok_or(StoreError::damaged(TABLE))?,
        None => first(before, commit)?,
    };
    for (table, changes) in own.tables().filter(|(table, _)| covers(table.name())) {
        for (key, value) in changes {
            let old = before.row(table, key)?;
            if old.as_ref() == value.as_ref() {
                continue;
            }
            if let Some(old) = old {
                sum.remove(table.name(), key, &old);
            }
            if let Some(value) = value {
                sum.add(table.name(), key, value);
            }
        }
    }
    Ok(sum)
}

/// The sum of a store in which nothing was committed yet: only its counters are there.
fn first(before: &Stack<'_>, commit: CommitSeq) -> Result<RowSum, StoreError> {
    // A sum that was taken away must not be made anew over what was changed with it.
    if commit != CommitSeq::new(0) {
        return Err(StoreError::damaged(TABLE));
    }
    let mut sum = RowSum::empty();
    let (table, key) = (crate::meta::META, crate::meta::COUNTERS_ROW);
    if let Some(counters) = before.row(table, key)? {
        sum.add(table.name(), key, &counters);
    }
    Ok(sum)
}

/// The table of the sum.
pub(crate) const TABLE: Table = Table::new("row_sum");
/// The row of the sum.
pub(crate) const ROW: &[u8] = b"all";
/// Tables that are bound in another way.
const ELSEWHERE: [&str; 10] = [
    "row_sum",
    "heads",
    "body_keys",
    "state_tree",
    "index_manifest",
    "journal_head",
    "journal_entry",
    "journal_tile",
    "journal_chain",
    // Checked by signatures while a catalog is rebuilt, and empty afterwards.
    "rebuilt_from",
];

#[cfg(test)]
mod tests;
