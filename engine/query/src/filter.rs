//! What the metadata must say, as the columns can be asked for it.
//!
//! Invariant: a filter lets a row through exactly when the question's `Wanted` does.

use crate::columns::{Columns, Row, Value};
use crate::question::{Field, Span, Wanted};
use base::{DocumentId, DocumentSet};
use std::collections::BTreeSet;

/// A compiled [`Wanted`].
pub(crate) struct Filter<'a> {
    wanted: &'a Wanted,
    fields: Vec<Required>,
}

/// What one of which must hold.
struct Required {
    field: Field,
    values: Vec<Value>,
    /// Documents that are named by their own ids.
    documents: Vec<DocumentId>,
}

impl<'a> Filter<'a> {
    /// Compiles against the values that the columns hold.
    pub(crate) fn new(wanted: &'a Wanted, columns: &Columns) -> Self {
        let plain = wanted.fields.iter().map(|(field, texts)| Required {
            field: *field,
            values: texts.iter().flat_map(|text| columns.coded(text)).collect(),
            documents: if *field == Field::Identifier {
                texts.iter().filter_map(|text| text.parse().ok()).collect()
            } else {
                Vec::new()
            },
        });
        let tokens = wanted.tokens.iter().map(|(field, tokens)| Required {
            field: *field,
            values: tokens.iter().flat_map(|it| columns.of_token(it)).collect(),
            documents: Vec::new(),
        });
        Self {
            wanted,
            fields: plain.chain(tokens).collect(),
        }
    }

    /// Whether a row is let through.
    pub(crate) fn lets(&self, columns: &Columns, row: &Row) -> bool {
        let wanted = self.wanted;
        wanted.statuses.contains(&row.status)
            && wanted.created.contains(row.created)
            && wanted.deposited.contains(row.deposited)
            && row.service.0 <= wanted.service.to
            && wanted.service.from <= row.service.1
            && wanted.started.contains(row.service.0)
            && wanted
                .acts
                .iter()
                .all(|(how, span)| how.holds(row.service, *span))
            && self.fields.iter().all(|required| {
                let held = columns.held(row, required.field);
                held.iter().any(|value| required.values.contains(value))
                    || required.documents.contains(&row.document)
            })
    }
}

impl Columns {
    /// The documents whose metadata say what is wanted.
    #[must_use]
    pub fn wanted(&self, wanted: &Wanted) -> DocumentSet {
        let filter = Filter::new(wanted, self);
        let mut documents = DocumentSet::new();
        for row in self.rows() {
            if filter.lets(self, row) {
                documents.insert(row.ordinal);
            }
        }
        documents
    }
}

/// Whether nothing can be let through, whatever is stored.
pub(crate) fn contradicts(wanted: &Wanted) -> bool {
    let spans = [
        wanted.created,
        wanted.deposited,
        wanted.service,
        wanted.started,
    ];
    wanted.statuses.is_empty()
        || spans.into_iter().any(Span::is_empty)
        || wanted.fields.iter().any(|(_, values)| values.is_empty())
        || wanted.tokens.iter().any(|(_, tokens)| tokens.is_empty())
        || Field::SINGLE.into_iter().any(|field| parted(wanted, field))
}

/// Whether a field of one value must have two at once.
fn parted(wanted: &Wanted, field: Field) -> bool {
    let plain = wanted.fields.iter().filter(|(of, _)| *of == field);
    let plain = plain.map(|(_, values)| values.iter().map(String::as_str).collect::<BTreeSet<_>>());
    let tokens = wanted.tokens.iter().filter(|(of, _)| *of == field);
    let tokens = tokens.filter_map(|(_, tokens)| {
        let codes = tokens.iter().map(|token| token.code.as_deref());
        codes.collect::<Option<BTreeSet<_>>>()
    });
    let mut left: Option<BTreeSet<&str>> = None;
    for values in plain.chain(tokens) {
        left = Some(match left {
            Some(left) => left.intersection(&values).copied().collect(),
            None => values,
        });
    }
    left.is_some_and(|left| left.is_empty())
}

#[cfg(test)]
mod tests;
