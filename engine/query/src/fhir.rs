//! The FHIR search string of `DocumentReference`, as IHE MHD ITI-67 and the French PDSm use it.
//!
//! For: hosts that speak FHIR. Not for: making resources. Invariants: each parameter maps to the
//! XDS metadata that the national profile names; an unknown one is refused, since dropping a
//! condition would show more than was asked.

use crate::question::{Field, Order, Span};
use crate::written::{SHOWN, Written, WrittenError, bad, span, unknown};
use base::{Availability, Instant};

/// Reads `DocumentReference?patient.identifier=...`, or what stands behind the question mark.
///
/// # Errors
/// [`WrittenError`] names the parameter.
pub fn fhir(text: &str) -> Result<Written, WrittenError> {
    let parameters = match text.split_once('?') {
        Some((path, parameters)) => {
            let resource = path.rsplit('/').next().unwrap_or_default();
            if resource != "DocumentReference" {
                return Err(bad("DocumentReference", "search DocumentReference"));
            }
            parameters
        }
        None => text,
    };
    let mut written = Written::default();
    written.question.limit = COUNT;
    written.question.order = Order::Newest;
    written.question.wanted.statuses = SHOWN.to_vec();
    for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
        parameter(&mut written, &name, &value)?;
    }
    Ok(written)
}

fn parameter(written: &mut Written, name: &str, value: &str) -> Result<(), WrittenError> {
    let question = &mut written.question;
    let wanted = &mut question.wanted;
    match name {
        "patient.identifier" => once(&mut written.patient, name, patient(value)?),
        "_after" => once(&mut written.after, name, value.to_owned()),
        "status" => {
            wanted.statuses = alternatives(value).map(status).collect::<Result<_, _>>()?;
            Ok(())
        }
        "date" | "creation" => {
            wanted.created = wanted.created.and(bound(name, value)?);
            Ok(())
        }
        "period" => {
            wanted.service = wanted.service.and(bound(name, value)?);
            Ok(())
        }
        "_content" | "_text" => {
            question.words = format!("{} {value}", question.words).trim().to_owned();
            question.order = Order::Relevance;
            Ok(())
        }
        "_count" => {
            question.limit = value.parse().map_err(|_| bad(name, "give a number"))?;
            Ok(())
        }
        "_total" => {
            question.total = match value {
                "accurate" => true,
                "none" => false,
                _ => return Err(bad(name, "give accurate or none")),
            };
            Ok(())
        }
        "_sort" => {
            question.order = match value {
                "date" => Order::Oldest,
                "-date" => Order::Newest,
                "-_score" | "_score" => Order::Relevance,
                _ => return Err(bad(name, "give date, -date or _score")),
            };
            Ok(())
        }
        _ => {
            let field = field(name)?;
            wanted.require(field, alternatives(value).map(code).collect());
            Ok(())
        }
    }
}

/// The metadata behind a token parameter.
fn field(name: &str) -> Result<Field, WrittenError> {
    Ok(match name {
        "type" => Field::Type,
        "category" => Field::Class,
        "facility" => Field::Facility,
        "setting" => Field::Practice,
        "format" => Field::Format,
        "security-label" => Field::Confidentiality,
        "event" => Field::Event,
        "identifier" => Field::UniqueId,
        "author.identifier" => Field::AuthorId,
        _ => {
            return Err(unknown(name, KNOWN));
        }
    })
}

fn once(place: &mut Option<String>, name: &str, value: String) -> Result<(), WrittenError> {
    if place.replace(value).is_some() {
        return Err(WrittenError::Twice {
            name: name.to_owned(),
        });
    }
    Ok(())
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

/// Values of which one must hold.
fn alternatives(value: &str) -> impl Iterator<Item = &str> {
    value.split(',')
}

/// The code of `system|code`; codes of these fields are unique without their systems.
fn code(token: &str) -> String {
    let code = token.rsplit('|').next().unwrap_or(token);
    code.strip_prefix("urn:oid:").unwrap_or(code).to_owned()
}

fn status(value: &str) -> Result<Availability, WrittenError> {
    match value.rsplit('|').next() {
        Some("current") => Ok(Availability::Approved),
        Some("superseded") => Ok(Availability::Deprecated),
        Some(_) | None => Err(bad("status", "give current or superseded")),
    }
}

/// A date with its prefix, as the instants it lets through.
fn bound(name: &str, value: &str) -> Result<Span, WrittenError> {
    let (prefix, date) = match value.split_at_checked(2) {
        Some((prefix, date)) if prefix.bytes().all(|it| it.is_ascii_lowercase()) => (prefix, date),
        Some(_) | None => ("eq", value),
    };
    let span = span(name, date)?;
    let next = |at: Instant| Instant::from_millis(at.millis().saturating_add(1));
    let last = |at: Instant| Instant::from_millis(at.millis().saturating_sub(1));
    let (from, to) = match prefix {
        "eq" => (span.from, span.to),
        "ge" => (span.from, Instant::MAX),
        "le" => (Instant::MIN, span.to),
        "gt" | "sa" => (next(span.to), Instant::MAX),
        "lt" | "eb" => (Instant::MIN, last(span.from)),
        _ => return Err(bad(name, "a date begins with eq, ge, le, gt, lt, sa or eb")),
    };
    Ok(Span { from, to })
}

/// Documents in an answer when `_count` does not say.
const COUNT: usize = 50;
const KNOWN: &str = "patient.identifier, status, type, category, date, creation, period, \
    facility, setting, format, security-label, event, identifier, author.identifier, \
    _content, _text, _count, _sort, _total, _after";

#[cfg(test)]
mod tests;
