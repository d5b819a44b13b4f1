//! Periods: the class and month whose key opens the traces written in them.
//!
//! For: destroying what has been kept long enough. A trace opens with the patient's audit key
//! and its period's key together; the periods' keys lie in the top slots of the audit grove, so
//! that no row says where. Forgetting a slot closes a month of one class for all patients; the
//! log keeps every entry and its proofs. Not for: how long a class is kept; the host says.
//!
//! ```text
//! journal_retention   key class u8; value u16: the first month whose key still exists
//! ```
//! Invariant: [`keep_from`] only moves forward; it belongs in the transaction that forgets the
//! slots and appends [`crate::Fact::Retained`].

use crate::entry::Header;
use crate::error::{JournalError, LogPlace};
use crate::kind::Class;
use crate::trace::Trace;
use base::{RowRead, RowWrite, Table};
use vault::Slot;

/// A class and a month, counted from January 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The class.
    pub class: Class,
    /// The month.
    pub month: u16,
}

impl Period {
    /// The period in which `trace` is sealed.
    #[must_use]
    pub fn of_trace(trace: &Trace) -> Self {
        Self {
            class: trace.class(),
            month: trace.at.month(),
        }
    }

    /// The period whose key an entry needs.
    #[must_use]
    pub fn of_entry(header: &Header) -> Self {
        Self {
            class: header.class,
            month: header.hour.month(),
        }
    }

    /// The slot of its key in the audit grove: among the last [`PERIOD_SLOTS`], which no
    /// patient may have.
    ///
    /// # Errors
    /// [`JournalError::Bug`] when the grove is too small, which is checked when this compiles.
    pub fn slot(self) -> Result<Slot, JournalError> {
        let number = u32::from(self.month) * CLASSES + u32::from(self.class.byte());
        let slot = Slot::new(Slot::COUNT - 1 - number);
        slot.map_err(|_| base::Bug::new("a period's slot lies in the audit grove").into())
    }
}

/// The first month of `class` whose key still exists.
///
/// # Errors
/// [`JournalError::Corrupt`] when the row is damaged, and what the rows give.
pub fn kept_from(rows: &dyn RowRead, class: Class) -> Result<u16, JournalError> {
    let Some(bytes) = rows.row(RETENTION, &[class.byte()])? else {
        return Ok(0);
    };
    let month = bytes.as_slice().try_into().map(u16::from_le_bytes);
    month.map_err(|_| JournalError::Corrupt {
        place: LogPlace::Retention(class),
    })
}

/// Says that the keys of `class` before `month` are forgotten.
///
/// # Errors
/// [`JournalError::Bug`] when they already are from a later month on, and what the rows give.
pub fn keep_from(rows: &mut dyn RowWrite, class: Class, month: u16) -> Result<(), JournalError> {
    if month < kept_from(rows, class)? {
        return Err(base::Bug::new("a destroyed key does not come back").into());
    }
    Ok(rows.put(RETENTION, &[class.byte()], &month.to_le_bytes())?)
}

/// The periods of `class` from `first`, the month of the log's first entry, to before `month`
/// whose keys are still to be forgotten.
///
/// # Errors
/// As [`kept_from`].
pub fn due(
    rows: &dyn RowRead,
    class: Class,
    first: u16,
    month: u16,
) -> Result<Vec<Period>, JournalError> {
    let from = kept_from(rows, class)?.max(first);
    let months = from..month;
    Ok(months.map(|month| Period { class, month }).collect())
}

/// How many of the last slots of the audit grove belong to periods.
pub const PERIOD_SLOTS: u32 = CLASSES << 16;

const RETENTION: Table = Table::new("journal_retention");
const CLASSES: u32 = 8;
const _: () = assert!(PERIOD_SLOTS < Slot::COUNT / 2);

#[cfg(test)]
mod tests;
