//! The FHIR search string of `DocumentReference`, as IHE MHD ITI-67 and the French PDSm use it.
//!
//! For: hosts that speak FHIR. Not for: making resources. Invariants: each parameter maps to the
//! XDS metadata that the national profile names; what is repeated must all hold, and commas part
//! alternatives, or it is refused; an unknown one is refused, since dropping a condition would
//! show more than was asked.

mod token;

use crate::question::{Comparison, Field, Order, Span};
use crate::syntax;
use crate::written::{SHOWN, Written, WrittenError, bad, span, unasked, unknown};
use base::{Availability, Instant};
use std::collections::BTreeSet;
use token::{alternatives, ids, parts, plain, token};

/// Reads `DocumentReference?patient.identifier=...`, or what stands behind the question mark.
///
/// # Errors
/// [`WrittenError`] names the parameter.
pub fn fhir(text: &str) -> Result<Written, WrittenError> {
    let parameters = match text.split_once('?') {
        // A value may hold a question mark; no path holds an equals sign.
        Some((path, parameters)) if !path.contains('=') => {
            let resource = path.rsplit('/').next().unwrap_or_default();
            if resource != "DocumentReference" {
                return Err(bad("DocumentReference", "search DocumentReference"));
            }
            parameters
        }
        Some(_) | None => text,
    };
    let mut reading = Reading::default();
    reading.written.question.limit = COUNT;
    reading.written.question.wanted.statuses = SHOWN.to_vec();
    for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
        reading.parameter(&name, &value)?;
    }
    Ok(reading.done())
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    written: Written,
    /// Parameters that stood there and may not again.
    once: BTreeSet<String>,
    order: Option<Order>,
    /// What the text must say, each of them.
    words: Vec<String>,
}

impl Reading {
    /// The question; relevance orders what words are looked for, unless an order is written.
    fn done(self) -> Written {
        let mut written = self.written;
        let question = &mut written.question;
        let by_words = if self.words.is_empty() {
            Order::Newest
        } else {
            Order::Relevance
        };
        question.order = self.order.unwrap_or(by_words);
        question.total |= question.limit == 0 && !self.once.contains("_total");
        question.words = match self.words.as_slice() {
            [one] => one.clone(),
            // With a context of its own each is read by itself: words of two never make one term.
            several => {
                let each = several
                    .iter()
                    .map(|words| format!("(context:any ({words}))"));
                each.collect::<Vec<_>>().join(" ")
            }
        };
        written
    }

    fn parameter(&mut self, name: &str, value: &str) -> Result<(), WrittenError> {
        // Refused before it is refused as empty.
        let known = token_field(name).map(|_| ()).or_else(|| other(name));
        known.ok_or_else(|| unknown(name, KNOWN))?;
        if let Some(why) = left_out(name) {
            return Err(unasked(name, why));
        }
        if value.is_empty() {
            return Err(bad(name, "give a value"));
        }
        // `patient:identifier` is `patient.identifier` by another name.
        if ONCE.contains(&name) && !self.once.insert(name.replace(':', ".")) {
            let name = name.to_owned();
            return Err(WrittenError::Twice { name });
        }
        match token_field(name) {
            Some(field) => {
                let tokens = alternatives(name, value)?;
                let tokens = tokens.iter().map(|it| token(name, it));
                let tokens = tokens.collect::<Result<_, _>>()?;
                let wanted = &mut self.written.question.wanted;
                wanted.tokens.push((field, tokens));
                Ok(())
            }
            None => self.condition(name, value),
        }
    }

    fn condition(&mut self, name: &str, value: &str) -> Result<(), WrittenError> {
        let question = &mut self.written.question;
        let wanted = &mut question.wanted;
        match name {
            "patient.identifier" | "patient:identifier" => {
                self.written.patient = Some(patient(value)?);
            }
            "_after" => self.written.after = Some(value.to_owned()),
            "status" => {
                let statuses = alternatives(name, value)?;
                let statuses = statuses.iter().map(|it| status(it));
                wanted.statuses = statuses.collect::<Result<_, _>>()?;
            }
            "date" | "creation" => wanted.created = wanted.created.and(instant(name, value)?),
            "period" => wanted.acts.push(period(name, value)?),
            "_content" | "_text" => self.words.push(words(name, value)?),
            "identifier" | "_id" => {
                let mut values = Vec::new();
                for one in alternatives(name, value)? {
                    values.extend(ids(name, &one)?);
                }
                let field = if name == "_id" {
                    Field::EntryId
                } else {
                    Field::Identifier
                };
                wanted.require(field, values);
            }
            "_count" => {
                question.limit = value.parse().map_err(|_| bad(name, "give a number"))?;
            }
            "_total" => {
                question.total = match value {
                    "accurate" => true,
                    "none" => false,
                    _ => return Err(bad(name, "give accurate or none")),
                };
            }
            "_sort" => {
                self.order = Some(match value {
                    "date" => Order::Oldest,
                    "-date" => Order::Newest,
                    "-_score" | "_score" => Order::Relevance,
                    _ => return Err(bad(name, "give date, -date or _score")),
                });
            }
            // In what form an answer is written is the host's.
            _ => {}
        }
        Ok(())
    }
}

