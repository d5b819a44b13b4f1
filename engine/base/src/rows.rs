//! Rows: the traits through which a room keeps ordered byte rows in somebody else's catalog.
//!
//! `vault` keeps key nodes, `journal` tiles, `index` its manifest through them; `store` fits
//! them over its transactions. [`MapRows`] is the same in memory, for tests of those rooms.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use thiserror::Error;

/// The name of a table of rows. Each table belongs to one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(&'static str);

impl Table {
    /// Names a table.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The table's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// One row: its key and its value.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The row key; rows of a table are ordered by it, byte by byte.
    pub key: Vec<u8>,
    /// The row's value.
    pub value: Vec<u8>,
}

/// Why rows could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RowError {
    /// The disk or the system failed.
    #[error("the catalog could not be read or written: {0}")]
    Environment(String),
    /// The catalog contradicts itself.
    #[error("the catalog is damaged in table {table}")]
    Corrupt {
        /// Where.
        table: &'static str,
    },
    /// No space is left on the device.
    #[error("no space is left for the catalog")]
    Full,
    /// The store was closed under its reader.
    #[error("the store was closed")]
    Closed,
}

/// Called with the key and the value of each row, in order, until it breaks.
pub type Visitor<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// Reads rows of one state of the catalog.
pub trait RowRead {
    /// The value of the row `key`, or `None`.
    ///
    /// # Errors
    /// [`RowError`] when the catalog cannot be read.
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RowError>;

    /// The last row whose key is at or before `key`, or `None`.
    ///
    /// # Errors
    /// [`RowError`] when the catalog cannot be read.
    fn row_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Row>, RowError>;

    /// Visits the rows from `first` to `last` (both included) in order until told to stop.
    ///
    /// # Errors
    /// [`RowError`] when the catalog cannot be read.
    fn visit(
        &self,
        table: Table,
        first: &[u8],
        last: &[u8],
        visitor: &mut Visitor<'_>,
    ) -> Result<(), RowError>;
}

/// Reads and writes rows of one transaction; nothing is true before its commit.
pub trait RowWrite: RowRead {
    /// Sets the row `key`.
    ///
    /// # Errors
    /// [`RowError`] when the catalog cannot be written.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), RowError>;

    /// Removes the row `key`, if it is there.
    ///
    /// # Errors
    /// [`RowError`] when the catalog cannot be written.
    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), RowError>;
}

/// Rows in memory.
#[derive(Clone, Default)]
pub struct MapRows {
    rows: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
}

impl MapRows {
    /// No rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl RowRead for MapRows {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }

    fn row_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Row>, RowError> {
        let range = (table, Vec::new())..=(table, key.to_vec());
        let last = self.rows.range(range).next_back();
        Ok(last.map(|((_, key), value)| Row {
            key: key.clone(),
            value: value.clone(),
        }))
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
        for ((_, key), value) in self
            .rows
            .range((table, first.to_vec())..=(table, last.to_vec()))
        {
            if visitor(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl RowWrite for MapRows {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), RowError> {
        self.rows.insert((table, key.to_vec()), value.to_vec());
        Ok(())
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), RowError> {
        self.rows.remove(&(table, key.to_vec()));
        Ok(())
    }
}

/// What every implementation of the row traits must do, run by each room that has one.
///
/// # Panics
/// When `rows` breaks the contract.
///
/// # Errors
/// Whatever `rows` gives.
pub fn conformance(rows: &mut dyn RowWrite) -> Result<(), RowError> {
    const ONE: Table = Table::new("conformance_one");
    const TWO: Table = Table::new("conformance_two");
    for number in 0..10_u8 {
        rows.put(ONE, &[number], &[number, number])?;
    }
    rows.put(TWO, &[5], b"other")?;
    assert_eq!(rows.row(ONE, &[3])?, Some(vec![3, 3]));
    assert_eq!(rows.row(ONE, &[30])?, None);
    rows.put(ONE, &[3], b"new")?;
    assert_eq!(rows.row(ONE, &[3])?, Some(b"new".to_vec()));
    rows.remove(ONE, &[4])?;
    rows.remove(ONE, &[44])?;
    assert_eq!(
        rows.row_at_or_before(ONE, &[4])?.map(|row| row.key),
        Some(vec![3])
    );
    assert_eq!(
        rows.row_at_or_before(ONE, &[200])?.map(|row| row.key),
        Some(vec![9])
    );
    assert_eq!(rows.row_at_or_before(TWO, &[4])?.map(|row| row.key), None);
    let mut seen = Vec::new();
    rows.visit(ONE, &[2], &[6], &mut |key, _| {
        seen.push(key[0]);
        ControlFlow::Continue(())
    })?;
    assert_eq!(seen, [2, 3, 5, 6]);
    seen.clear();
    rows.visit(ONE, &[0], &[255], &mut |key, _| {
        seen.push(key[0]);
        if key[0] == 1 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    assert_eq!(seen, [0, 1]);
    seen.clear();
    rows.visit(ONE, &[6], &[2], &mut |key, _| {
        seen.push(key[0]);
        ControlFlow::Continue(())
    })?;
    assert!(seen.is_empty(), "an empty range has no rows");
    Ok(())
}

#[cfg(test)]
mod tests;
