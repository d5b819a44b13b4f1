//! The codes of a pack as small numbers: document types, classes, professions.
//!
//! For: predicates that test bits, records that keep a byte or two. Invariant: number 0 is
//! "unknown" in each list, so that a code the pack does not know matches no cell of its matrix.

use base::code;
use std::collections::BTreeMap;

/// A document type's number in a pack's dictionary; 0 is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TypeOrdinal(pub(crate) u16);

/// A class's number in a pack's dictionary; 0 is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ClassOrdinal(pub(crate) u8);

/// A profession's number in a pack's dictionary; 0 is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ProfessionOrdinal(pub(crate) u8);

impl TypeOrdinal {
    /// A type the pack does not know.
    pub const UNKNOWN: Self = Self(0);
}

impl ClassOrdinal {
    /// A class the pack does not know.
    pub const UNKNOWN: Self = Self(0);
}

impl ProfessionOrdinal {
    /// A profession the pack does not know.
    pub const UNKNOWN: Self = Self(0);
}

/// The codes one pack knows.
#[derive(Clone)]
pub struct Dictionary {
    types: Codes,
    classes: Codes,
    professions: Codes,
}

#[derive(Clone)]
struct Codes {
    names: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Dictionary {
    /// The types of the DMP's table and those the pack's matrix adds, the classes of both, and
    /// the pack's professions.
    pub(crate) fn new<'a>(
        matrix_types: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        professions: impl Iterator<Item = &'a str>,
    ) -> Self {
        let known = code::document_types().iter();
        let types = known.clone().map(|known| known.code);
        let classes = known.map(|known| known.class);
        let (added, added_classes) = (
            matrix_types.clone().map(|(_, kind)| kind),
            matrix_types.map(|(class, _)| class),
        );
        Self {
            types: Codes::new(UNKNOWN_TYPE, types.chain(added)),
            classes: Codes::new(code::CLASS_UNKNOWN, classes.chain(added_classes)),
            professions: Codes::new(UNKNOWN_PROFESSION, professions),
        }
    }

    /// The number of a type code, unknown when the pack does not have it.
    #[must_use]
    pub fn type_ordinal(&self, code: &str) -> TypeOrdinal {
        TypeOrdinal(u16::try_from(self.types.number(code)).unwrap_or(0))
    }

    /// The number of a class code, unknown when the pack does not have it.
    #[must_use]
    pub fn class_ordinal(&self, code: &str) -> ClassOrdinal {
        ClassOrdinal(u8::try_from(self.classes.number(code)).unwrap_or(0))
    }

    /// The number of a profession code, unknown when the pack does not have it.
    #[must_use]
    pub fn profession_ordinal(&self, code: &str) -> ProfessionOrdinal {
        ProfessionOrdinal(u8::try_from(self.professions.number(code)).unwrap_or(0))
    }

    /// The type codes, the unknown one left out.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.types.names.iter().skip(1).map(String::as_str)
    }

    /// The profession codes, the unknown one left out.
    pub fn professions(&self) -> impl Iterator<Item = &str> {
        self.professions.names.iter().skip(1).map(String::as_str)
    }

    /// All codes by number, the unknown one first.
    pub(crate) fn type_names(&self) -> &[String] {
        &self.types.names
    }

    pub(crate) fn class_names(&self) -> &[String] {
        &self.classes.names
    }

    pub(crate) fn profession_names(&self) -> &[String] {
        &self.professions.names
    }
}

impl Codes {
    fn new<'a>(unknown: &str, codes: impl Iterator<Item = &'a str>) -> Self {
        let mut names = vec![unknown.to_owned()];
        let mut numbers = BTreeMap::new();
        for code in codes {
            if code != unknown && !numbers.contains_key(code) {
                numbers.insert(code.to_owned(), names.len());
                names.push(code.to_owned());
            }
        }
        Self { names, numbers }
    }

    fn number(&self, code: &str) -> usize {
        self.numbers.get(code).copied().unwrap_or(0)
    }
}

/// What rules call a type that is not in the dictionary.
pub(crate) const UNKNOWN_TYPE: &str = "?";
/// What rules call a profession that is not in the dictionary.
pub(crate) const UNKNOWN_PROFESSION: &str = "?";

#[cfg(test)]
mod tests;