/// The metadata behind a token parameter.
fn token_field(name: &str) -> Option<Field> {
    Some(match name {
        "type" => Field::Type,
        "category" => Field::Class,
        "facility" => Field::Facility,
        "setting" => Field::Practice,
        "format" => Field::Format,
        "security-label" => Field::Confidentiality,
        "event" => Field::Event,
        "author.identifier" => Field::AuthorId,
        "related" | "related:identifier" => Field::Reference,
        _ => return None,
    })
}

fn other(name: &str) -> Option<()> {
    let known = OTHERS.contains(&name) || ONCE.contains(&name) || left_out(name).is_some();
    known.then_some(())
}

/// Why a parameter that MHD names is not answered.
fn left_out(name: &str) -> Option<&'static str> {
    Some(match name {
        "_lastUpdated" => "ask for the changes since a mark, which tells what is new",
        "patient" => "give patient.identifier=SYSTEM|MATRICULE: there are no Patient resources",
        "author.given" | "author.family" => {
            "an author's name is kept whole: look for author:NAME in _content, or give \
             author.identifier"
        }
        _ => return None,
    })
}

/// `system|value`; the system is the OID of an INS authority.
fn patient(value: &str) -> Result<String, WrittenError> {
    Ok(match value.split_once('|') {
        None => value.to_owned(),
        Some(("", matricule)) => matricule.to_owned(),
        Some((system, matricule)) => {
            let oid = system.strip_prefix("urn:oid:").ok_or_else(|| {
                bad(
                    "patient.identifier",
                    "give urn:oid:AUTHORITY|MATRICULE, or the matricule alone",
                )
            })?;
            format!("{matricule}@{oid}")
        }
    })
}

/// Words of which one alternative must stand in the text; each is a query by itself.
fn words(name: &str, value: &str) -> Result<String, WrittenError> {
    let each = alternatives(name, value)?;
    let each: Vec<String> = each.iter().map(|it| plain(it)).collect();
    if each.iter().any(|words| syntax::parse(words).is_err()) {
        return Err(bad(name, WORDS));
    }
    Ok(match each.as_slice() {
        [one] => one.clone(),
        several => {
            let several = several.iter().map(|words| format!("({words})"));
            several.collect::<Vec<_>>().join(" OR ")
        }
    })
}

fn status(value: &str) -> Result<Availability, WrittenError> {
    let form = "give current or superseded";
    match parts(value) {
        (None | Some(STATUSES), "current") => Ok(Availability::Approved),
        (None | Some(STATUSES), "superseded") => Ok(Availability::Deprecated),
        _ => Err(bad("status", form)),
    }
}

/// The prefix of a date, and the span it stands for.
fn prefixed<'a>(name: &str, value: &'a str) -> Result<(&'a str, Span), WrittenError> {
    let (prefix, date) = match value.split_at_checked(2) {
        Some((prefix, date)) if prefix.bytes().all(|it| it.is_ascii_lowercase()) => (prefix, date),
        Some(_) | None => ("eq", value),
    };
    Ok((prefix, span(name, date)?))
}

/// A date with its prefix, as the instants it lets through.
fn instant(name: &str, value: &str) -> Result<Span, WrittenError> {
    let (prefix, span) = prefixed(name, value)?;
    let next = |at: Instant| Instant::from_millis(at.millis().saturating_add(1));
    let last = |at: Instant| Instant::from_millis(at.millis().saturating_sub(1));
    let (from, to) = match prefix {
        "eq" => (span.from, span.to),
        "ge" => (span.from, Instant::MAX),
        "le" => (Instant::MIN, span.to),
        "gt" | "sa" => (next(span.to), Instant::MAX),
        "lt" | "eb" => (Instant::MIN, last(span.from)),
        _ => return Err(bad(name, PREFIXES)),
    };
    Ok(Span { from, to })
}

/// A date with its prefix, as a period is compared with it.
fn period(name: &str, value: &str) -> Result<(Comparison, Span), WrittenError> {
    let (prefix, span) = prefixed(name, value)?;
    let how = match prefix {
        "eq" => Comparison::Within,
        "ge" => Comparison::AtLeast,
        "le" => Comparison::AtMost,
        "gt" => Comparison::Above,
        "lt" => Comparison::Below,
        "sa" => Comparison::After,
        "eb" => Comparison::Before,
        _ => return Err(bad(name, PREFIXES)),
    };
    Ok((how, span))
}

/// Documents in an answer when `_count` does not say.
const COUNT: usize = 50;
const STATUSES: &str = "http://hl7.org/fhir/document-reference-status";
const PREFIXES: &str = "a date begins with eq, ge, le, gt, lt, sa or eb";
const WORDS: &str = "give words as docs/search.md says; a comma parts alternatives, \\, is a comma";
/// Parameters that may stand once.
const ONCE: [&str; 10] = [
    "patient.identifier",
    "patient:identifier",
    "status",
    "identifier",
    "_id",
    "_count",
    "_sort",
    "_total",
    "_after",
    "_format",
];
/// Others that are no tokens.
const OTHERS: [&str; 5] = ["date", "creation", "period", "_content", "_text"];
const KNOWN: &str = "patient.identifier, status, type, category, date, creation, period, \
    facility, setting, format, security-label, event, identifier, related, author.identifier, \
    _id, _content, _text, _count, _sort, _total, _format, _after";

#[cfg(test)]
mod tests;
