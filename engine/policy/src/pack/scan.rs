//! What is checked of a pack's text before Cedar's parser sees it, and where things stand in it.
//!
//! Invariant: Cedar's parser recurses; it is only given texts whose nesting and whose number of
//! operators in one rule are bounded here, so that no pack can exhaust the stack.

use super::PackFiles;
use crate::error::PackError;
use base::limit;
use cedar_policy::{ParseErrors, PolicySet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Refuses texts that are too large or too deeply nested.
pub(super) fn bounded(files: PackFiles<'_>) -> Result<(), PackError> {
    for (file, text) in [
        ("pack.txt", files.manifest),
        ("schema.cedarschema", files.schema),
        ("policies.cedar", files.policies),
        ("matrix.tsv", files.matrix),
    ] {
        if text.len() > limit::PACK_FILE_BYTES_MAX {
            return Err(PackError::TooLarge {
                file,
                limit: limit::PACK_FILE_BYTES_MAX,
            });
        }
    }
    rule_ends(files.policies).map(|_| ())
}

/// Reads the four files of a pack, in the order of `PackFiles`.
pub(super) fn read_all(directory: &Path) -> Result<[String; 4], PackError> {
    let read = |file: &'static str| read(&directory.join(file), file);
    Ok([
        read("pack.txt")?,
        read("schema.cedarschema")?,
        read("policies.cedar")?,
        read("matrix.tsv")?,
    ])
}

/// Reads one file of a pack, never more than the limit and one byte.
fn read(path: &Path, file: &'static str) -> Result<String, PackError> {
    let unreadable = |error: std::io::Error| PackError::Unreadable {
        file,
        kind: error.kind(),
    };
    let mut text = String::new();
    // Opening a pipe would wait for whoever writes into it.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(PackError::NoFile { file });
    }
    let opened = File::open(path).map_err(unreadable)?;
    let longest = u64::try_from(limit::PACK_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    opened
        .take(longest.saturating_add(1))
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    Ok(text)
}

/// The line on which the rule with this id begins, from 1; 0 when it is not found.
pub(super) fn line_of(text: &str, id: &str) -> usize {
    let mark = format!("@id(\"{id}\")");
    text.find(&mark).map_or(0, |at| line_at(text, at))
}

/// The line of the first place that a template leaves open.
pub(super) fn line_of_slot(text: &str) -> usize {
    let slots = ["?principal", "?resource"];
    let found = slots.iter().filter_map(|slot| text.find(slot)).min();
    line_at(text, found.unwrap_or(0))
}

/// The line on which the rule of this number begins, counted from 0 in the order of the text;
/// the last line when there are fewer.
pub(super) fn line_of_rule(text: &str, number: usize) -> usize {
    let ends = rule_ends(text).unwrap_or_default();
    let begins = number.checked_sub(1).and_then(|before| ends.get(before));
    let from = begins.copied().unwrap_or(0);
    let mut line = line_at(text, from);
    for rest in text.get(from..).unwrap_or_default().lines() {
        let rest = rest.trim_start();
        if !rest.is_empty() && !rest.starts_with("//") {
            break;
        }
        line += 1;
    }
    line
}

/// Cedar's complaint, with the line of the first rule it is about.
pub(super) fn syntax(text: &str, errors: &ParseErrors) -> PackError {
    let (mut line, mut reason, mut from) = (0, errors.to_string(), 0);
    for end in rule_ends(text).unwrap_or_default() {
        let rule = text.get(from..end).unwrap_or_default();
        if let Err(error) = rule.parse::<PolicySet>() {
            let blank = rule.len() - rule.trim_start().len();
            line = line_at(text, from + blank);
            reason = error.to_string();
            break;
        }
        from = end;
    }
    PackError::Syntax { line, reason }
}

fn line_at(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Where each rule ends, by its semicolon outside strings and comments; refused when brackets
/// or operators are too many.
fn rule_ends(text: &str) -> Result<Vec<usize>, PackError> {
    let (mut ends, mut depth, mut operators) = (Vec::new(), 0usize, 0usize);
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        match byte {
            b'"' => {
                while let Some((_, inner)) = bytes.next() {
                    match inner {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'/' if next == Some(b'/') => {
                while bytes.next_if(|(_, inner)| *inner != b'\n').is_some() {}
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b';' => {
                operators = 0;
                ends.push(at + 1);
            }
            b'&' | b'|' | b'!' | b'-' | b'+' | b'*' | b'<' | b'>' | b'=' | b'.' | b'?' => {
                operators += 1;
            }
            // `if`, `in`, `is`
            b'i' if matches!(next, Some(b'f' | b'n' | b's')) => operators += 1,
            _ => {}
        }
        if depth > DEPTH_MAX || operators > OPERATORS_MAX {
            let reason = "the rule is nested too deep or too long".to_owned();
            return Err(PackError::Syntax {
                line: line_at(text, at),
                reason,
            });
        }
    }
    ends.push(text.len());
    Ok(ends)
}

/// Deepest nesting of brackets in the rules.
const DEPTH_MAX: usize = 48;
/// Most characters of operators in one rule.
const OPERATORS_MAX: usize = 2000;
