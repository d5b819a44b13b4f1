//! A document as the index takes it in: tokens of each field, ordinal, commit, date.
//!
//! For: the tail and the segment writers. Not for: keeping a document's words readable; the
//! packed tokens are wiped when dropped.

use super::fold::{Folded, fold};
use super::packed::Packed;
use super::{Marks, Words, capitals, for_each_joined, mark};
use crate::error::IndexError;
use base::{CommitSeq, Instant, Ordinal, limit};
use std::fmt;

/// What the caller knows of a document to be indexed.
pub struct DocumentText<'a> {
    /// Its place in the store.
    pub ordinal: Ordinal,
    /// The commit that brings it.
    pub commit: CommitSeq,
    /// Its title.
    pub title: &'a str,
    /// Its extracted text, empty when there is none.
    pub body: &'a str,
    /// Coded values: CIM-10, LOINC, ATC, CCAM, its own type and class.
    pub codes: &'a [Code<'a>],
    /// The date it speaks of.
    pub date: Option<Instant>,
}

/// A coded value.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// Name or OID of the code system; may be empty.
    pub system: &'a str,
    /// The code.
    pub code: &'a str,
}

impl Code<'_> {
    /// The code as it is indexed, without system and with it.
    pub(crate) fn terms(&self) -> (String, String) {
        let plain = normalised(self.code);
        let mut full = normalised(self.system);
        full.push(':');
        full.push_str(&plain);
        (plain, full)
    }

    /// The words of a name that stands where a code could: a person is found by her surname.
    pub(crate) fn for_each_word(&self, mut each: impl FnMut(&str)) {
        let parts = || {
            let parts = self
                .code
                .split(|c: char| !c.is_alphabetic() && !is_combining(c));
            parts.filter(|part| part.chars().nth(1).is_some())
        };
        if self.system.is_empty() || parts().nth(1).is_none() {
            return;
        }
        let system = normalised(self.system);
        for part in parts() {
            each(&format!("{system}:{}", normalised(part)));
        }
    }
}

/// Whether a character is an accent that stands for itself.
const fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// Letters and digits of a code, lower case, without accents; a code is the same with or without
/// its marks.
pub(crate) fn normalised(code: &str) -> String {
    let mut plain = String::with_capacity(code.len());
    for character in code.chars() {
        if character.is_ascii() {
            plain.extend(Some(character.to_ascii_lowercase()).filter(char::is_ascii_alphanumeric));
            continue;
        }
        match fold(character) {
            Folded::Letters(letters) => plain.push_str(letters),
            Folded::Letter(letter) => plain.push(letter),
            Folded::Digit(digit) => plain.push(char::from(b'0' + digit)),
            Folded::Nothing | Folded::Mark(_) => {}
        }
    }
    plain
}

/// A document's tokens, ready for the index; cheap to move.
pub struct Analysed {
    pub(crate) ordinal: Ordinal,
    pub(crate) commit: CommitSeq,
    pub(crate) date: Option<Instant>,
    pub(crate) body: Packed,
    pub(crate) negated: Packed,
    pub(crate) family: Packed,
    pub(crate) unstated: Packed,
    pub(crate) title: Packed,
    pub(crate) codes: Packed,
}

impl Analysed {
    /// Analyses a document. Pure and slow next to everything else: call it off the committer.
    ///
    /// # Errors
    /// [`IndexError::TextTooLong`] above `limit::TEXT_BYTES_MAX`, [`IndexError::TitleTooLong`]
    /// and [`IndexError::TooManyCodes`] above theirs.
    pub fn new(document: &DocumentText<'_>) -> Result<Self, IndexError> {
        if document.body.len() > limit::TEXT_BYTES_MAX {
            return Err(IndexError::TextTooLong);
        }
        if document.title.len() > limit::FIELD_BYTES_MAX {
            return Err(IndexError::TitleTooLong);
        }
        if document.codes.len() > limit::DOCUMENT_CODES_MAX {
            return Err(IndexError::TooManyCodes);
        }
        let mut analysed = Self {
            ordinal: document.ordinal,
            commit: document.commit,
            date: document.date,
            body: Packed::default(),
            negated: Packed::default(),
            family: Packed::default(),
            unstated: Packed::default(),
            title: Packed::default(),
            codes: Packed::default(),
        };
        let behind_title = analysed.take_title(document.title);
        analysed.take_body(document.body, behind_title);
        for (index, code) in (0_u32..).zip(document.codes) {
            let (plain, full) = code.terms();
            analysed.codes.push(index, &plain);
            analysed.codes.push(index, &full);
            code.for_each_word(|word| analysed.codes.push(index, word));
        }
        Ok(analysed)
    }

    /// Says where the committer has put the document, and in which commit.
    pub const fn place(&mut self, ordinal: Ordinal, commit: CommitSeq) {
        self.ordinal = ordinal;
        self.commit = commit;
    }

    /// The document's ordinal.
    #[must_use]
    pub const fn ordinal(&self) -> Ordinal {
        self.ordinal
    }

    /// The commit that brings it.
    #[must_use]
    pub const fn commit(&self) -> CommitSeq {
        self.commit
    }

    /// About how many bytes it holds in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        [
            &self.body,
            &self.negated,
            &self.family,
            &self.unstated,
            &self.title,
            &self.codes,
        ]
        .iter()
        .map(|packed| packed.as_str().len())
        .sum()
    }

    /// The title stands in its own field and before the body; gives the body's first position.
    fn take_title(&mut self, title: &str) -> u32 {
        let words = Words::scan(title);
        let marks = mark(&words);
        for_each_token(&words, |at, position, token| {
            self.title.push(position, token);
            self.take(position, token, marks.get(at).copied().unwrap_or_default());
        });
        words
            .words()
            .last()
            .map_or(0, |word| word.position + TITLE_GAP)
    }

    fn take_body(&mut self, body: &str, first: u32) {
        let words = Words::scan(body);
        let marks = mark(&words);
        self.body.reserve(body.len() + words.words().len());
        for_each_token(&words, |at, position, token| {
            let position = first.saturating_add(position);
            self.take(position, token, marks.get(at).copied().unwrap_or_default());
        });
    }

    /// Takes in a token and what is said of it.
    fn take(&mut self, position: u32, token: &str, said: Marks) {
        self.body.push(position, token);
        if said.negated {
            self.negated.push(position, token);
        }
        if said.family {
            self.family.push(position, token);
        }
        if said.unstated {
            self.unstated.push(position, token);
        }
    }
}

impl fmt::Debug for Analysed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analysed")
            .field("ordinal", &self.ordinal)
            .finish_non_exhaustive()
    }
}

/// Calls `each` with the number of a word, its position, and each of its tokens.
pub(crate) fn for_each_token(words: &Words, mut each: impl FnMut(usize, u32, &str)) {
    let mut token = String::with_capacity(limit::TOKEN_BYTES_MAX);
    for (at, word) in words.words().iter().enumerate() {
        token.clear();
        words.push_stem(word, &mut token);
        each(at, word.position, &token);
        if capitals(words, word, &mut token) {
            each(at, word.position, &token);
        }
        for_each_joined(words, at, &mut token, |joined, _| {
            each(at, word.position, joined);
        });
    }
}

/// Positions between the title and the body, so that no phrase runs across.
const TITLE_GAP: u32 = 16;

#[cfg(test)]
mod tests;
