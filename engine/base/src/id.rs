//! Ids: random 128-bit names that leave the engine, and small numbers that never do.
//!
//! Invariants: a dossier's id is random, never derived from an INS; an ordinal holds a 40-bit
//! dossier number and a 24-bit document number and sorts by both; ordinals are internal, their
//! `Debug` is for tests of the engine and no answer carries them.

use crate::entropy::{Entropy, NoEntropy};
use crate::limit;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A text is not 32 hexadecimal digits (hyphens aside).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an id is 32 hexadecimal digits, hyphens allowed")]
pub struct NotAnId;

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Draws a new random id.
            ///
            /// # Errors
            /// [`NoEntropy`] when the system has no random bytes.
            pub fn random(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
                Ok(Self(entropy.array()?))
            }

            /// The id whose bytes these are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The id's bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse_hex(text).map(Self)
            }
        }
    };
}

random_id!(
    /// One store directory.
    StoreId
);
random_id!(
    /// One person's dossier; random, never the INS.
    DossierId
);
random_id!(
    /// One version of a document, over all its metadata versions (XDS logicalId).
    DocumentId
);
random_id!(
    /// One metadata version of a document (XDS entryUUID).
    EntryId
);
random_id!(
    /// One session of one actor.
    SessionId
);
random_id!(
    /// The name an audit trace carries in clear; it says nothing about the patient.
    AuditHandle
);

/// A 256-bit digest; who makes it says of what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of nothing yet: all zero.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest whose bytes these are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        parse_hex(text).map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// A number is too large for the field that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the number is too large: the limit is {limit}")]
pub struct TooLarge {
    /// The largest number allowed.
    pub limit: u64,
}

/// A dossier's place in the store: 40 bits, given once, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DossierNumber(u64);

impl DossierNumber {
    /// The number, if it fits 40 bits.
    ///
    /// # Errors
    /// [`TooLarge`] when it does not.
    pub const fn new(number: u64) -> Result<Self, TooLarge> {
        if number <= limit::DOSSIER_NUMBER_MAX {
            Ok(Self(number))
        } else {
            Err(TooLarge {
                limit: limit::DOSSIER_NUMBER_MAX,
            })
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The ordinal of this dossier's document `document`.
    #[must_use]
    pub const fn ordinal(self, document: DocumentNumber) -> Ordinal {
        Ordinal((self.0 << limit::DOCUMENT_NUMBER_BITS) | document.0 as u64)
    }

    /// The first and last ordinal this dossier can hold.
    #[must_use]
    pub const fn ordinals(self) -> (Ordinal, Ordinal) {
        let first = self.0 << limit::DOCUMENT_NUMBER_BITS;
        (
            Ordinal(first),
            Ordinal(first | limit::DOCUMENT_NUMBER_MAX as u64),
        )
    }
}

/// A document's place in its dossier: 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentNumber(u32);

impl DocumentNumber {
    /// The number, if it fits 24 bits.
    ///
    /// # Errors
    /// [`TooLarge`] when it does not.
    pub const fn new(number: u32) -> Result<Self, TooLarge> {
        if number <= limit::DOCUMENT_NUMBER_MAX {
            Ok(Self(number))
        } else {
            Err(TooLarge {
                limit: limit::DOCUMENT_NUMBER_MAX as u64,
            })
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A document's place in the store: dossier (40 bits) and number in dossier (24 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ordinal(u64);

impl Ordinal {
    /// The ordinal with this value; every `u64` is one.
    #[must_use]
    pub const fn from_value(value: u64) -> Self {
        Self(value)
    }

    /// The ordinal's value.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The dossier it lies in.
    #[must_use]
    pub const fn dossier(self) -> DossierNumber {
        DossierNumber(self.0 >> limit::DOCUMENT_NUMBER_BITS)
    }

    /// Its number in that dossier.
    #[must_use]
    pub fn document(self) -> DocumentNumber {
        let low = self.0 & u64::from(limit::DOCUMENT_NUMBER_MAX);
        DocumentNumber(u32::try_from(low).unwrap_or(limit::DOCUMENT_NUMBER_MAX))
    }
}

/// The number of a commit; it grows by one with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CommitSeq(u64);

impl CommitSeq {
    /// The commit with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The commit after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn parse_hex<const BYTES: usize>(text: &str) -> Result<[u8; BYTES], NotAnId> {
    let mut out = [0_u8; BYTES];
    let mut digits = text.bytes().filter(|byte| *byte != b'-');
    for byte in &mut out {
        let high = digits.next().and_then(hex_digit).ok_or(NotAnId)?;
        let low = digits.next().and_then(hex_digit).ok_or(NotAnId)?;
        *byte = (high << 4) | low;
    }
    if digits.next().is_some() {
        Err(NotAnId)
    } else {
        Ok(out)
    }
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
