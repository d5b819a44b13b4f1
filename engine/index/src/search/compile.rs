//! From an expression to a cursor over one segment.
//!
//! Invariants: an expansion (prefix, misspelling) runs over the whole dictionary, and only terms
//! with a document inside the range leave a trace in the answer; no expansion is cut short.

use super::Scores;
use super::cursor::{All, Any, Combine, Cursor, Dated, Every, Found, Hit, Word};
use super::edits::Edits;
use super::place::{Near, Phrase, Term};
use crate::analysis::is_function;
use crate::error::IndexError;
use crate::expr::{Context, In, Nearness, Node, Scope};
use crate::segment::{Field, Places, Postings, Segment};
use crate::statistics::ReferenceStatistics;

/// Compiles expressions for one segment and range of slots.
pub(crate) struct Compiler<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) statistics: &'a ReferenceStatistics,
    pub(crate) range: (u32, u32),
    pub(crate) scores: Scores,
    /// Whether documents all over the segment are asked for.
    pub(crate) all_over: bool,
    /// What any phrase counts, where it stands for another way to say the same.
    pub(crate) instead: Option<u64>,
}

/// The field a scope reads and the fields whose places it takes away.
struct Fields {
    field: Field,
    less: &'static [Field],
}

impl<'a> Compiler<'a> {
    /// The cursor of a node, or `None` when nothing in the segment can match.
    pub(crate) fn compile(&self, node: &Node) -> Result<Option<Cursor<'a>>, IndexError> {
        match node {
            Node::Every => Ok(Some(self.every())),
            Node::Phrase(scope, words) => {
                let phrase = self.phrase(*scope, words, Places::Unread)?;
                Ok(phrase.map(Phrase::into_cursor))
            }
            Node::Near(scope, groups, nearness) => self.near(*scope, groups, *nearness),
            Node::Prefix(scope, prefix, stems) => self.prefix(*scope, prefix, stems),
            Node::Fuzzy(scope, word, edits) => self.fuzzy(*scope, word, *edits),
            Node::Code(code) => {
                let found = self.postings(Field::Codes, code, Places::Unread)?;
                Ok(found.map(|postings| {
                    let weight = 0;
                    Cursor::Word(Word { postings, weight })
                }))
            }
            Node::Dated(from, to) => Ok(Some(Cursor::Dated(Dated {
                segment: self.segment,
                from: *from,
                to: *to,
                end: self.segment.documents(),
            }))),
            Node::And(parts) => self.all(parts),
            Node::Or(parts) => self.any(parts),
            Node::Best(parts) => self.best(parts),
            Node::Not(_) => self.all(std::slice::from_ref(node)),
        }
    }

    fn every(&self) -> Cursor<'a> {
        Cursor::Every(Every {
            end: self.segment.documents(),
        })
    }

    fn all(&self, parts: &[Node]) -> Result<Option<Cursor<'a>>, IndexError> {
        let mut required = Vec::new();
        let mut excluded = Vec::new();
        for part in parts {
            if let Node::Not(denied) = part {
                excluded.extend(self.compile(denied)?);
            } else {
                match self.compile(part)? {
                    Some(cursor) => required.push(cursor),
                    None => return Ok(None),
                }
            }
        }
        if required.is_empty() {
            required.push(self.every());
        }
        if required.len() == 1 && excluded.is_empty() {
            return Ok(required.pop());
        }
        Ok(Some(Cursor::All(All::new(required, excluded))))
    }

    fn any(&self, parts: &[Node]) -> Result<Option<Cursor<'a>>, IndexError> {
        let mut cursors = Vec::new();
        for part in parts {
            cursors.extend(self.compile(part)?);
        }
        Ok(joined(cursors, Combine::Sum))
    }

    fn fields(scope: Scope) -> Option<Fields> {
        let (field, less): (Field, &'static [Field]) = match (scope.field, scope.context) {
            (In::Anywhere, Context::Any) => (Field::Body, &[]),
            (In::Anywhere, Context::Affirmed) => (
                Field::Body,
                &[Field::Negated, Field::Family, Field::Unstated],
            ),
            (In::Anywhere, Context::Negated) => (Field::Negated, &[]),
            (In::Anywhere, Context::Family) => (Field::Family, &[Field::Negated, Field::Unstated]),
            (In::Title, Context::Any) => (Field::Title, &[]),
            // A title has the same places in the body.
            (In::Title, Context::Affirmed) => (
                Field::Title,
                &[Field::Negated, Field::Family, Field::Unstated],
            ),
            (In::Title, Context::Negated | Context::Family) => return None,
        };
        Some(Fields { field, less })
    }

    /// Ways to say the same: each counts as much as the first, the query's own.
    fn best(&self, parts: &[Node]) -> Result<Option<Cursor<'a>>, IndexError> {
        let own = parts.first().map_or(0, |own| self.own_weight(own));
        let other = Compiler {
            instead: Some(self.instead.unwrap_or(own)),
            ..*self
        };
        let mut cursors = Vec::new();
        for (nth, part) in parts.iter().enumerate() {
            let compiler = if nth == 0 { self } else { &other };
            cursors.extend(compiler.compile(part)?);
        }
        Ok(joined(cursors, Combine::Best))
    }

    /// What a part weighs, whatever the segment holds.
    fn own_weight(&self, node: &Node) -> u64 {
        match node {
            Node::Every | Node::Code(_) | Node::Dated(..) | Node::Not(_) => 0,
            Node::Phrase(_, words) => words.iter().map(|word| self.weight(word)).sum(),
            Node::Near(_, groups, _) => groups
                .iter()
                .filter_map(|group| group.first())
                .flatten()
                .map(|word| self.weight(word))
                .sum(),
            Node::Prefix(_, word, _) | Node::Fuzzy(_, word, _) => self.weight(word),
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().map(|part| self.own_weight(part)).sum()
            }
            Node::Best(parts) => parts.first().map_or(0, |own| self.own_weight(own)),
        }
    }

    /// Adds the fields to take away to postings that were found in the field.
    fn term(
        &self,
        fields: &Fields,
        word: &str,
        postings: Postings<'a>,
    ) -> Result<Term<'a>, IndexError> {
        let mut less = Vec::with_capacity(fields.less.len());
        for field in fields.less {
            less.extend(self.segment.postings(*field, word, Places::Read)?);
        }
        Ok(Term::new(postings, less))
    }

    /// The context of a phrase is that of its head: in "pas d'infarctus du myocarde" the
    /// infarct is denied, not the heart.
    fn phrase(
        &self,
        scope: Scope,
        words: &[String],
        places: Places,
    ) -> Result<Option<Phrase<'a>>, IndexError> {
        let Some(head_fields) = Self::fields(scope) else {
            return Ok(None);
        };
        let others = match scope.field {
            In::Anywhere => Fields {
                field: Field::Body,
                less: &[],
            },
            In::Title => Fields {
                field: Field::Title,
                less: &[],
            },
        };
        let head = words
            .iter()
            .position(|word| !is_function(word))
            .unwrap_or(0);
        let single = words.len() == 1 && head_fields.less.is_empty() && places == Places::Unread;
        let places = if single { Places::Unread } else { Places::Read };
        let mut terms = Vec::with_capacity(words.len());
        let mut weight = 0;
        for (at, word) in words.iter().enumerate() {
            let fields = if at == head { &head_fields } else { &others };
            let Some(postings) = self.postings(fields.field, word, places)? else {
                return Ok(None);
            };
            weight += self.weight(word);
            terms.push(self.term(fields, word, postings)?);
        }
        let weight = self.instead.unwrap_or(weight);
        Ok((!terms.is_empty()).then(|| Phrase::new(terms, weight)))
    }

    /// The postings of a term of the query.
    fn postings(
        &self,
        field: Field,
        term: &str,
        places: Places,
    ) -> Result<Option<Postings<'a>>, IndexError> {
        if self.all_over && places == Places::Unread {
            self.segment.postings_all_over(field, term)
        } else {
            self.segment.postings(field, term, places)
        }
    }

    fn weight(&self, word: &str) -> u64 {
        match self.scores {
            Scores::Wanted => self.statistics.weight(word),
            Scores::Unwanted => 0,
        }
    }

    fn near(
        &self,
        scope: Scope,
        groups: &[Vec<Vec<String>>],
        nearness: Nearness,
    ) -> Result<Option<Cursor<'a>>, IndexError> {
        let mut found = Vec::with_capacity(groups.len());
        let mut weight = 0;
        for group in groups {
            let mut phrases = Vec::with_capacity(group.len());
            for words in group {
                phrases.extend(self.phrase(scope, words, Places::Read)?);
            }
            if phrases.is_empty() {
                return Ok(None);
            }
            // The first form is the query's own: its weight does not depend on the segment.
            weight += group
                .first()
                .map_or(0, |own| own.iter().map(|word| self.weight(word)).sum());
            found.push(phrases);
        }
        let twins = (0..groups.len())
            .map(|at| {
                groups[..at]
                    .iter()
                    .rposition(|before| *before == groups[at])
            })
            .collect();
        Ok(Some(Cursor::Near(Box::new(Near::new(
            found, twins, nearness, weight,
        )))))
    }

    fn prefix(
        &self,
        scope: Scope,
        prefix: &str,
        stems: &[String],
    ) -> Result<Option<Cursor<'a>>, IndexError> {
        let Some(fields) = Self::fields(scope) else {
            return Ok(None);
        };
        let weight = self.weight(prefix);
        let mut hits = Hits::default();
        let places = places(&fields);
        self.segment
            .for_each_prefix(fields.field, prefix, places, &mut |word, postings| {
                let term = self.term(&fields, word, postings)?;
                hits.take(term, weight, self.range);
                Ok(())
            })?;
        for stem in stems {
            if let Some(postings) = self.segment.postings(fields.field, stem, places)? {
                hits.take(self.term(&fields, stem, postings)?, weight, self.range);
            }
        }
        Ok(hits.cursor())
    }

    fn fuzzy(&self, scope: Scope, word: &str, most: u8) -> Result<Option<Cursor<'a>>, IndexError> {
        let Some(fields) = Self::fields(scope) else {
            return Ok(None);
        };
        let edits = Edits::new(word, most);
        let mut hits = Hits::default();
        let places = places(&fields);
        self.segment
            .for_each_match(fields.field, &edits, places, &mut |found, postings| {
                let Some(distance) = edits.distance(found) else {
                    return Ok(());
                };
                let weight = self.weight(found) / (1 + u64::from(distance));
                hits.take(self.term(&fields, found, postings)?, weight, self.range);
                Ok(())
            })?;
        Ok(hits.cursor())
    }
}

