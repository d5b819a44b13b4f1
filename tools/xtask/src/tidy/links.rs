//! Links of the documents: a relative link leads to a file of the repository, and its anchor to
//! a heading.
//!
//! Not for: links to other sites, which no check without a network can tell.

use super::Finding;
use super::tree::{File, Tree};

/// Checks one document.
pub(super) fn check(file: &File, tree: &Tree) -> Vec<Finding> {
    if !file.has_extension("md") || file.is_test_data() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in prose(&file.text) {
        for link in links_of(line) {
            if let Some(advice) = broken(file, link, tree) {
                findings.push(Finding::new(&file.path, number, "link", advice));
            }
        }
    }
    findings
}

/// The lines outside fenced blocks, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    let lines = text.lines().enumerate();
    lines.filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((index + 1, line))
    })
}

fn links_of(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split("](").skip(1);
    parts.filter_map(|part| part.split_once(')').map(|(link, _)| link))
}

fn broken(file: &File, link: &str, tree: &Tree) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link
        .split_once('#')
        .map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let Some(target) = resolve(&file.path, path) else {
        return Some(format!("{link} leads out of the repository"));
    };
    if !tree.has(&target) {
        return Some(format!("{link} leads to nothing; there is no {target}"));
    }
    let anchor = anchor?;
    let headings = tree.text(&target)?;
    let found = prose(headings).any(|(_, line)| heading_anchor(line).as_deref() == Some(anchor));
    (!found).then(|| format!("{link} leads to no heading of {target}"))
}

/// The path that `link` means when it stands in the file `from`.
fn resolve(from: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The anchor that a heading gets: small letters, hyphens for blanks, other marks dropped.
fn heading_anchor(line: &str) -> Option<String> {
    let title = line
        .strip_prefix('#')?
        .trim_start_matches('#')
        .strip_prefix(' ')?;
    let kept = title.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    Some(kept.collect())
}
