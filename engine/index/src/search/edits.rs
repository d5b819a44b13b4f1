//! Words at most so many edits away: an automaton over the dictionary's bytes.
//!
//! For: misspelt words. An edit puts in, leaves out or changes one letter, or swaps two
//! neighbours. Invariant: layers (`^ta`) and codes never match.

use std::ops::RangeInclusive;
use tantivy_fst::Automaton;

/// Accepts the words near one word.
pub(crate) struct Edits<'a> {
    word: &'a [u8],
    most: u8,
}

/// Two rows of the distance table, the last byte read, and how many were.
#[derive(Clone)]
pub(crate) struct Rows {
    before: [u8; CELLS],
    row: [u8; CELLS],
    last: u8,
    depth: usize,
}

impl<'a> Edits<'a> {
    /// Words at most `most` edits from `word`, which is cut at the longest that is compared.
    pub(crate) fn new(word: &'a str, most: u8) -> Self {
        let word = word.as_bytes();
        Self {
            word: &word[..word.len().min(CELLS - 1)],
            most,
        }
    }

    /// How many edits `other` is away, if at most as many as asked.
    pub(crate) fn distance(&self, other: &str) -> Option<u8> {
        let mut rows = self.start();
        for byte in other.bytes() {
            rows = self.accept(&rows, byte);
        }
        Some(rows.row[self.word.len()]).filter(|distance| *distance <= self.most)
    }

    /// The cells of a row that can hold a distance that is small enough.
    fn band(&self, depth: usize) -> RangeInclusive<usize> {
        let most = usize::from(self.most);
        depth.saturating_sub(most)..=self.word.len().min(depth + most)
    }

    const fn far(&self) -> u8 {
        self.most.saturating_add(1)
    }
}

impl Automaton for Edits<'_> {
    type State = Rows;

    fn start(&self) -> Rows {
        let far = [self.far(); CELLS];
        let mut row = far;
        for (cell, distance) in row.iter_mut().zip(0..self.far()) {
            *cell = distance;
        }
        Rows {
            before: far,
            row,
            last: 0,
            depth: 0,
        }
    }

    fn is_match(&self, rows: &Rows) -> bool {
        rows.row[self.word.len()] <= self.most
    }

    fn can_match(&self, rows: &Rows) -> bool {
        self.band(rows.depth).any(|at| rows.row[at] <= self.most)
    }

    fn accept(&self, rows: &Rows, byte: u8) -> Rows {
        let far = self.far();
        let depth = rows.depth + 1;
        let mut row = [far; CELLS];
        if !matches!(byte, b'^' | b':') {
            for at in self.band(depth) {
                let mut least = rows.row[at].saturating_add(1);
                if let Some(left) = at.checked_sub(1) {
                    let letter = self.word[left];
                    least = least.min(row[left].saturating_add(1));
                    least = least.min(rows.row[left] + u8::from(letter != byte));
                    if left > 0 && letter == rows.last && self.word[left - 1] == byte {
                        least = least.min(rows.before[left - 1].saturating_add(1));
                    }
                }
                row[at] = least.min(far);
            }
        }
        Rows {
            before: rows.row,
            row,
            last: byte,
            depth,
        }
    }
}

/// Cells of a row: one more than the bytes of the longest word that is compared.
const CELLS: usize = 48;

#[cfg(test)]
mod tests;
