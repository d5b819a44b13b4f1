//! Counts of the documents that answer: in all, by value, over time.
//!
//! Invariants: every count comes from rows that may be shown; groups stand largest first, then
//! by name, so that nothing of how documents are stored can be told from their order.

use crate::columns::{Columns, Row};
use crate::question::{Facet, Question, Step};
use base::Instant;
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

/// Counts that are being made.
pub(crate) struct Tally<'a> {
    columns: &'a Columns,
    facets: Vec<Counter<'a>>,
    step: Option<Step>,
    days: Days,
    pub(crate) total: u64,
}

struct Counter<'a> {
    facet: &'a Facet,
    by_value: Vec<u64>,
    by_name: BTreeMap<String, u64>,
    days: Days,
}

/// Documents by the day they were written.
#[derive(Default)]
struct Days {
    counts: BTreeMap<i64, u64>,
}

impl Days {
    fn add(&mut self, at: Instant) {
        let day = at.millis().div_euclid(DAY_MILLIS);
        *self.counts.entry(day).or_default() += 1;
    }

    /// The counts by year, month or day in UTC, the earliest first.
    fn by(self, step: Step) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for (day, count) in self.counts {
            let mut text = Instant::from_millis(day.saturating_mul(DAY_MILLIS)).to_string();
            text.truncate(match step {
                Step::Year => 4,
                Step::Month => 7,
                Step::Day => 10,
            });
            *counts.entry(text).or_default() += count;
        }
        counts
    }
}

impl<'a> Tally<'a> {
    pub(crate) fn new(question: &'a Question, columns: &'a Columns) -> Self {
        let facets = question.facets.iter().map(|facet| Counter {
            facet,
            by_value: Vec::new(),
            by_name: BTreeMap::new(),
            days: Days::default(),
        });
        Self {
            columns,
            facets: facets.collect(),
            step: question.timeline,
            days: Days::default(),
            total: 0,
        }
    }

    /// Counts a document.
    pub(crate) fn add(&mut self, row: &Row) {
        self.total += 1;
        for counter in &mut self.facets {
            counter.add(self.columns, row);
        }
        if self.step.is_some() {
            self.days.add(row.created);
        }
    }

    /// The counts by facet, and over time, the earliest first.
    pub(crate) fn finish(self) -> (Vec<Counts>, Vec<(String, u64)>) {
        let columns = self.columns;
        let facets = self.facets.into_iter().map(|it| it.finish(columns));
        let days = self.days;
        let timeline = self.step.map(|step| days.by(step)).unwrap_or_default();
        (facets.collect(), timeline.into_iter().collect())
    }
}

impl Counter<'_> {
    fn add(&mut self, columns: &Columns, row: &Row) {
        match self.facet {
            Facet::Field(field) => {
                self.by_value.resize(columns.values(), 0);
                let held = columns.held(row, *field);
                for (at, value) in held.iter().enumerate() {
                    let again = held.get(..at).is_some_and(|before| before.contains(value));
                    if let Some(count) = self.by_value.get_mut(*value as usize)
                        && !again
                    {
                        *count += 1;
                    }
                }
            }
            Facet::Year => self.days.add(row.created),
            Facet::Groups(grouping) => {
                let held = columns.held(row, grouping.field);
                let texts: Vec<_> = held.iter().map(|value| columns.text(*value)).collect();
                let mut grouped = false;
                for (name, values) in &grouping.groups {
                    if values.iter().any(|value| texts.contains(&value.as_str())) {
                        *self.named(name) += 1;
                        grouped = true;
                    }
                }
                if let Some(rest) = &grouping.rest
                    && !grouped
                {
                    *self.named(rest) += 1;
                }
            }
        }
    }

    fn named(&mut self, name: &str) -> &mut u64 {
        self.by_name.entry(name.to_owned()).or_default()
    }

    fn finish(self, columns: &Columns) -> Counts {
        let by_value = self.by_value.into_iter().enumerate();
        let by_value = by_value
            .filter_map(|(value, count)| Some((columns.text(u32::try_from(value).ok()?), count)))
            .map(|(text, count)| (text.to_owned(), count));
        let mut groups: Vec<_> = by_value
            .chain(self.by_name)
            .chain(self.days.by(Step::Year))
            .filter(|(_, count)| *count > 0)
            .collect();
        groups.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
        Counts {
            name: self.facet.name().to_owned(),
            groups,
        }
    }
}

const DAY_MILLIS: i64 = 86_400_000;
