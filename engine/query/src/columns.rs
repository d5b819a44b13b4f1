//! The metadata of the documents that may be shown, as columns.
//!
//! For: filters, counts and order without opening a head again. Not for: deciding what may be
//! shown; whoever fills the columns has done that. Invariants: once they are filled, rows stand
//! in the order of ordinals; a value is kept once; every number given out comes from these rows
//! alone; columns made for one question hold the values that it reads.

use crate::question::{Field, Question};
use base::{Availability, DocumentId, DossierNumber, Instant, Ordinal};
use index::Standing;
use std::collections::{BTreeMap, BTreeSet};

/// A document as it is handed to the columns.
pub struct Record<'a> {
    /// Its place.
    pub ordinal: Ordinal,
    /// Its random id.
    pub document: DocumentId,
    /// Its status.
    pub status: Availability,
    /// When it was written.
    pub created: Instant,
    /// When it was deposited.
    pub deposited: Instant,
    /// When the act it speaks of began and ended.
    pub service: (Instant, Instant),
    /// The values of [`Field::SINGLE`], in that order.
    pub values: [&'a str; Field::SINGLE.len()],
}

/// A document's row.
pub(crate) struct Row {
    pub(crate) ordinal: Ordinal,
    pub(crate) document: DocumentId,
    pub(crate) status: Availability,
    pub(crate) created: Instant,
    pub(crate) deposited: Instant,
    pub(crate) service: (Instant, Instant),
    values: [Value; Field::SINGLE.len()],
    events: (u32, u32),
}

/// A value, by its place among all.
pub(crate) type Value = u32;

/// The documents that may be shown.
pub struct Columns {
    /// Which of [`Field::SINGLE`] are kept.
    reads: [bool; Field::SINGLE.len()],
    reads_events: bool,
    rows: Vec<Row>,
    events: Vec<Value>,
    names: Names,
    /// The ordinals of the rows, but for those that were not settled yet.
    standing: Standing,
    /// Dossiers of which documents came or went since.
    touched: BTreeSet<DossierNumber>,
    forgotten: usize,
    /// Whether a row was taken out, or added before one that it comes behind.
    displaced: bool,
}

#[derive(Default)]
struct Names {
    by_text: BTreeMap<String, Value>,
    texts: Vec<String>,
}

impl Names {
    fn value(&mut self, text: &str) -> Value {
        if let Some(value) = self.by_text.get(text) {
            return *value;
        }
        let value = Value::try_from(self.texts.len()).unwrap_or(Value::MAX);
        self.by_text.insert(text.to_owned(), value);
        self.texts.push(text.to_owned());
        value
    }
}

impl Default for Columns {
    fn default() -> Self {
        Self::new()
    }
}

impl Columns {
    /// No documents; for any question.
    #[must_use]
    pub fn new() -> Self {
        Self::reading(|_| true)
    }

    /// No documents; for this question and no other.
    #[must_use]
    pub fn of(question: &Question) -> Self {
        Self::reading(|field| question.reads(field))
    }

    fn reading(reads: impl Fn(Field) -> bool) -> Self {
        Self {
            reads: Field::SINGLE.map(&reads),
            reads_events: reads(Field::Event),
            rows: Vec::new(),
            events: Vec::new(),
            names: Names::default(),
            standing: Standing::default(),
            touched: BTreeSet::new(),
            forgotten: 0,
            displaced: false,
        }
    }

    /// Whether values of this field are kept.
    #[must_use]
    pub fn reads(&self, field: Field) -> bool {
        let mut single = Field::SINGLE.iter().zip(self.reads);
        let single = single.find(|(held, _)| **held == field);
        single.map_or(self.reads_events, |(_, reads)| reads)
    }

