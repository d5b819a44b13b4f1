//! Which roots of the key tree came and went, as the log is told.
//!
//! For: entries about roots. Not for: turning the root; see `erasing::rotation`. Invariants: a
//! root's coming stands in the commit that it opens; that it went stands in the first commit
//! after the key store destroyed it, whatever ended between the two.

use crate::error::Result;
use crate::upkeep::ENGINE;
use base::{Cursor, CursorError, Digest, Instant, RowRead, RowWrite};
use journal::Fact;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{StoreError, Transaction};
use vault::KeyTree;

/// Before which epoch no root is left.
#[derive(Default)]
pub(crate) struct Destroyed(AtomicU64);

impl Destroyed {
    /// Notes that the key store holds no root older than that of these keys.
    pub(crate) fn note(&self, keys: &KeyTree) {
        self.0.fetch_max(keys.epoch().number(), Ordering::SeqCst);
    }
}

/// A root that another replaced, and the key tree's root under the one after it.
struct Replaced {
    epoch: u64,
    keys: Digest,
}

/// Says that a root is there.
pub(crate) fn created(keys: &KeyTree, at: Instant) -> Fact {
    let epoch = keys.epoch().number();
    Fact::KeyCreated { at, epoch }
}

/// Notes that a root waits to be destroyed, since another takes its place.
pub(crate) fn replace(rows: &mut Transaction, old: &KeyTree, new: &KeyTree) -> Result<()> {
    let mut waiting = waiting(rows)?;
    waiting.push(Replaced {
        epoch: old.epoch().number(),
        keys: new.root_digest(),
    });
    put(rows, &waiting)
}

/// Takes out the roots that were destroyed, as the log is to be told.
pub(crate) fn take(rows: &mut Transaction, destroyed: &Destroyed) -> Result<Vec<Fact>> {
    let before = destroyed.0.load(Ordering::SeqCst);
    let (gone, left): (Vec<_>, Vec<_>) = waiting(rows)?
        .into_iter()
        .partition(|root| root.epoch < before);
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    put(rows, &left)?;
    let at = rows.instant();
    let told = gone.into_iter().map(|root| Fact::KeyDestroyed {
        at,
        epoch: root.epoch,
        keys: root.keys,
    });
    Ok(told.collect())
}

fn put(rows: &mut Transaction, waiting: &[Replaced]) -> Result<()> {
    if waiting.is_empty() {
        rows.remove(ENGINE, ROW)?;
        return Ok(());
    }
    let mut row = vec![VERSION];
    for root in waiting {
        row.extend_from_slice(&root.epoch.to_le_bytes());
        row.extend_from_slice(root.keys.as_bytes());
    }
    Ok(rows.put(ENGINE, ROW, &row)?)
}

fn waiting(rows: &Transaction) -> Result<Vec<Replaced>> {
    match rows.row(ENGINE, ROW)? {
        None => Ok(Vec::new()),
        Some(row) => Ok(parse(&row).map_err(|_| StoreError::damaged(ENGINE))?),
    }
}

fn parse(row: &[u8]) -> std::result::Result<Vec<Replaced>, CursorError> {
    let mut cursor = Cursor::new(row);
    if cursor.u8()? != VERSION {
        return Err(CursorError::Value);
    }
    let mut waiting = Vec::new();
    while cursor.remaining() > 0 {
        waiting.push(Replaced {
            epoch: cursor.u64()?,
            keys: Digest::from_bytes(cursor.array()?),
        });
    }
    Ok(waiting)
}

const ROW: &[u8] = b"roots";
const VERSION: u8 = 1;
