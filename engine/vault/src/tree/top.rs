//! The top record: one row that binds the tree to a root epoch.
//!
//! ```text
//! row       = version u8 (1) | staging u8 (0 fresh, 1 found) | epoch u64 |
//!             wrapped length u16 | wrapped top key | sealed record v1
//! context   = "liasse top v1" | store (16)                  (what the KMS binds the wrap to)
//! place     = table `key_nodes`, row [0], version = epoch, codec = staging
//! plaintext = 4 x (form u8 (0 derived, 1 kept) | grove key (32))
//! ```
//! Invariant: the top key is drawn for each write and seals one record. `staging` says whether
//! the epoch's root may have wrapped a top key in an attempt that did not commit.

use super::node::Child;
use super::{Grove, TABLE, TOP_ROW, TreeError};
use crate::digest::digest;
use crate::kms::{Epoch, Kms, Staging};
use crate::place::Place;
use crate::resident::Resident;
use crate::seal::{self, OpenError};
use crate::secret::{Plain, Secret};
use base::entropy::NoEntropy;
use base::{Cursor, Digest, Entropy, RowRead, RowWrite, StoreId};

/// The top record, opened.
pub(super) struct Top {
    pub(super) epoch: Epoch,
    pub(super) staging: Staging,
    pub(super) digest: Digest,
    /// The record's plaintext: every key of the store derives from it.
    groves: Resident,
}

/// What the top row says in clear.
pub(super) struct TopRow<'a> {
    pub(super) epoch: Epoch,
    pub(super) staging: Staging,
    wrapped: &'a [u8],
    sealed: &'a [u8],
}

impl Top {
    pub(super) fn fresh_groves(entropy: &dyn Entropy) -> Result<[Child; 4], NoEntropy> {
        let draw = || Secret::random(entropy).map(Child::Derived);
        Ok([draw()?, draw()?, draw()?, draw()?])
    }

    pub(super) fn grove(&self, grove: Grove) -> Result<Child, TreeError> {
        let start = usize::from(grove.number()) * GROVE_BYTES;
        let bytes = self.groves.bytes().get(start..start + GROVE_BYTES);
        parse_grove(&mut Cursor::new(bytes.unwrap_or_default()))
    }

    pub(super) fn groves(&self) -> Result<[Child; 4], TreeError> {
        let [one, two, three, four] = Grove::ALL.map(|grove| self.grove(grove));
        Ok([one?, two?, three?, four?])
    }

    /// Seals the groves' keys under a fresh top key and puts the row.
    pub(super) fn write(
        rows: &mut dyn RowWrite,
        kms: &dyn Kms,
        store: StoreId,
        epoch: Epoch,
        staging: Staging,
        groves: [Child; 4],
        entropy: &dyn Entropy,
    ) -> Result<Self, TreeError> {
        let top_key = Secret::random(entropy)?;
        let wrapped = kms.wrap(epoch, &context(store), &top_key, entropy)?;
        let wrapped_bytes = u16::try_from(wrapped.len()).map_err(|_| TreeError::UnknownVersion)?;
        let plain = plain(&groves);
        let place = place(store, epoch, staging);
        let sealed = seal::seal(&top_key, &place, &plain, entropy)?;
        let mut row = vec![VERSION, staging_byte(staging)];
        row.extend_from_slice(&epoch.number().to_le_bytes());
        row.extend_from_slice(&wrapped_bytes.to_le_bytes());
        row.extend_from_slice(&wrapped);
        row.extend_from_slice(&sealed);
        rows.put(TABLE, TOP_ROW, &row)?;
        Ok(Self {
            epoch,
            staging,
            digest: Self::digest_of(&row),
            groves: resident(&plain),
        })
    }

    pub(super) fn open(row: &[u8], kms: &dyn Kms, store: StoreId) -> Result<Self, TreeError> {
        let TopRow {
            epoch,
            staging,
            wrapped,
            sealed,
        } = TopRow::parse(row)?;
        let top_key = kms.unwrap(epoch, &context(store), wrapped)?;
        let plain = seal::open(&top_key, &place(store, epoch, staging), sealed).map_err(damaged)?;
        check_groves(&plain)?;
        Ok(Self {
            epoch,
            staging,
            digest: Self::digest_of(row),
            groves: resident(&plain),
        })
    }

    /// What is left of the top record when no more than the audit grove's key is known.
    pub(super) fn of_audit_grove(rows: &dyn RowRead, grove: &Child) -> Result<Self, TreeError> {
        let row = Self::row(rows)?;
        let TopRow { epoch, staging, .. } = TopRow::parse(&row)?;
        let mut groves = Resident::new(PLAIN_BYTES);
        groves.bytes_mut().fill(UNKNOWN);
        let at = usize::from(Grove::Audit.number()) * GROVE_BYTES;
        if let Some((form, key)) = groves
            .bytes_mut()
            .get_mut(at..at + GROVE_BYTES)
            .and_then(<[u8]>::split_first_mut)
        {
            *form = form_of(grove);
            key.copy_from_slice(grove.secret().expose());
        }
        Ok(Self {
            epoch,
            staging,
            digest: Self::digest_of(&row),
            groves,
        })
    }

