//! The metadata of the documents that may be shown, as columns.
//!
//! For: filters, counts and order without opening a head again. Not for: deciding what may be
//! shown; whoever fills the columns has done that. Invariants: once they are filled, rows stand
//! in the order of ordinals; a value is kept once; every number given out comes from these rows
//! alone; columns made for one question hold the values that it reads. What many rows are asked
//! for lies in a column of its own: in a large panel each whole row that is read is waited for.

use crate::question::{Field, Question, Span, Token};
use crate::rank::Ranked;
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
    pub values: [Coded<'a>; Field::SINGLE.len()],
}

/// A value, with the system it is a code of, if it is one.
#[derive(Clone, Copy, Default)]
pub struct Coded<'a> {
    /// The value.
    pub code: &'a str,
    /// The system's OID or other name; empty for none.
    pub system: &'a str,
}

impl<'a> From<&'a str> for Coded<'a> {
    fn from(code: &'a str) -> Self {
        Self { code, system: "" }
    }
}

/// What few rows are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) ordinal: Ordinal,
    pub(crate) document: DocumentId,
    pub(crate) deposited: Instant,
    pub(crate) service: (Instant, Instant),
}

/// Where a row's values of each of [`Field::LISTED`] begin, and where the last ones end.
type Lists = [u32; Field::LISTED.len() + 1];

/// A value, by its place among all.
pub(crate) type Value = u32;

/// The documents that may be shown.
pub struct Columns {
    /// Which of [`Field::SINGLE`] are kept.
    reads: [bool; Field::SINGLE.len()],
    /// Which of [`Field::LISTED`] are kept.
    reads_listed: [bool; Field::LISTED.len()],
    rows: Vec<Row>,
    statuses: Vec<Availability>,
    /// When each was written, which orders answers of one score.
    created: Vec<Instant>,
    /// The values of each of [`Field::SINGLE`]; of one that is not kept there are none.
    singles: [Vec<Value>; Field::SINGLE.len()],
    lists: Vec<Lists>,
    /// Between what all dates lie that rows have held.
    reach: Reach,
    listed: Vec<Value>,
    names: Names,
    /// The ordinals of the rows, but for those that were not settled yet.
    standing: Standing,
    /// Dossiers of which documents came or went since.
    touched: BTreeSet<DossierNumber>,
    forgotten: usize,
    /// Whether a row was taken out, or added before one that it comes behind.
    displaced: bool,
}

/// The first and the last of each date.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) created: Span,
    pub(crate) deposited: Span,
    pub(crate) started: Span,
    pub(crate) ended: Span,
}

impl Reach {
    /// That of no row.
    const NONE: Self = Self {
        created: Span::NEVER,
        deposited: Span::NEVER,
        started: Span::NEVER,
        ended: Span::NEVER,
    };

    fn take(&mut self, record: &Record<'_>) {
        let (started, ended) = record.service;
        self.created.take(record.created);
        self.deposited.take(record.deposited);
        self.started.take(started);
        self.ended.take(ended);
    }
}

/// The values by their keys: the code alone, or with its system behind [`PARTED`], so that the
/// codes of one name stand together.
#[derive(Default)]
struct Names {
    by_key: BTreeMap<String, Value>,
    keys: Vec<String>,
    key: String,
}

impl Names {
    fn value(&mut self, coded: Coded<'_>) -> Value {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.push_str(coded.code);
        if !coded.system.is_empty() {
            key.push(PARTED);
            key.push_str(oid(coded.system));
        }
        let value = self.keyed(&key);
        self.key = key;
        value
    }

    fn keyed(&mut self, key: &str) -> Value {
        if let Some(value) = self.by_key.get(key) {
            return *value;
        }
        let value = Value::try_from(self.keys.len()).unwrap_or(Value::MAX);
        self.by_key.insert(key.to_owned(), value);
        self.keys.push(key.to_owned());
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
            reads_listed: Field::LISTED.map(&reads),
            rows: Vec::new(),
            statuses: Vec::new(),
            created: Vec::new(),
            singles: Default::default(),
            lists: Vec::new(),
            reach: Reach::NONE,
            listed: Vec::new(),
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
        let single = Field::SINGLE.into_iter().zip(self.reads);
        let mut all = single.chain(Field::LISTED.into_iter().zip(self.reads_listed));
        all.any(|(held, reads)| held == field && reads)
    }

