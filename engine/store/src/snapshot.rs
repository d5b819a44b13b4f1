//! One committed state of the catalog, for readers.
//!
//! For: everything that reads. Invariants: a snapshot never changes; a panic inside redb on
//! damaged pages becomes [`RowError::Corrupt`], because a store that lies must not take its
//! host down.

use crate::error::{Malformed, StoreError};
use crate::meta::{self, Counters, SegmentRow};
use crate::quiet::{Quiet, missing};
use crate::sort;
use base::{Row, RowError, RowRead, Table, Visitor, limit};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTableMetadata, TableDefinition, TableHandle};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

/// A committed state of the catalog.
pub struct Snapshot {
    read: Quiet<ReadTransaction>,
    tables: RwLock<BTreeMap<&'static str, Option<Arc<Rows>>>>,
    counters: Counters,
}

type Rows = Quiet<ReadOnlyTable<&'static [u8], &'static [u8]>>;

impl Snapshot {
    pub(crate) fn new(read: ReadTransaction) -> Result<Self, StoreError> {
        let mut snapshot = Self {
            read: Quiet::new(read),
            tables: RwLock::default(),
            counters: Counters::start(base::Instant::MIN),
        };
        let row = snapshot.row(meta::META, meta::COUNTERS_ROW)?;
        let row = row.ok_or(StoreError::DamagedCatalog {
            place: "the counters are missing",
        })?;
        snapshot.counters =
            Counters::from_bytes(&row).map_err(|_| StoreError::damaged(meta::META))?;
        Ok(snapshot)
    }

    /// The store's counters in this state.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the catalog knows of its body segments, in order.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`], [`StoreError::Environment`].
    pub fn segments(&self) -> Result<Vec<(u32, SegmentRow)>, StoreError> {
        segments(self)
    }

    /// The last row whose key is inside `upper`.
    pub(crate) fn last_before(
        &self,
        table: Table,
        upper: Bound<&[u8]>,
    ) -> Result<Option<Row>, RowError> {
        let Some(rows) = self.table(table)? else {
            return Ok(None);
        };
        let rows = rows.get().map_err(missing(table))?;
        guarded(table, || {
            let range = (Bound::<&[u8]>::Unbounded, upper);
            let last = rows.range::<&[u8]>(range).map_err(sort::rows(table))?;
            let last = { last }
                .next_back()
                .transpose()
                .map_err(sort::rows(table))?;
            Ok(last.map(|(key, value)| Row {
                key: key.value().to_vec(),
                value: value.value().to_vec(),
            }))
        })
    }

    /// How many rows a table has, and how many bytes their keys and values take.
    pub(crate) fn weigh(&self, table: Table) -> Result<(u64, u64), RowError> {
        let Some(rows) = self.table(table)? else {
            return Ok((0, 0));
        };
        let rows = rows.get().map_err(missing(table))?;
        guarded(table, || {
            let count = rows.len().map_err(sort::rows(table))?;
            let stats = rows.stats().map_err(sort::rows(table))?;
            Ok((count, stats.stored_bytes()))
        })
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: Table) -> Result<u64, RowError> {
        let Some(rows) = self.table(table)? else {
            return Ok(0);
        };
        let rows = rows.get().map_err(missing(table))?;
        guarded(table, || rows.len().map_err(sort::rows(table)))
    }

    /// The names of all tables, whoever keeps them.
    pub(crate) fn table_names(&self) -> Result<Vec<String>, RowError> {
        guarded(meta::META, || {
            let read = self.read.get().map_err(missing(meta::META))?;
            let tables = read.list_tables().map_err(sort::rows(meta::META))?;
            Ok(tables.map(|table| table.name().to_string()).collect())
        })
    }

    /// As [`Self::weigh`], for a table known by its name alone.
    pub(crate) fn weigh_named(&self, name: &str) -> Result<(u64, u64), RowError> {
        guarded(meta::META, || {
            let read = self.read.get().map_err(missing(meta::META))?;
            let rows = read
                .open_table(TableDefinition::<&[u8], &[u8]>::new(name))
                .map_err(|_| RowError::Corrupt {
                    table: meta::META.name(),
                })?;
            let count = rows.len().map_err(sort::rows(meta::META))?;
            let stats = rows.stats().map_err(sort::rows(meta::META))?;
            Ok((count, stats.stored_bytes()))
        })
    }

