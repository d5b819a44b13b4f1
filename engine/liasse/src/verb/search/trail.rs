//! What an answer leaves behind: the traces that name what was shown or counted.
//!
//! Invariants: every document of an answer is named by a trace of its dossier; what was asked of
//! several dossiers is one event of the store; what a population session is given went through
//! `policy::Persons`. A dossier searched by name has a trace that does not depend on what was
//! found, and so has the store when none was named: that nothing is shown is told too.

use crate::answer::Answer;
use crate::core::View;
use crate::error::{Error, Result};
use crate::recorder::{AuditPlace, Line, trace_of_store};
use crate::request::SearchRequest;
use crate::session::{Entered, Session, pack};
use base::{DocumentId, DocumentSet, DossierNumber, Purpose, limit};
use journal::{Act, Decision, Verb, Words};
use policy::{Cleared, Lens, Persons};
use query::{Census, Counts, Found, Question, Ranked, Watch};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// An answer on its way out.
pub(super) struct Trail<'a> {
    pub(super) session: &'a Session,
    pub(super) lens: &'a Lens,
    pub(super) request: &'a SearchRequest,
    /// When it has to stop.
    pub(super) watch: Watch<'a>,
    /// What was asked for.
    pub(super) verb: Verb,
    /// Whether numbers are part of it.
    pub(super) counts: bool,
}

/// A number that was counted.
pub(super) type CellCount = (Cell, u64);

/// What a number was counted by.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Total,
    Facet(usize, String),
    Time(String),
}

impl Trail<'_> {
    /// Clears the numbers, if any are part of the answer: by the rules of the dossier that the
    /// session has entered, or by those of counts over several.
    pub(super) fn cleared(
        &self,
        entered: Option<&Entered>,
        cells: Vec<CellCount>,
    ) -> Result<Option<Cleared<Vec<CellCount>>>> {
        if !self.counts {
            return Ok(None);
        }
        let cleared = match entered.filter(|_| self.request.patient.is_some()) {
            Some(one) => one.lens.clear_dossier(cells),
            None => {
                let session = self.session.agent().session;
                self.lens.clear_counts(session, cells)
            }
        };
        cleared.map(Some).ok_or_else(Error::refused)
    }

    /// Clears the numbers of a population, if any are part of the answer.
    pub(super) fn told(
        &self,
        cells: Vec<(Cell, Persons)>,
    ) -> Result<Option<Cleared<Vec<CellCount>>>> {
        if !self.counts {
            return Ok(None);
        }
        let session = self.session.agent().session;
        let told = self.lens.clear_census(session, cells);
        told.map(Some).ok_or_else(Error::refused)
    }

    /// Hands on what became of a request; one that ends without an answer leaves the traces of
    /// one that finds nothing, for how it ended tells that something was looked at.
    pub(super) fn left<T>(
        &self,
        view: &View,
        entered: &BTreeMap<DossierNumber, Entered>,
        ready: Result<T>,
    ) -> Result<T> {
        if ready.is_err() {
            let lines = self.lines(entered, &[]);
            self.session.record(view, &lines).map(drop)?;
        }
        ready
    }

    /// One trace for each dossier in the answer, for one dossier also when nothing answers, and
    /// one of the store for what was asked of several.
    pub(super) fn lines<'e>(
        &self,
        entered: &'e BTreeMap<DossierNumber, Entered>,
        ranked: &[Ranked],
    ) -> Vec<Line<'e>> {
        let named = self.request.patient.is_some();
        let mut shown: BTreeMap<DossierNumber, Vec<DocumentId>> = BTreeMap::new();
        if named {
            shown.extend(entered.keys().map(|number| (*number, Vec::new())));
        }
        for hit in ranked {
            let documents = shown.entry(hit.ordinal.dossier()).or_default();
            documents.push(hit.document);
        }
        let mut lines = Vec::new();
        for (number, documents) in shown {
            if let Some(entered) = entered.get(&number) {
                // A panel's trace of what was found is there only with it: that the dossier was
                // searched by name is told by another.
                if named && self.session.agent().purpose == Purpose::Panel {
                    lines.push(self.line(entered, self.access()));
                    if documents.is_empty() {
                        continue;
                    }
                }
                let parts = parts(documents).into_iter();
                lines.extend(parts.map(|part| self.line(entered, self.act(part))));
            }
        }
        if !named {
            lines.push(self.of_store());
        }
        lines
    }

    fn act(&self, documents: Vec<DocumentId>) -> Act {
        if self.verb == Verb::Count {
            return self.access();
        }
        let verb = self.verb;
        Act::Queried { verb, documents }
    }

    /// That a dossier was searched or counted in, whatever was found.
    const fn access(&self) -> Act {
        Act::Accessed {
            verb: self.verb,
            documents: Vec::new(),
        }
    }

    fn line<'e>(&self, entered: &'e Entered, act: Act) -> Line<'e> {
        let words = Words {
            query: self.request.question.words.clone(),
            motive: String::new(),
        };
        self.session.line(entered, act, Some(words))
    }

    /// What was asked of several dossiers is an event of the store.
    fn of_store<'e>(&self) -> Line<'e> {
        let (session, lens) = (self.session, self.lens);
        let act = Act::Counted {
            verb: self.verb,
            question: self.request.question.words.clone(),
        };
        let trace = trace_of_store(
            lens.at(),
            session.agent(),
            &pack(lens),
            Decision::Permit,
            act,
        );
        let place = AuditPlace::of_store(session.shared.core.store);
        Line {
            place,
            trace,
            words: None,
        }
    }
}

