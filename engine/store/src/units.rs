//! Sealed units: whatever mentions a patient outside her key, in bounded rows.
//!
//! ```text
//! table "units", row key: kind u8 | start of the interval of buckets it covers, 16 bytes
//! row value: version u8 = 1 | zero (3) | slot u32 | version of the row u64 | sealed record
//! plaintext: version u8 = 1 | zero u8 | count u16 | last bucket it covers, 16 bytes | items in
//!            the order of their keys: key length u16 | value length u16 | key | value
//! ```
//! A unit covers the buckets from its start to the last one it names; units of a kind leave no
//! gap. The bucket of an item is a keyed
//! hash of its key; that of a due item begins with its day, so that they can be walked in time.
//! A unit above `limit::UNIT_BYTES_MAX` is split at the middle of its interval.
//!
//! Invariants: a row key is a midpoint, never derived from an item; every unit has a key slot
//! of its own, so that erasing an item is rewriting one row under a fresh key; a slot that ever
//! sealed an item seals the unit that holds it now, or is retired: a unit that is split, or of
//! which something is taken out, goes on under a slot never used; slot 0 is the bucket key's and
//! is never replaced; every kind has its units from the start, so that a row that is missing is
//! damage, never "not found".

mod interval;
mod items;
mod open;
mod sealed;

use crate::error::{Malformed, StoreError};
use crate::head::with_place;
use crate::meta::Counter;
use crate::retired;
use crate::sort;
use crate::transaction::Transaction;
use base::{Bug, Cursor, Entropy, RowRead, RowWrite, StoreId, Table, limit};
use interval::{RowName, after, before, middle, row_name};
use items::Items;
pub use open::OpenUnits;
pub use sealed::{SealedUnit, UnitMark};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use vault::{BucketKey, Grove, KeyTree, Slot};

/// What the items of a unit are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitKind {
    /// An identity to the dossier it leads to.
    Alias,
    /// A dossier id to its number.
    Dossier,
    /// A document id to its ordinal.
    Document,
    /// An actor or a structure to dossiers.
    Relation,
    /// A day to what falls due on it; keys begin with the day, 4 bytes big-endian.
    Due,
}

/// The sealed units of one state of the store.
pub struct Units {
    store: StoreId,
    tree: Arc<KeyTree>,
    buckets: BucketKey,
}

/// Items by key; `None` removes one.
pub type UnitChanges = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A unit that was opened.
pub struct OpenUnit {
    row: RowName,
    slot: u32,
    /// Whether the slot has sealed no row yet.
    unused: bool,
    version: u64,
    last: [u8; 16],
    items: Items,
}

impl UnitKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Alias,
        Self::Dossier,
        Self::Document,
        Self::Relation,
        Self::Due,
    ];

    /// The byte that stands for it in row keys.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Alias => 1,
            Self::Dossier => 2,
            Self::Document => 3,
            Self::Relation => 4,
            Self::Due => 5,
        }
    }
}

