//! Snippets: the best stretch of a cleared text, with what was found marked in it.
//!
//! For: `query`, after clearing; the text is the document's own. Not for: reading anything of
//! the index. Invariants: a pure function of text, expression and reference table; offsets count
//! characters, never bytes; nothing outside the given text can be shown; a long text is read in
//! parts, up to the first in which something is found, and of its words only those asked for are
//! copied, and wiped.

use crate::analysis::{Marks, Words, for_each_token, is_function, mark};
use crate::expr::{Context, Expr, Node, Scope};
use crate::search::edits::Edits;
use crate::statistics::ReferenceStatistics;
use base::limit;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use zeroize::Zeroize;

/// A stretch of a text and what was found in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The stretch.
    pub text: String,
    /// Where it lies in the whole text, in characters.
    pub place: Range<usize>,
    /// What was found, in order, not overlapping.
    pub highlights: Vec<Highlight>,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Where it lies in the snippet's text, in characters.
    pub place: Range<usize>,
    /// What the document says of it.
    pub said: Said,
}

/// What a document says of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The patient has or had it.
    Affirmed,
    /// It is absent.
    Negated,
    /// A relative has or had it.
    Family,
    /// Nobody is said to have it: a heading, a condition, a risk.
    Unstated,
}

impl std::fmt::Debug for Snippet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snippet")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// The stretch of at most `characters_max` characters (and one word more, cut at twice as many)
/// that says most of what `expr` asks; `None` when the text holds nothing of it.
#[must_use]
pub fn snippet(
    text: &str,
    expr: &Expr,
    characters_max: usize,
    statistics: &ReferenceStatistics,
) -> Option<Snippet> {
    let mut needed = Needed::default();
    needed.take(&expr.node);
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let part = rest.get(..part_end(rest)).unwrap_or(rest);
        let page = Page::read(part, &needed);
        let mut found = Vec::new();
        page.find(&expr.node, statistics, &mut found);
        found.sort_by_key(|hit| (hit.words.start, std::cmp::Reverse(hit.words.end)));
        if let Some(window) = best_window(&page, &found, characters_max) {
            let before = text.get(..from).map_or(0, |text| text.chars().count());
            let mut snippet = page.cut(&window, &found, characters_max);
            snippet.place = snippet.place.start + before..snippet.place.end + before;
            return Some(snippet);
        }
        from += part.len();
    }
    None
}

/// Where the first part of a text ends, behind a line or a word if it can be.
fn part_end(text: &str) -> usize {
    if text.len() <= PART_BYTES_MAX {
        return text.len();
    }
    let end = (0..=PART_BYTES_MAX)
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let part = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let line = part.rfind('\n').or_else(|| part.rfind(' '));
    line.map_or(part.len(), |at| at + 1)
}

/// The tokens that an expression can be found by.
#[derive(Default)]
struct Needed<'a> {
    exact: BTreeSet<&'a str>,
    prefixes: Vec<&'a str>,
    near: Vec<Edits<'a>>,
}

impl<'a> Needed<'a> {
    fn take(&mut self, node: &'a Node) {
        match node {
            Node::Every | Node::Code(_) | Node::Dated(..) | Node::Not(_) => {}
            Node::Phrase(_, words) => self.exact.extend(words.iter().map(String::as_str)),
            Node::Near(_, groups, _) => {
                let words = groups.iter().flatten().flatten();
                self.exact.extend(words.map(String::as_str));
            }
            Node::Prefix(_, prefix, stems) => {
                self.prefixes.push(prefix);
                self.exact.extend(stems.iter().map(String::as_str));
            }
            Node::Fuzzy(_, word, most) => self.near.push(Edits::new(word, *most)),
            Node::And(parts) | Node::Or(parts) | Node::Best(parts) => {
                parts.iter().for_each(|part| self.take(part));
            }
        }
    }

    fn holds(&self, token: &str) -> bool {
        self.exact.contains(token)
            || self.prefixes.iter().any(|start| token.starts_with(start))
            || self.near.iter().any(|near| near.distance(token).is_some())
    }
}

struct Found {
    words: Range<usize>,
    /// Number of the leaf, so that a stretch with two of them beats one twice.
    leaf: usize,
    weight: u64,
    said: Said,
}

