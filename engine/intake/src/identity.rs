//! Identifiers of documents, people and structures, and the INS.
//!
//! Not for: asking INSi whether an identity is real; a matricule whose key is wrong is read
//! and noted, because real documents have them.

use std::fmt;
use thiserror::Error;

/// An HL7 instance identifier: a root, an OID or a UUID, and an extension under it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identifier {
    /// OID or UUID.
    pub root: String,
    /// Identifier under the root; none when the root says it all.
    pub extension: Option<String>,
}

impl Identifier {
    /// Joins a root and an extension.
    #[must_use]
    pub const fn new(root: String, extension: Option<String>) -> Self {
        Self { root, extension }
    }

    /// The form XDS writes: `root^extension`, or the root alone.
    #[must_use]
    pub fn xds(&self) -> String {
        match &self.extension {
            Some(extension) => format!("{}^{extension}", self.root),
            None => self.root.clone(),
        }
    }

    /// Reads the form that [`Identifier::xds`] writes.
    #[must_use]
    pub fn from_xds(text: &str) -> Self {
        match text.split_once('^') {
            Some((root, extension)) => Self::new(root.to_owned(), Some(extension.to_owned())),
            None => Self::new(text.to_owned(), None),
        }
    }
}

/// Who gave a matricule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum InsAuthority {
    /// INS-NIR, the number of registration.
    Nir,
    /// INS-NIA, the waiting number.
    Nia,
    /// NIR of the test environment.
    Test,
    /// NIR of the demonstration environment.
    Demonstration,
    /// INS-A, before 2019.
    OldA,
    /// INS-C, computed from the traits, before 2019.
    OldC,
}

/// The identity number of a patient (INS matricule) with its authority.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ins {
    matricule: String,
    authority: InsAuthority,
}

/// A text is not an INS matricule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an INS matricule has 15 characters: 13 digits (2A or 2B for Corsica) and a key of 2")]
pub struct NotAnIns;

impl InsAuthority {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Nir,
        Self::Nia,
        Self::Test,
        Self::Demonstration,
        Self::OldA,
        Self::OldC,
    ];

    /// The OID of the authority.
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::Nir => "1.2.250.1.213.1.4.8",
            Self::Nia => "1.2.250.1.213.1.4.9",
            Self::Test => "1.2.250.1.213.1.4.10",
            Self::Demonstration => "1.2.250.1.213.1.4.11",
            Self::OldA => "1.2.250.1.213.1.4.1",
            Self::OldC => "1.2.250.1.213.1.4.2",
        }
    }

    /// The authority of this OID, or `None` when it gives no INS.
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.oid() == oid)
    }

    /// Whether today's identities come from it; the old ones only show in old documents.
    #[must_use]
    pub const fn is_current(self) -> bool {
        match self {
            Self::Nir | Self::Nia | Self::Test | Self::Demonstration => true,
            Self::OldA | Self::OldC => false,
        }
    }
}

impl Ins {
    /// Reads a matricule. Its key is not checked: see [`Ins::key_is_right`].
    ///
    /// # Errors
    /// [`NotAnIns`] when the text cannot be a matricule of that authority.
    pub fn new(matricule: &str, authority: InsAuthority) -> Result<Self, NotAnIns> {
        let shaped = if authority.is_current() {
            matricule.len() == MATRICULE_BYTES && number(matricule).is_some()
        } else {
            OLD_MATRICULE_BYTES.contains(&matricule.len())
                && matricule.bytes().all(|byte| byte.is_ascii_digit())
        };
        shaped
            .then(|| Self {
                matricule: matricule.to_owned(),
                authority,
            })
            .ok_or(NotAnIns)
    }

    /// The matricule as it is written.
    #[must_use]
    pub fn matricule(&self) -> &str {
        &self.matricule
    }

    /// Who gave it.
    #[must_use]
    pub const fn authority(&self) -> InsAuthority {
        self.authority
    }

    /// Whether the last two digits are the key of the first thirteen (97 less the rest of
    /// their division by 97). Old authorities have no such key, so theirs is always right.
    #[must_use]
    pub fn key_is_right(&self) -> bool {
        if !self.authority.is_current() {
            return true;
        }
        let (Some(number), Some(key)) = (
            number(&self.matricule),
            self.matricule
                .get(KEY_AT..)
                .and_then(|key| key.parse::<u64>().ok()),
        ) else {
            return false;
        };
        97 - number % 97 == key
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier(..)")
    }
}

impl fmt::Debug for Ins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ins({:?}, ..)", self.authority)
    }
}

/// The first thirteen characters as a number, the letters of Corsica replaced as the key asks.
fn number(matricule: &str) -> Option<u64> {
    let digits = matricule.get(..KEY_AT)?;
    let key = matricule.get(KEY_AT..)?;
    if !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (before, department, after) = (digits.get(..5)?, digits.get(5..7)?, digits.get(7..)?);
    if !all_digits(before) || !all_digits(after) {
        return None;
    }
    let department = match department {
        "2A" => "19",
        "2B" => "18",
        other if all_digits(other) => other,
        _ => return None,
    };
    format!("{before}{department}{after}").parse().ok()
}

const MATRICULE_BYTES: usize = 15;
const KEY_AT: usize = 13;
const OLD_MATRICULE_BYTES: std::ops::RangeInclusive<usize> = 8..=24;

#[cfg(test)]
mod tests;