/// The numbers of what was found.
pub(super) fn cells(found: &Found) -> Vec<CellCount> {
    let mut cells = vec![(Cell::Total, found.total)];
    for (at, facet) in found.facets.iter().enumerate() {
        let groups = facet.groups.iter();
        cells.extend(groups.map(|(name, count)| (Cell::Facet(at, name.clone()), *count)));
    }
    let times = found.timeline.iter();
    cells.extend(times.map(|(time, count)| (Cell::Time(time.clone()), *count)));
    cells
}

/// The persons behind each number of a census.
pub(super) fn census_cells(
    census: &Census,
    persons: &dyn Fn(&DocumentSet) -> Persons,
) -> Vec<(Cell, Persons)> {
    let mut cells = vec![(Cell::Total, persons(&census.total))];
    for (at, (_, groups)) in census.facets.iter().enumerate() {
        let groups = groups.iter();
        cells.extend(groups.map(|(name, of)| (Cell::Facet(at, name.clone()), persons(of))));
    }
    let times = census.timeline.iter();
    cells.extend(times.map(|(time, of)| (Cell::Time(time.clone()), persons(of))));
    cells
}

/// Puts released numbers into an answer; the order of groups is made of what is told.
pub(super) fn fill(answer: &mut Answer, question: &Question, cells: Vec<CellCount>) {
    answer.facets = question
        .facets
        .iter()
        .map(|facet| Counts {
            name: facet.name().to_owned(),
            groups: Vec::new(),
        })
        .collect();
    for (cell, count) in cells {
        match cell {
            Cell::Total => answer.total = question.total.then_some(count),
            Cell::Time(time) => answer.timeline.push((time, count)),
            Cell::Facet(at, name) => {
                if let Some(facet) = answer.facets.get_mut(at) {
                    facet.groups.push((name, count));
                }
            }
        }
    }
    for facet in &mut answer.facets {
        let groups = &mut facet.groups;
        groups.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    }
}

/// The documents in parts that one trace each can name; no documents are one part.
pub(crate) fn parts(mut documents: Vec<DocumentId>) -> Vec<Vec<DocumentId>> {
    let mut parts = Vec::new();
    while documents.len() > limit::TRACE_DOCUMENTS_MAX {
        let rest = documents.split_off(limit::TRACE_DOCUMENTS_MAX);
        parts.push(std::mem::replace(&mut documents, rest));
    }
    parts.push(documents);
    parts
}

#[cfg(test)]
mod tests;