impl Units {
    /// Plants the first unit of each kind in a new store.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub fn create(
        tree: &Arc<KeyTree>,
        transaction: &mut Transaction,
        entropy: &dyn Entropy,
    ) -> Result<Self, StoreError> {
        let units = Self::open(transaction.store(), tree, transaction)?;
        for kind in UnitKind::ALL {
            let unit = OpenUnit {
                row: row_name(kind, [0; 16]),
                slot: take_slot(transaction)?,
                unused: true,
                version: 0,
                last: [0xff; 16],
                items: Items::default(),
            };
            units.write(transaction, unit, entropy)?;
        }
        Ok(units)
    }

    /// The units whose keys are in `tree`.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the bucket key's node does not open.
    pub fn open(
        store: StoreId,
        tree: &Arc<KeyTree>,
        rows: &dyn RowRead,
    ) -> Result<Self, StoreError> {
        let slot = Slot::new(BUCKET_SLOT).map_err(|_| Bug::new("slot 0 is a slot"))?;
        let key = tree.unit_key(rows, slot).map_err(sort::tree)?;
        Ok(Self {
            store,
            tree: Arc::clone(tree),
            buckets: key.bucket_key(),
        })
    }

    /// The value of an item.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when its unit does not open.
    pub fn lookup(
        &self,
        rows: &dyn RowRead,
        kind: UnitKind,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.item(rows, &self.sealed(rows, kind, key)?, key)
    }

    /// The unit that holds an item, as it lies in its row.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when there is none.
    pub fn sealed(
        &self,
        rows: &dyn RowRead,
        kind: UnitKind,
        key: &[u8],
    ) -> Result<SealedUnit, StoreError> {
        let bucket = self.bucket(kind, key);
        let row = rows.row_at_or_before(UNITS, &row_name(kind, bucket))?;
        let row = row.filter(|row| row.key.first() == Some(&kind.byte()));
        let row = row.ok_or(StoreError::damaged(UNITS))?;
        Ok(SealedUnit { row, bucket })
    }

    /// The value of an item of the unit that [`Self::sealed`] found for it.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the unit does not open.
    pub fn item(
        &self,
        rows: &dyn RowRead,
        sealed: &SealedUnit,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let unit = self.open_sealed(rows, sealed)?;
        Ok(unit.items.get(key).map(<[u8]>::to_vec))
    }

    /// As [`Self::lookup`]; the unit stays open for whatever else the transaction asks of it.
    ///
    /// # Errors
    /// As [`Self::lookup`].
    pub fn lookup_open(
        &self,
        rows: &dyn RowRead,
        open: &mut OpenUnits,
        kind: UnitKind,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let bucket = self.bucket(kind, key);
        if let Some(unit) = open.of(kind, bucket) {
            return Ok(unit.items.get(key).map(<[u8]>::to_vec));
        }
        let unit = self.find(rows, kind, key)?;
        let found = unit.items.get(key).map(<[u8]>::to_vec);
        open.keep(unit);
        Ok(found)
    }

    /// Sets and removes items.
    ///
    /// # Errors
    /// [`StoreError::OverLimit`] for an item too large, [`StoreError::DamagedRow`],
    /// [`StoreError::NoEntropy`] and what the rows give.
    pub fn change(
        &self,
        transaction: &mut Transaction,
        kind: UnitKind,
        changes: UnitChanges,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        let known = &mut OpenUnits::default();
        self.change_open(transaction, known, kind, changes, entropy)
    }

    /// As [`Self::change`], with what the transaction has open; what is changed is open no more.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub fn change_open(
        &self,
        transaction: &mut Transaction,
        known: &mut OpenUnits,
        kind: UnitKind,
        changes: UnitChanges,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        let mut by_bucket: BTreeMap<([u8; 16], Vec<u8>), _> = BTreeMap::new();
        for (key, value) in changes {
            check_item(&key, value.as_deref())?;
            by_bucket.insert((self.bucket(kind, &key), key), value);
        }
        let mut open: Option<OpenUnit> = None;
        for ((bucket, key), value) in by_bucket {
            let mut find = |rows: &dyn RowRead| match known.take(kind, bucket) {
                Some(unit) => Ok(unit),
                None => self.find(rows, kind, &key),
            };
            let mut unit = match open.take() {
                Some(unit) if bucket <= unit.last => unit,
                Some(unit) => {
                    self.write(transaction, unit, entropy)?;
                    find(transaction)?
                }
                None => find(transaction)?,
            };
            let before = unit.items.set(&key, value.as_deref());
            if before.is_some_and(|before| loses(&before, value.as_deref())) {
                unit.leave_slot(transaction)?;
            }
            open = Some(unit);
        }
        match open {
            Some(unit) => self.write(transaction, unit, entropy),
            None => Ok(()),
        }
    }

    /// Visits the due items up to and including `day`, in the order of their days.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when a unit does not open.
    pub fn visit_due(
        &self,
        rows: &dyn RowRead,
        day: u32,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let mut last = [0xff; 17];
        last[0] = UnitKind::Due.byte();
        last[1..5].copy_from_slice(&day.to_be_bytes());
        for unit in self.units(rows, &row_name(UnitKind::Due, [0; 16]), &last)? {
            for (key, value) in unit.items.iter() {
                if key
                    .first_chunk()
                    .is_some_and(|due| u32::from_be_bytes(*due) <= day)
                {
                    visit(key, value);
                }
            }
        }
        Ok(())
    }

    /// Visits every item of a kind, unit by unit.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when a unit does not open.
    pub fn visit_all(
        &self,
        rows: &dyn RowRead,
        kind: UnitKind,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let last = row_name(kind, [0xff; 16]);
        for unit in self.units(rows, &row_name(kind, [0; 16]), &last)? {
            for (key, value) in unit.items.iter() {
                visit(key, value);
            }
        }
        Ok(())
    }

    /// Opens the units that hold these items, so that they can be erased: take the items out
    /// with [`OpenUnit::apply`], replace the keys of the units' slots, and give them back to
    /// [`Self::put_back`] of the units under the new tree, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when a unit does not open.
    pub fn take(
        &self,
        rows: &dyn RowRead,
        kind: UnitKind,
        keys: &[&[u8]],
    ) -> Result<Vec<OpenUnit>, StoreError> {
        let mut units: BTreeMap<RowName, OpenUnit> = BTreeMap::new();
        for key in keys {
            let unit = self.find(rows, kind, key)?;
            units.entry(unit.row).or_insert(unit);
        }
        Ok(units.into_values().collect())
    }

    /// Seals a unit again.
    ///
    /// # Errors
    /// [`StoreError::NoEntropy`], [`StoreError::DamagedRow`] and what the rows give.
    pub fn put_back(
        &self,
        transaction: &mut Transaction,
        unit: OpenUnit,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        self.write(transaction, unit, entropy)
    }

    /// A name for `key` that only this store's keys tell: for items that must not say in clear
    /// whom they name.
    #[must_use]
    pub fn blind(&self, key: &[u8]) -> [u8; 16] {
        self.buckets.bucket(BLIND, key)
    }

    fn bucket(&self, kind: UnitKind, key: &[u8]) -> [u8; 16] {
        let mut bucket = self.buckets.bucket(kind.byte(), key);
        match kind {
            UnitKind::Due => {
                let day = key.iter().take(DAY_BYTES);
                for (to, from) in bucket.iter_mut().zip(day) {
                    *to = *from;
                }
            }
            UnitKind::Alias | UnitKind::Dossier | UnitKind::Document | UnitKind::Relation => {}
        }
        bucket
    }

    fn find(&self, rows: &dyn RowRead, kind: UnitKind, key: &[u8]) -> Result<OpenUnit, StoreError> {
        self.open_sealed(rows, &self.sealed(rows, kind, key)?)
    }

    fn open_sealed(&self, rows: &dyn RowRead, sealed: &SealedUnit) -> Result<OpenUnit, StoreError> {
        let unit = self.open_row(rows, &sealed.row.key, &sealed.row.value)?;
        if sealed.bucket <= unit.last {
            Ok(unit)
        } else {
            Err(StoreError::damaged(UNITS))
        }
    }

    fn units(
        &self,
        rows: &dyn RowRead,
        first: &RowName,
        last: &RowName,
    ) -> Result<Vec<OpenUnit>, StoreError> {
        let mut found = Vec::new();
        rows.visit(UNITS, first, last, &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })?;
        let units = found
            .iter()
            .map(|(key, value)| self.open_row(rows, key, value))
            .collect::<Result<Vec<_>, _>>()?;
        // They leave no gap between them, nor before the first, nor behind the last.
        let starts = units.iter().skip(1).map(|unit| unit.row[1..].to_vec());
        let ends = units.iter().map(|unit| after(unit.last).to_vec());
        let reached = units.last().is_some_and(|unit| unit.last[..] >= last[1..]);
        let begun = units.first().is_some_and(|unit| unit.row == *first);
        if begun && reached && starts.eq(ends.take(units.len() - 1)) {
            Ok(units)
        } else {
            Err(StoreError::damaged(UNITS))
        }
    }

    fn open_row(
        &self,
        rows: &dyn RowRead,
        key: &[u8],
        value: &[u8],
    ) -> Result<OpenUnit, StoreError> {
        let damaged = |_| StoreError::damaged(UNITS);
        let row: RowName = key.try_into().map_err(|_| StoreError::damaged(UNITS))?;
        let (slot, version, sealed) = parse_header(value).map_err(damaged)?;
        let unit_key = Slot::new(slot).map_err(|_| StoreError::damaged(UNITS))?;
        let unit_key = self.tree.unit_key(rows, unit_key).map_err(sort::tree)?;
        let header = &value[..value.len() - sealed.len()];
        let plain = with_place(self.store, UNITS, key, header, |place| {
            unit_key.open(place, sealed)
        });
        let plain = plain.map_err(|_| StoreError::damaged(UNITS))?;
        let (last, items) = parse_unit(&plain).map_err(damaged)?;
        Ok(OpenUnit {
            row,
            slot,
            unused: false,
            version,
            last,
            items,
        })
    }

    /// Writes a unit; splits it when it is too large.
    fn write(
        &self,
        transaction: &mut Transaction,
        mut unit: OpenUnit,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        while plain_bytes(&unit.items) > limit::UNIT_BYTES_MAX && unit.items.len() > 1 {
            let Some(middle) = middle(&unit.row, unit.last) else {
                break;
            };
            unit.leave_slot(transaction)?;
            let kind = unit.kind()?;
            let (mut low, mut high) = (Items::default(), Items::default());
            for (key, value) in unit.items.iter() {
                let low_half = self.bucket(kind, key) < middle;
                let half = if low_half { &mut low } else { &mut high };
                half.push(key, value);
            }
            let upper = OpenUnit {
                row: row_name(kind, middle),
                slot: take_slot(transaction)?,
                unused: true,
                version: 0,
                last: unit.last,
                items: high,
            };
            self.write(transaction, upper, entropy)?;
            unit.items = low;
            unit.last = before(middle);
        }
        self.write_row(transaction, &unit, entropy)
    }

    fn write_row(
        &self,
        rows: &mut dyn RowWrite,
        unit: &OpenUnit,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        let slot = Slot::new(unit.slot).map_err(|_| StoreError::damaged(UNITS))?;
        let key = self.tree.unit_key(rows, slot).map_err(sort::tree)?;
        let mut value = vec![UNIT_VERSION, 0, 0, 0];
        value.extend_from_slice(&unit.slot.to_le_bytes());
        value.extend_from_slice(&(unit.version + 1).to_le_bytes());
        let plain = unit.to_plain();
        let sealed = with_place(self.store, UNITS, &unit.row, &value, |place| {
            key.seal(place, &plain, entropy)
        })?;
        value.extend_from_slice(&sealed);
        Ok(rows.put(UNITS, &unit.row, &value)?)
    }
}

