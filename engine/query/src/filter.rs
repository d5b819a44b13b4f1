//! What the metadata must say, as the columns can be asked for it.
//!
//! Invariant: a filter lets a row through exactly when the question's `Wanted` does.

use crate::columns::{Columns, Row, Value};
use crate::question::{Field, Wanted};
use base::DocumentSet;
use std::collections::BTreeSet;

/// A compiled [`Wanted`].
pub(crate) struct Filter<'a> {
    wanted: &'a Wanted,
    fields: Vec<(Field, Vec<Value>)>,
}

impl<'a> Filter<'a> {
    /// Compiles against the values that the columns hold.
    pub(crate) fn new(wanted: &'a Wanted, columns: &Columns) -> Self {
        let fields = wanted
            .fields
            .iter()
            .map(|(field, texts)| {
                let values = texts.iter().filter_map(|text| columns.value(text));
                (*field, values.collect())
            })
            .collect();
        Self { wanted, fields }
    }

    /// Whether a row is let through.
    pub(crate) fn lets(&self, columns: &Columns, row: &Row) -> bool {
        let wanted = self.wanted;
        wanted.statuses.contains(&row.status)
            && wanted.created.contains(row.created)
            && wanted.deposited.contains(row.deposited)
            && row.service.0 <= wanted.service.to
            && wanted.service.from <= row.service.1
            && self.fields.iter().all(|(field, values)| {
                let held = columns.held(row, *field);
                held.iter().any(|value| values.contains(value))
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
    wanted.statuses.is_empty()
        || wanted.created.is_empty()
        || wanted.deposited.is_empty()
        || wanted.service.is_empty()
        || wanted.fields.iter().any(|(_, values)| values.is_empty())
        || Field::SINGLE.into_iter().any(|field| parted(wanted, field))
}

/// Whether a field of one value must have two at once.
fn parted(wanted: &Wanted, field: Field) -> bool {
    let required = wanted.fields.iter().filter(|(of, _)| *of == field);
    let mut left: Option<BTreeSet<&str>> = None;
    for (_, values) in required {
        let values = values.iter().map(String::as_str).collect::<BTreeSet<_>>();
        left = Some(match left {
            Some(left) => left.intersection(&values).copied().collect(),
            None => values,
        });
    }
    left.is_some_and(|left| left.is_empty())
}

#[cfg(test)]
mod tests;
