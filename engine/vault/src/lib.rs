//! Who can open these bytes: keys, key tree, sealed records, KMS.
//!
//! For: everything that touches key bytes. Not for: knowing what a document is, where a row
//! lies, or who may read it. Invariants: key bytes leave this crate only through
//! [`Secret::expose`], which is for implementations of [`Kms`]; keys zeroize, and have neither
//! `Debug` nor `Clone`; every seal names its place.

pub mod block;
pub mod body;
mod cipher;
pub mod digest;
pub mod file;
pub mod fuzzing;
pub mod kms;
pub mod leaf;
mod owner;
pub mod place;
mod resident;
mod seal;
pub mod secret;
pub mod sign;
mod sum;
pub mod tree;

pub use block::{BlockError, BlockRow, KeyBlock, PLACE_BYTES};
pub use body::{BodyError, BodyKey, BodyReader, BodyWriter};
pub use digest::{BucketKey, Hasher, RunHasher, digest};
pub use file::{FILE_HEADER_BYTES, FileCipher, FileHeader, PAGE_BYTES, PageKind, TAG_BYTES};
pub use kms::{
    Destruction, Epoch, Forgetting, KeyFile, Kms, KmsError, KmsState, Lent, Named, NamedSecrets,
    Passphrase, PassphraseCost, Staging, Timed, Use, Writer,
};
#[cfg(feature = "pkcs11")]
pub use kms::{Pkcs11, Pkcs11Token};
pub use leaf::{AuditKey, DossierKey, EntryKey, SegmentKey, UnitKey};
pub use place::Place;
pub use seal::{OpenError, RECORD_OVERHEAD_BYTES};
pub use secret::{Plain, Secret};
pub use sign::{PublicKey, SigningKey};
pub use sum::RowSum;
pub use tree::{
    AuditKeyError, AuditKeys, Claim, Finished, Forgotten, Ground, Grove, Halted, KeyTree, Location,
    Opened, Retiring, Rotation, Slot, Stage, TreeError,
};

#[cfg(test)]
mod known_answers;
#[cfg(test)]
mod testing;
