//! The oracle: every document against every expression, word by word, with none of the index.
//!
//! For: tests. It reads the packed tokens of the analysis and the meaning of `docs/search.md`,
//! and shares neither postings nor cursors with what it checks.

use crate::analysis::{Analysed, is_function};
use crate::expr::{Context, In, Nearness, Node, Order, Scope};
use crate::segment::Field;
use std::collections::BTreeSet;

/// Whether a document matches.
pub(crate) fn matches(document: &Analysed, node: &Node) -> bool {
    match node {
        Node::Every => true,
        Node::Phrase(scope, words) => !starts(document, *scope, words).is_empty(),
        Node::Near(scope, groups, nearness) => {
            let spans: Vec<Vec<(u32, u32)>> = groups
                .iter()
                .map(|forms| {
                    let ends = |words: &Vec<String>| {
                        let length = u32::try_from(words.len()).unwrap();
                        starts(document, *scope, words)
                            .into_iter()
                            .map(move |at| (at, at + length))
                    };
                    forms.iter().flat_map(ends).collect()
                })
                .collect();
            near(groups, &spans, *nearness, &mut Vec::new())
        }
        Node::Prefix(scope, prefix, stems) => vocabulary(document, *scope)
            .into_iter()
            .filter(|word| word.starts_with(prefix.as_str()) || stems.iter().any(|it| it == word))
            .any(|word| !starts(document, *scope, &[word]).is_empty()),
        Node::Fuzzy(scope, word, most) => vocabulary(document, *scope)
            .into_iter()
            .filter(|known| !known.starts_with('^'))
            .filter(|known| distance(known.as_bytes(), word.as_bytes()) <= usize::from(*most))
            .any(|known| !starts(document, *scope, &[known]).is_empty()),
        Node::Code(code) => document.codes.iter().any(|(_, token)| token == code),
        Node::Dated(from, to) => document
            .date
            .is_some_and(|date| (*from..=*to).contains(&date.millis())),
        Node::And(parts) => parts.iter().all(|part| matches(document, part)),
        Node::Or(parts) | Node::Best(parts) => parts.iter().any(|part| matches(document, part)),
        Node::Not(part) => !matches(document, part),
    }
}

fn has(document: &Analysed, field: Field, position: u32, word: &str) -> bool {
    field
        .tokens(document)
        .iter()
        .any(|token| token == (position, word))
}

/// Where a sequence starts, in the context of its first content word.
fn starts(document: &Analysed, scope: Scope, words: &[String]) -> BTreeSet<u32> {
    let field = match scope.field {
        In::Anywhere => Field::Body,
        In::Title => Field::Title,
    };
    let head = words
        .iter()
        .position(|word| !is_function(word))
        .unwrap_or(0);
    let firsts: BTreeSet<u32> = field.tokens(document).iter().map(|token| token.0).collect();
    firsts
        .into_iter()
        .filter(|start| {
            (0_u32..)
                .zip(words)
                .all(|(at, word)| has(document, field, start + at, word))
        })
        .filter(|start| {
            let at = start + u32::try_from(head).unwrap();
            let said = |field: Field| has(document, field, at, &words[head]);
            match (scope.field, scope.context) {
                (_, Context::Any) => true,
                (In::Title, Context::Negated | Context::Family) => false,
                (_, Context::Affirmed) => {
                    !said(Field::Negated) && !said(Field::Family) && !said(Field::Unstated)
                }
                (In::Anywhere, Context::Negated) => said(Field::Negated),
                (In::Anywhere, Context::Family) => {
                    said(Field::Family) && !said(Field::Negated) && !said(Field::Unstated)
                }
            }
        })
        .collect()
}

fn vocabulary(document: &Analysed, scope: Scope) -> BTreeSet<String> {
    let field = match scope.field {
        In::Anywhere => Field::Body,
        In::Title => Field::Title,
    };
    field
        .tokens(document)
        .iter()
        .map(|(_, token)| token.to_owned())
        .collect()
}

/// Tries every choice of one span a group: none overlaps the first in the text, and groups that
/// are the same take different words.
fn near(
    forms: &[Vec<Vec<String>>],
    groups: &[Vec<(u32, u32)>],
    nearness: Nearness,
    chosen: &mut Vec<(u32, u32)>,
) -> bool {
    let Some(group) = groups.get(chosen.len()) else {
        let low = chosen.iter().min().copied().unwrap_or_default();
        let high = chosen.iter().map(|span| span.1).max().unwrap_or(0);
        let words: u32 = chosen.iter().map(|span| span.1 - span.0).sum();
        let first = chosen.iter().filter(|span| span.0 < low.1).count() == 1;
        let ordered = chosen.windows(2).all(|pair| pair[0].1 <= pair[1].0);
        let short = (high - low.0).saturating_sub(words) <= nearness.slop;
        return first && short && (nearness.order == Order::Any || ordered);
    };
    group.iter().any(|span| {
        let apart = chosen.iter().enumerate().all(|(at, other)| {
            forms[at] != forms[chosen.len()] || span.1 <= other.0 || other.1 <= span.0
        });
        if !apart {
            return false;
        }
        chosen.push(*span);
        let found = near(forms, groups, nearness, chosen);
        chosen.pop();
        found
    })
}

/// Edits with swaps of neighbours, by the whole table.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
    for at in 0..=one.len() {
        for to in 0..=other.len() {
            if at == 0 || to == 0 {
                table[at][to] = at + to;
                continue;
            }
            let change = usize::from(one[at - 1] != other[to - 1]);
            let mut least = table[at - 1][to - 1] + change;
            least = least.min(table[at - 1][to] + 1).min(table[at][to - 1] + 1);
            let swap = at > 1 && to > 1 && one[at - 1] == other[to - 2];
            if swap && one[at - 2] == other[to - 1] {
                least = least.min(table[at - 2][to - 2] + 1);
            }
            table[at][to] = least;
        }
    }
    table[one.len()][other.len()]
}

/// An expression in words, for the message of a test that fails.
pub(crate) fn describe(node: &Node) -> String {
    let all = |parts: &[Node]| parts.iter().map(describe).collect::<Vec<_>>().join(" ");
    let scoped = |scope: &Scope| format!("{:?}/{:?}", scope.field, scope.context);
    match node {
        Node::Every => "every".to_owned(),
        Node::Phrase(scope, words) => format!("{}:{words:?}", scoped(scope)),
        Node::Near(scope, groups, nearness) => {
            format!("near({}:{groups:?} {nearness:?})", scoped(scope))
        }
        Node::Prefix(scope, prefix, stems) => {
            format!("{}:{prefix}*|{}", scoped(scope), stems.join("|"))
        }
        Node::Fuzzy(scope, word, most) => format!("{}:{word}~{most}", scoped(scope)),
        Node::Code(code) => format!("code:{code}"),
        Node::Dated(from, to) => format!("dated:{from}..{to}"),
        Node::And(parts) => format!("and({})", all(parts)),
        Node::Or(parts) => format!("or({})", all(parts)),
        Node::Best(parts) => format!("best({})", all(parts)),
        Node::Not(part) => format!("not({})", describe(part)),
    }
}
