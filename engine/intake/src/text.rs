//! Text, and bytes written as text.
//!
//! Text is laid out from blocks: lines are rows, items and paragraphs, tabs part cells.
//!
//! Invariants: white space is never doubled, no line ends in white space, no control character
//! but line feed and tab is written, and the whole is bounded.

use crate::xml::may_be_blank;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Lays out text.
pub(crate) struct TextWriter {
    out: String,
    room: usize,
    gap: Gap,
    bullet: bool,
    cells: usize,
}

/// What parts the next word from the last; the greater wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Semicolon,
    Cell,
    Line,
}

/// The text is longer than there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextTooLong;

impl TextWriter {
    /// Lays out at most `room` bytes.
    pub(crate) const fn within(room: usize) -> Self {
        Self {
            out: String::new(),
            room,
            gap: Gap::None,
            bullet: false,
            cells: 0,
        }
    }

    /// Writes running text.
    pub(crate) fn words(&mut self, text: &str) -> Result<(), TextTooLong> {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if is_blank(first) {
                self.widen(Gap::Space);
                rest = rest.trim_start_matches(is_blank);
            } else {
                let end = rest.find(is_blank).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                self.word(word)?;
                rest = after;
            }
        }
        Ok(())
    }

    /// Ends the line; inside a cell a semicolon, so that a row stays one line.
    pub(crate) fn line(&mut self) {
        self.widen(if self.cells > 0 {
            Gap::Semicolon
        } else {
            Gap::Line
        });
    }

    /// Begins an item of a list.
    pub(crate) fn item(&mut self) {
        self.line();
        self.bullet = self.cells == 0;
    }

    /// Begins a cell of a row.
    pub(crate) fn open_cell(&mut self) {
        self.widen(if self.cells > 0 {
            Gap::Semicolon
        } else {
            Gap::Cell
        });
        self.cells += 1;
    }

    /// Ends a cell of a row.
    pub(crate) fn close_cell(&mut self) {
        self.cells = self.cells.saturating_sub(1);
        self.widen(Gap::Space);
    }

    /// What was written.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn word(&mut self, word: &str) -> Result<(), TextTooLong> {
        if self.out.len() + word.len() + LONGEST_GAP_BYTES > self.room {
            return Err(TextTooLong);
        }
        if !self.out.is_empty() {
            self.out.push_str(match self.gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Semicolon => "; ",
                Gap::Cell => "\t",
                Gap::Line => "\n",
            });
        }
        if self.bullet {
            self.out.push_str("- ");
        }
        self.gap = Gap::None;
        self.bullet = false;
        self.out.push_str(word);
        Ok(())
    }
}

/// Lays out plain text: lines and tabs are kept, other white space is made one space, and more
/// than one empty line is made one.
pub(crate) fn plain(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        laid_out(text)
    }
}

fn laid_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty_lines = 0_usize;
    for line in text.split(['\n', '\u{c}']) {
        let cells = line.split('\t').map(crate::xml::collapse);
        let cells: Vec<_> = cells.filter(|cell| !cell.is_empty()).collect();
        let line = cells.join("\t");
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty_lines > 0 { "\n\n" } else { "\n" });
        }
        empty_lines = 0;
        out.push_str(&line);
    }
    out
}

/// Whether it is certain without a look at its characters that a text is laid out already.
fn is_plain(text: &str) -> bool {
    // As if two empty lines stood before it: none may follow.
    let (mut before, mut line_feeds) = (b'\n', 2);
    for (at, byte) in text.bytes().enumerate() {
        let parts = matches!(byte, b' ' | b'\t' | b'\n');
        if parts && matches!(before, b' ' | b'\t') || may_be_blank(text, at, byte) {
            return false;
        }
        if byte == b'\n' {
            line_feeds += 1;
            if line_feeds > 2 {
                return false;
            }
        } else if byte.is_ascii_control() && byte != b'\t' || parts && before == b'\n' {
            return false;
        } else {
            line_feeds = 0;
        }
        before = byte;
    }
    !matches!(before, b' ' | b'\t' | b'\n') || text.is_empty()
}

/// Reads base64 with white space in it, with or without padding.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let dense: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    GeneralPurpose::new(&STANDARD, lenient).decode(dense).ok()
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

const LONGEST_GAP_BYTES: usize = 4;

#[cfg(test)]
mod tests;
