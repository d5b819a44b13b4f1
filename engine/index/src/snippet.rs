//! Snippets: the best stretch of a cleared text, with what was found marked in it.
//!
//! For: `query`, after clearing; the text is the document's own. Not for: reading anything of
//! the index. Invariants: a pure function of text, expression and reference table; offsets count
//! characters, never bytes; nothing outside the given text can be shown.

use crate::analysis::{Marks, Words, for_each_token, is_function, mark};
use crate::expr::{Context, Expr, Node, Scope};
use crate::search::edits::Edits;
use crate::statistics::ReferenceStatistics;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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

/// The stretch of at most `characters_max` characters (and one word more) that says most of
/// what `expr` asks; `None` when the text holds nothing of it.
#[must_use]
pub fn snippet(
    text: &str,
    expr: &Expr,
    characters_max: usize,
    statistics: &ReferenceStatistics,
) -> Option<Snippet> {
    let page = Page::read(text);
    let mut found = Vec::new();
    page.find(&expr.node, statistics, &mut found);
    found.sort_by_key(|hit| (hit.words.start, std::cmp::Reverse(hit.words.end)));
    let window = best_window(&page, &found, characters_max)?;
    Some(page.cut(&window, &found, characters_max))
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
    /// Token to its positions and words.
    tokens: BTreeMap<String, Vec<(u32, usize)>>,
    /// Position to the word there.
    at: BTreeMap<u32, usize>,
}

impl<'a> Page<'a> {
    fn read(text: &'a str) -> Self {
        let words = Words::scan(text);
        let marks = mark(&words);
        let mut tokens: BTreeMap<String, Vec<(u32, usize)>> = BTreeMap::new();
        for_each_token(&words, |at, position, token| {
            tokens
                .entry(token.to_owned())
                .or_default()
                .push((position, at));
        });
        let at = words
            .words()
            .iter()
            .enumerate()
            .map(|(at, word)| (word.position, at))
            .collect();
        Self {
            text,
            words,
            marks,
            tokens,
            at,
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
            Node::Prefix(scope, prefix, stem) => {
                let weight = statistics.weight(prefix);
                let starting = self.tokens.range(prefix.clone()..);
                for (token, _) in starting.take_while(|(token, _)| token.starts_with(prefix)) {
                    self.find_sequence(*scope, std::slice::from_ref(token), leaf, weight, found);
                }
                self.find_sequence(*scope, std::slice::from_ref(stem), leaf, weight, found);
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
        for (position, word) in self.tokens.get(first).map_or(&[][..], Vec::as_slice) {
            let follows = (1_u32..).zip(rest).all(|(step, next)| {
                let places = self.tokens.get(next).map_or(&[][..], Vec::as_slice);
                places.iter().any(|(place, _)| *place == position + step)
            });
            let steps = u32::try_from(rest.len()).unwrap_or(u32::MAX);
            let last = self
                .at
                .get(&position.saturating_add(steps))
                .copied()
                .unwrap_or(*word);
            let said = self.said((*word + head).min(last));
            if follows && fits(scope.context, said) {
                found.push(Found {
                    words: *word..last + 1,
                    leaf,
                    weight,
                    said,
                });
            }
        }
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
        let bytes = self.bytes(&words);
        let characters = |to: usize| self.text.get(..to).map_or(0, |text| text.chars().count());
        let start = characters(bytes.start);
        let mut highlights: Vec<Highlight> = Vec::new();
        let mut behind = words.start;
        for hit in found {
            if hit.words.start < behind || hit.words.end > words.end {
                continue;
            }
            behind = hit.words.end;
            let bytes = self.bytes(&hit.words);
            let place = characters(bytes.start) - start..characters(bytes.end) - start;
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
            let fits = |range: &Range<usize>| self.length(range) <= characters_max;
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

    fn length(&self, words: &Range<usize>) -> usize {
        let bytes = self.bytes(words);
        self.text.get(bytes).map_or(0, |text| text.chars().count())
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
            if words.end > first.words.end && page.length(&words) > characters_max {
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

#[cfg(test)]
mod tests;
