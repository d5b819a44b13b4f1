//! `rotate_root`: a new root key under everything, for an operator who suspects the old one.
//!
//! For: making every older copy of the store useless to whoever holds the old root and none of
//! the copies made since. Not for: keys that a thief has read already; what she opened stays
//! read. Invariants: nothing is erased and no dossier is sealed anew; one rotation or erasure at
//! a time; the old root goes after every keyring sink can do without it.

use crate::answer::Rotated;
use crate::engine::Engine;
use crate::erasing;
use crate::error::Result;
use std::sync::PoisonError;

impl Engine {
    /// Makes a new root key, puts all keys of the store under it and destroys the old one. What
    /// an erasure left undone is completed first.
    ///
    /// # Errors
    /// What the key store, the sinks and the disk give; a rotation that was begun is completed
    /// by the next one, by the next erasure, or when the store is opened again.
    pub fn rotate_root(&self) -> Result<Rotated> {
        let turn = &self.shared.erasing;
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        erasing::rotate_root(&mut &*self.shared)
    }
}