    /// Adds a document with the values of its listed fields, in any order; [`Self::settle`] puts
    /// it in its place.
    pub fn push(&mut self, record: &Record<'_>, listed: &[(Field, Coded<'_>)]) {
        let mut lists = [place(self.listed.len()); Field::LISTED.len() + 1];
        let each = Field::LISTED.into_iter().zip(self.reads_listed);
        for ((field, reads), end) in each.zip(lists.iter_mut().skip(1)) {
            let of_field = listed.iter().filter(|(of, _)| reads && *of == field);
            for (_, coded) in of_field {
                let value = self.names.value(*coded);
                self.listed.push(value);
            }
            *end = place(self.listed.len());
        }
        self.lists.push(lists);
        let singles = self.singles.iter_mut().zip(record.values);
        for ((column, coded), _) in singles.zip(self.reads).filter(|(_, reads)| *reads) {
            column.push(self.names.value(coded));
        }
        self.statuses.push(record.status);
        self.created.push(record.created);
        let row = Row {
            ordinal: record.ordinal,
            document: record.document,
            deposited: record.deposited,
            service: record.service,
        };
        self.reach.take(record);
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
            let mut order: Vec<usize> = (0..self.rows.len()).collect();
            order.sort_by_key(|nth| self.rows.get(*nth).map(|row| row.ordinal));
            self.each_column(&order);
            let documents = self.rows.iter().map(|row| row.ordinal);
            self.standing.replace(documents, touched);
        } else {
            let settled = self.standing.documents().len();
            let added = self.rows.get(settled..).unwrap_or_default();
            let added = added.iter().map(|row| row.ordinal);
            self.standing.extend(added, touched);
        }
    }

    /// Leaves the rows of these numbers, in this order.
    fn each_column(&mut self, left: &[usize]) {
        fn of<T: Copy>(column: &mut Vec<T>, left: &[usize]) {
            *column = left
                .iter()
                .filter_map(|nth| column.get(*nth).copied())
                .collect();
        }
        of(&mut self.rows, left);
        of(&mut self.statuses, left);
        of(&mut self.created, left);
        of(&mut self.lists, left);
        self.singles.iter_mut().for_each(|column| of(column, left));
    }

    /// Takes the documents of dossiers out; [`Self::settle`] comes behind.
    pub fn forget(&mut self, dossiers: &BTreeSet<DossierNumber>) {
        let before = self.rows.len();
        let rows = self.rows.iter().enumerate();
        let left = rows.filter(|(_, row)| !dossiers.contains(&row.ordinal.dossier()));
        let left: Vec<_> = left.map(|(nth, _)| nth).collect();
        let forgotten = before - left.len();
        if forgotten > 0 {
            self.each_column(&left);
        }
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
        let listed = std::mem::take(&mut self.listed);
        self.forgotten = 0;
        let key = |value: Value| old.keys.get(value as usize).map_or("", String::as_str);
        for value in self.singles.iter_mut().flatten() {
            *value = self.names.keyed(key(*value));
        }
        for lists in &mut self.lists {
            let [first, .., last] = *lists;
            let held = listed.get(first as usize..last as usize);
            let begin = place(self.listed.len());
            for value in held.unwrap_or_default() {
                let value = self.names.keyed(key(*value));
                self.listed.push(value);
            }
            *lists = lists.map(|at| begin + (at - first));
        }
    }

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

    /// The status of the row of this number.
    pub(crate) fn status(&self, nth: usize) -> Option<Availability> {
        self.statuses.get(nth).copied()
    }

    /// When the document of the row of this number was written.
    pub(crate) fn created(&self, nth: usize) -> Option<Instant> {
        self.created.get(nth).copied()
    }

    /// The row of this number as an answer of this score.
    pub(crate) fn ranked(&self, nth: usize, score: u64) -> Option<Ranked> {
        let row = self.rows.get(nth)?;
        Some(Ranked {
            score,
            created: self.created(nth)?,
            document: row.document,
            ordinal: row.ordinal,
        })
    }

    /// Between what all dates of the rows lie.
    pub(crate) const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The number of a document's row.
    pub(crate) fn nth(&self, ordinal: Ordinal) -> Option<usize> {
        let at = self.rows.binary_search_by_key(&ordinal, |row| row.ordinal);
        at.ok()
    }

    /// The values that stand for a code of any system, when any document holds it.
    pub(crate) fn coded(&self, code: &str) -> Vec<Value> {
        let mut values: Vec<_> = self.names.by_key.get(code).copied().into_iter().collect();
        let from = format!("{code}{PARTED}");
        let systems = self.names.by_key.range(from.clone()..);
        let systems = systems.take_while(|(key, _)| key.starts_with(&from));
        values.extend(systems.map(|(_, value)| *value));
        values
    }

    /// The values that a token stands for.
    pub(crate) fn of_token(&self, token: &Token) -> Vec<Value> {
        let Some(system) = &token.system else {
            return token
                .code
                .as_deref()
                .map_or_else(Vec::new, |it| self.coded(it));
        };
        let system = oid(system);
        let of_system = |value: &Value| self.system(*value) == system;
        match &token.code {
            Some(code) => self.coded(code).into_iter().filter(of_system).collect(),
            None => (0..place(self.names.keys.len()))
                .filter(of_system)
                .collect(),
        }
    }

    pub(crate) fn text(&self, value: Value) -> &str {
        self.parts(value).0
    }

    fn system(&self, value: Value) -> &str {
        self.parts(value).1
    }

    fn parts(&self, value: Value) -> (&str, &str) {
        let key = self.names.keys.get(value as usize);
        let key = key.map_or("", String::as_str);
        key.split_once(PARTED).unwrap_or((key, ""))
    }

    /// How many different values there are.
    pub(crate) fn values(&self) -> usize {
        self.names.keys.len()
    }

    /// What the row of this number holds in the cells of a field.
    pub(crate) fn held(&self, nth: usize, cells: Cells) -> Held<'_> {
        match cells {
            Cells::Single(from, to) => {
                let columns = self.singles.get(from..to).unwrap_or_default();
                Held::Each(columns, nth)
            }
            Cells::Listed(at) => {
                let lists = self.lists.get(nth);
                let ends = lists.and_then(|lists| Some((lists.get(at)?, lists.get(at + 1)?)));
                let (from, to) = ends.map_or((0, 0), |(from, to)| (*from, *to));
                let values = self.listed.get(from as usize..to as usize);
                Held::All(values.unwrap_or_default())
            }
        }
    }
}

