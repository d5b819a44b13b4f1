//! Which rows a commit binds by their sum, and the sum itself.
//!
//! ```text
//! table "row_sum", row "all": vault::RowSum over the rows of every table that is covered |
//!                             small sums, u128 each, in the order of SMALL
//! ```
//! A small sum is over the rows of one table whose absence means something harmless: it is
//! small enough to be added up anew whenever the store is opened for writing, so that a row
//! which was lost, or whose key was altered, is not taken for one that never was. A store whose
//! row is shorter lacks the last of them yet: its next commit adds them up. See
//! `docs/decisions/0035`.
//!
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

/// A digest over every row of every table, bound or not: whether anything was changed at all.
///
/// # Errors
/// What the rows give.
pub fn rows_digest(rows: &Snapshot) -> Result<Digest, StoreError> {
    let mut hasher = vault::Hasher::new(EVERY_DOMAIN);
    let mut names = rows.table_names()?;
    names.sort_unstable();
    for name in names {
        rows.visit_named(&name, None, &mut |key, value| {
            for part in [name.as_bytes(), key, value] {
                hasher.part(part);
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(hasher.finish())
}

/// The digest of the sum that is kept, which each commit carries on; `None` when it is gone.
///
/// # Errors
/// What the rows give.
pub fn kept_row_sum(rows: &dyn RowRead) -> Result<Option<Digest>, StoreError> {
    let kept = rows.row(TABLE, ROW)?;
    let sums = kept.and_then(|bytes| Sums::parse(&bytes));
    Ok(sums.map(|sums| sums.all.digest()))
}

/// Whether the rows of the small tables are those that the last commit left.
///
/// # Errors
/// [`StoreError::DamagedRow`] with the table that lacks a row, or has another; what the rows give.
pub fn check_small_rows(rows: &dyn RowRead) -> Result<(), StoreError> {
    let Some(kept) = rows.row(TABLE, ROW)? else {
        return Err(StoreError::damaged(TABLE));
    };
    let kept = Sums::parse(&kept).ok_or(StoreError::damaged(TABLE))?;
    let found = small_sums(rows)?;
    for ((table, _), (kept, found)) in SMALL.iter().zip(kept.small.iter().zip(&found)) {
        if kept != found {
            return Err(StoreError::damaged(*table));
        }
    }
    Ok(())
}

/// What the row holds.
pub(crate) struct Sums {
    all: RowSum,
    /// Those that the version had that wrote it.
    small: Vec<u128>,
}

impl Sums {
    /// The digest that a commit binds.
    pub(crate) fn digest(&self) -> Digest {
        self.all.digest()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.all.to_bytes();
        for sum in &self.small {
            bytes.extend_from_slice(&sum.to_le_bytes());
        }
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (all, rest) = bytes.split_at_checked(RowSum::BYTES)?;
        let all = RowSum::from_bytes(all)?;
        let (sums, odd) = rest.as_chunks::<16>();
        if !odd.is_empty() || !SMALL_COUNTS.contains(&sums.len()) {
            return None;
        }
        let small = sums.iter().map(|sum| u128::from_le_bytes(*sum)).collect();
        Some(Self { all, small })
    }
}

/// The small sums of the rows as they are.
fn small_sums(rows: &dyn RowRead) -> Result<Vec<u128>, StoreError> {
    let mut sums = vec![0_u128; SMALL.len()];
    for ((table, first), sum) in SMALL.iter().zip(&mut sums) {
        rows.visit(*table, first, LAST, &mut |key, value| {
            *sum = sum.wrapping_add(small(*table, key, value));
            ControlFlow::Continue(())
        })?;
    }
    Ok(sums)
}

/// What a row adds to the small sum of its table.
fn small(table: Table, key: &[u8], value: &[u8]) -> u128 {
    let digest = vault::digest(SMALL_DOMAIN, &[table.name().as_bytes(), key, value]);
    let half = digest.as_bytes().first_chunk().copied();
    u128::from_le_bytes(half.unwrap_or_default())
}

/// Where the small sum of a row is kept; `None` when it is in none.
fn small_place(table: Table, key: &[u8]) -> Option<usize> {
    let mut places = SMALL.iter();
    places.position(|(small, first)| *small == table && *first <= key)
}

/// The sum that the rows of `before` had, with what `own` changes.
pub(crate) fn changed(
    before: &Stack<'_>,
    commit: CommitSeq,
    own: &Layer,
) -> Result<Sums, StoreError> {
    let kept = match before.row(TABLE, ROW)? {
        Some(bytes) => Sums::parse(&bytes).ok_or(StoreError::damaged(TABLE))?,
        None => Sums {
            all: first(before, commit)?,
            small: Vec::new(),
        },
    };
    let mut sum = kept.all;
    let mut sums = kept.small;
    if sums.len() < SMALL.len() {
        let missing = small_sums(before)?;
        sums.extend(missing.into_iter().skip(sums.len()));
    }
    for (table, changes) in own.tables().filter(|(table, _)| covers(table.name())) {
        for (key, value) in changes {
            let old = before.row(table, key)?;
            if old.as_ref() == value.as_ref() {
                continue;
            }
            if let Some(place) = small_place(table, key).and_then(|place| sums.get_mut(place)) {
                let of = |value: Option<&Vec<u8>>| value.map_or(0, |it| small(table, key, it));
                let (less, more) = (of(old.as_ref()), of(value.as_ref()));
                *place = place.wrapping_sub(less).wrapping_add(more);
            }
            if let Some(old) = old {
                sum.remove(table.name(), key, &old);
            }
            if let Some(value) = value {
                sum.add(table.name(), key, value);
            }
        }
    }
    Ok(Sums {
        all: sum,
        small: sums,
    })
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
/// The tables of few rows whose absence means something harmless, each from which row on: of the
/// key tree only who writes the store. Appended to, never changed.
const SMALL: [(Table, &[u8]); 7] = [
    (Table::new("engine"), &[]),
    (Table::new("sinks"), &[]),
    (Table::new("erasures"), &[]),
    (Table::new("receipts"), &[]),
    (crate::retired::RETIRED, &[]),
    (vault::tree::TABLE, &[0xff]),
    (Table::new("unindexed"), &[]),
];
/// How many of them a store may have: none, or those of a version that wrote it.
const SMALL_COUNTS: [usize; 3] = [0, 6, SMALL.len()];
/// Behind every key of these tables.
const LAST: &[u8] = &[0xff; 32];
const EVERY_DOMAIN: &str = "liasse every row v1";
const SMALL_DOMAIN: &str = "liasse small row v1";
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
