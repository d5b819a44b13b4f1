//! Root keys made from a passphrase and a file.
//!
//! The file is a slot file whose slots hold half of each root key; the other half is the
//! passphrase's, by Argon2id. It may lie inside the store directory (the facade's choice is
//! `STORE/passphrase`), for without the passphrase it opens nothing; then it is in every copy of
//! the directory, and so this is never erasure: who kept an old copy and knows the passphrase
//! has the old root. Receipts say so ([`Forgetting::Never`]).
//!
//! ```text
//! extra (96) = salt (16) | memory KiB u32 | passes u32 | lanes u32 | zero (4) |
//!              commitment (32) | zero (32)
//! stretched (32) = Argon2id v1.3 (passphrase, salt, memory, passes, lanes)
//! commitment     = keyed BLAKE3 (stretched, label)
//! root of epoch  = keyed BLAKE3 (stretched, label, epoch u64, slot's secret)
//! ```
//! Invariants: the commitment is 32 bytes, so that no file can be made that several passphrases
//! open; the cost read from a file is bounded before it is spent.

use super::key_file::{unwrap_under, wrap_under};
use super::slots::{EXTRA_BYTES, FilePlace, SlotFile, SlotKind};
use super::{Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Staging, Use, Writer};
use crate::digest::{derive, derive_secret};
use crate::seal;
use crate::secret::Secret;
use argon2::{Algorithm, Argon2, Params, Version};
use base::disk::{Disk, DiskFile};
use base::{Cursor, Entropy, StoreId};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A passphrase and the file that goes with it.
pub struct Passphrase {
    slots: SlotFile,
    stretched: Secret,
}

/// What stretching a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PassphraseCost {
    /// The second choice of RFC 9106: 64 MiB, 3 passes, 4 lanes.
    pub const STANDARD: Self = Self {
        memory_kib: 64 << 10,
        passes: 3,
        lanes: 4,
    };
}

impl Passphrase {
    /// Makes a new file for `passphrase`.
    ///
    /// # Errors
    /// [`KmsError::Exists`], or what the system gives.
    pub fn create(
        path: &Path,
        passphrase: &[u8],
        cost: PassphraseCost,
        entropy: &dyn Entropy,
    ) -> Result<Self, KmsError> {
        Self::create_at(FilePlace::path(path), passphrase, cost, entropy)
    }

    /// Makes a new file for `passphrase` in the first folder of `disk`.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_on(
        disk: Arc<dyn Disk>,
        name: &str,
        passphrase: &[u8],
        cost: PassphraseCost,
        entropy: &dyn Entropy,
    ) -> Result<Self, KmsError> {
        Self::create_at(FilePlace::on(disk, name), passphrase, cost, entropy)
    }

    /// Whether a file is one that goes with a passphrase, and no other store's: as far as can be
    /// told without the passphrase.
    ///
    /// # Errors
    /// What the system gives.
    pub fn is_file_of(store: StoreId, file: &dyn DiskFile) -> io::Result<bool> {
        SlotFile::is_one(file, SlotKind::Halves, store)
    }

    /// Opens the file with its passphrase.
    ///
    /// # Errors
    /// [`KmsError::WrongPassphrase`], damage, or what the system gives.
    pub fn open(path: &Path, passphrase: &[u8]) -> Result<Self, KmsError> {
        Self::open_at(FilePlace::path(path), passphrase)
    }

    /// Opens the file `name` in the first folder of `disk` with its passphrase.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: Arc<dyn Disk>, name: &str, passphrase: &[u8]) -> Result<Self, KmsError> {
        Self::open_at(FilePlace::on(disk, name), passphrase)
    }

    fn create_at(
        place: FilePlace,
        passphrase: &[u8],
        cost: PassphraseCost,
        entropy: &dyn Entropy,
    ) -> Result<Self, KmsError> {
        let salt: [u8; SALT_BYTES] = entropy.array()?;
        let stretched = stretch(passphrase, &salt, cost)?;
        let mut extra = Vec::with_capacity(EXTRA_BYTES);
        extra.extend_from_slice(&salt);
        for field in [cost.memory_kib, cost.passes, cost.lanes, 0] {
            extra.extend_from_slice(&field.to_le_bytes());
        }
        extra.extend_from_slice(&commitment(&stretched));
        extra.resize(EXTRA_BYTES, 0);
        let extra = *extra.first_chunk().ok_or(KmsError::UnknownVersion)?;
        let slots = SlotFile::create(place, SlotKind::Halves, extra, entropy)?;
        Ok(Self { slots, stretched })
    }

    fn open_at(place: FilePlace, passphrase: &[u8]) -> Result<Self, KmsError> {
        let slots = SlotFile::open(place, SlotKind::Halves)?;
        let extra = slots.extra()?;
        let short = |_| KmsError::UnknownVersion;
        let mut cursor = Cursor::new(&extra);
        let salt = cursor.array().map_err(short)?;
        let cost = PassphraseCost {
            memory_kib: cursor.u32().map_err(short)?,
            passes: cursor.u32().map_err(short)?,
            lanes: cursor.u32().map_err(short)?,
        };
        if cursor.u32().map_err(short)? != 0 {
            return Err(KmsError::UnknownVersion);
        }
        let expected = cursor.array().map_err(short)?;
        let stretched = stretch(passphrase, &salt, cost)?;
        if seal::same(&commitment(&stretched), &expected) {
            Ok(Self { slots, stretched })
        } else {
            Err(KmsError::WrongPassphrase)
        }
    }

    fn root(&self, epoch: Epoch) -> Result<Secret, KmsError> {
        Ok(root_of(&self.stretched, epoch, &self.slots.secret(epoch)?))
    }
}

impl Kms for Passphrase {
    fn kind(&self) -> &'static str {
        "passphrase"
    }

    fn forgetting(&self) -> Forgetting {
        Forgetting::Never
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
        wrap_under(&self.root(epoch)?, epoch, context, secret, entropy)
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        unwrap_under(&self.root(epoch)?, epoch, context, wrapped)
    }
}

pub(crate) fn root_of(stretched: &Secret, epoch: Epoch, half: &Secret) -> Secret {
    let number = epoch.number().to_le_bytes();
    derive_secret(stretched, ROOT_LABEL, &[&number, half.expose()])
}

pub(crate) fn stretch(
    passphrase: &[u8],
    salt: &[u8; SALT_BYTES],
    cost: PassphraseCost,
) -> Result<Secret, KmsError> {
    let bounded =
        cost.memory_kib <= MEMORY_KIB_MAX && cost.passes <= PASSES_MAX && cost.lanes <= LANES_MAX;
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32));
    let params = params.ok().filter(|_| bounded).ok_or(KmsError::Damaged {
        what: "the cost of the passphrase is out of bounds",
    })?;
    let mut out = Secret::zero();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, out.bytes_mut())
        .map_err(|_| KmsError::Environment {
            what: "no memory for the passphrase".to_owned(),
        })?;
    Ok(out)
}

pub(crate) fn commitment(stretched: &Secret) -> [u8; 32] {
    let mut out = [0; 32];
    derive(stretched, COMMITMENT_LABEL, &[], &mut out);
    out
}

const SALT_BYTES: usize = 16;
const MEMORY_KIB_MAX: u32 = 4 << 20;
const PASSES_MAX: u32 = 64;
const LANES_MAX: u32 = 64;
const ROOT_LABEL: &str = "liasse passphrase root v1";
const COMMITMENT_LABEL: &str = "liasse passphrase commitment v1";

#[cfg(test)]
mod tests;