/// The values that a row holds in a field.
#[derive(Clone, Copy)]
pub(crate) enum Held<'a> {
    /// One in each of these columns, in the row of this number.
    Each(&'a [Vec<Value>], usize),
    /// These.
    All(&'a [Value]),
}

impl<'a> Held<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = Value> + Clone + use<'a> {
        let (columns, nth, values) = match self {
            Self::Each(columns, nth) => (columns, nth, &[][..]),
            Self::All(values) => (&[][..], 0, values),
        };
        let each = columns.iter().filter_map(move |column| column.get(nth));
        each.chain(values).copied()
    }
}

/// Where a row holds the values of a field: looked for once, and not for each row.
#[derive(Clone, Copy)]
pub(crate) enum Cells {
    /// From one of its single values to behind another.
    Single(usize, usize),
    /// In a list of this number.
    Listed(usize),
}

impl Cells {
    pub(crate) fn of(field: Field) -> Self {
        let single = |field: Field| Field::SINGLE.iter().position(|it| *it == field);
        if let Some(at) = Field::LISTED.iter().position(|listed| *listed == field) {
            return Self::Listed(at);
        }
        let ends = if field == Field::Identifier {
            (single(Field::UniqueId), single(Field::EntryId))
        } else {
            (single(field), single(field))
        };
        match ends {
            (Some(first), Some(last)) => Self::Single(first, last + 1),
            (None, _) | (_, None) => Self::Single(0, 0),
        }
    }
}

/// The OID of a code system that has other names too; else the name itself.
pub(crate) fn oid(system: &str) -> &str {
    let system = system.strip_prefix("urn:oid:").unwrap_or(system);
    let known = SYSTEMS.iter().find(|(name, _)| *name == system);
    known.map_or(system, |(_, oid)| oid)
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Stands in no code and no name of a system.
const PARTED: char = '\0';
/// The names that FHIR has for systems of the DMP.
const SYSTEMS: [(&str, &str); 7] = [
    ("http://loinc.org", "2.16.840.1.113883.6.1"),
    ("http://snomed.info/sct", "2.16.840.1.113883.6.96"),
    ("http://hl7.org/fhir/sid/icd-10", "2.16.840.1.113883.6.3"),
    ("http://www.whocc.no/atc", "2.16.840.1.113883.6.73"),
    (
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        "2.16.840.1.113883.5.25",
    ),
    (
        "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument",
        "1.2.250.1.213.1.1.4.1",
    ),
    (
        concat!(
            "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/",
            "TRE-A07-StatutVisibiliteDocument"
        ),
        "1.2.250.1.213.1.1.4.13",
    ),
];
/// Rows forgotten before the values are compacted, at least.
const FORGOTTEN_MIN: usize = 1024;

#[cfg(test)]
mod tests;
