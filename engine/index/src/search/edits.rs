//! Words at most so many edits away: an automaton over the dictionary's bytes.
//!
//! For: misspelt words. An edit puts in, leaves out or changes one letter, or swaps two
//! neighbours. Invariant: layers (`^ta`) and codes never match.

use tantivy_fst::Automaton;

/// Accepts the words near one word.
pub(crate) struct Edits<'a> {
    word: &'a [u8],
    most: u8,
}

/// Two rows of the distance table and the last byte read.
#[derive(Clone)]
pub(crate) struct Rows {
    before: Vec<u8>,
    row: Vec<u8>,
    last: u8,
}

impl<'a> Edits<'a> {
    /// Words at most `most` edits from `word`.
    pub(crate) const fn new(word: &'a str, most: u8) -> Self {
        Self {
            word: word.as_bytes(),
            most,
        }
    }

    /// How many edits `other` is away, if at most as many as asked.
    pub(crate) fn distance(&self, other: &str) -> Option<u8> {
        let mut rows = self.start();
        for byte in other.bytes() {
            rows = self.accept(&rows, byte);
        }
        rows.row
            .last()
            .copied()
            .filter(|distance| *distance <= self.most)
    }
}

impl Automaton for Edits<'_> {
    type State = Rows;

    fn start(&self) -> Rows {
        let length = u8::try_from(self.word.len()).unwrap_or(u8::MAX);
        Rows {
            before: Vec::new(),
            row: (0..=length).collect(),
            last: 0,
        }
    }

    fn is_match(&self, rows: &Rows) -> bool {
        rows.row
            .last()
            .is_some_and(|distance| *distance <= self.most)
    }

    fn can_match(&self, rows: &Rows) -> bool {
        rows.row.iter().any(|distance| *distance <= self.most)
    }

    fn accept(&self, rows: &Rows, byte: u8) -> Rows {
        let far = self.most.saturating_add(1);
        if matches!(byte, b'^' | b':') {
            return Rows {
                before: Vec::new(),
                row: vec![far; rows.row.len()],
                last: byte,
            };
        }
        let mut row = Vec::with_capacity(rows.row.len());
        row.push(
            rows.row
                .first()
                .map_or(far, |first| first.saturating_add(1)),
        );
        for (at, letter) in self.word.iter().enumerate() {
            let change = rows.row[at].saturating_add(u8::from(*letter != byte));
            let put_in = row[at].saturating_add(1);
            let left_out = rows.row[at + 1].saturating_add(1);
            let mut least = change.min(put_in).min(left_out);
            let swapped = at > 0 && *letter == rows.last && self.word[at - 1] == byte;
            if let (true, Some(before)) = (swapped, rows.before.get(at.wrapping_sub(1))) {
                least = least.min(before.saturating_add(1));
            }
            row.push(least.min(far));
        }
        Rows {
            before: rows.row.clone(),
            row,
            last: byte,
        }
    }
}

#[cfg(test)]
mod tests;
