//! The manifest of a pack: name, version, validity, professions beside the matrix.
//!
//! Format: the first line is `liasse-pack 1`; then lines `key value`, each key once, `#` for
//! comments. Keys: `name`, `version`, `schema`, `valid-from`, `valid-until` (an instant or
//! `open`), `professions` (codes without a column in the matrix, separated by spaces),
//! `all-types` (professions that are meant to see every type, or nearly), `most-types` (that are
//! meant to see most of them), `note`.

use crate::error::PackError;
use crate::facts::Window;
use crate::matrix::is_code;
use crate::schema;
use base::Instant;
use std::collections::BTreeMap;

/// What a manifest says.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) validity: Window,
    pub(crate) professions: Vec<String>,
    pub(crate) all_types: Vec<String>,
    pub(crate) most_types: Vec<String>,
    pub(crate) note: String,
}

impl Manifest {
    pub(crate) fn parse(text: &str) -> Result<Self, PackError> {
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line.trim_end()) != Some("liasse-pack 1") {
            return Err(wrong(0, "the first line is `liasse-pack 1`"));
        }
        let mut values = BTreeMap::new();
        for (at, line) in lines {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            if !KEYS.contains(&key) {
                return Err(wrong(at, "an unknown key"));
            }
            if values.insert(key, (at, value.trim())).is_some() {
                return Err(wrong(at, "the key was given before"));
            }
        }
        let take = |key: &str| values.get(key).copied();
        let need = |key: &str| take(key).ok_or_else(|| wrong(0, &format!("{key} is missing")));
        let (at, name) = need("name")?;
        if !is_code(name) {
            return Err(wrong(at, "the name is not a code"));
        }
        let (at, version) = need("version")?;
        if !is_code(version) {
            return Err(wrong(at, "the version is not a code"));
        }
        if need("schema")?.1 != schema::VERSION {
            return Err(PackError::Schema {
                expected: schema::VERSION,
            });
        }
        let from = instant(need("valid-from")?, Instant::MIN)?;
        let until = instant(need("valid-until")?, Instant::MAX)?;
        if until <= from {
            return Err(wrong(
                need("valid-until")?.0,
                "the pack ends before it begins",
            ));
        }
        let professions = codes(take("professions").unwrap_or_default())?;
        let all_types = codes(take("all-types").unwrap_or_default())?;
        let most_types = codes(take("most-types").unwrap_or_default())?;
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            validity: Window::new(from, until),
            professions,
            all_types,
            most_types,
            note: take("note").unwrap_or_default().1.to_owned(),
        })
    }
}

fn codes((at, text): (usize, &str)) -> Result<Vec<String>, PackError> {
    let codes: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
    if codes.iter().all(|code| is_code(code)) {
        Ok(codes)
    } else {
        Err(wrong(at, "a profession is not a code"))
    }
}

fn instant((at, text): (usize, &str), open: Instant) -> Result<Instant, PackError> {
    if text == "open" {
        return Ok(open);
    }
    Instant::from_rfc3339(text).map_err(|reason| wrong(at, &reason.to_string()))
}

fn wrong(at: usize, reason: &str) -> PackError {
    let (file, line) = ("pack.txt", at + 1);
    PackError::Line {
        file,
        line,
        reason: reason.to_owned(),
    }
}

const KEYS: [&str; 9] = [
    "name",
    "version",
    "schema",
    "valid-from",
    "valid-until",
    "professions",
    "all-types",
    "most-types",
    "note",
];

#[cfg(test)]
mod tests;
