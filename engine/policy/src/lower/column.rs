//! Columns with a finite domain of codes: every test of one becomes a set of its codes.
//!
//! Invariant: a code that is not of the domain is refused, never silently unequal: a typing
//! mistake in a rule must not open or close a door unnoticed.

use super::{EntityKind, Lowered, Lowering, Mutant, Value, refuse};
use crate::dictionary::Dictionary;
use crate::error::Reason;
use crate::facts::DossierStatus;
use crate::predicate::{ConsentTo, Predicate, Test, TypeSet};
use base::{Availability, Consent, Purpose};
use cedar_policy::pst::PatternElem;
use std::sync::Arc;

/// A finite column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Purpose,
    DossierStatus,
    Consent(ConsentTo),
    Type,
    Class,
    AuthorProfession,
    Status,
}

impl Column {
    /// What kind of literal it is compared with: an entity type, or a text.
    pub(super) const fn entity(self) -> Option<EntityKind> {
        match self {
            Self::Type => Some(EntityKind::DocType),
            Self::AuthorProfession => Some(EntityKind::Profession),
            Self::Purpose | Self::DossierStatus | Self::Consent(_) | Self::Class | Self::Status => {
                None
            }
        }
    }

    /// Its codes, each with its bit.
    pub(super) fn codes(self, dictionary: &Dictionary) -> Vec<(usize, &str)> {
        fn numbered(names: &[String]) -> Vec<(usize, &str)> {
            names.iter().map(String::as_str).enumerate().collect()
        }
        match self {
            Self::Purpose => {
                let all = Purpose::ALL.iter();
                all.map(|it| (usize::from(it.byte()), it.code())).collect()
            }
            Self::DossierStatus => {
                let all = DossierStatus::ALL.iter();
                all.map(|it| (*it as usize, it.code())).collect()
            }
            Self::Consent(_) => {
                let all = Consent::ALL.iter();
                all.map(|it| (usize::from(it.byte()), it.code())).collect()
            }
            Self::Status => {
                let all = Availability::ALL.iter();
                all.map(|it| (usize::from(it.byte()), it.code())).collect()
            }
            Self::Type => numbered(dictionary.type_names()),
            Self::Class => numbered(dictionary.class_names()),
            Self::AuthorProfession => numbered(dictionary.profession_names()),
        }
    }
}

impl Lowering<'_> {
    /// The test that the column's code is among these bits.
    pub(super) fn among(&self, column: Column, bits: &[usize]) -> Predicate {
        if bits.is_empty() {
            return Predicate::Never;
        }
        if bits.len() == column.codes(self.dictionary).len() {
            return Predicate::Always;
        }
        let bits = if self.mutated(Mutant::OneCodeOnly) {
            &bits[..1]
        } else {
            bits
        };
        let mask = bits
            .iter()
            .fold(0u64, |mask, bit| mask | 1u64.unbounded_shl(u32_of(*bit)));
        let (byte, short) = (mask.to_le_bytes()[0], u16_of(mask));
        Predicate::Test(match column {
            Column::Purpose => Test::Purpose(short),
            Column::DossierStatus => Test::DossierStatus(byte),
            Column::Consent(to) => Test::Consent(self.consent(to), byte),
            Column::Type => Test::Type(Arc::new(TypeSet::new(bits.iter().copied()))),
            Column::Class => Test::Class(mask),
            Column::AuthorProfession => Test::AuthorProfession(mask),
            Column::Status => Test::Status(byte),
        })
    }

    fn consent(&self, to: ConsentTo) -> ConsentTo {
        if to == ConsentTo::Btg && self.mutated(Mutant::BtgAsEtreat) {
            ConsentTo::Etreat
        } else {
            to
        }
    }

    /// The bit of the code this literal names; `None` when it is of another type.
    pub(super) fn code(&self, column: Column, literal: &Value) -> Lowered<Option<usize>> {
        let code = match (column.entity(), literal) {
            (None, Value::Text(code)) => code,
            (Some(kind), Value::Entity(named, code)) if kind == *named => code,
            (Some(_), Value::Entity(..)) => return Ok(None),
            _ => return refuse(&"a comparison", Reason::NotALiteral),
        };
        let codes = column.codes(self.dictionary);
        let found = codes.iter().find(|(_, known)| known == code);
        match found {
            Some((bit, _)) => Ok(Some(*bit)),
            None => refuse(code, Reason::UnknownCode),
        }
    }

    /// The test that two columns of one domain have the same code.
    pub(super) fn same_code(&self, left: Column, right: Column) -> Lowered<Predicate> {
        if left.entity() != right.entity() {
            return Ok(Predicate::Never);
        }
        let rights = right.codes(self.dictionary);
        let mut same = Predicate::Never;
        for (bit, code) in left.codes(self.dictionary) {
            if let Some((other, _)) = rights.iter().find(|(_, known)| *known == code) {
                same = same.or(self.among(left, &[bit]).and(self.among(right, &[*other])));
            }
        }
        Ok(same)
    }

    pub(super) fn like(
        &self,
        whole: &dyn std::fmt::Display,
        value: &Value,
        pattern: &[PatternElem],
    ) -> Lowered<Predicate> {
        let star_needs_one = self.mutated(Mutant::StarNeedsOne);
        let matches = |text: &str| {
            let text: Vec<char> = text.chars().collect();
            matches_pattern(pattern, &text, usize::from(star_needs_one))
        };
        if let Value::Text(text) = value {
            return Ok(Predicate::constant(matches(text)));
        }
        let Value::Column(column) = value else {
            return refuse(whole, Reason::NotALiteral);
        };
        let codes = column.codes(self.dictionary).into_iter();
        let bits: Vec<_> = codes
            .filter(|(_, code)| matches(code))
            .map(|(bit, _)| bit)
            .collect();
        Ok(self.among(*column, &bits))
    }
}

/// Greedy matching with one point of return: linear in the text for each star.
fn matches_pattern(pattern: &[PatternElem], text: &[char], star_min: usize) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(PatternElem::Char(expected)) if *expected == text[from] => {
                at += 1;
                from += 1;
            }
            Some(PatternElem::Wildcard) => {
                star = Some((at, from));
                at += 1;
                from += star_min;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    from = taken + 1 + star_min;
                }
                None => return false,
            },
        }
    }
    let rest = pattern.get(at..).unwrap_or_default();
    from == text.len()
        && rest
            .iter()
            .all(|element| *element == PatternElem::Wildcard && star_min == 0)
}

fn u32_of(bit: usize) -> u32 {
    u32::try_from(bit).unwrap_or(u32::MAX)
}

fn u16_of(mask: u64) -> u16 {
    u16::from_le_bytes([mask.to_le_bytes()[0], mask.to_le_bytes()[1]])
}
