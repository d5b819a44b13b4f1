//! Building the postings of one field in memory: from documents, or from segments that are joined.
//!
//! Invariants: tokens of a document come in the order of their positions, documents in the order
//! of their slots, and both ways keep that order within a term; each term is compared with others
//! once, however often it is said.

use super::{MemoryField, MemorySegment, MemoryTerm, Posting, index};
use crate::analysis::Analysed;
use crate::segment::Field;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use std::sync::Arc;

/// A token: its term's number, its document, its position.
#[derive(Clone, Copy, Default)]
struct Token {
    term: u32,
    slot: u32,
    position: u32,
}

impl MemoryField {
    /// The postings of a field of these documents.
    pub(super) fn build(documents: &[Arc<Analysed>], field: Field) -> Self {
        let count = |document: &Arc<Analysed>| index(field.tokens(document).count());
        let mut tokens = Vec::with_capacity(documents.iter().map(count).sum());
        let mut terms: IndexSet<&str, RandomState> = IndexSet::default();
        for (slot, document) in (0_u32..).zip(documents) {
            for (position, text) in field.tokens(document).iter() {
                let (term, _) = terms.insert_full(text);
                tokens.push(Token {
                    term: u32::try_from(term).unwrap_or(u32::MAX),
                    slot,
                    position,
                });
            }
        }
        let mut order: Vec<(&str, u32)> = terms.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let sorted = by_term(&tokens, &order);
        let mut built = Self::with_room(order.len(), tokens.len());
        let mut rest = sorted.as_slice();
        for (text, term) in order {
            let of_term = rest.iter().take_while(|token| token.term == term).count();
            let (same, others) = rest.split_at(of_term);
            for of_document in same.chunk_by(|one, other| one.slot == other.slot) {
                let slot = of_document.first().map_or(0, |token| token.slot);
                built.push(slot, of_document.iter().map(|token| token.position));
            }
            built.end_term(text);
            rest = others;
        }
        built
    }

    /// The postings of a field of segments whose documents follow each other.
    pub(super) fn join(segments: &[Arc<MemorySegment>], field: Field) -> Self {
        let of =
            |segment: &MemorySegment| (segment.field(field).terms.len(), segment.tokens(field));
        let (terms, tokens) = segments.iter().fold((0, 0), |(terms, tokens), segment| {
            let more = of(segment);
            (terms + more.0, tokens + more.1)
        });
        let mut first_slot = 0_u32;
        let mut parts = Vec::with_capacity(terms);
        for segment in segments {
            parts.extend(
                segment
                    .terms(field)
                    .map(|(text, postings)| (text, first_slot, postings)),
            );
            first_slot += u32::try_from(segment.documents.len()).unwrap_or(u32::MAX);
        }
        // Each segment's terms are sorted, which this sort sees; equal ones keep their order.
        parts.sort_by_key(|part| part.0);
        let mut built = Self::with_room(terms, tokens);
        for same in parts.chunk_by_mut(|one, other| one.0 == other.0) {
            let text = same.first().map_or("", |part| part.0);
            for (_, first_slot, postings) in same {
                while let Some(slot) = postings.document() {
                    built.push(*first_slot + slot, postings.places().iter().copied());
                    postings.advance();
                }
            }
            built.end_term(text);
        }
        built
    }

    fn with_room(terms: usize, tokens: usize) -> Self {
        let mut built = Self::default();
        built.terms.reserve_exact(terms);
        built.positions.reserve_exact(tokens);
        built
    }

    /// Adds a document to the term that is being built.
    fn push(&mut self, slot: u32, positions: impl Iterator<Item = u32>) {
        self.positions.extend(positions);
        self.postings.push(Posting {
            slot,
            positions_end: self.positions.len(),
        });
    }

    /// Ends the term that was being built.
    fn end_term(&mut self, text: &str) {
        self.text.push_str(text);
        self.terms.push(MemoryTerm {
            text_end: self.text.len(),
            postings_end: self.postings.len(),
        });
    }
}

/// The tokens in the order of their terms; those of one term keep theirs.
fn by_term(tokens: &[Token], order: &[(&str, u32)]) -> Vec<Token> {
    let mut places = vec![0_usize; order.len()];
    for token in tokens {
        if let Some(count) = places.get_mut(index(token.term)) {
            *count += 1;
        }
    }
    let mut next = 0;
    for (_, term) in order {
        if let Some(place) = places.get_mut(index(*term)) {
            next += std::mem::replace(place, next);
        }
    }
    let mut sorted = vec![Token::default(); tokens.len()];
    for token in tokens {
        if let Some(place) = places.get_mut(index(token.term)) {
            if let Some(to) = sorted.get_mut(*place) {
                *to = *token;
            }
            *place += 1;
        }
    }
    sorted
}
