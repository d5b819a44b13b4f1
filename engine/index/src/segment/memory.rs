//! A segment in memory: the fresh tail, searchable at once.
//!
//! For: documents above the watermark. Not for: large sets; the tail is flushed at
//! `limit::INDEX_TAIL_DOCUMENTS_MAX`. Invariants: documents are sorted by ordinal; terms by
//! bytes; postings of a term by document; it answers exactly as the same documents would from
//! disk (a test compares them).

use super::{Field, Lengths};
use crate::analysis::Analysed;
use std::sync::Arc;
use tantivy::TERMINATED;
use tantivy_fst::Automaton;

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

#[derive(Clone, Copy)]
struct Posting {
    slot: u32,
    positions_start: usize,
    positions_end: usize,
}

/// A token's text, ordered by its bytes; most comparisons end with the first eight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Term<'a> {
    /// No token holds the byte zero that fills up a shorter one.
    first: u64,
    text: &'a str,
}

impl<'a> Term<'a> {
    fn new(text: &'a str) -> Self {
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        let first = u64::from_be_bytes(first);
        Self { first, text }
    }
}

impl MemorySegment {
    /// Builds the postings of these documents.
    pub(crate) fn build(mut documents: Vec<Arc<Analysed>>) -> Self {
        documents.sort_by_key(|document| document.ordinal);
        let lengths = documents
            .iter()
            .map(|document| Lengths::code(document.body.count()))
            .collect();
        let fields = Field::ALL.map(|field| MemoryField::build(&documents, field));
        Self {
            documents,
            lengths,
            fields,
        }
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
    fn build(documents: &[Arc<Analysed>], field: Field) -> Self {
        let mut tokens = Vec::new();
        for (slot, document) in (0_u32..).zip(documents) {
            let packed = field.tokens(document).iter();
            tokens.extend(packed.map(|(position, token)| (Term::new(token), slot, position)));
        }
        tokens.sort_unstable();
        let mut built = Self::default();
        let mut rest = tokens.as_slice();
        while let Some((term, _, _)) = rest.first().copied() {
            let count = rest.iter().take_while(|token| token.0 == term).count();
            let (same, others) = rest.split_at(count);
            for (_, slot, position) in same {
                built.push(*slot, *position, built.last_term_postings());
            }
            built.text.push_str(term.text);
            built.terms.push(MemoryTerm {
                text_end: built.text.len(),
                postings_end: built.postings.len(),
            });
            rest = others;
        }
        built
    }

    fn last_term_postings(&self) -> usize {
        self.terms.last().map_or(0, |term| term.postings_end)
    }

    fn push(&mut self, slot: u32, position: u32, first: usize) {
        self.positions.push(position);
        let end = self.positions.len();
        match self
            .postings
            .get_mut(first..)
            .and_then(<[Posting]>::last_mut)
        {
            Some(posting) if posting.slot == slot => posting.positions_end = end,
            Some(_) | None => self.postings.push(Posting {
                slot,
                positions_start: end - 1,
                positions_end: end,
            }),
        }
    }

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
        MemoryPostings {
            postings: self.postings.get(start..end).unwrap_or_default(),
            positions: &self.positions,
            at: 0,
        }
    }
}

/// The postings of one term in memory.
pub(crate) struct MemoryPostings<'a> {
    postings: &'a [Posting],
    positions: &'a [u32],
    at: usize,
}

impl MemoryPostings<'_> {
    /// The current document.
    pub(crate) fn slot(&self) -> u32 {
        self.postings
            .get(self.at)
            .map_or(TERMINATED, |posting| posting.slot)
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
    pub(crate) fn places(&self) -> &[u32] {
        self.postings.get(self.at).map_or(&[], |posting| {
            self.positions
                .get(posting.positions_start..posting.positions_end)
                .unwrap_or_default()
        })
    }
}

fn index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}
