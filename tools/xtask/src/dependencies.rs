//! `cargo xtask dependencies`: what is linked into a host, compared with `docs/dependencies.md`.
//!
//! For: seeing in review that a change brings a crate in. Not for: versions, which `Cargo.lock`
//! keeps, and licences. Invariant: checking never writes.

use crate::header::Mode;
use crate::step;
use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = "docs/dependencies.md";
const BEGIN: &str = "<!-- written by cargo xtask dependencies --write -->\n";
const END: &str = "<!-- until here -->\n";

/// Compares the list of the page with cargo's, or replaces it.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    let path = root.join(PAGE);
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    let mut command = step::plain(&step::cargo(), root);
    command.args([
        "tree",
        "--locked",
        "--package",
        "liasse",
        "--edges",
        "normal",
    ]);
    command.args(["--prefix", "none", "--format", "{p}"]);
    command.args(["--target", "x86_64-unknown-linux-gnu"]);
    let wanted = replaced(&page, &listed(&step::output(command)?))?;
    if page == wanted {
        println!("dependencies: {PAGE} says what cargo says");
        return Ok(());
    }
    if mode == Mode::Check {
        return Err(format!(
            "{PAGE}: differs from `cargo tree`: {}; look at what comes in, then run \
             `cargo xtask dependencies --write`",
            difference(&page, &wanted)
        ));
    }
    std::fs::write(&path, wanted).map_err(|error| format!("{PAGE}: {error}"))?;
    println!("dependencies: {PAGE} written");
    Ok(())
}

/// The crates of a tree as a block of lines: ours apart, each outside crate once.
fn listed(tree: &str) -> String {
    let lines = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    let packages: BTreeSet<&str> = lines.filter(|line| !line.is_empty()).collect();
    let name = |line: &&str| line.split(' ').next().unwrap_or_default().to_owned();
    let ours = |line: &&&str| line.starts_with("liasse");
    let rooms = packages.iter().filter(ours).count();
    let outside = packages.len() - rooms;
    let names: BTreeSet<_> = packages
        .iter()
        .filter(|line| !ours(line))
        .map(name)
        .collect();
    let mut text = format!(
        "{rooms} of ours and {outside} from outside ({} names):\n\n```text\n",
        names.len()
    );
    let mut line = String::new();
    for name in names {
        if line.len() + name.len() >= WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line.clear();
        }
        line.push_str(&name);
        line.push(' ');
    }
    text.push_str(line.trim_end());
    text.push_str("\n```\n");
    text
}

/// The page with this list between its marks.
fn replaced(page: &str, list: &str) -> Result<String, String> {
    let marks = || format!("{PAGE}: the marks around the list are gone");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(marks)?;
    let (_, after) = rest.split_once(END).ok_or_else(marks)?;
    Ok(format!("{before}{BEGIN}{list}{END}{after}"))
}

/// The crates that came and went.
fn difference(old: &str, new: &str) -> String {
    let words = |text: &str| -> BTreeSet<String> {
        let list = text.split("```text").nth(1).unwrap_or_default();
        let list = list.split("```").next().unwrap_or_default();
        list.split_whitespace().map(str::to_owned).collect()
    };
    let (old, new) = (words(old), words(new));
    let signed = |sign: char, of: &BTreeSet<String>, less: &BTreeSet<String>| -> Vec<String> {
        of.difference(less)
            .map(|name| format!("{sign}{name}"))
            .collect()
    };
    let mut changes = signed('+', &new, &old);
    changes.extend(signed('-', &old, &new));
    if changes.is_empty() {
        "the number of versions".to_owned()
    } else {
        changes.join(" ")
    }
}

const WIDTH: usize = 98;

#[cfg(test)]
mod tests;
