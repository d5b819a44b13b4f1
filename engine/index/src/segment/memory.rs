//! A segment in memory: the fresh tail, searchable at once.
//!
//! For: documents above the watermark. Not for: large sets; the tail is flushed at
//! `limit::INDEX_TAIL_DOCUMENTS_MAX`. Invariants: documents are sorted by ordinal; terms by
//! bytes; postings of a term by document; it answers exactly as the same documents would from
//! disk (a test compares them); a term's text is wiped on drop.

use super::{Field, Lengths};
use crate::analysis::Analysed;
use std::sync::Arc;
use tantivy::TERMINATED;
use tantivy_fst::Automaton;
use zeroize::Zeroize;

mod building;

/// The postings of some documents in memory.
pub(crate) struct MemorySegment {
    documents: Vec<Arc<Analysed>>,
    lengths: Vec<u8>,
    fields: [MemoryField; Field::COUNT],
}

#[derive(Default)]
struct MemoryField {
    text: String,
    terms: Vec<MemoryTerm>,
    postings: Vec<Posting>,
    positions: Vec<u32>,
}

struct MemoryTerm {
    text_end: usize,
    postings_end: usize,
}

/// One document of a term; its positions begin where those of the posting before it end.
#[derive(Clone, Copy)]
struct Posting {
    slot: u32,
    positions_end: usize,
}

impl MemorySegment {
    /// Builds the postings of these documents.
    pub(crate) fn build(mut documents: Vec<Arc<Analysed>>) -> Self {
        documents.sort_by_key(|document| document.ordinal);
        let fields = Field::ALL.map(|field| MemoryField::build(&documents, field));
        Self::of(documents, fields)
    }

    /// One segment of the documents of all these.
    pub(crate) fn join(segments: &[Arc<Self>]) -> Self {
        let all = || segments.iter().flat_map(|segment| &segment.documents);
        if !all().is_sorted_by_key(|document| document.ordinal) {
            return Self::build(all().cloned().collect());
        }
        let fields = Field::ALL.map(|field| MemoryField::join(segments, field));
        Self::of(all().cloned().collect(), fields)
    }

    fn of(documents: Vec<Arc<Analysed>>, fields: [MemoryField; Field::COUNT]) -> Self {
        let lengths = documents
            .iter()
            .map(|document| Lengths::code(document.body.count()))
            .collect();
        Self {
            documents,
            lengths,
            fields,
        }
    }

    /// Every term of a field and its postings, in the order of the terms.
    pub(crate) fn terms<'a>(
        &'a self,
        field: Field,
    ) -> impl Iterator<Item = (&'a str, MemoryPostings<'a>)> {
        let field = self.field(field);
        (0..field.terms.len()).map(|at| (field.term(at), field.postings(at)))
    }

    /// How many tokens a field has.
    pub(crate) fn tokens(&self, field: Field) -> usize {
        self.field(field).positions.len()
    }

    /// The documents, sorted by ordinal.
    pub(crate) fn documents(&self) -> &[Arc<Analysed>] {
        &self.documents
    }

    /// Code of the length of a document's body.
    pub(crate) fn length_code(&self, slot: u32) -> u8 {
        self.lengths.get(index(slot)).copied().unwrap_or(0)
    }

    /// The postings of a term, or `None`.
    pub(crate) fn postings(&self, field: Field, term: &str) -> Option<MemoryPostings<'_>> {
        let field = self.field(field);
        let at = field.find(term).ok()?;
        Some(field.postings(at))
    }

    /// Calls `each` with every term that starts with `prefix`.
    pub(crate) fn for_each_prefix<'a>(
        &'a self,
        field: Field,
        prefix: &str,
        mut each: impl FnMut(&str, MemoryPostings<'a>),
    ) {
        let field = self.field(field);
        let first = field.find(prefix).unwrap_or_else(|at| at);
        for at in first..field.terms.len() {
            let term = field.term(at);
            if !term.starts_with(prefix) {
                break;
            }
            each(term, field.postings(at));
        }
    }

    /// Calls `each` with every term that `automaton` accepts.
    pub(crate) fn for_each_match<'a, A: Automaton>(
        &'a self,
        field: Field,
        automaton: &A,
        mut each: impl FnMut(&str, MemoryPostings<'a>),
    ) {
        let field = self.field(field);
        for at in 0..field.terms.len() {
            let term = field.term(at);
            let mut state = automaton.start();
            let alive = term.bytes().all(|byte| {
                state = automaton.accept(&state, byte);
                automaton.can_match(&state)
            });
            if alive && automaton.is_match(&state) {
                each(term, field.postings(at));
            }
        }
    }

    fn field(&self, field: Field) -> &MemoryField {
        &self.fields[field.index()]
    }
}

impl MemoryField {
    fn term(&self, at: usize) -> &str {
        let start = at
            .checked_sub(1)
            .map_or(0, |before| self.terms[before].text_end);
        self.text
            .get(start..self.terms[at].text_end)
            .unwrap_or_default()
    }

    fn find(&self, term: &str) -> Result<usize, usize> {
        let mut low = 0;
        let mut high = self.terms.len();
        while low < high {
            let middle = low.midpoint(high);
            match self.term(middle).cmp(term) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn postings(&self, at: usize) -> MemoryPostings<'_> {
        let start = at
            .checked_sub(1)
            .map_or(0, |before| self.terms[before].postings_end);
        let end = self.terms[at].postings_end;
        let before = start.checked_sub(1).and_then(|it| self.postings.get(it));
        MemoryPostings {
            postings: self.postings.get(start..end).unwrap_or_default(),
            positions: &self.positions,
            positions_start: before.map_or(0, |posting| posting.positions_end),
            at: 0,
        }
    }
}

impl Drop for MemoryField {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// The postings of one term in memory.
pub(crate) struct MemoryPostings<'a> {
    postings: &'a [Posting],
    positions: &'a [u32],
    /// Where the positions of its first posting begin.
    positions_start: usize,
    at: usize,
}

impl<'a> MemoryPostings<'a> {
    /// The current document.
    pub(crate) fn slot(&self) -> u32 {
        self.document().unwrap_or(TERMINATED)
    }

    /// The current document, or `None` behind the last.
    pub(crate) fn document(&self) -> Option<u32> {
        self.postings.get(self.at).map(|posting| posting.slot)
    }

    /// Moves to the first document at or behind `target`.
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        let rest = self.postings.get(self.at..).unwrap_or_default();
        self.at += rest.partition_point(|posting| posting.slot < target);
        self.slot()
    }

    /// How many documents there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.postings.len()).unwrap_or(u32::MAX)
    }

    /// How often the term occurs in the current document.
    pub(crate) fn frequency(&self) -> u32 {
        u32::try_from(self.places().len()).unwrap_or(u32::MAX)
    }

    /// Its positions in the current document.
    pub(crate) fn places(&self) -> &'a [u32] {
        let Some(posting) = self.postings.get(self.at) else {
            return &[];
        };
        let before = self.at.checked_sub(1).and_then(|it| self.postings.get(it));
        let start = before.map_or(self.positions_start, |posting| posting.positions_end);
        self.positions
            .get(start..posting.positions_end)
            .unwrap_or_default()
    }

    /// Moves to the next document.
    pub(crate) fn advance(&mut self) {
        self.at += 1;
    }
}

fn index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}