impl OpenUnit {
    /// The slot of the unit's key.
    #[must_use]
    pub const fn slot(&self) -> u32 {
        self.slot
    }

    /// Goes on under a slot that sealed nothing yet; the old one is retired.
    fn leave_slot(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        if !self.unused {
            let old = Slot::new(self.slot).map_err(|_| StoreError::damaged(UNITS))?;
            retired::retire(transaction, Grove::Unit, old)?;
            self.slot = take_slot(transaction)?;
            self.unused = true;
        }
        Ok(())
    }

    /// Changes those items that the unit holds; `None` takes one out.
    pub fn apply(&mut self, changes: &UnitChanges) {
        for (key, value) in changes {
            if self.items.get(key).is_some() {
                self.items.set(key, value.as_deref());
            }
        }
    }

    fn kind(&self) -> Result<UnitKind, StoreError> {
        let known = UnitKind::ALL.into_iter();
        let kind = { known }.find(|kind| kind.byte() == self.row[0]);
        kind.ok_or(StoreError::damaged(UNITS))
    }

    fn to_plain(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(plain_bytes(&self.items));
        let count = u16::try_from(self.items.len()).expect("items are bounded");
        out.extend_from_slice(&[UNIT_VERSION, 0]);
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&self.last);
        out.extend_from_slice(self.items.as_bytes());
        out
    }
}

