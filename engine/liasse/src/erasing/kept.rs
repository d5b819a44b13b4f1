//! Receipts, kept for whoever asks later.
//!
//! ```text
//! table "receipts", row key: journal entry u64, big-endian | the erasure: its audit handle (16)
//! row value: instant, milliseconds i64 | number u8 | root | destruction | caveat | sinks, each
//!            behind a u16 length
//! ```
//! For: receipts of erasures that were held up. Not for: who was erased; no row says it.
//! Invariant: the journal's entry has the digest of the row's value, and both are one commit.

use crate::answer::{KeptReceipt, Receipt};
use crate::error::Result;
use crate::group::Group;
use base::{AuditHandle, Cursor, Digest, Instant, RowRead, RowWrite, Table};
use journal::Log;
use std::ops::ControlFlow;

/// A receipt as it is kept.
pub(super) struct Kept(Vec<u8>);

impl Kept {
    pub(super) fn of(at: Instant, receipt: &Receipt) -> Self {
        let mut value = at.millis().to_le_bytes().to_vec();
        value.push(receipt.number);
        let Receipt {
            root,
            destruction,
            caveat,
            sinks,
            ..
        } = receipt;
        for word in [root, destruction, caveat, sinks] {
            let fitting = word.floor_char_boundary(WORD_BYTES_MAX);
            let word = word.get(..fitting).unwrap_or_default();
            value.extend(u16::try_from(word.len()).unwrap_or(0).to_le_bytes());
            value.extend(word.bytes());
        }
        Self(value)
    }

    /// What the journal says of it.
    pub(super) fn digest(&self) -> Digest {
        vault::digest(DOMAIN, &[&self.0])
    }

    /// Keeps it for the entry that is the group's draft number `draft`.
    pub(super) fn put(
        &self,
        group: &mut Group<'_>,
        draft: usize,
        erasure: AuditHandle,
    ) -> Result<()> {
        let entry = Log::open(&group.transaction)?.size() + draft as u64;
        let key = [entry.to_be_bytes().as_slice(), erasure.as_bytes()].concat();
        Ok(group.transaction.put(RECEIPTS, &key, &self.0)?)
    }
}

/// The receipts kept since the journal's entry `from`.
pub(crate) fn kept(rows: &dyn RowRead, from: u64) -> Result<Vec<KeptReceipt>> {
    let (mut kept, mut strange) = (Vec::new(), false);
    let (first, last) = (from.to_be_bytes(), [0xff; 25]);
    rows.visit(RECEIPTS, &first, &last, &mut |key, value| {
        match parse(key, value) {
            Some(receipt) => kept.push(receipt),
            None => strange = true,
        }
        ControlFlow::Continue(())
    })?;
    if strange {
        let message = "a receipt that was kept cannot be read";
        let error = crate::Error::new(crate::Code::Corrupt, message, crate::error::RESTORE);
        return Err(error.at("catalog.redb, table receipts"));
    }
    Ok(kept)
}

fn parse(key: &[u8], value: &[u8]) -> Option<KeptReceipt> {
    let (entry, erasure) = key.split_first_chunk()?;
    let mut cursor = Cursor::new(value);
    let at = Instant::from_millis(i64::from_le_bytes(cursor.array().ok()?));
    let number = cursor.u8().ok()?;
    let mut word = || {
        let length = cursor.u16().ok()?;
        let bytes = cursor.take(usize::from(length)).ok()?;
        String::from_utf8(bytes.to_vec()).ok()
    };
    let (root, destruction, caveat, sinks) = (word()?, word()?, word()?, word()?);
    Some(KeptReceipt {
        erasure: AuditHandle::from_bytes(erasure.try_into().ok()?),
        at,
        receipt: Receipt {
            number,
            root,
            destruction,
            caveat,
            sinks,
            entry: u64::from_be_bytes(*entry),
        },
    })
}

const RECEIPTS: Table = Table::new("receipts");
const DOMAIN: &str = "liasse erasure receipt v1";
const WORD_BYTES_MAX: usize = 4096;