    /// Adds a document with the codes of its eventCodeList; [`Self::settle`] puts it in its place.
    pub fn push<'a>(&mut self, record: &Record<'_>, events: impl Iterator<Item = &'a str>) {
        let first = self.events.len();
        let reads_events = self.reads_events;
        for event in events.filter(|_| reads_events) {
            let value = self.names.value(event);
            self.events.push(value);
        }
        let mut values = [Self::UNREAD; Field::SINGLE.len()];
        for ((value, text), reads) in values.iter_mut().zip(record.values).zip(self.reads) {
            if reads {
                *value = self.names.value(text);
            }
        }
        let row = Row {
            ordinal: record.ordinal,
            document: record.document,
            status: record.status,
            created: record.created,
            deposited: record.deposited,
            service: record.service,
            values,
            events: (place(first), place(self.events.len())),
        };
        let dossier = row.ordinal.dossier();
        let before = self.rows.last().map(|before| before.ordinal);
        self.displaced |= before.is_some_and(|before| before > row.ordinal);
        if before.is_none_or(|before| before.dossier() != dossier) {
            self.touched.insert(dossier);
        }
        self.rows.push(row);
    }

    /// Puts what was added in its place, once for all: each in turn would move all behind it.
    /// Comes before anything is asked of the columns.
    pub fn settle(&mut self) {
        let touched = std::mem::take(&mut self.touched);
        if std::mem::take(&mut self.displaced) {
            // Stable, so that runs in order, as a dossier's documents are, are merged.
            self.rows.sort_by_key(|row| row.ordinal);
            let documents = self.rows.iter().map(|row| row.ordinal);
            self.standing.replace(documents, touched);
        } else {
            let settled = self.standing.documents().len();
            let added = self.rows.get(settled..).unwrap_or_default();
            let added = added.iter().map(|row| row.ordinal);
            self.standing.extend(added, touched);
        }
    }

    /// Takes the documents of dossiers out; [`Self::settle`] comes behind.
    pub fn forget(&mut self, dossiers: &BTreeSet<DossierNumber>) {
        let before = self.rows.len();
        self.rows
            .retain(|row| !dossiers.contains(&row.ordinal.dossier()));
        let forgotten = before - self.rows.len();
        self.displaced |= forgotten > 0;
        self.touched.extend(dossiers);
        self.forgotten += forgotten;
        if self.forgotten > self.rows.len() + FORGOTTEN_MIN {
            self.compact();
        }
    }

    /// Keeps no more values than the rows hold.
    fn compact(&mut self) {
        let old = std::mem::take(&mut self.names);
        let events = std::mem::take(&mut self.events);
        self.forgotten = 0;
        let text = |value: Value| old.texts.get(value as usize).map_or("", String::as_str);
        for row in &mut self.rows {
            for (value, reads) in row.values.iter_mut().zip(self.reads) {
                if reads {
                    *value = self.names.value(text(*value));
                }
            }
            let held = events.get(row.events.0 as usize..row.events.1 as usize);
            let first = place(self.events.len());
            for event in held.unwrap_or_default() {
                let value = self.names.value(text(*event));
                self.events.push(value);
            }
            row.events = (first, place(self.events.len()));
        }
    }

    /// What stands where a value is not kept: the value of nothing.
    const UNREAD: Value = Value::MAX;

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All of them, in the order of their ordinals.
    pub(crate) fn standing(&self) -> &Standing {
        debug_assert_eq!(self.standing.documents().len(), self.rows.len(), "settled");
        &self.standing
    }

    pub(crate) fn rows(&self) -> &[Row] {
        debug_assert!(self.rows.is_sorted_by_key(|row| row.ordinal));
        &self.rows
    }

    /// The row of a document.
    pub(crate) fn find(&self, ordinal: Ordinal) -> Option<&Row> {
        let at = self.rows.binary_search_by_key(&ordinal, |row| row.ordinal);
        at.ok().and_then(|at| self.rows.get(at))
    }

    /// The value that stands for a text, when any document holds it.
    pub(crate) fn value(&self, text: &str) -> Option<Value> {
        self.names.by_text.get(text).copied()
    }

    pub(crate) fn text(&self, value: Value) -> &str {
        self.names
            .texts
            .get(value as usize)
            .map_or("", String::as_str)
    }

    /// How many different values there are.
    pub(crate) fn values(&self) -> usize {
        self.names.texts.len()
    }

    /// What a row holds in a field.
    pub(crate) fn held<'a>(&'a self, row: &'a Row, field: Field) -> &'a [Value] {
        if field == Field::Event {
            let (from, to) = row.events;
            return self
                .events
                .get(from as usize..to as usize)
                .unwrap_or_default();
        }
        let at = Field::SINGLE.iter().position(|single| *single == field);
        at.and_then(|at| row.values.get(at))
            .map(std::slice::from_ref)
            .unwrap_or_default()
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Rows forgotten before the values are compacted, at least.
const FORGOTTEN_MIN: usize = 1024;

#[cfg(test)]
mod tests;
