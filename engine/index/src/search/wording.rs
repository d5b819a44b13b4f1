//! The words by which documents answer: what a beginning may go on to, what a misspelling meant.
//!
//! For: completion and did-you-mean. Not for: showing anything; a word is told once a document
//! that holds it is cleared, as that document spells it. Invariants: only words of documents
//! inside the filter are given, counted over those alone; the dictionary is walked whole, so
//! that no hidden word takes the place of another.

use super::{Filter, Searcher, slots};
use crate::analysis::{Words, for_each_token};
use crate::error::IndexError;
use crate::expr::{Expr, Node};
use crate::search::edits::Edits;
use crate::segment::{Field, Places, Postings, Segment};
use base::Ordinal;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A word that documents inside a filter hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Wording {
    token: String,
    edits: u8,
    documents: u64,
    example: Ordinal,
}

impl Wording {
    /// The first document that holds it.
    #[must_use]
    pub const fn example(&self) -> Ordinal {
        self.example
    }

    /// How the text of a document spells it: the form it uses most. `None` when the text does
    /// not hold it.
    #[must_use]
    pub fn spelt_in(&self, text: &str) -> Option<String> {
        let words = Words::scan(text);
        let mut forms: BTreeMap<String, usize> = BTreeMap::new();
        for_each_token(&words, |at, _, token| {
            if token != self.token {
                return;
            }
            let Some(word) = words.words().get(at) else {
                return;
            };
            let mut stem = String::new();
            words.push_stem(word, &mut stem);
            // A joined form has no spelling of its own.
            let form = match text.get(word.start..word.end) {
                Some(form) if stem == token => form.to_lowercase(),
                Some(_) | None => token.to_owned(),
            };
            *forms.entry(form).or_default() += 1;
        });
        let most = forms.into_iter().rev().max_by_key(|(_, count)| *count);
        most.map(|(form, _)| form)
    }
}

impl std::fmt::Debug for Wording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wording({} documents)", self.documents)
    }
}

impl Searcher {
    /// The words by which documents inside `filter` answer an expression made by
    /// [`Expr::prefix`] or [`Expr::fuzzy`], at most `most`: those with the fewest edits first,
    /// then those in the most documents, then by the alphabet. None for any other expression.
    ///
    /// # Errors
    /// [`IndexError::Damaged`] names a file whose bytes do not open.
    pub fn wordings(
        &self,
        expr: &Expr,
        filter: Filter<'_>,
        most: usize,
    ) -> Result<Vec<Wording>, IndexError> {
        let mut found: BTreeMap<String, Wording> = BTreeMap::new();
        self.snapshot.whole()?;
        for segment in self.snapshot.segments() {
            segment.prepare()?;
            let mut gather = Gather {
                segment,
                filter,
                range: slots(segment, filter),
                found: &mut found,
            };
            gather.node(&expr.node)?;
        }
        let mut wordings: Vec<Wording> = found.into_values().collect();
        wordings.sort_by(|a, b| {
            let order = a.edits.cmp(&b.edits).then(b.documents.cmp(&a.documents));
            order.then_with(|| a.token.cmp(&b.token))
        });
        wordings.truncate(most);
        Ok(wordings)
    }
}

/// Words of one segment on their way to those of all.
struct Gather<'a, 'f> {
    segment: &'a Segment,
    filter: Filter<'f>,
    range: (u32, u32),
    found: &'a mut BTreeMap<String, Wording>,
}

impl Gather<'_, '_> {
    fn node(&mut self, node: &Node) -> Result<(), IndexError> {
        let segment = self.segment;
        let places = Places::Unread;
        match node {
            Node::Prefix(_, prefix, stems) => {
                segment.for_each_prefix(Field::Body, prefix, places, &mut |token, postings| {
                    self.take(token, 0, postings);
                    Ok(())
                })?;
                for stem in stems {
                    if let Some(postings) = segment.postings(Field::Body, stem, places)? {
                        self.take(stem, 0, postings);
                    }
                }
                Ok(())
            }
            Node::Fuzzy(_, word, most) => {
                let edits = Edits::new(word, *most);
                segment.for_each_match(Field::Body, &edits, places, &mut |token, postings| {
                    if let Some(distance) = edits.distance(token) {
                        self.take(token, distance, postings);
                    }
                    Ok(())
                })
            }
            Node::Every
            | Node::Phrase(..)
            | Node::Near(..)
            | Node::Code(_)
            | Node::Dated(..)
            | Node::And(_)
            | Node::Or(_)
            | Node::Best(_)
            | Node::Not(_) => Ok(()),
        }
    }

    fn take(&mut self, token: &str, edits: u8, mut postings: Postings<'_>) {
        let (mut documents, mut example) = (0, None);
        let each = &mut |slot, _: &mut Postings<'_>| {
            documents += 1;
            example.get_or_insert(self.segment.ordinal(slot));
            ControlFlow::Continue(())
        };
        let _ = super::run(self.segment, &mut postings, self.filter, self.range, each);
        let Some(example) = example else {
            return;
        };
        let known = self.found.entry(token.to_owned());
        let wording = known.or_insert_with(|| Wording {
            token: token.to_owned(),
            edits,
            documents: 0,
            example,
        });
        wording.documents += documents;
        wording.example = wording.example.min(example);
    }
}

#[cfg(test)]
mod tests;
