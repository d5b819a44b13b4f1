//! Counts of the documents that answer: in all, by value, over time.
//!
//! Invariants: every count comes from rows that may be shown; groups stand largest first, then
//! by name, so that nothing of how documents are stored can be told from their order.

use crate::columns::{Cells, Columns, Held as Values};
use crate::question::{Facet, Question, Step};
use base::{DocumentSet, Instant};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

/// The counts of one facet.
#[derive(Clone, PartialEq, Eq)]
pub struct Counts {
    /// What they are counted by.
    pub name: String,
    /// Each group and how many documents are in it, largest first.
    pub groups: Vec<(String, u64)>,
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Counts({} groups)", self.groups.len())
    }
}

/// What a count holds of the documents counted: how many they are, or which.
pub(crate) trait Held: Clone + Default {
    /// Counts the row of this number.
    fn take(&mut self, columns: &Columns, nth: usize);
    fn join(&mut self, other: Self);
    fn size(&self) -> u64;
}

impl Held for u64 {
    fn take(&mut self, _: &Columns, _: usize) {
        *self += 1;
    }

    fn join(&mut self, other: Self) {
        *self += other;
    }

    fn size(&self) -> u64 {
        *self
    }
}

impl Held for DocumentSet {
    fn take(&mut self, columns: &Columns, nth: usize) {
        self.extend(columns.rows().get(nth).map(|row| row.ordinal));
    }

    fn join(&mut self, other: Self) {
        self.extend(other.iter());
    }

    fn size(&self) -> u64 {
        self.len()
    }
}

/// Counts that are being made.
pub(crate) struct Tally<'a, H> {
    columns: &'a Columns,
    facets: Vec<Counter<'a, H>>,
    step: Option<Step>,
    days: Days<H>,
    pub(crate) total: H,
}

struct Counter<'a, H> {
    facet: &'a Facet,
    /// Of the field that it counts by.
    cells: Option<Cells>,
    by_value: Vec<H>,
    by_name: BTreeMap<String, H>,
    days: Days<H>,
}

/// Documents by the day they were written.
#[derive(Default)]
struct Days<H> {
    counts: BTreeMap<i64, H>,
}

/// Counts by facet, each with its name, and over time.
pub(crate) struct Tallied<H> {
    pub(crate) total: H,
    pub(crate) facets: Vec<(String, Vec<(String, H)>)>,
    pub(crate) timeline: Vec<(String, H)>,
}

impl<H: Held> Days<H> {
    fn add(&mut self, columns: &Columns, nth: usize) {
        if let Some(created) = columns.created(nth) {
            let day = created.millis().div_euclid(DAY_MILLIS);
            self.counts.entry(day).or_default().take(columns, nth);
        }
    }

    /// The counts by year, month or day in UTC, the earliest first.
    fn by(self, step: Step) -> BTreeMap<String, H> {
        let mut counts: BTreeMap<String, H> = BTreeMap::new();
        for (day, count) in self.counts {
            let mut text = Instant::from_millis(day.saturating_mul(DAY_MILLIS)).to_string();
            text.truncate(match step {
                Step::Year => 4,
                Step::Month => 7,
                Step::Day => 10,
            });
            counts.entry(text).or_default().join(count);
        }
        counts
    }
}

impl<'a, H: Held> Tally<'a, H> {
    pub(crate) fn new(question: &'a Question, columns: &'a Columns) -> Self {
        let facets = question.facets.iter().map(|facet| Counter {
            facet,
            cells: match facet {
                Facet::Field(field) => Some(Cells::of(*field)),
                Facet::Groups(grouping) => Some(Cells::of(grouping.field)),
                Facet::Year => None,
            },
            by_value: Vec::new(),
            by_name: BTreeMap::new(),
            days: Days::default(),
        });
        Self {
            columns,
            facets: facets.collect(),
            step: question.timeline,
            days: Days::default(),
            total: H::default(),
        }
    }

    /// Counts the document of the row of this number.
    pub(crate) fn add(&mut self, nth: usize) {
        self.total.take(self.columns, nth);
        for counter in &mut self.facets {
            counter.add(self.columns, nth);
        }
        if self.step.is_some() {
            self.days.add(self.columns, nth);
        }
    }

    /// The counts by facet, and over time, the earliest first.
    pub(crate) fn finish(self) -> Tallied<H> {
        let columns = self.columns;
        let facets = self.facets.into_iter().map(|it| it.finish(columns));
        let days = self.days;
        let timeline = self.step.map(|step| days.by(step)).unwrap_or_default();
        Tallied {
            total: self.total,
            facets: facets.collect(),
            timeline: timeline.into_iter().collect(),
        }
    }
}

impl<H: Held> Counter<'_, H> {
    fn add(&mut self, columns: &Columns, nth: usize) {
        let held = self.cells.map(|cells| columns.held(nth, cells));
        let held = held.into_iter().flat_map(Values::iter);
        match self.facet {
            Facet::Field(_) => {
                self.by_value.resize(columns.values(), H::default());
                for (at, value) in held.clone().enumerate() {
                    // One code of two systems is one group.
                    let same = |other| columns.text(other) == columns.text(value);
                    let again = held.clone().take(at).any(same);
                    if let Some(count) = self.by_value.get_mut(value as usize)
                        && !again
                    {
                        count.take(columns, nth);
                    }
                }
            }
            Facet::Year => self.days.add(columns, nth),
            Facet::Groups(grouping) => {
                let texts: Vec<_> = held.map(|value| columns.text(value)).collect();
                let mut grouped = false;
                for (name, values) in &grouping.groups {
                    if values.iter().any(|value| texts.contains(&value.as_str())) {
                        self.named(name).take(columns, nth);
                        grouped = true;
                    }
                }
                if let Some(rest) = &grouping.rest
                    && !grouped
                {
                    self.named(rest).take(columns, nth);
                }
            }
        }
    }

    fn named(&mut self, name: &str) -> &mut H {
        self.by_name.entry(name.to_owned()).or_default()
    }

    fn finish(self, columns: &Columns) -> (String, Vec<(String, H)>) {
        // Most values are of other fields: their texts are not looked at.
        let by_value = self.by_value.into_iter().enumerate();
        let by_value = by_value
            .filter(|(_, count)| count.size() > 0)
            .filter_map(|(value, count)| Some((columns.text(u32::try_from(value).ok()?), count)));
        let mut by_name = self.by_name;
        for (text, count) in by_value {
            by_name.entry(text.to_owned()).or_default().join(count);
        }
        let by_name = by_name.into_iter().chain(self.days.by(Step::Year));
        let mut groups: Vec<_> = by_name.filter(|(_, count)| count.size() > 0).collect();
        groups.sort_by(|a, b| (Reverse(a.1.size()), &a.0).cmp(&(Reverse(b.1.size()), &b.0)));
        (self.facet.name().to_owned(), groups)
    }
}

const DAY_MILLIS: i64 = 86_400_000;
