//! What documents and code cite of one another: invariants by number, tests by name.
//!
//! For: an invariant cited in code, which must stand in `docs/invariants.md`; `` `room::test` `` in
//! the documents that promise a guard, which must be a function of that room. Not for: whether the
//! test proves what is claimed; that is read by people.

use super::Finding;
use super::tree::Tree;
use std::collections::BTreeSet;

const NUMBERS: &str = "docs/invariants.md";

/// The documents that name tests.
const PROMISES: &[&str] = &[NUMBERS, "docs/threat.md", "docs/testing.md"];

/// Checks all citations.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_numbers(tree, &mut findings);
    for path in PROMISES {
        check_tests(tree, path, &mut findings);
    }
    findings
}

fn check_numbers(tree: &Tree, findings: &mut Vec<Finding>) {
    let known: BTreeSet<&str> = tree.text(NUMBERS).map(numbered).unwrap_or_default();
    for file in tree.files().iter().filter(|file| file.has_extension("rs")) {
        for (index, line) in file.text.lines().enumerate() {
            for cited in between(line, CITATION, ")") {
                if !cited.is_empty() && !known.contains(cited) {
                    let advice = format!("{cited} is not in {NUMBERS}: add it, or cite another");
                    findings.push(Finding::new(&file.path, index + 1, "invariant", advice));
                }
            }
        }
    }
}

/// The numbers that open a row of a table.
fn numbered(text: &str) -> BTreeSet<&str> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    rows.filter_map(|row| row.split_once(" |").map(|(number, _)| number))
        .collect()
}

fn check_tests(tree: &Tree, path: &str, findings: &mut Vec<Finding>) {
    let Some(text) = tree.text(path) else {
        return;
    };
    for (index, line) in text.lines().enumerate() {
        for (room, name) in line.split('`').skip(1).step_by(2).filter_map(test_name) {
            if !has_function(tree, room, name) {
                let advice = format!("{room} has no function {name}: name a test that is there");
                findings.push(Finding::new(path, index + 1, "citation", advice));
            }
        }
    }
}

/// Room and function of `room::some_function`, when the text is such a name and nothing else.
fn test_name(code: &str) -> Option<(&str, &str)> {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
    };
    let (room, name) = code.split_once("::")?;
    (plain(room) && plain(name) && name.contains('_')).then_some((room, name))
}

fn has_function(tree: &Tree, room: &str, name: &str) -> bool {
    let folder = format!("/{room}/");
    let opens = format!("fn {name}(");
    let mut files = tree.files().iter().filter(|file| file.has_extension("rs"));
    files.any(|file| format!("/{}", file.path).contains(&folder) && file.text.contains(&opens))
}

/// The texts between each `start` and the next `end`.
fn between<'a>(line: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = line.split(start).skip(1);
    parts.filter_map(move |part| part.split_once(end).map(|(inside, _)| inside))
}

/// How code cites an invariant; put together so that this file cites none.
const CITATION: &str = concat!("INVAR", "IANT(");