struct Page<'a> {
    text: &'a str,
    words: Words,
    marks: Vec<Marks>,
    /// Token to its positions and words, of those that are asked for.
    tokens: BTreeMap<String, Vec<(u32, usize)>>,
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        for (mut token, _) in std::mem::take(&mut self.tokens) {
            token.zeroize();
        }
    }
}

impl<'a> Page<'a> {
    fn read(text: &'a str, needed: &Needed<'_>) -> Self {
        let words = Words::scan(text);
        let marks = mark(&words);
        let mut tokens: BTreeMap<String, Vec<(u32, usize)>> = BTreeMap::new();
        for_each_token(&words, |at, position, token| {
            let known = tokens.get_mut(token);
            if let Some(places) = known {
                places.push((position, at));
            } else if token.len() <= limit::TOKEN_BYTES_MAX && needed.holds(token) {
                tokens.insert(token.to_owned(), vec![(position, at)]);
            }
        });
        Self {
            text,
            words,
            marks,
            tokens,
        }
    }

    fn find(&self, node: &Node, statistics: &ReferenceStatistics, found: &mut Vec<Found>) {
        let leaf = found.len();
        match node {
            Node::Every | Node::Code(_) | Node::Dated(..) | Node::Not(_) => {}
            Node::Phrase(scope, words) => {
                let weight = words.iter().map(|word| statistics.weight(word)).sum();
                self.find_sequence(*scope, words, leaf, weight, found);
            }
            Node::Near(scope, groups, _) => {
                for words in groups.iter().flatten() {
                    let weight = words.iter().map(|word| statistics.weight(word)).sum();
                    let leaf = found.len();
                    self.find_sequence(*scope, words, leaf, weight, found);
                }
            }
            Node::Prefix(scope, prefix, stems) => {
                let weight = statistics.weight(prefix);
                let starting = self.tokens.range(prefix.clone()..);
                for (token, _) in starting.take_while(|(token, _)| token.starts_with(prefix)) {
                    self.find_sequence(*scope, std::slice::from_ref(token), leaf, weight, found);
                }
                for stem in stems {
                    self.find_sequence(*scope, std::slice::from_ref(stem), leaf, weight, found);
                }
            }
            Node::Fuzzy(scope, word, most) => {
                let edits = Edits::new(word, *most);
                for token in self.tokens.keys() {
                    if edits.distance(token).is_some() {
                        let weight = statistics.weight(token);
                        let one = std::slice::from_ref(token);
                        self.find_sequence(*scope, one, leaf, weight, found);
                    }
                }
            }
            Node::And(parts) | Node::Or(parts) | Node::Best(parts) => {
                for part in parts {
                    self.find(part, statistics, found);
                }
            }
        }
    }

    fn find_sequence(
        &self,
        scope: Scope,
        words: &[String],
        leaf: usize,
        weight: u64,
        found: &mut Vec<Found>,
    ) {
        let Some((first, rest)) = words.split_first() else {
            return;
        };
        let head = words
            .iter()
            .position(|word| !is_function(word))
            .unwrap_or(0);
        let steps = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        let mut left = PLACES_MAX;
        for (position, word) in self.places(first) {
            let follows = (1_u32..).zip(rest).all(|(step, next)| {
                let place = position.saturating_add(step);
                let places = self.places(next);
                places
                    .binary_search_by_key(&place, |(place, _)| *place)
                    .is_ok()
            });
            if !follows {
                continue;
            }
            let last = self
                .word_at(position.saturating_add(steps))
                .unwrap_or(*word);
            let said = self.said((*word + head).min(last));
            if !fits(scope.context, said) {
                continue;
            }
            found.push(Found {
                words: *word..last + 1,
                leaf,
                weight,
                said,
            });
            left -= 1;
            if left == 0 {
                return;
            }
        }
    }

    fn places(&self, token: &str) -> &[(u32, usize)] {
        self.tokens.get(token).map_or(&[], Vec::as_slice)
    }

    fn word_at(&self, position: u32) -> Option<usize> {
        let words = self.words.words();
        words
            .binary_search_by_key(&position, |word| word.position)
            .ok()
    }

    fn said(&self, at: usize) -> Said {
        let marks = self.marks.get(at).copied().unwrap_or_default();
        if marks.negated {
            Said::Negated
        } else if marks.unstated {
            Said::Unstated
        } else if marks.family {
            Said::Family
        } else {
            Said::Affirmed
        }
    }

