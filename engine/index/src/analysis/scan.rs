//! The scanner: one pass over a text gives its words, folded, with places and what parts them.
//!
//! For: `tokens` (layers), `context` (negation, family), queries and snippets. Not for: meaning.
//! Invariants: no word is lost or invented, so two forms of one text that differ in case,
//! accents, apostrophes, hyphens or spaces have the same words; positions grow by one a word and
//! by one more at the end of a sentence; offsets are byte offsets on character borders.

use super::fold::{Folded, fold};
use super::stem::stem;
use zeroize::Zeroize;

/// Marks seen between a word and the one before it, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gap(u16);

impl Gap {
    /// Any white space.
    pub(crate) const SPACE: Self = Self(1);
    /// A hyphen or dash.
    pub(crate) const HYPHEN: Self = Self(1 << 1);
    /// An apostrophe.
    pub(crate) const APOSTROPHE: Self = Self(1 << 2);
    /// A comma.
    pub(crate) const COMMA: Self = Self(1 << 3);
    /// A colon or an equals sign.
    pub(crate) const COLON: Self = Self(1 << 4);
    /// A full stop.
    pub(crate) const DOT: Self = Self(1 << 5);
    /// A semicolon, a question or an exclamation mark.
    pub(crate) const STOP: Self = Self(1 << 6);
    /// A slash.
    pub(crate) const SLASH: Self = Self(1 << 7);
    /// The end of a line.
    pub(crate) const LINE: Self = Self(1 << 8);
    /// A blank line.
    pub(crate) const BLANK: Self = Self(1 << 9);
    /// A bracket.
    pub(crate) const BRACKET: Self = Self(1 << 10);
    /// Any other mark.
    pub(crate) const OTHER: Self = Self(1 << 11);
    /// A question mark.
    pub(crate) const QUESTION: Self = Self(1 << 12);
    /// The end of a sentence.
    pub(crate) const END: Self = Self(1 << 13);
    /// "(-)", a lone hyphen as an answer, or the sign of the empty set: none.
    pub(crate) const NONE: Self = Self(1 << 14);

    /// Whether any mark of `other` was seen.
    pub(crate) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the words touch: a digit beside a letter.
    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// These marks and those of `other`.
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a word is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Letters, not all capital.
    Letters,
    /// Letters, all capital.
    Capitals,
    /// Digits, perhaps with one decimal mark.
    Number,
    /// An elided article or pronoun (l', d', qu').
    Elided,
}

/// One word of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// First byte in the source.
    pub(crate) start: usize,
    /// Byte behind the last in the source.
    pub(crate) end: usize,
    /// Place of the word in the text, counted in words.
    pub(crate) position: u32,
    /// What it is made of.
    pub(crate) shape: Shape,
    /// Whether its first letter is a capital.
    pub(crate) capitalised: bool,
    /// What parts it from the word before.
    pub(crate) gap: Gap,
    folded_start: u32,
    folded_end: u32,
}

/// The words of one text; its folded copy is wiped when it is dropped.
#[derive(Default)]
pub(crate) struct Words {
    words: Vec<Word>,
    folded: String,
    tail: Gap,
}

impl Words {
    /// Scans a text.
    pub(crate) fn scan(source: &str) -> Self {
        let mut scanner = Scanner {
            source,
            words: Self {
                words: Vec::with_capacity(source.len() / 6),
                folded: String::with_capacity(source.len()),
                tail: Gap::default(),
            },
            gap: Gap::LINE,
            open: None,
            position: 0,
        };
        scanner.run();
        scanner.words
    }

    /// The words in order.
    pub(crate) fn words(&self) -> &[Word] {
        &self.words
    }

    /// The folded letters of a word of this text.
    pub(crate) fn folded(&self, word: &Word) -> &str {
        let range = usize_of(word.folded_start)..usize_of(word.folded_end);
        self.folded.get(range).unwrap_or_default()
    }

    /// Writes the stem of a word of this text behind `out`.
    pub(crate) fn push_stem(&self, word: &Word, out: &mut String) {
        let folded = self.folded(word);
        let (kept, tail) = match word.shape {
            Shape::Letters | Shape::Capitals => stem(folded),
            Shape::Number | Shape::Elided => (folded.len(), ""),
        };
        out.push_str(folded.get(..kept).unwrap_or(folded));
        out.push_str(tail);
    }

    /// The marks behind the last word.
    pub(crate) const fn tail(&self) -> Gap {
        self.tail
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        self.folded.zeroize();
    }
}

struct Open {
    start: usize,
    folded_start: usize,
    digits: bool,
    all_capitals: bool,
    capitalised: bool,
}

