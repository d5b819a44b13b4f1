//! What the metadata must say, as the columns can be asked for it.
//!
//! Invariant: a filter lets a row through exactly when the question's `Wanted` does.

use crate::columns::{Cells, Columns, Reach, Value};
use crate::question::{Field, Span, Wanted};
use base::{DocumentId, DocumentSet};
use std::collections::BTreeSet;

/// A compiled [`Wanted`].
pub(crate) struct Filter<'a> {
    wanted: &'a Wanted,
    fields: Vec<Required>,
    /// Whether the dates of every row of the columns are wanted.
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
            open: covers(wanted, columns.reach()),
            wanted,
            fields,
        }
    }

    /// Whether the row of this number is let through; of it no more is read than that takes.
    pub(crate) fn lets(&self, columns: &Columns, nth: usize) -> bool {
        let status = columns.status(nth);
        status.is_some_and(|status| self.wanted.statuses.contains(&status))
            && (self.open || self.dated(columns, nth))
            && self.fields.iter().all(|required| {
                let mut held = columns.held(nth, required.cells).iter();
                held.any(|value| required.values.contains(&value)) || required.names(columns, nth)
            })
    }

    /// Whether the dates of a row are wanted.
    fn dated(&self, columns: &Columns, nth: usize) -> bool {
        let wanted = self.wanted;
        let row = columns.rows().get(nth).zip(columns.created(nth));
        row.is_some_and(|(row, created)| {
            wanted.created.contains(created)
                && wanted.deposited.contains(row.deposited)
                && row.service.0 <= wanted.service.to
                && wanted.service.from <= row.service.1
                && wanted.started.contains(row.service.0)
                && wanted
                    .acts
                    .iter()
                    .all(|(how, span)| how.holds(row.service, *span))
        })
    }
}

impl Required {
    /// Whether a row's document is named by its own id.
    fn names(&self, columns: &Columns, nth: usize) -> bool {
        !self.documents.is_empty()
            && columns
                .rows()
                .get(nth)
                .is_some_and(|row| self.documents.contains(&row.document))
    }
}

impl Columns {
    /// The documents whose metadata say what is wanted.
    #[must_use]
    pub fn wanted(&self, wanted: &Wanted) -> DocumentSet {
        let filter = Filter::new(wanted, self);
        let mut documents = DocumentSet::new();
        for (nth, row) in self.rows().iter().enumerate() {
            if filter.lets(self, nth) {
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