    /// Bytes of the source that some words cover.
    fn bytes(&self, words: &Range<usize>) -> Range<usize> {
        let list = self.words.words();
        let start = list.get(words.start).map_or(0, |word| word.start);
        let end = words.end.checked_sub(1).and_then(|last| list.get(last));
        start..end.map_or(start, |word| word.end)
    }

    fn cut(&self, window: &Range<usize>, found: &[Found], characters_max: usize) -> Snippet {
        let words = self.grow(window, characters_max);
        let mut bytes = self.bytes(&words);
        bytes.end = self.end_of(&bytes, characters_max.saturating_mul(2));
        let characters = |to: usize| self.text.get(..to).map_or(0, |text| text.chars().count());
        let start = characters(bytes.start);
        let mut highlights: Vec<Highlight> = Vec::new();
        let mut behind = words.start;
        for hit in found {
            if hit.words.start < behind || hit.words.end > words.end {
                continue;
            }
            behind = hit.words.end;
            let hit_bytes = self.bytes(&hit.words);
            if hit_bytes.start >= bytes.end {
                break;
            }
            let end = hit_bytes.end.min(bytes.end);
            let place = characters(hit_bytes.start) - start..characters(end) - start;
            highlights.push(Highlight {
                place,
                said: hit.said,
            });
        }
        let text = self.text.get(bytes).unwrap_or_default().to_owned();
        let length = text.chars().count();
        Snippet {
            text,
            place: start..start + length,
            highlights,
        }
    }

    /// Takes in words on both sides while they fit.
    fn grow(&self, window: &Range<usize>, characters_max: usize) -> Range<usize> {
        let count = self.words.words().len();
        let mut words = window.clone();
        loop {
            let before = words.start.saturating_sub(1)..words.end;
            let after = words.start..(words.end + 1).min(count);
            let fits = |range: &Range<usize>| self.is_within(range, characters_max);
            let left = before.start < words.start && fits(&before);
            let right = after.end > words.end && fits(&after);
            let ahead = words.end - window.end;
            let back = window.start - words.start;
            match (left, right) {
                (false, false) => return words,
                (true, false) => words = before,
                (true, true) if back < ahead => words = before,
                (_, true) => words = after,
            }
        }
    }

    /// Where a stretch ends when no more characters of it are taken.
    fn end_of(&self, bytes: &Range<usize>, characters_max: usize) -> usize {
        let text = self.text.get(bytes.clone()).unwrap_or_default();
        let end = text.char_indices().nth(characters_max);
        end.map_or(bytes.end, |(at, _)| bytes.start + at)
    }

    fn is_within(&self, words: &Range<usize>, characters_max: usize) -> bool {
        let bytes = self.bytes(words);
        self.end_of(&bytes, characters_max) == bytes.end
    }
}

const fn fits(context: Context, said: Said) -> bool {
    match context {
        Context::Any => true,
        Context::Affirmed => matches!(said, Said::Affirmed),
        Context::Negated => matches!(said, Said::Negated),
        Context::Family => matches!(said, Said::Family),
    }
}

/// The words from one hit to another whose leaves weigh most together; the first of equals.
fn best_window(page: &Page<'_>, found: &[Found], characters_max: usize) -> Option<Range<usize>> {
    let mut best: Option<(u64, Range<usize>)> = None;
    for (nth, first) in found.iter().enumerate().take(WINDOWS_MAX) {
        let mut leaves = BTreeSet::new();
        let mut weight = 0;
        let mut end = first.words.end;
        for hit in &found[nth..] {
            let words = first.words.start..end.max(hit.words.end);
            if words.end > first.words.end && !page.is_within(&words, characters_max) {
                break;
            }
            end = words.end;
            // A leaf again counts a little, so that a dense stretch wins over a thin one.
            weight += if leaves.insert(hit.leaf) {
                hit.weight
            } else {
                hit.weight / 16
            };
        }
        if best.as_ref().is_none_or(|(most, _)| weight > *most) {
            best = Some((weight, first.words.start..end));
        }
    }
    best.map(|(_, words)| words)
}

/// Most places a window is tried from.
const WINDOWS_MAX: usize = 512;
/// Most places of one sequence.
const PLACES_MAX: usize = 4096;
/// Most of a text that is read at once, in bytes.
const PART_BYTES_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests;
