//! `cargo xtask tidy`: the rules of the house, checked over every file of the repository.
//!
//! For: what a reader or a compiler would not notice. Not for: format (`cargo fmt`) or lints
//! (`clippy`). Invariants: a rule looks at texts only, builds nothing and touches nothing; each
//! finding names its place, its rule and what to do.

mod cited;
mod code;
mod house;
mod lines;
mod links;
mod tree;

use std::fmt;
use std::path::Path;
use tree::Tree;

/// A breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    advice: String,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            advice: advice.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            advice,
        } = self;
        write!(f, "{path}:{line}: {rule}: {advice}")
    }
}

/// Checks the repository at `root` and prints what it finds.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let tree = Tree::read(root)?;
    let findings = check(&tree);
    if findings.is_empty() {
        println!("tidy: {} files keep the rules", tree.files().len());
        return Ok(());
    }
    for finding in &findings {
        println!("{finding}");
    }
    Err(format!(
        "tidy: {} findings; docs/style.md says why each rule is there",
        findings.len()
    ))
}

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = house::check(tree);
    findings.extend(cited::check(tree));
    for file in tree.files() {
        findings.extend(lines::check(file));
        findings.extend(code::check(file));
        findings.extend(links::check(file, tree));
    }
    findings.sort();
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests;
