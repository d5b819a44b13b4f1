//! Units that stay open for a transaction, so that what it asks of one again is not deciphered
//! again.
//!
//! Not for: longer than that. Invariant: what is open is as the transaction has it; whatever
//! changes a unit takes it from here first.

use super::interval::{RowName, row_name};
use super::{OpenUnit, UnitKind};
use std::collections::BTreeMap;

/// Units that were opened within one transaction, which changes them through
/// [`super::Units::change_open`] alone.
#[derive(Default)]
pub struct OpenUnits(BTreeMap<RowName, OpenUnit>);

impl OpenUnits {
    /// The unit that covers a bucket, if it is open.
    pub(super) fn of(&self, kind: UnitKind, bucket: [u8; 16]) -> Option<&OpenUnit> {
        let (row, unit) = self.0.range(..=row_name(kind, bucket)).next_back()?;
        (row[0] == kind.byte() && bucket <= unit.last).then_some(unit)
    }

    /// As [`Self::of`]; it is open no more.
    pub(super) fn take(&mut self, kind: UnitKind, bucket: [u8; 16]) -> Option<OpenUnit> {
        let row = self.of(kind, bucket)?.row;
        self.0.remove(&row)
    }

    /// Has a unit stay open.
    pub(super) fn keep(&mut self, unit: OpenUnit) {
        if self.0.len() >= OPEN_UNITS_MAX {
            self.0.clear();
        }
        self.0.insert(unit.row, unit);
    }

    /// How many are open.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Most units kept open for a transaction: a megabyte of them.
pub(super) const OPEN_UNITS_MAX: usize = 256;
