//! The rows of the catalog, and its sums: what a redb file holds.

use crate::seal::{Bytes32, digest, stream};
use redb::{
    ReadOnlyDatabase, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition, TableError,
    TableHandle,
};
use std::path::Path;

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

type Opened = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// The catalog of a store.
pub struct Catalog(ReadOnlyDatabase);

impl Catalog {
    /// Opens the file.
    ///
    /// # Errors
    /// When it is no redb 4 file that was closed.
    pub fn open(file: &Path) -> Result<Self, String> {
        ReadOnlyDatabase::open(file).map(Self).map_err(told)
    }

    /// The rows of a table in order; none when it is missing.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn rows(&self, table: &str) -> Result<Vec<Row>, String> {
        let Some(opened) = self.table(table)? else {
            return Ok(Vec::new());
        };
        let rows = opened.iter().map_err(told)?.map(|row| {
            let (key, value) = row.map_err(told)?;
            Ok((key.value().to_vec(), value.value().to_vec()))
        });
        rows.collect()
    }

    /// One row.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let Some(opened) = self.table(table)? else {
            return Ok(None);
        };
        let found = opened.get(key).map_err(told)?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    fn table(&self, name: &str) -> Result<Option<Opened>, String> {
        let read = self.0.begin_read().map_err(told)?;
        match read.open_table(TableDefinition::<&[u8], &[u8]>::new(name)) {
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            opened => opened.map(Some).map_err(told),
        }
    }

    /// Compares the sum of rows with the rows: its digest.
    ///
    /// # Errors
    /// When it is the sum of other rows.
    pub fn check_sum(&self) -> Result<Bytes32, String> {
        let kept = self.row("row_sum", b"all")?.ok_or("no sum of rows")?;
        let (large, small) = kept.split_at_checked(2048).ok_or("too short a sum")?;
        let mut sum = vec![0_u16; 1024];
        for table in self.tables()? {
            for (key, value) in self.rows(&table)? {
                let parts: [&[u8]; 3] = [table.as_bytes(), &key, &value];
                let numbers: [u8; 2048] = stream("liasse sum row v1", &parts);
                for (sum, number) in sum.iter_mut().zip(numbers.chunks(2)) {
                    *sum = sum.wrapping_add(u16::from_le_bytes([number[0], number[1]]));
                }
            }
        }
        let summed: Vec<u8> = sum.iter().flat_map(|sum| sum.to_le_bytes()).collect();
        if summed != large {
            return Err("the sum is that of other rows".to_owned());
        }
        for (name, sum) in SMALL.iter().zip(small.chunks(16)) {
            self.check_small(name, sum)?;
        }
        Ok(digest("liasse row sum v1", &[large]))
    }

    /// The tables whose rows the sum is of.
    fn tables(&self) -> Result<Vec<String>, String> {
        let read = self.0.begin_read().map_err(told)?;
        let tables = read.list_tables().map_err(told)?;
        let names = tables.map(|table| table.name().to_owned());
        Ok(names
            .filter(|name| !BOUND.contains(&name.as_str()))
            .collect())
    }

    fn check_small(&self, table: &str, sum: &[u8]) -> Result<(), String> {
        let mut counted = 0_u128;
        for (key, value) in self.rows(table)? {
            if table == "key_nodes" && key != [0xff] {
                continue;
            }
            let number: [u8; 16] = stream("liasse small row v1", &[table.as_bytes(), &key, &value]);
            counted = counted.wrapping_add(u128::from_le_bytes(number));
        }
        if counted.to_le_bytes() == sum {
            Ok(())
        } else {
            Err(format!("the small sum of {table} is of other rows"))
        }
    }
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The tables that are bound in another way.
const BOUND: [&str; 10] = [
    "heads",
    "body_keys",
    "state_tree",
    "index_manifest",
    "journal_head",
    "journal_entry",
    "journal_tile",
    "journal_chain",
    "rebuilt_from",
    "row_sum",
];
/// Those with a small sum of their own, in order; of the sixth, one row.
const SMALL: [&str; 7] = [
    "engine",
    "sinks",
    "erasures",
    "receipts",
    "retired_slots",
    "key_nodes",
    "unindexed",
];