fn joined(mut cursors: Vec<Cursor<'_>>, combine: Combine) -> Option<Cursor<'_>> {
    match cursors.len() {
        0 => None,
        1 => cursors.pop(),
        _ => Some(Cursor::Any(Any::new(cursors, combine))),
    }
}

fn places(fields: &Fields) -> Places {
    if fields.less.is_empty() {
        Places::Unread
    } else {
        Places::Read
    }
}

/// Documents gathered from expansions, thinned out as they come.
struct Hits {
    hits: Vec<Hit>,
    thin_at: usize,
}

impl Default for Hits {
    fn default() -> Self {
        Self {
            hits: Vec::new(),
            thin_at: THIN_HITS,
        }
    }
}

impl Hits {
    fn take(&mut self, mut term: Term<'_>, weight: u64, range: (u32, u32)) {
        let mut slot = term.seek(range.0);
        while slot < range.1 {
            self.hits.push(Hit {
                slot,
                weight,
                frequency: term.frequency(slot),
            });
            slot = term.seek(slot + 1);
        }
        if self.hits.len() > self.thin_at {
            self.hits = Found::new(std::mem::take(&mut self.hits)).into_hits();
            self.thin_at = THIN_HITS.max(self.hits.len() * 2);
        }
    }

    fn cursor<'a>(self) -> Option<Cursor<'a>> {
        (!self.hits.is_empty()).then(|| Cursor::Found(Found::new(self.hits)))
    }
}

const THIN_HITS: usize = 1 << 16;
