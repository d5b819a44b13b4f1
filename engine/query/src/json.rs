//! A question as JSON; `docs/search.md` gives its form with examples.
//!
//! For: hosts in other languages. Invariant: a field that does not exist is refused.

use crate::boost::{Boosts, Recency};
use crate::question::{Facet, Field, Grouping, Order, Question, Span, Step, Wanted};
use crate::written::{SHOWN, Written, WrittenError, bad, span, unknown};
use base::{Availability, Instant};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Form {
    query: String,
    patient: Option<String>,
    statuses: Vec<String>,
    #[serde(deserialize_with = "each_once")]
    fields: BTreeMap<String, Vec<String>>,
    created: Dates,
    deposited: Dates,
    service: Dates,
    started: Dates,
    order: Option<String>,
    boost: BoostForm,
    limit: usize,
    after: Option<String>,
    total: bool,
    facets: Vec<FacetForm>,
    timeline: Option<String>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            query: String::new(),
            patient: None,
            statuses: vec!["approved".to_owned()],
            fields: BTreeMap::new(),
            created: Dates::default(),
            deposited: Dates::default(),
            service: Dates::default(),
            started: Dates::default(),
            order: None,
            boost: BoostForm::default(),
            limit: 10,
            after: None,
            total: false,
            facets: Vec::new(),
            timeline: None,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Dates {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct BoostForm {
    recency: Option<RecencyForm>,
    #[serde(deserialize_with = "each_once")]
    types: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecencyForm {
    at: String,
    percent: u32,
    half_days: u32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FacetForm {
    Named(String),
    Groups(GroupsForm),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupsForm {
    name: String,
    field: String,
    #[serde(deserialize_with = "each_once")]
    groups: BTreeMap<String, Vec<String>>,
    rest: Option<String>,
}

/// An object of which no name stands twice: all but the last of its conditions would be dropped.
fn each_once<'de, D, V>(from: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct EachOnce<V>(PhantomData<V>);
    impl<'de, V: Deserialize<'de>> Visitor<'de> for EachOnce<V> {
        type Value = BTreeMap<String, V>;

        fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
            to.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
            let mut read = BTreeMap::new();
            while let Some((name, value)) = from.next_entry()? {
                if read.insert(name, value).is_some() {
                    return Err(A::Error::custom("a name stands twice"));
                }
            }
            Ok(read)
        }
    }
    from.deserialize_map(EachOnce(PhantomData))
}

/// Reads a question.
///
/// # Errors
/// [`WrittenError`] gives the place, or names the field.
pub fn json(text: &str) -> Result<Written, WrittenError> {
    let form: Form = serde_json::from_str(text).map_err(|error| WrittenError::Json {
        line: error.line(),
        column: error.column(),
    })?;
    let mut wanted = Wanted {
        statuses: form
            .statuses
            .iter()
            .map(|name| status(name))
            .collect::<Result<_, _>>()?,
        created: form.created.span("created")?,
        deposited: form.deposited.span("deposited")?,
        service: form.service.span("service")?,
        started: form.started.span("started")?,
        ..Wanted::default()
    };
    for (name, values) in form.fields {
        wanted.require(field(&name)?, values);
    }
    let facets = form.facets.into_iter().map(facet).collect::<Result<_, _>>();
    let question = Question {
        order: order(form.order.as_deref(), &form.query)?,
        words: form.query,
        boosts: form.boost.boosts()?,
        wanted,
        limit: form.limit,
        after: None,
        total: form.total,
        facets: facets?,
        timeline: form.timeline.as_deref().map(step).transpose()?,
    };
    Ok(Written {
        patient: form.patient,
        after: form.after,
        question,
    })
}

impl BoostForm {
    fn boosts(self) -> Result<Boosts, WrittenError> {
        let recency = self.recency.map(|form| {
            let at = span("at", &form.at)?.to;
            Ok::<_, WrittenError>(Recency {
                at,
                percent: form.percent,
                half_days: form.half_days,
            })
        });
        Ok(Boosts {
            recency: recency.transpose()?,
            types: self.types.into_iter().collect(),
        })
    }
}

impl Dates {
    fn span(&self, name: &str) -> Result<Span, WrittenError> {
        let from = self.from.as_deref().map(|text| span(name, text));
        let to = self.to.as_deref().map(|text| span(name, text));
        Ok(Span {
            from: from.transpose()?.map_or(Instant::MIN, |it| it.from),
            to: to.transpose()?.map_or(Instant::MAX, |it| it.to),
        })
    }
}

fn status(name: &str) -> Result<Availability, WrittenError> {
    let known = SHOWN.into_iter().find(|status| status.code() == name);
    known.ok_or_else(|| bad("statuses", "give approved, deprecated or archived"))
}

fn field(name: &str) -> Result<Field, WrittenError> {
    Field::named(name).ok_or_else(|| unknown(name, FIELDS))
}

fn order(name: Option<&str>, query: &str) -> Result<Order, WrittenError> {
    match name {
        Some("relevance") => Ok(Order::Relevance),
        Some("newest") => Ok(Order::Newest),
        Some("oldest") => Ok(Order::Oldest),
        Some(_) => Err(bad("order", "give relevance, newest or oldest")),
        None if query.is_empty() => Ok(Order::Newest),
        None => Ok(Order::Relevance),
    }
}

fn step(name: &str) -> Result<Step, WrittenError> {
    match name {
        "year" => Ok(Step::Year),
        "month" => Ok(Step::Month),
        "day" => Ok(Step::Day),
        _ => Err(bad("timeline", "give year, month or day")),
    }
}

fn facet(form: FacetForm) -> Result<Facet, WrittenError> {
    Ok(match form {
        FacetForm::Named(name) if name == "year" => Facet::Year,
        FacetForm::Named(name) => Facet::Field(field(&name)?),
        FacetForm::Groups(form) => Facet::Groups(Arc::new(Grouping {
            name: form.name,
            field: field(&form.field)?,
            groups: form.groups.into_iter().collect(),
            rest: form.rest,
        })),
    })
}

const FIELDS: &str = "type, class, format, facility, practice, confidentiality, author, author_id, \
    structure, structure_id, profession, unique_id, entry_id, identifier, event, reference";

#[cfg(test)]
mod tests;
