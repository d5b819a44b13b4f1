//! `cargo xtask leaks`: leaks planted in a copy of the engine, each of which the twins must catch.
//!
//! For: trusting the comparison of twin stores. Invariants: the source itself is never touched;
//! a leak whose place is gone from the source fails the chore, so that none is lost in silence;
//! without a leak the copy passes.

use crate::step;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use toml::{Table, Value};

/// Plants the leaks in a copy, builds it once, and runs the twins for each.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let text = fs::read_to_string(root.join(LEAKS)).map_err(|why| format!("{LEAKS}: {why}"))?;
    let leaks: Table = text.parse().map_err(|why| format!("{LEAKS}: {why}"))?;
    let folder = target(root)?.join("leaks");
    // A folder of its own: cargo would take what it built of the copy for the workspace's own.
    let (copy, target) = (folder.join("source"), folder.join("target"));
    copy_source(root, &copy)?;
    let mut names = Vec::new();
    for change in tables(&leaks, "change") {
        plant(&copy, change)?;
    }
    for leak in tables(&leaks, "leak") {
        names.push((word(leak, "name")?, word(leak, "says")?));
        for change in tables(leak, "change") {
            plant(&copy, change)?;
        }
    }
    println!(
        "building the engine with {} leaks to choose from",
        names.len()
    );
    let built = twins(&copy, &target, &["--no-run"]).status();
    if !built.map_err(|why| why.to_string())?.success() {
        return Err("the copy with the leaks does not build".to_owned());
    }
    if !pass(&copy, &target, "", BASES_WITHOUT)? {
        return Err("twins differ without a leak".to_owned());
    }
    println!("no leak: twins answer alike");
    for (name, says) in &names {
        if pass(&copy, &target, name, BASES_WITH)? {
            return Err(format!("{name} was not caught: {says}"));
        }
        println!("{name}: caught ({says})");
    }
    Ok(())
}

/// Where this build keeps what it makes.
fn target(root: &Path) -> Result<PathBuf, String> {
    let mut command = step::plain(&step::cargo(), root);
    command.args([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]);
    let said = step::output(command)?;
    let said: serde_json::Value = serde_json::from_str(&said).map_err(|why| why.to_string())?;
    let folder = said.get("target_directory").and_then(|it| it.as_str());
    Ok(PathBuf::from(
        folder.ok_or("cargo metadata names no target folder")?,
    ))
}

/// Copies what git knows of, and takes away what an earlier run left.
fn copy_source(root: &Path, copy: &Path) -> Result<(), String> {
    if copy.exists() {
        fs::remove_dir_all(copy).map_err(|why| why.to_string())?;
    }
    let mut command = Command::new("git");
    command.current_dir(root);
    command.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    for name in step::output(command)?.lines() {
        let (from, to) = (root.join(name), copy.join(name));
        // A file that was removed and not committed yet is listed all the same.
        if !from.is_file() {
            continue;
        }
        let folder = to.parent().unwrap_or(copy);
        fs::create_dir_all(folder).map_err(|why| why.to_string())?;
        fs::copy(&from, &to).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

/// Changes one place of the copy.
fn plant(copy: &Path, change: &Table) -> Result<(), String> {
    let file = word(change, "file")?;
    let path = copy.join(file);
    let text = fs::read_to_string(&path).map_err(|why| format!("{file}: {why}"))?;
    let changed = planted(&text, change).map_err(|why| format!("{LEAKS}: {file}: {why}"))?;
    fs::write(&path, changed).map_err(|why| format!("{file}: {why}"))
}

/// A text with one change: something put in the place of what stands there once, or at its end.
fn planted(text: &str, change: &Table) -> Result<String, String> {
    if let Ok(tail) = word(change, "append") {
        return Ok(format!("{text}{tail}"));
    }
    let (find, put) = (word(change, "find")?, word(change, "put")?);
    match text.matches(find).count() {
        1 => Ok(text.replacen(find, put, 1)),
        found => Err(format!(
            "stands there {found} times, not once: {}",
            find.trim()
        )),
    }
}

/// Whether the twins answer alike with this leak.
fn pass(copy: &Path, target: &Path, leak: &str, bases: u32) -> Result<bool, String> {
    let mut command = twins(copy, target, &["--", "twins::twins_answer_alike"]);
    command
        .env("LIASSE_LEAK", leak)
        .env("LIASSE_TWINS", bases.to_string())
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let output = command.output().map_err(|why| why.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains("1 passed") {
        return Ok(true);
    }
    // Anything but a comparison that failed is no answer.
    if said.contains("left == right") {
        return Ok(false);
    }
    Err(format!("the twins did not run with `{leak}`:\n{said}"))
}

fn twins(copy: &Path, target: &Path, words: &[&str]) -> Command {
    let mut command = step::plain(&step::cargo(), copy);
    command.env("CARGO_TARGET_DIR", target);
    command.args(["test", "--quiet", "--package", "liasse", "--test", "it"]);
    command.args(words);
    command
}

fn tables<'a>(table: &'a Table, name: &str) -> Vec<&'a Table> {
    let all = table.get(name).and_then(Value::as_array);
    let all = all.into_iter().flatten().filter_map(Value::as_table);
    all.collect()
}

fn word<'a>(table: &'a Table, name: &str) -> Result<&'a str, String> {
    let word = table.get(name).and_then(Value::as_str);
    word.ok_or_else(|| format!("{LEAKS}: a `{name}` is missing"))
}

const LEAKS: &str = "tools/xtask/leaks.toml";
/// Bases of twins compared without a leak, and with one.
const BASES_WITHOUT: u32 = 4;
const BASES_WITH: u32 = 100;

#[cfg(test)]
mod tests;
