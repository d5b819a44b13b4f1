//! `cargo xtask licences`: every dependency's licence against the list in `deny.toml`.
//!
//! For: the same check as `cargo deny check licenses`, without a tool to install. Not for:
//! advisories. Invariant: an expression that is not understood is refused.

use crate::step;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Checks the dependencies of the workspace at `root`.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let path = root.join("deny.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("deny.toml: {error}"))?;
    let rules = Rules::read(&text)?;
    let mut command = step::plain(&step::cargo(), root);
    command.args(["metadata", "--format-version", "1", "--filter-platform"]);
    command.arg("x86_64-unknown-linux-gnu");
    let metadata: Value =
        serde_json::from_str(&step::output(command)?).map_err(|error| error.to_string())?;
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let refused: Vec<String> = packages
        .iter()
        .filter_map(|one| rules.refusal(one))
        .collect();
    if refused.is_empty() {
        println!(
            "licences: {} packages, all allowed by deny.toml",
            packages.len()
        );
        return Ok(());
    }
    Err(format!("licences: {}", refused.join("\nlicences: ")))
}

struct Rules {
    allowed: BTreeSet<String>,
    /// Package and licence, for one package alone.
    exceptions: BTreeSet<(String, String)>,
}

impl Rules {
    fn read(text: &str) -> Result<Self, String> {
        let table = text.parse::<toml::Table>();
        let table = table.map_err(|error| format!("deny.toml: {}", error.message()))?;
        let licences = table
            .get("licenses")
            .ok_or("deny.toml: there is no [licenses]")?;
        let texts = |list: Option<&toml::Value>| -> Vec<String> {
            let list = list.and_then(toml::Value::as_array).into_iter().flatten();
            list.filter_map(toml::Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        let mut exceptions = BTreeSet::new();
        let listed = licences.get("exceptions").and_then(toml::Value::as_array);
        for exception in listed.into_iter().flatten() {
            let name = exception.get("crate").or_else(|| exception.get("name"));
            let name = name.and_then(toml::Value::as_str).unwrap_or_default();
            for licence in texts(exception.get("allow")) {
                exceptions.insert((name.to_owned(), licence));
            }
        }
        let allowed = texts(licences.get("allow")).into_iter().collect();
        Ok(Self {
            allowed,
            exceptions,
        })
    }

    fn refusal(&self, package: &Value) -> Option<String> {
        let name = package["name"].as_str().unwrap_or_default();
        let version = package["version"].as_str().unwrap_or_default();
        let Some(expression) = package["license"].as_str() else {
            return Some(format!("{name} {version} names no licence"));
        };
        let allowed = |licence: &str| {
            self.allowed.contains(licence)
                || self
                    .exceptions
                    .contains(&(name.to_owned(), licence.to_owned()))
        };
        let refused = format!("{name} {version} is under {expression}: not allowed by deny.toml");
        (!permits(expression, &allowed).unwrap_or(false)).then_some(refused)
    }
}

/// Whether an SPDX expression can be met by allowed licences; `None` when it is not understood.
fn permits(expression: &str, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any_of(&mut rest, allowed)?;
    rest.is_empty().then_some(met)
}

fn any_of(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = all_of(words, allowed)?;
    while let Some((&"OR", rest)) = words.split_first() {
        *words = rest;
        met |= all_of(words, allowed)?;
    }
    Some(met)
}

fn all_of(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while let Some((&"AND", rest)) = words.split_first() {
        *words = rest;
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    match *first {
        "(" => {
            let met = any_of(words, allowed)?;
            let (close, rest) = words.split_first()?;
            *words = rest;
            (*close == ")").then_some(met)
        }
        ")" | "AND" | "OR" | "WITH" => None,
        licence => {
            let Some((&"WITH", rest)) = words.split_first() else {
                return Some(allowed(licence));
            };
            let (exception, rest) = rest.split_first()?;
            *words = rest;
            Some(allowed(&format!("{licence} WITH {exception}")))
        }
    }
}

#[cfg(test)]
mod tests;
