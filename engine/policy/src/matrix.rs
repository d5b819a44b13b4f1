//! The habilitation matrix: which profession may read which document type.
//!
//! Format (tab-separated): lines from `#` are comments; then a header `class`, `type` and one
//! profession code per column; then one line per type with a cell per profession: `permit` or
//! `deny`, followed by `?` when no published source states it. Invariant: no cell means deny.

use crate::error::PackError;
use std::collections::{BTreeMap, BTreeSet};

/// One cell of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub effect: Effect,
    /// Whether a published source says it.
    pub source: Source,
}

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// May read.
    Permit,
    /// May not read.
    Deny,
}

/// Where a cell comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A published source states it.
    Published,
    /// Assumed for want of a source.
    Assumed,
}

/// A pack's matrix.
#[derive(Clone, Debug)]
pub struct Matrix {
    professions: Vec<String>,
    rows: BTreeMap<String, Row>,
}

#[derive(Clone, Debug)]
struct Row {
    class: String,
    cells: Vec<Cell>,
}

impl Matrix {
    pub(crate) fn parse(text: &str) -> Result<Self, PackError> {
        let mut lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
        let Some((at, header)) = lines.next() else {
            return Err(wrong(0, "the header is missing"));
        };
        let mut columns = header.split('\t');
        if columns.next() != Some("class") || columns.next() != Some("type") {
            return Err(wrong(at, "the header starts with class and type"));
        }
        let professions: Vec<String> = columns.map(str::to_owned).collect();
        let distinct: BTreeSet<_> = professions.iter().collect();
        if distinct.len() != professions.len() || !professions.iter().all(|code| is_code(code)) {
            return Err(wrong(at, "a profession is repeated, empty or not a code"));
        }
        let mut rows = BTreeMap::new();
        for (at, line) in lines {
            let (kind, row) = parse_row(at, line, professions.len())?;
            if rows.insert(kind, row).is_some() {
                return Err(wrong(at, "the type has a line already"));
            }
        }
        Ok(Self { professions, rows })
    }

    /// The cell of a type and a profession.
    #[must_use]
    pub fn cell(&self, kind: &str, profession: &str) -> Option<Cell> {
        let column = self
            .professions
            .iter()
            .position(|code| code == profession)?;
        self.rows.get(kind)?.cells.get(column).copied()
    }

    /// The professions with a column.
    pub fn professions(&self) -> impl Iterator<Item = &str> {
        self.professions.iter().map(String::as_str)
    }

    /// The types with a line: class and type, ordered by type.
    pub fn types(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.rows
            .iter()
            .map(|(kind, row)| (row.class.as_str(), kind.as_str()))
    }

    pub(crate) fn permits(&self, kind: &str, profession: &str) -> bool {
        self.cell(kind, profession)
            .is_some_and(|cell| cell.effect == Effect::Permit)
    }
}

fn parse_row(at: usize, line: &str, width: usize) -> Result<(String, Row), PackError> {
    let mut cells = line.split('\t');
    let (class, kind) = (
        cells.next().unwrap_or_default(),
        cells.next().unwrap_or_default(),
    );
    if !is_code(class) || !is_code(kind) {
        return Err(wrong(at, "the class or the type is not a code"));
    }
    let cells: Vec<_> = cells.map(parse_cell).collect();
    if cells.len() != width {
        return Err(wrong(
            at,
            "the line has more or fewer cells than the header",
        ));
    }
    let cells: Option<Vec<_>> = cells.into_iter().collect();
    let cells = cells.ok_or_else(|| wrong(at, "a cell is permit, permit?, deny or deny?"))?;
    let class = class.to_owned();
    Ok((kind.to_owned(), Row { class, cells }))
}

fn parse_cell(cell: &str) -> Option<Cell> {
    let (effect, source) = match cell {
        "permit" => (Effect::Permit, Source::Published),
        "permit?" => (Effect::Permit, Source::Assumed),
        "deny" => (Effect::Deny, Source::Published),
        "deny?" => (Effect::Deny, Source::Assumed),
        _ => return None,
    };
    Some(Cell { effect, source })
}

pub(crate) fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= CODE_BYTES_MAX && text.bytes().all(plain)
}

fn wrong(at: usize, reason: &str) -> PackError {
    let (file, line) = ("matrix.tsv", at + 1);
    PackError::Line {
        file,
        line,
        reason: reason.to_owned(),
    }
}

const CODE_BYTES_MAX: usize = 64;
// A trace names a pack by its name, a space and its version.
const _: () = assert!(2 * CODE_BYTES_MAX < base::limit::ACTOR_FIELD_BYTES_MAX);

#[cfg(test)]
mod tests;
