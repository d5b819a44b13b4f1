//! Codes of the field: purposes, statuses, visibility flags, consents, document types.
//!
//! Names follow IHE XDS and the DMP; French terms without an exact English stay French.
//! Not for: what a code permits; that is `policy`'s.

use std::fmt;
use std::sync::LazyLock;
use thiserror::Error;

/// A text is not one of the codes it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a known {what}; known: {known}")]
pub struct UnknownCode {
    /// What was looked for.
    pub what: &'static str,
    /// The codes there are.
    pub known: &'static str,
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident, $what:literal, $known:literal,
     { $($(#[$vdoc:meta])* $variant:ident = $byte:literal, $code:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of their bytes.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as it is written.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The byte that stands for it on disk.
            #[must_use]
            pub const fn byte(self) -> u8 {
                match self { $(Self::$variant => $byte,)* }
            }

            /// What the byte stands for, if anything.
            #[must_use]
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte { $($byte => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, UnknownCode> {
                match text {
                    $($code => Ok(Self::$variant),)*
                    _ => Err(UnknownCode { what: $what, known: $known }),
                }
            }
        }
    };
}

codes!(
    /// Why a session reads.
    Purpose, "purpose",
    "care, panel, emergency_btg, emergency_samu, holder, representative, population, audit, \
     contract",
    {
        /// Care of one patient.
        Care = 1, "care";
        /// An actor's own patients, across dossiers.
        Panel = 2, "panel";
        /// Bris de glace: risk to a person who cannot express her will.
        EmergencyBtg = 3, "emergency_btg";
        /// The regulating physician of a centre 15.
        EmergencySamu = 4, "emergency_samu";
        /// The holder reads her own dossier.
        Holder = 5, "holder";
        /// A legal representative or a delegate reads.
        Representative = 6, "representative";
        /// Counts over many dossiers, pseudonymised.
        Population = 7, "population";
        /// An auditor reads traces.
        Audit = 8, "audit";
        /// A contract that needs a health assessment: always refused.
        Contract = 9, "contract";
    }
);

codes!(
    /// XDS availabilityStatus with the two statuses the DMP adds.
    Availability, "status", "approved, deprecated, archived, deleted",
    {
        /// Current.
        Approved = 1, "approved";
        /// Replaced by a later version.
        Deprecated = 2, "deprecated";
        /// Archived.
        Archived = 3, "archived";
        /// Logically deleted.
        Deleted = 4, "deleted";
    }
);

codes!(
    /// What the holder said when asked.
    Consent, "consent", "permit, deny, unasked",
    {
        /// She agrees.
        Permit = 1, "permit";
        /// She is opposed.
        Deny = 2, "deny";
        /// "Non recueilli".
        Unasked = 3, "unasked";
    }
);

/// Visibility flags of a document (JDV_J08, TRE_A07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// Hidden from professionals.
    pub const MASQUE_PS: Self = Self(1);
    /// Not yet visible to the holder.
    pub const INVISIBLE_PATIENT: Self = Self(2);
    /// Hidden from legal representatives.
    pub const INVISIBLE_REPRESENTANTS_LEGAUX: Self = Self(4);

    /// The flags these bits stand for; unknown bits are refused.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits < 8 { Some(Self(bits)) } else { None }
    }

    /// The flags as bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags but not `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The codes of the flags that are set, in a fixed order.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        FLAG_CODES
            .iter()
            .filter(move |(flag, _)| self.contains(*flag))
            .map(|(_, code)| *code)
    }

    /// The flag with this code.
    ///
    /// # Errors
    /// [`UnknownCode`].
    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        let known = FLAG_CODES.iter().find(|(_, known)| *known == code);
        known.map(|(flag, _)| *flag).ok_or(UnknownCode {
            what: "flag",
            known: "MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX",
        })
    }
}

/// A document type of the DMP (ASS_X16): its code, its class, its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentType {
    /// typeCode, LOINC or TRE_A05.
    pub code: &'static str,
    /// OID of the code system.
    pub system: &'static str,
    /// classCode (JDV_J57).
    pub class: &'static str,
    /// Label of the class, in French.
    pub class_label: &'static str,
    /// Label of the type, in French.
    pub label: &'static str,
}

/// All document types of the DMP, ordered by code.
#[must_use]
pub fn document_types() -> &'static [DocumentType] {
    &TYPES
}

/// The document type with this code, or `None` when the table does not know it.
#[must_use]
pub fn document_type(code: &str) -> Option<&'static DocumentType> {
    TYPES
        .binary_search_by(|known| known.code.cmp(code))
        .ok()
        .map(|at| &TYPES[at])
}

/// The class of a type the table does not know: visible to its author and the attending
/// physician only.
pub const CLASS_UNKNOWN: &str = "00";

static TYPES: LazyLock<Vec<DocumentType>> = LazyLock::new(|| {
    let mut types: Vec<_> = include_str!("../data/types.tsv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split('\t');
            Some(DocumentType {
                class: cells.next()?,
                class_label: cells.next()?,
                code: cells.next()?,
                system: cells.next()?,
                label: cells.next()?,
            })
        })
        .collect();
    types.sort_by_key(|known| known.code);
    types
});

const FLAG_CODES: [(Flags, &str); 3] = [
    (Flags::MASQUE_PS, "MASQUE_PS"),
    (Flags::INVISIBLE_PATIENT, "INVISIBLE_PATIENT"),
    (
        Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
        "INVISIBLE_REPRESENTANTS_LEGAUX",
    ),
];

#[cfg(test)]
mod tests;