    /// Visits the rows of a table known by its name alone, from behind `after` on.
    pub(crate) fn visit_named(
        &self,
        name: &str,
        after: Option<&[u8]>,
        visit: &mut Visitor<'_>,
    ) -> Result<(), RowError> {
        let corrupt = || RowError::Corrupt {
            table: meta::META.name(),
        };
        guarded(meta::META, || {
            let read = self.read.get().map_err(missing(meta::META))?;
            let rows = read
                .open_table(TableDefinition::<&[u8], &[u8]>::new(name))
                .map_err(|_| corrupt())?;
            let first = after.map_or(Bound::Unbounded, Bound::Excluded);
            let range = rows
                .range::<&[u8]>((first, Bound::Unbounded))
                .map_err(sort::rows(meta::META))?;
            for row in range {
                let (key, value) = row.map_err(sort::rows(meta::META))?;
                if visit(key.value(), value.value()).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    fn table(&self, table: Table) -> Result<Option<Arc<Rows>>, RowError> {
        let known = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = known.get(table.name()) {
            return Ok(rows.clone());
        }
        drop(known);
        let read = self.read.get().map_err(missing(table))?;
        let rows = guarded(table, || match read.open_table(definition(table)) {
            Ok(rows) => Ok(Some(Arc::new(Quiet::new(rows)))),
            Err(error) => sort::missing_table(table, error).map_or(Ok(None), Err),
        })?;
        let mut known = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(table.name(), rows.clone());
        Ok(rows)
    }
}

impl RowRead for Snapshot {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        let Some(rows) = self.table(table)? else {
            return Ok(None);
        };
        let rows = rows.get().map_err(missing(table))?;
        guarded(table, || {
            let value = rows.get(key).map_err(sort::rows(table))?;
            Ok(value.map(|value| value.value().to_vec()))
        })
    }

    fn row_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Row>, RowError> {
        self.last_before(table, Bound::Included(key))
    }

    fn visit(
        &self,
        table: Table,
        first: &[u8],
        last: &[u8],
        visitor: &mut Visitor<'_>,
    ) -> Result<(), RowError> {
        let Some(rows) = self.table(table)? else {
            return Ok(());
        };
        if first > last {
            return Ok(());
        }
        let rows = rows.get().map_err(missing(table))?;
        let mut range = guarded(table, || {
            let range = rows.range::<&[u8]>(first..=last);
            range.map(Quiet::new).map_err(sort::rows(table))
        })?;
        let range = range.get_mut().map_err(missing(table))?;
        loop {
            // The visitor runs outside the guard: its panics are its own.
            let next = guarded(table, || {
                let next = range.next().transpose().map_err(sort::rows(table))?;
                Ok(next.map(Quiet::new))
            })?;
            let Some(row) = next else {
                return Ok(());
            };
            let (key, value) = row.get().map_err(missing(table))?;
            // A page can hold its rows' places wrongly: redb trusts them.
            let (key, value) = guarded(table, || Ok((key.value(), value.value())))?;
            if visitor(key, value) == ControlFlow::Break(()) {
                return Ok(());
            }
        }
    }
}

/// What the rows say of the body segments, in order.
pub(crate) fn segments(rows: &dyn RowRead) -> Result<Vec<(u32, SegmentRow)>, StoreError> {
    let mut found = Vec::new();
    let mut damaged = false;
    rows.visit(meta::SEGMENTS, &[], &[0xff; 4], &mut |key, value| {
        let number = <[u8; 4]>::try_from(key).map_err(|_| Malformed);
        let row = number.and_then(|number| {
            let number = u32::from_be_bytes(number);
            Ok((number, SegmentRow::from_bytes(number, value)?))
        });
        match row {
            Ok(row) => found.push(row),
            Err(Malformed) => damaged = true,
        }
        ControlFlow::Continue(())
    })?;
    if damaged {
        Err(StoreError::damaged(meta::SEGMENTS))
    } else {
        Ok(found)
    }
}

/// Above how many bytes a segment is closed, which grows with what lives in all of them up to
/// `max`: what lives in one is there twice while it is emptied.
pub(crate) fn segment_bytes(rows: &dyn RowRead, max: u64) -> Result<u64, StoreError> {
    let mut live: u64 = 0;
    rows.visit(meta::SEGMENTS, &[], &[0xff; 4], &mut |key, value| {
        let number = <[u8; 4]>::try_from(key).map_or(0, u32::from_be_bytes);
        // One that cannot be read is told where it is used.
        if let Ok(row) = SegmentRow::from_bytes(number, value) {
            live = live.saturating_add(row.end.saturating_sub(row.dead));
        }
        if live / limit::SEGMENT_SHARE < max {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    let share = live / limit::SEGMENT_SHARE;
    Ok(share.max(limit::SEGMENT_BYTES_MIN).min(max))
}

/// A table of rows as redb knows it.
pub(crate) const fn definition(
    table: Table,
) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(table.name())
}

/// Runs redb code; a panic there means damaged pages.
pub(crate) fn guarded<T>(
    table: Table,
    run: impl FnOnce() -> Result<T, RowError>,
) -> Result<T, RowError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(RowError::Corrupt {
        table: table.name(),
    }))
}
