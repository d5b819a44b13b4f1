//! Root keys in a file of the host's.
//!
//! For: hosts without a KMS. The file belongs on another disk than the store, and in no backup.
//! Invariants: readable by its owner only; bound to one store from its first use; root keys are
//! read for each use and never stay in memory.

use super::slots::{EXTRA_BYTES, FilePlace, SlotFile, SlotKind};
use super::{Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Staging, Use, Writer};
use crate::seal;
use crate::secret::Secret;
use base::disk::Disk;
use base::{Entropy, StoreId};
use std::path::Path;
use std::sync::Arc;

/// A key file.
pub struct KeyFile {
    slots: SlotFile,
}

impl KeyFile {
    /// Makes a new key file, readable by its owner only. A file that exists is never overwritten.
    ///
    /// # Errors
    /// [`KmsError::Exists`], or what the system gives.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KmsError> {
        Self::create_at(FilePlace::path(path), entropy)
    }

    /// Makes a new key file in the first folder of `disk`.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_on(
        disk: Arc<dyn Disk>,
        name: &str,
        entropy: &dyn Entropy,
    ) -> Result<Self, KmsError> {
        Self::create_at(FilePlace::on(disk, name), entropy)
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// [`KmsError::LoosePermissions`] says what to run; damage, or what the system gives.
    pub fn open(path: &Path) -> Result<Self, KmsError> {
        Self::open_at(FilePlace::path(path))
    }

    /// Opens a key file in the first folder of `disk`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: Arc<dyn Disk>, name: &str) -> Result<Self, KmsError> {
        Self::open_at(FilePlace::on(disk, name))
    }

    fn create_at(place: FilePlace, entropy: &dyn Entropy) -> Result<Self, KmsError> {
        let slots = SlotFile::create(place, SlotKind::Roots, [0; EXTRA_BYTES], entropy)?;
        Ok(Self { slots })
    }

    fn open_at(place: FilePlace) -> Result<Self, KmsError> {
        let slots = SlotFile::open(place, SlotKind::Roots)?;
        Ok(Self { slots })
    }
}

impl Kms for KeyFile {
    fn kind(&self) -> &'static str {
        "key file"
    }

    fn forgetting(&self) -> Forgetting {
        Forgetting::BestEffort
    }

    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        self.slots.load(store, purpose)
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.slots.hand_over(from, to)
    }

    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        self.slots.stage(writer, next, entropy)
    }

    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.slots.activate(writer, next)
    }

    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        self.slots.destroy(writer, epoch, entropy)
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        wrap_under(&self.slots.secret(epoch)?, epoch, context, secret, entropy)
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        unwrap_under(&self.slots.secret(epoch)?, epoch, context, wrapped)
    }
}

/// Wraps `secret` as a sealed record under `root`: for a KMS whose service keeps roots but does
/// not encrypt.
///
/// # Errors
/// No random bytes.
pub fn wrap_under(
    root: &Secret,
    epoch: Epoch,
    context: &[u8],
    secret: &Secret,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, KmsError> {
    let data = associated_data(epoch, context);
    Ok(seal::seal_raw(
        root,
        WRAP_LABEL,
        &data,
        secret.expose(),
        entropy,
    )?)
}

/// Unwraps what [`wrap_under`] made.
///
/// # Errors
/// [`KmsError::NotWrappedHere`].
pub fn unwrap_under(
    root: &Secret,
    epoch: Epoch,
    context: &[u8],
    wrapped: &[u8],
) -> Result<Secret, KmsError> {
    let data = associated_data(epoch, context);
    let plain =
        seal::open_raw(root, WRAP_LABEL, &data, wrapped).map_err(|_| KmsError::NotWrappedHere)?;
    let bytes = plain.first_chunk().filter(|_| plain.len() == 32);
    Ok(Secret::from_bytes(bytes.ok_or(KmsError::NotWrappedHere)?))
}

fn associated_data(epoch: Epoch, context: &[u8]) -> Vec<u8> {
    [&epoch.number().to_le_bytes(), context].concat()
}

const WRAP_LABEL: &str = "liasse wrap v1";

#[cfg(test)]
mod tests;
