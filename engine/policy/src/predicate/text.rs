//! A predicate in words, for EXPLAIN.
//!
//! Invariant: says rules and codes, never a value of a document or dossier, never a count.

use super::{ConsentTo, Moment, Order, Predicate, Test};
use crate::dictionary::Dictionary;
use crate::facts::{DossierStatus, Parties};
use base::{Availability, Consent, Purpose};
use std::fmt::Write;

impl Predicate {
    /// The predicate as a line of text.
    pub(crate) fn to_text(&self, dictionary: &Dictionary) -> String {
        match self {
            Self::Always => "always".to_owned(),
            Self::Never => "never".to_owned(),
            Self::Not(inner) => format!("not ({})", inner.to_text(dictionary)),
            Self::All(parts) => joined(parts, " and ", dictionary),
            Self::Any(parts) => joined(parts, " or ", dictionary),
            Self::Test(test) => test.to_text(dictionary),
        }
    }
}

impl Test {
    fn to_text(&self, dictionary: &Dictionary) -> String {
        match self {
            Self::Purpose(set) => {
                let all = Purpose::ALL.iter();
                among(
                    "purpose",
                    all.filter(|it| set >> it.byte() & 1 == 1)
                        .map(|it| it.code()),
                )
            }
            Self::Secret => "the session is secret".to_owned(),
            Self::Speciality(code) => format!("speciality is {code}"),
            Self::Actor(_) => "the actor is the one the rule names".to_owned(),
            Self::Structure(_) => "the structure is the one the rule names".to_owned(),
            Self::Circumstance(one) => one.code().to_owned(),
            Self::Relation(relation) => format!("relation {relation:?}"),
            Self::DossierStatus(set) => {
                let all = DossierStatus::ALL.iter();
                let held = all.filter(|it| set >> **it as u8 & 1 == 1);
                among("dossier status", held.map(|it| it.code()))
            }
            Self::Consent(to, set) => {
                let held = Consent::ALL.iter().filter(|it| set >> it.byte() & 1 == 1);
                among(to.name(), held.map(|it| it.code()))
            }
            Self::Parties(bits) => match *bits {
                Parties::AUTHOR => "deposited by the actor".to_owned(),
                Parties::STRUCTURE => "deposited by the actor's structure".to_owned(),
                _ => "deposited by the person".to_owned(),
            },
            Self::Flag(flag) => flag.codes().collect::<Vec<_>>().join(" and "),
            Self::Type(set) => {
                let names = dictionary.type_names().iter().enumerate();
                let held = names.filter(|(at, _)| {
                    u16::try_from(*at).is_ok_and(|ordinal| set.contains(ordinal))
                });
                among("type", held.map(|(_, name)| name.as_str()))
            }
            Self::Class(set) => among("class", named(dictionary.class_names(), *set)),
            Self::AuthorProfession(set) => among(
                "author's profession",
                named(dictionary.profession_names(), *set),
            ),
            Self::Status(set) => {
                let held = Availability::ALL
                    .iter()
                    .filter(|it| set >> it.byte() & 1 == 1);
                among("document status", held.map(|it| it.code()))
            }
            Self::Time(test) => {
                let order = match test.order {
                    Order::Before => "before",
                    Order::NotAfter => "not after",
                    Order::Same => "at",
                };
                format!("{} {order} {}", test.left.name(), test.right.name())
            }
        }
    }
}

impl ConsentTo {
    const fn name(self) -> &'static str {
        match self {
            Self::Consultation => "consent to consultation",
            Self::Deposit => "consent to deposit",
            Self::Etreat => "consent to ETREAT",
            Self::Btg => "consent to BTG",
            Self::Masked => "consent to MASKED",
        }
    }
}

impl Moment {
    fn name(self) -> String {
        match self {
            Self::Now => "now".to_owned(),
            Self::Fixed(millis) => base::Instant::from_millis(millis).to_string(),
            Self::Majority => "majority".to_owned(),
            Self::HiddenUntil => "the end of INVISIBLE_PATIENT".to_owned(),
            Self::Created => "creation".to_owned(),
            Self::Deposited => "deposit".to_owned(),
        }
    }
}

fn joined(parts: &[Predicate], word: &str, dictionary: &Dictionary) -> String {
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            text.push_str(word);
        }
        match part {
            Predicate::All(_) | Predicate::Any(_) => {
                let _ = write!(text, "({})", part.to_text(dictionary));
            }
            Predicate::Always | Predicate::Never | Predicate::Not(_) | Predicate::Test(_) => {
                text.push_str(&part.to_text(dictionary));
            }
        }
    }
    text
}

fn among<'a>(what: &str, codes: impl Iterator<Item = &'a str>) -> String {
    let codes: Vec<_> = codes.collect();
    match codes.as_slice() {
        [only] => format!("{what} {only}"),
        _ => format!("{what} in [{}]", codes.join(" ")),
    }
}

fn named(names: &[String], set: u64) -> impl Iterator<Item = &str> {
    let names = names.iter().enumerate();
    names
        .filter(move |(at, _)| set >> at & 1 == 1)
        .map(|(_, name)| name.as_str())
}