struct Scanner<'a> {
    source: &'a str,
    words: Words,
    gap: Gap,
    open: Option<Open>,
    position: u32,
}

impl Scanner<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(byte) = self.source.as_bytes().get(at).copied() {
            if byte.is_ascii() {
                at += 1;
                match byte {
                    b'a'..=b'z' => self.letter(at - 1, char::from(byte), false),
                    b'A'..=b'Z' => {
                        self.letter(at - 1, char::from(byte.to_ascii_lowercase()), true);
                    }
                    b'0'..=b'9' => self.digit(at - 1, byte),
                    _ => at = self.mark(at - 1, byte, 1),
                }
                continue;
            }
            let Some(character) = self.source.get(at..).and_then(|rest| rest.chars().next()) else {
                break;
            };
            let width = character.len_utf8();
            if self.is_empty_set(character, at + width) {
                self.close(at);
                self.gap = self.gap.with(Gap::NONE);
                at += width;
                continue;
            }
            match fold(character) {
                Folded::Letters(letters) => {
                    let capital = character.is_uppercase();
                    for letter in letters.chars() {
                        self.letter(at, letter, capital);
                    }
                }
                Folded::Letter(letter) => self.letter(at, letter, character.is_uppercase()),
                Folded::Digit(digit) => self.digit(at, b'0' + digit),
                Folded::Nothing => {}
                Folded::Mark(mark) => {
                    at = self.mark(at, mark, width);
                    continue;
                }
            }
            at += width;
        }
        self.close(at);
        self.words.tail = self.gap;
    }

    fn letter(&mut self, at: usize, letter: char, capital: bool) {
        if self.open.as_ref().is_none_or(|open| open.digits) {
            self.close(at);
            self.start(at, false, capital);
        }
        if let Some(open) = &mut self.open {
            open.all_capitals &= capital;
        }
        self.words.folded.push(letter);
    }

    fn digit(&mut self, at: usize, digit: u8) {
        if self.open.as_ref().is_none_or(|open| !open.digits) {
            self.close(at);
            self.start(at, true, false);
        }
        self.words.folded.push(char::from(digit));
    }

    fn start(&mut self, at: usize, digits: bool, capitalised: bool) {
        self.open = Some(Open {
            start: at,
            folded_start: self.words.folded.len(),
            digits,
            all_capitals: capitalised,
            capitalised,
        });
    }

    /// Handles a mark of `width` source bytes at `at`; gives where the scan goes on.
    fn mark(&mut self, at: usize, mark: u8, width: usize) -> usize {
        if self.is_decimal(at, mark, width) {
            self.words.folded.push('.');
            return at + width;
        }
        let elided = mark == b'\'' && self.is_elision(at + width);
        self.close_as(at, elided);
        let seen = match mark {
            b'\'' | b'`' => Gap::APOSTROPHE,
            b'-' if self.is_answer(at, at + width) => Gap::HYPHEN.with(Gap::NONE),
            b'-' => Gap::HYPHEN,
            b',' => Gap::COMMA,
            b':' | b'=' => Gap::COLON,
            b'.' => Gap::DOT,
            b'?' => Gap::STOP.with(Gap::QUESTION),
            b';' | b'!' => Gap::STOP,
            b'/' => Gap::SLASH,
            b'(' | b')' | b'[' | b']' | b'{' | b'}' => Gap::BRACKET,
            b'\n' | b'\x0b' | b'\x0c' if self.gap.any(Gap::LINE) => Gap::BLANK,
            b'\n' | b'\x0b' | b'\x0c' => Gap::LINE,
            byte if byte.is_ascii_whitespace() || byte.is_ascii_control() => Gap::SPACE,
            _ => Gap::OTHER,
        };
        self.gap = self.gap.with(seen);
        at + width
    }

    /// The sign of the empty set, also as the letter that looks like it, alone.
    fn is_empty_set(&self, character: char, next: usize) -> bool {
        let rest = self.source.get(next..).unwrap_or_default();
        let looks_like_it = matches!(character, '\u{d8}' | '\u{f8}')
            && self.open.is_none()
            && !rest.starts_with(char::is_alphanumeric);
        character == '\u{2205}' || looks_like_it
    }

    /// Whether a hyphen is all that stands in brackets or behind a colon.
    fn is_answer(&self, at: usize, next: usize) -> bool {
        let rest = self.source.get(next..).unwrap_or_default();
        let before = at
            .checked_sub(1)
            .and_then(|at| self.source.as_bytes().get(at));
        if before == Some(&b'(') && rest.starts_with(')') {
            return true;
        }
        let labelled = self.gap.any(Gap::COLON) && !self.gap.any(Gap::LINE.with(Gap::HYPHEN));
        labelled && {
            let behind = rest.trim_start_matches([' ', '\t', '\u{a0}']);
            behind.is_empty() || behind.starts_with(['\n', '\r', ',', ';', ')'])
        }
    }

    /// A comma or point between digits, and no other on either side: 38,5 but not 01.02.2024.
    fn is_decimal(&self, at: usize, mark: u8, width: usize) -> bool {
        let Some(open) = &self.open else { return false };
        let number = self
            .words
            .folded
            .get(open.folded_start..)
            .unwrap_or_default();
        if !matches!(mark, b'.' | b',') || !open.digits || number.contains('.') {
            return false;
        }
        let behind_mark = self.gap.any(DECIMAL_MARKS) && !self.gap.any(Gap::SPACE);
        let behind_number = self
            .words
            .words
            .last()
            .is_some_and(|word| word.shape == Shape::Number);
        if behind_mark && behind_number {
            return false;
        }
        let rest = self.source.as_bytes().get(at + width..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let next = rest.get(digits).copied();
        let further = rest.get(digits + 1).is_some_and(u8::is_ascii_digit);
        digits > 0 && !(matches!(next, Some(b'.' | b',')) && further)
    }

    fn is_elision(&self, next: usize) -> bool {
        let Some(open) = &self.open else { return false };
        let word = self
            .words
            .folded
            .get(open.folded_start..)
            .unwrap_or_default();
        let rest = self.source.get(next..).unwrap_or_default();
        let follows = rest.chars().next().is_some_and(char::is_alphanumeric);
        !open.digits && follows && ELIDED.binary_search(&word).is_ok()
    }

    fn close(&mut self, at: usize) {
        self.close_as(at, false);
    }

    fn close_as(&mut self, at: usize, elided: bool) {
        let Some(open) = self.open.take() else { return };
        let folded_end = self.words.folded.len();
        if !self.words.words.is_empty() && self.ends_sentence(&open) {
            self.position += 1;
            self.gap = self.gap.with(Gap::END);
        }
        let shape = match (open.digits, elided, open.all_capitals) {
            (true, _, _) => Shape::Number,
            (_, true, _) => Shape::Elided,
            (_, _, true) => Shape::Capitals,
            (_, _, false) => Shape::Letters,
        };
        self.words.words.push(Word {
            start: open.start,
            end: at,
            position: self.position,
            shape,
            capitalised: open.capitalised,
            gap: self.gap,
            folded_start: u32_of(open.folded_start),
            folded_end: u32_of(folded_end),
        });
        self.position += 1;
        self.gap = Gap::default();
    }

    /// Whether the gap before the word being closed ends a sentence.
    fn ends_sentence(&self, word: &Open) -> bool {
        let stop = self.gap.any(Gap::STOP) || self.gap.any(Gap::BLANK);
        let dot = self.gap.any(Gap::DOT) && self.gap.any(Gap::SPACE.with(Gap::LINE));
        stop || dot && !self.is_shortened(word)
    }

    /// Whether the full stop before a word shortens the one before it: "E. coli", "Dr. X".
    fn is_shortened(&self, word: &Open) -> bool {
        let Some(before) = self.words.words.last() else {
            return false;
        };
        if self.gap.any(Gap::LINE) || before.end - before.start > SHORTENED_BYTES_MAX {
            return false;
        }
        let short = self.words.folded(before);
        let goes_on = !word.capitalised && !word.digits;
        let initial = before.shape == Shape::Capitals && short.len() == 1;
        TITLES.binary_search(&short).is_ok()
            || goes_on && (initial || SHORTENED.binary_search(&short).is_ok())
    }
}

const DECIMAL_MARKS: Gap = Gap::COMMA.with(Gap::DOT);

/// Words that lose their vowel before another: folded, sorted.
const ELIDED: [&str; 14] = [
    "c", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "presqu", "puisqu", "qu", "quoiqu", "s", "t",
];

/// What stands shortened before a name or a reference: folded, sorted.
const TITLES: [&str; 9] = ["cf", "dr", "drs", "env", "m", "mlle", "mme", "mr", "pr"];

/// Words that a full stop shortens where the sentence goes on in small letters: folded, sorted.
const SHORTENED: [&str; 14] = [
    "ant", "bilat", "chir", "ex", "ext", "inf", "int", "lat", "post", "resp", "staph", "strept",
    "strepto", "sup",
];

/// Longest word that is looked for in these lists, in bytes.
const SHORTENED_BYTES_MAX: usize = 8;

fn usize_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Offsets fit: `analysis` refuses texts above `limit::TEXT_BYTES_MAX` before it scans.
fn u32_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
