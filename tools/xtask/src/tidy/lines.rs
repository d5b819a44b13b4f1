//! Rules about lines and words, for any text file.
//!
//! For: width, blanks, file length, ASCII, headers, words and paths that do not belong here.
//! Not for: rules that must understand Rust; those are in `code`.

use super::Finding;
use super::tree::File;

const WIDTH_COLUMNS_MAX: usize = 100;
const CODE_LINES_MAX: usize = 599;
const TEST_LINES_MAX: usize = 1_200;

/// Marks of unfinished work, whole words.
const MARKS: &[&str] = &[concat!("FIX", "ME"), concat!("XX", "X")];

/// Paths that exist on one machine only.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/fa", "rm/"),
    concat!("/tmp/", "plan"),
    concat!("/tmp/", "target"),
    concat!("..", "/shared"),
];

/// How a text came to be is not the reader's concern.
const STRANGE_WORDS: &[&str] = &[
    concat!("issues ", "show"),
    concat!("sub", "agent"),
    concat!("sub-", "agent"),
    concat!("language ", "model"),
    concat!("this ", "workplace"),
    concat!("DESIGN", ".md"),
    concat!("DOMAIN", ".md"),
    concat!("STYLE", ".md"),
];

/// Checks one file.
pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.is_test_data() {
        return findings;
    }
    let rust = file.has_extension("rs");
    if rust {
        check_file(file, &mut findings);
    }
    let tended = rust
        || ["md", "toml", "c", "h"]
            .iter()
            .any(|one| file.has_extension(one));
    for (index, line) in file.text.split('\n').enumerate() {
        let number = index + 1;
        let mut breach =
            |rule, advice: &str| findings.push(Finding::new(&file.path, number, rule, advice));
        if tended && line.ends_with('\r') {
            breach("blanks", "end lines with LF alone");
        } else if tended && line.ends_with([' ', '\t']) {
            breach("blanks", "remove the blanks at the end of the line");
        }
        if rust {
            check_rust_line(file, line, &mut breach);
        }
        check_words(file, line, &mut breach);
    }
    findings
}

fn check_file(file: &File, findings: &mut Vec<Finding>) {
    if !file.text.starts_with("//!") {
        findings.push(Finding::new(
            &file.path,
            1,
            "header",
            "open the file with `//!`: what it is for, what it is not for, its invariants",
        ));
    }
    let lines = file.text.lines().count();
    let limit = if file.is_test() {
        TEST_LINES_MAX
    } else {
        CODE_LINES_MAX
    };
    if lines > limit {
        let advice = format!("{lines} lines, at most {limit}: find the second noun and name it");
        findings.push(Finding::new(&file.path, limit + 1, "length", advice));
    }
}

fn check_rust_line(file: &File, line: &str, breach: &mut impl FnMut(&'static str, &str)) {
    if line.contains('\t') {
        breach("blanks", "indent with spaces; write a tab in a text as \\t");
    }
    if line.trim_end().chars().count() > WIDTH_COLUMNS_MAX {
        breach("width", "break the line: at most 100 columns");
    }
    if !file.is_test() && !line.is_ascii() {
        breach(
            "ascii",
            "write it in ASCII, with \\u{..}, or keep the text in a data file",
        );
    }
}

fn check_words(file: &File, line: &str, breach: &mut impl FnMut(&'static str, &str)) {
    for mark in MARKS {
        if file.has_extension("rs") && words(line).any(|word| word == *mark) {
            breach("unfinished", "finish it, or take it out");
        }
    }
    let pipeline = file.path == ".ci/run";
    for path in MACHINE_PATHS {
        if !pipeline && line.contains(path) {
            breach("machine", "name no path that exists on one machine only");
        }
    }
    for strange in STRANGE_WORDS {
        if line.contains(strange) {
            breach("words", "write as if only the repository existed");
        }
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}
