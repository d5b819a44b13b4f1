//! The keys of traces and no others, in a file: what an auditor is given.
//!
//! ```text
//! file  = "liasse audit key v1\n" (20) | store (16) | form u8 (0 derived, 1 kept)
//!         | key of the audit grove (32) | check (16)
//! check = first bytes of digest("liasse audit key file v1", [what stands before it])
//! ```
//! See `docs/format.md`. Invariants: no other grove's key is in the file, nor one that leads to
//! another; a file from before the audit grove was given a fresh key is told as outdated, never
//! used.

use super::node::{Address, Child};
use super::top::Top;
use super::{Grove, KeyTree, Shared, Slot, TABLE, TreeError};
use crate::digest::digest;
use crate::leaf::AuditKey;
use crate::owner;
use crate::secret::{Plain, Secret};
use base::{RowRead, StoreId};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use thiserror::Error;

/// The keys of a store's traces, without those of its dossiers, units and index.
pub struct AuditKeys {
    tree: KeyTree,
}

/// Why a file gives no keys of traces.
#[derive(Debug, Error)]
pub enum AuditKeyError {
    /// What the system says.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The file is another one.
    #[error("the file is no audit key")]
    NotOne,
    /// Others may read it.
    #[error("others may read the audit key (mode {mode:04o})")]
    LoosePermissions {
        /// Its mode.
        mode: u32,
    },
    /// It is another store's.
    #[error("the audit key is another store's")]
    OtherStore,
    /// The store's audit keys have a fresh key since.
    #[error("the audit key is older than the keys of the traces in this store")]
    Outdated,
    /// The key tree cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl KeyTree {
    /// Writes the key of all traces into a new file that only its owner can read.
    ///
    /// # Errors
    /// What the system gives; [`io::ErrorKind::AlreadyExists`] when the file is there.
    pub fn write_audit_keys(&self, path: &Path) -> Result<(), AuditKeyError> {
        let grove = self.top.grove(Grove::Audit)?;
        let form = match &grove {
            Child::Derived(_) => DERIVED,
            Child::Kept(_) => KEPT,
        };
        let mut bytes = Plain::new(Vec::with_capacity(FILE_BYTES));
        bytes.extend_within_capacity(TITLE);
        bytes.extend_within_capacity(self.store.as_bytes());
        bytes.extend_within_capacity(&[form]);
        bytes.extend_within_capacity(grove.secret().expose());
        let check = check_of(&bytes);
        bytes.extend_within_capacity(&check);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        owner::private(&mut options);
        let mut file = options.open(path)?;
        file.write_all(&bytes)?;
        Ok(file.sync_all()?)
    }
}

impl AuditKeys {
    /// The keys in a file, for the traces of the store with these rows.
    ///
    /// # Errors
    /// [`AuditKeyError`].
    pub fn of_file(path: &Path, rows: &dyn RowRead, store: StoreId) -> Result<Self, AuditKeyError> {
        let mode = owner::mode(&fs::metadata(path)?);
        if mode & 0o077 != 0 {
            return Err(AuditKeyError::LoosePermissions { mode });
        }
        let bytes = Plain::new(fs::read(path)?);
        let (own, grove) = parse(&bytes).ok_or(AuditKeyError::NotOne)?;
        if own != store {
            return Err(AuditKeyError::OtherStore);
        }
        let tree = KeyTree {
            store,
            top: Top::of_audit_grove(rows, &grove)?,
            shared: Shared::new(),
        };
        let current = match &grove {
            Child::Derived(_) => rows
                .row(TABLE, &Address::grove(Grove::Audit).row())
                .map_err(TreeError::from)?
                .is_none(),
            Child::Kept(key) => tree.read(rows, Address::grove(Grove::Audit), key).is_ok(),
        };
        if current {
            Ok(Self { tree })
        } else {
            Err(AuditKeyError::Outdated)
        }
    }

    /// A patient's audit key, or a period's.
    ///
    /// # Errors
    /// [`TreeError`] when a node of its path does not open.
    pub fn audit_key(&self, rows: &dyn RowRead, slot: Slot) -> Result<AuditKey, TreeError> {
        self.tree.audit_key(rows, slot)
    }

    /// Whether a key of another grove can be had of it.
    #[cfg(test)]
    pub(super) fn leads_to(&self, rows: &dyn RowRead, grove: Grove, slot: Slot) -> bool {
        self.tree.leaf(rows, grove, slot).is_ok()
    }
}

fn parse(bytes: &[u8]) -> Option<(StoreId, Child)> {
    let (body, check) = bytes.split_last_chunk::<CHECK_BYTES>()?;
    if bytes.len() != FILE_BYTES || check_of(body) != *check {
        return None;
    }
    let rest = body.strip_prefix(TITLE)?;
    let (store, rest) = rest.split_first_chunk::<16>()?;
    let (form, key) = rest.split_first()?;
    let key = Secret::from_bytes(key.first_chunk()?);
    let grove = match *form {
        DERIVED => Child::Derived(key),
        KEPT => Child::Kept(key),
        _ => return None,
    };
    Some((StoreId::from_bytes(*store), grove))
}

fn check_of(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    let digest = digest("liasse audit key file v1", &[bytes]);
    check.copy_from_slice(&digest.as_bytes()[..CHECK_BYTES]);
    check
}

const TITLE: &[u8] = b"liasse audit key v1\n";
const DERIVED: u8 = 0;
const KEPT: u8 = 1;
const CHECK_BYTES: usize = 16;
const FILE_BYTES: usize = TITLE.len() + 16 + 1 + 32 + CHECK_BYTES;

#[cfg(test)]
mod tests;
