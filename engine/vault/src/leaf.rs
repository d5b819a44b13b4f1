//! The keys at the leaves of the key tree, one type each.
//!
//! Invariant: a leaf key comes out of the key tree or is derived from one that did; it is never
//! copied, printed or compared.

use crate::digest::{BucketKey, derive_secret};
use crate::file::{FileCipher, FileHeader};
use crate::place::Place;
use crate::seal::{self, OpenError};
use crate::secret::{Plain, Secret};
use base::Entropy;
use base::entropy::NoEntropy;

macro_rules! leaf_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name {
            secret: Secret,
        }

        impl $name {
            pub(crate) const fn new(secret: Secret) -> Self {
                Self { secret }
            }

            /// Seals `plain` at `place`.
            ///
            /// # Errors
            /// [`NoEntropy`] when the system has no random bytes for the nonce.
            pub fn seal(
                &self,
                place: &Place<'_>,
                plain: &[u8],
                entropy: &dyn Entropy,
            ) -> Result<Vec<u8>, NoEntropy> {
                seal::seal(&self.secret, place, plain, entropy)
            }

            /// Opens what was sealed under this key at `place`.
            ///
            /// # Errors
            /// [`OpenError`] tells a wrong key, altered bytes and short bytes apart.
            pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Plain, OpenError> {
                seal::open(&self.secret, place, sealed)
            }
        }
    };
}

leaf_key!(
    /// Seals a patient's dossier: heads, key block, and what the journal says of her health.
    DossierKey
);
leaf_key!(
    /// Seals a patient's traces, and outlives her data key.
    AuditKey
);
leaf_key!(
    /// Seals one entry of the journal: it opens with the patient's and the period's key only.
    EntryKey
);
leaf_key!(
    /// Seals one bounded unit that mentions patients outside their keys.
    UnitKey
);
leaf_key!(
    /// Seals one segment of the index; each of its files has a key of its own.
    SegmentKey
);

impl AuditKey {
    /// The key of an entry of this patient in the class and month that `period` stands for.
    /// When either is forgotten, the entry no longer opens.
    #[must_use]
    pub fn entry_key(&self, period: &Self) -> EntryKey {
        let half = derive_secret(&period.secret, "liasse entry period v1", &[]);
        EntryKey::new(derive_secret(
            &self.secret,
            "liasse entry v1",
            &[half.expose()],
        ))
    }
}

impl UnitKey {
    /// The key that chooses buckets, derived from this unit's.
    #[must_use]
    pub fn bucket_key(&self) -> BucketKey {
        BucketKey::new(derive_secret(&self.secret, "liasse bucket key v1", &[]))
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl SegmentKey {
    /// Begins a file of this segment: the header to store with it, and its cipher.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has no random bytes.
    pub fn create_file(
        &self,
        name: &str,
        entropy: &dyn Entropy,
    ) -> Result<(FileHeader, FileCipher), NoEntropy> {
        FileCipher::create(&self.secret, name, entropy)
    }

    /// The cipher of the file `name` whose header this is.
    ///
    /// # Errors
    /// [`OpenError::WrongKey`] when the header belongs to another segment or name.
    pub fn open_file(&self, name: &str, header: &FileHeader) -> Result<FileCipher, OpenError> {
        FileCipher::open(&self.secret, name, header)
    }
}

#[cfg(test)]
mod tests;
