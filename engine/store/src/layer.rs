//! Rows that a transaction has changed and no commit has written yet.
//!
//! For: reading one's own writes, and the writes of transactions that wait for their sync.
//! Invariant: layers are looked at newest first, then the snapshot below them all.

use crate::bound;
use crate::snapshot::Snapshot;
use base::{Row, RowError, RowRead, Table, Visitor};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

/// Changed rows by table; `None` stands for a removed row.
#[derive(Default)]
pub(crate) struct Layer {
    tables: BTreeMap<Table, Changes>,
    bytes: usize,
    bound_changes: u64,
}

type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

impl Layer {
    pub(crate) fn set(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) {
        self.bytes += key.len() + value.map_or(0, <[u8]>::len);
        self.bound_changes += u64::from(bound::covers(table.name()));
        let changes = self.tables.entry(table).or_default();
        changes.insert(key.to_vec(), value.map(<[u8]>::to_vec));
    }

    /// The changed tables in order, with their changed rows in order.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (Table, &Changes)> {
        self.tables.iter().map(|(table, changes)| (*table, changes))
    }

    /// How often rows were set that a commit binds by their sum.
    pub(crate) const fn bound_changes(&self) -> u64 {
        self.bound_changes
    }

    /// Bytes of all values set, an upper bound of what the commit writes in rows.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A snapshot below layers of changes.
pub(crate) struct Stack<'a> {
    pub(crate) own: &'a Layer,
    pub(crate) below: &'a [Arc<Layer>],
    pub(crate) snapshot: &'a Snapshot,
}

impl<'a> Stack<'a> {
    fn changes(&self, table: Table) -> impl Iterator<Item = &'a Changes> {
        let below = self.below.iter().rev().map(|layer| &**layer);
        std::iter::once(self.own)
            .chain(below)
            .filter_map(move |layer| layer.tables.get(&table))
    }

    /// What the layers say of a row: nothing, that it is gone, or its value.
    fn changed(&self, table: Table, key: &[u8]) -> Option<&'a Option<Vec<u8>>> {
        self.changes(table).find_map(|changes| changes.get(key))
    }

    /// The last row of the layers at or before `key` that is not removed.
    fn last_changed(&self, table: Table, key: &[u8]) -> Option<Row> {
        let mut upper = Bound::Included(key);
        loop {
            let range = (Bound::<&[u8]>::Unbounded, upper);
            let last = self
                .changes(table)
                .filter_map(|changes| changes.range::<[u8], _>(range).next_back())
                .map(|(key, _)| key)
                .max()?;
            if let Some(Some(value)) = self.changed(table, last) {
                return Some(Row {
                    key: last.clone(),
                    value: value.clone(),
                });
            }
            upper = Bound::Excluded(last);
        }
    }

    /// The last row of the snapshot at or before `key` that no layer changes.
    fn last_unchanged(&self, table: Table, key: &[u8]) -> Result<Option<Row>, RowError> {
        let mut last = self.snapshot.row_at_or_before(table, key)?;
        while let Some(row) = last {
            if self.changed(table, &row.key).is_none() {
                return Ok(Some(row));
            }
            last = self
                .snapshot
                .last_before(table, Bound::Excluded(&row.key))?;
        }
        Ok(None)
    }
}

impl RowRead for Stack<'_> {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        match self.changed(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.snapshot.row(table, key),
        }
    }

    fn row_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Row>, RowError> {
        let changed = self.last_changed(table, key);
        let unchanged = self.last_unchanged(table, key)?;
        Ok(match (changed, unchanged) {
            (Some(one), Some(two)) => Some(if one.key > two.key { one } else { two }),
            (one, two) => one.or(two),
        })
    }

    fn visit(
        &self,
        table: Table,
        first: &[u8],
        last: &[u8],
        visitor: &mut Visitor<'_>,
    ) -> Result<(), RowError> {
        if first > last {
            return Ok(());
        }
        let mut changed: BTreeMap<&[u8], Option<&[u8]>> = BTreeMap::new();
        let range = (Bound::Included(first), Bound::Included(last));
        for changes in self.changes(table) {
            for (key, value) in changes.range::<[u8], _>(range) {
                changed.entry(key).or_insert(value.as_deref());
            }
        }
        let mut changed = changed.into_iter().peekable();
        let mut stopped = ControlFlow::Continue(());
        self.snapshot.visit(table, first, last, &mut |key, value| {
            while let Some((new, change)) = changed.next_if(|(new, _)| *new <= key) {
                if let Some(value) = change {
                    stopped = visitor(new, value);
                }
                if stopped.is_break() || new == key {
                    return stopped;
                }
            }
            stopped = visitor(key, value);
            stopped
        })?;
        for (key, change) in changed {
            if stopped.is_break() {
                break;
            }
            if let Some(value) = change {
                stopped = visitor(key, value);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