    pub(super) fn digest_of(row: &[u8]) -> Digest {
        digest("liasse key tree top v1", &[row])
    }

    pub(super) fn row(rows: &dyn RowRead) -> Result<Vec<u8>, TreeError> {
        rows.row(TABLE, TOP_ROW)?.ok_or(TreeError::Absent)
    }
}

impl<'a> TopRow<'a> {
    pub(super) fn parse(row: &'a [u8]) -> Result<Self, TreeError> {
        let short = |_| damaged(OpenError::Truncated);
        let mut cursor = Cursor::new(row);
        if cursor.u8().map_err(short)? != VERSION {
            return Err(TreeError::UnknownVersion);
        }
        let staging = match cursor.u8().map_err(short)? {
            0 => Staging::Fresh,
            1 => Staging::Found,
            _ => return Err(TreeError::UnknownVersion),
        };
        let epoch = Epoch::new(cursor.u64().map_err(short)?);
        let wrapped_bytes = usize::from(cursor.u16().map_err(short)?);
        let wrapped = cursor.take(wrapped_bytes).map_err(short)?;
        let sealed = cursor.take(cursor.remaining()).map_err(short)?;
        Ok(Self {
            epoch,
            staging,
            wrapped,
            sealed,
        })
    }
}

/// Whether these bytes are a top row, or the plaintext of one.
pub(crate) fn probe_top(bytes: &[u8]) -> bool {
    TopRow::parse(bytes).is_ok() || check_groves(bytes).is_ok()
}

#[cfg(test)]
pub(crate) fn probe_top_seeds() -> Vec<Vec<u8>> {
    let mut row = vec![VERSION, 0];
    row.extend_from_slice(&9_u64.to_le_bytes());
    row.extend_from_slice(&4_u16.to_le_bytes());
    row.extend_from_slice(b"wrapsealed");
    vec![row, vec![1; PLAIN_BYTES]]
}

fn plain(groves: &[Child; 4]) -> Plain {
    let mut bytes = Plain::new(Vec::with_capacity(PLAIN_BYTES));
    for child in groves {
        bytes.extend_within_capacity(&[form_of(child)]);
        bytes.extend_within_capacity(child.secret().expose());
    }
    bytes
}

const fn form_of(grove: &Child) -> u8 {
    match grove {
        Child::Derived(_) => 0,
        Child::Kept(_) => 1,
    }
}

fn resident(plain: &[u8]) -> Resident {
    let mut resident = Resident::new(plain.len());
    resident.bytes_mut().copy_from_slice(plain);
    resident
}

/// Whether the bytes are the plaintext of a top record.
fn check_groves(plain: &[u8]) -> Result<(), TreeError> {
    let mut cursor = Cursor::new(plain);
    for _ in Grove::ALL {
        parse_grove(&mut cursor)?;
    }
    cursor.finish().map_err(|_| TreeError::UnknownVersion)
}

fn parse_grove(cursor: &mut Cursor<'_>) -> Result<Child, TreeError> {
    let form = cursor.u8().map_err(|_| TreeError::UnknownVersion)?;
    let mut key = Secret::zero();
    let bytes = cursor.take(32).map_err(|_| TreeError::UnknownVersion)?;
    key.bytes_mut().copy_from_slice(bytes);
    match form {
        0 => Ok(Child::Derived(key)),
        1 => Ok(Child::Kept(key)),
        _ => Err(TreeError::UnknownVersion),
    }
}

fn place(store: StoreId, epoch: Epoch, staging: Staging) -> Place<'static> {
    Place {
        store,
        table: TABLE,
        row: TOP_ROW,
        version: epoch.number(),
        codec: staging_byte(staging),
        dictionary: 0,
    }
}

fn context(store: StoreId) -> Vec<u8> {
    [b"liasse top v1".as_slice(), store.as_bytes()].concat()
}

const fn staging_byte(staging: Staging) -> u8 {
    match staging {
        Staging::Fresh => 0,
        Staging::Found => 1,
    }
}

fn damaged(cause: OpenError) -> TreeError {
    TreeError::Damaged {
        row: super::node::NodeRow::TOP,
        cause: Some(cause),
    }
}

const VERSION: u8 = 1;
/// The form of a grove whose key is not known: no key is read there.
const UNKNOWN: u8 = 0xff;
const GROVE_BYTES: usize = 33;
const PLAIN_BYTES: usize = 4 * GROVE_BYTES;