/// Whether something that an item said is said no more.
fn loses(before: &[u8], after: Option<&[u8]>) -> bool {
    !after.is_some_and(|after| after.starts_with(before))
}

fn take_slot(transaction: &mut Transaction) -> Result<u32, StoreError> {
    let slot = u32::try_from(transaction.take(Counter::UnitSlot)).unwrap_or(u32::MAX);
    if slot < Slot::COUNT {
        Ok(slot)
    } else {
        Err(StoreError::OverLimit {
            what: "the number of sealed units",
            limit: u64::from(Slot::COUNT),
        })
    }
}

fn check_item(key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
    let bytes = key.len() + value.map_or(0, <[u8]>::len);
    if bytes <= ITEM_BYTES_MAX {
        Ok(())
    } else {
        Err(StoreError::OverLimit {
            what: "an item of a sealed unit",
            limit: ITEM_BYTES_MAX as u64,
        })
    }
}

fn parse_header(value: &[u8]) -> Result<(u32, u64, &[u8]), Malformed> {
    let mut cursor = Cursor::new(value);
    if cursor.array()? != [UNIT_VERSION, 0, 0, 0] {
        return Err(Malformed);
    }
    let (slot, version) = (cursor.u32()?, cursor.u64()?);
    Ok((slot, version, cursor.take(cursor.remaining())?))
}

const fn plain_bytes(items: &Items) -> usize {
    UNIT_HEADER_BYTES + items.as_bytes().len()
}

/// Reads the plaintext of a unit: the last bucket it covers, and its items.
pub(crate) fn parse_unit(plain: &[u8]) -> Result<([u8; 16], Items), Malformed> {
    let mut cursor = Cursor::new(plain);
    if cursor.array()? != [UNIT_VERSION, 0] {
        return Err(Malformed);
    }
    let count = usize::from(cursor.u16()?);
    let last_bucket = cursor.array()?;
    let items = Items::read(count, cursor.take(cursor.remaining())?)?;
    Ok((last_bucket, items))
}

/// The table of units.
pub(crate) const UNITS: Table = Table::new("units");
/// The unit slot whose key chooses buckets; it seals no unit.
pub(crate) const BUCKET_SLOT: u32 = 0;
/// The kind byte of blind names; no unit is of it.
const BLIND: u8 = 0;
const UNIT_VERSION: u8 = 1;
const UNIT_HEADER_BYTES: usize = 20;
const DAY_BYTES: usize = 4;
/// Most bytes of one item: a chunk of 65,536 dossiers at one bit each, and its key.
const ITEM_BYTES_MAX: usize = 12 << 10;

#[cfg(test)]
mod tests;
