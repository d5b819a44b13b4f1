//! What the metadata must say, as the columns can be asked for it.
//!
//! Invariant: a filter lets a row through exactly when the question's `Wanted` does.

use crate::columns::{Cells, Columns, Reach, Row, Value};
use crate::question::{Field, Span, Wanted};
use base::{DocumentId, DocumentSet};
use std::collections::BTreeSet;

/// A compiled [`Wanted`].
pub(crate) struct Filter<'a> {
    wanted: &'a Wanted,
    fields: Vec<Required>,
    /// Whether every row of the columns is let through by all but its status.
    open: bool,
}

/// What one of which must hold.
struct Required {
    cells: Cells,
    values: Vec<Value>,
    /// Documents that are named by their own ids.
    documents: Vec<DocumentId>,
}

impl<'a> Filter<'a> {
    /// Compiles against the values that the columns hold.
    pub(crate) fn new(wanted: &'a Wanted, columns: &Columns) -> Self {
        let plain = wanted.fields.iter().map(|(field, texts)| Required {
            cells: Cells::of(*field),
            values: texts.iter().flat_map(|text| columns.coded(text)).collect(),
            documents: if *field == Field::Identifier {
                texts.iter().filter_map(|text| text.parse().ok()).collect()
            } else {
                Vec::new()
            },
        });
        let tokens = wanted.tokens.iter().map(|(field, tokens)| Required {
            cells: Cells::of(*field),
            values: tokens.iter().flat_map(|it| columns.of_token(it)).collect(),
            documents: Vec::new(),
        });
        let fields: Vec<_> = plain.chain(tokens).collect();
        Self {
            open: fields.is_empty() && covers(wanted, columns.reach()),
            wanted,
            fields,
        }
    }

    /// Whether the row of this number is let through; it is not read where that goes without.
    pub(crate) fn lets_nth(&self, columns: &Columns, nth: usize) -> bool {
        if self.open {
            let status = columns.status(nth);
            status.is_some_and(|status| self.wanted.statuses.contains(&status))
        } else {
            let row = columns.rows().get(nth);
            row.is_some_and(|row| self.lets(columns, row))
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
                let held = columns.held_in(row, required.cells);
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

/// Whether all dates within this reach are wanted.
fn covers(wanted: &Wanted, reach: &Reach) -> bool {
    wanted.created.covers(reach.created)
        && wanted.deposited.covers(reach.deposited)
        && reach.started.to <= wanted.service.to
        && wanted.service.from <= reach.ended.from
        && wanted.started.covers(reach.started)
        && wanted.acts.is_empty()
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
