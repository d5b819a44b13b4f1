//! Where root keys live: the one thing that must really be deletable.
//!
//! A root key is known by its epoch. Life of an epoch: staged, active, retired, destroyed.
//! Invariants every implementation keeps, checked by [`conformance`]:
//! - `stage` never replaces a staged root: a catalog may already name it.
//! - `activate` moves by one epoch, and only from the epoch that is active.
//! - `destroy` takes epochs below the active one and no other.
//! - roots are changed by the writer alone: `hand_over` makes another one the writer by
//!   compare-and-set, and from then on `stage`, `activate` and `destroy` refuse the one before,
//!   so that no copy of a store destroys a root that another one lives under.
//! - every call may be repeated after a crash; a repeated call changes nothing.

pub mod conformance;
pub mod key_file;
pub mod lent;
pub mod named;
pub mod passphrase;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
mod slots;
pub mod timed;

pub(crate) use slots::probe_record;
#[cfg(test)]
pub(crate) use slots::{join_stripes, probe_record_seed};

pub use key_file::{KeyFile, unwrap_under, wrap_under};
pub use lent::Lent;
pub use named::{Named, NamedSecrets};
pub use passphrase::{Passphrase, PassphraseCost};
#[cfg(feature = "pkcs11")]
pub use pkcs11::{Pkcs11, Pkcs11Token};
pub use timed::Timed;

use crate::secret::Secret;
use base::entropy::NoEntropy;
use base::{Entropy, StoreId};
use std::fmt;
use thiserror::Error;

/// The number of a root key; it grows by one with each rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch of a new store.
    pub const FIRST: Self = Self(1);

    /// The epoch with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who may change the roots of a store: drawn anew whenever the store is opened for writing.
///
/// Not a secret: it tells one copy of a store from another, and keeps out nobody who can ask the
/// KMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Writer([u8; Self::BYTES]);

impl Writer {
    /// How many bytes it has.
    pub const BYTES: usize = 16;

    /// The writer of a store that was never opened for writing.
    pub const NOBODY: Self = Self([0; Self::BYTES]);

    /// A new one.
    ///
    /// # Errors
    /// No random bytes.
    pub fn random(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self(entropy.array()?))
    }

    /// The writer with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// What a KMS holds for one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsState {
    /// Who may change the roots; [`Writer::NOBODY`] at first.
    pub writer: Writer,
    /// The epoch whose root is in use.
    pub active: Epoch,
    /// Whether the root of the next epoch is there already.
    pub next_staged: bool,
    /// Epochs below `active` whose roots still exist, in order.
    pub retired: Vec<Epoch>,
}

/// What a store is asked for when it meets its KMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A new store: a KMS that serves no store yet binds itself to this one.
    Create,
    /// A store that exists: the KMS must be bound to it already.
    Open,
}

/// Whether [`Kms::stage`] made the root or found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staging {
    /// The root was made by this call; nothing was ever wrapped under it.
    Fresh,
    /// The root was there; an attempt that did not commit may have wrapped something under it.
    Found,
}

/// How far a root was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destruction {
    /// It is gone.
    Done,
    /// The KMS will destroy it and cannot say that it has.
    Scheduled,
}

/// What destroying a root of this kind is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgetting {
    /// The root existed in hardware or a service that destroys it.
    Real,
    /// The root was overwritten in a file; SSDs and copy-on-write file systems may keep it.
    BestEffort,
    /// The root can be made again from what somebody knows: this is not erasure.
    Never,
}

/// Why a KMS did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KmsError {
    /// Its key material belongs to another store.
    #[error("the key belongs to another store")]
    OtherStore,
    /// It serves no store yet, so it cannot open one.
    #[error("the key was never used; it cannot open a store that exists")]
    Unbound,
    /// The passphrase is wrong.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Others may read the key file.
    #[error("others may read the key file {path} (mode {mode:04o}); run: chmod 600 {path}")]
    LoosePermissions {
        /// The file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// A key is already there.
    #[error("{path} exists already; a key is never overwritten")]
    Exists {
        /// The file, or the name on a token.
        path: String,
    },
    /// There is no key of this name.
    #[error("there is no key {name} here")]
    NoKey {
        /// The name.
        name: String,
    },
    /// There is no root of this epoch.
    #[error("there is no root key of epoch {epoch}")]
    NoRoot {
        /// The epoch.
        epoch: Epoch,
    },
    /// The epoch asked for does not follow from the active one.
    #[error("epoch {asked} was asked for while epoch {active} is active")]
    Conflict {
        /// The epoch that is active.
        active: Epoch,
        /// The epoch asked for.
        asked: Epoch,
    },
    /// Another copy of the store is the writer.
    #[error(
        "another copy of this store was opened for writing since: this one may be looked at, and \
         changes no root key"
    )]
    OtherWriter,
    /// What was wrapped does not unwrap.
    #[error("the wrapped key does not belong to this root key, or is damaged")]
    NotWrappedHere,
    /// The key material is damaged.
    #[error("the key material is damaged: {what}")]
    Damaged {
        /// In what way.
        what: &'static str,
    },
    /// The key material is of a later version.
    #[error("the key material is of a version this engine does not know")]
    UnknownVersion,
    /// The KMS does not answer; trying again may help.
    #[error("the key service does not answer: {what}")]
    Unreachable {
        /// What it or the system said.
        what: String,
    },
    /// The disk or the system failed.
    #[error("the key file could not be read or written: {what}")]
    Environment {
        /// What the system said.
        what: String,
    },
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// Keeps root keys. Not sealed: hosts bring their own and run [`conformance`] over it.
pub trait Kms: Send + Sync {
    /// A word for receipts and messages, such as `key file`.
    fn kind(&self) -> &'static str;

    /// What destroying a root here is worth.
    fn forgetting(&self) -> Forgetting;

    /// What is held for `store`.
    ///
    /// # Errors
    /// [`KmsError::OtherStore`], [`KmsError::Unbound`], or what keeps the KMS from answering.
    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError>;

    /// Makes `to` the writer in the place of `from`. Nothing changes when it is so already.
    ///
    /// # Errors
    /// [`KmsError::OtherWriter`] when the writer is neither of them.
    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError>;

    /// Makes the root of `next`, the epoch after the active one, unless it is there.
    ///
    /// # Errors
    /// [`KmsError::OtherWriter`]; [`KmsError::Conflict`] when `next` does not follow the active
    /// epoch.
    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError>;

    /// Makes `next` the active epoch. Nothing changes when it is so already.
    ///
    /// # Errors
    /// [`KmsError::OtherWriter`]; [`KmsError::Conflict`] when `next` is neither the active epoch
    /// nor the one after it, [`KmsError::NoRoot`] when it was not staged.
    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError>;

    /// Destroys the root of `epoch`. Nothing changes when it is gone already.
    ///
    /// # Errors
    /// [`KmsError::OtherWriter`]; [`KmsError::Conflict`] when `epoch` is not below the active one.
    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError>;

    /// Wraps `secret` under the root of `epoch`, bound to `context`.
    ///
    /// # Errors
    /// [`KmsError::NoRoot`] when there is no such root.
    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError>;

    /// Unwraps what [`Self::wrap`] made under the same epoch and context.
    ///
    /// # Errors
    /// [`KmsError::NotWrappedHere`], [`KmsError::NoRoot`].
    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError>;
}
