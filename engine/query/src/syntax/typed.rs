//! The words of a query where they were typed, for whoever proposes others in their place.
//!
//! Invariant: fields, operators, prefixes and words that may be misspelt anyway are none of them.

use super::tokens::{Kind, tokens};
use super::{SyntaxError, parse};

/// A word of a query.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedWord {
    /// The character it begins at, from 0.
    pub at: usize,
    /// The word.
    pub text: String,
}

/// The plain words of a query, also those inside quotation marks.
///
/// # Errors
/// As [`parse`].
pub fn typed_words(text: &str) -> Result<Vec<TypedWord>, SyntaxError> {
    parse(text)?;
    let mut words = Vec::new();
    let mut value_of_field = false;
    for token in tokens(text)? {
        let value = std::mem::replace(&mut value_of_field, matches!(token.kind, Kind::Field(_)));
        match token.kind {
            Kind::Word(word) if !value && !word.contains(['*', '~']) => {
                split(&word, token.at - 1, &mut words);
            }
            Kind::Quoted { text, .. } if !value => split(&text, token.at, &mut words),
            Kind::Open
            | Kind::Close
            | Kind::Minus
            | Kind::Or
            | Kind::And
            | Kind::Near(_)
            | Kind::Word(_)
            | Kind::Quoted { .. }
            | Kind::Field(_) => {}
        }
    }
    Ok(words)
}

/// The word that a text ends in and that is still being typed: its place and its letters so far.
/// None behind a blank, and in a field.
#[must_use]
pub fn open_word(text: &str) -> Option<TypedWord> {
    let characters: Vec<char> = text.chars().collect();
    let letters = characters.iter().rev().take_while(|c| is_letter(**c));
    let at = characters.len() - letters.count();
    let typed = characters.get(at..).filter(|typed| !typed.is_empty())?;
    let before = at.checked_sub(1).and_then(|before| characters.get(before));
    (before != Some(&':')).then(|| TypedWord {
        at,
        text: typed.iter().collect(),
    })
}

/// The runs of letters and digits of a text that begins at a character.
fn split(text: &str, first: usize, words: &mut Vec<TypedWord>) {
    let mut word = TypedWord {
        at: first,
        text: String::new(),
    };
    for (at, character) in (first..).zip(text.chars()) {
        if is_letter(character) {
            word.text.push(character);
            continue;
        }
        let next = TypedWord {
            at: at + 1,
            text: String::new(),
        };
        let whole = std::mem::replace(&mut word, next);
        words.extend(Some(whole).filter(|word| !word.text.is_empty()));
    }
    words.extend(Some(word).filter(|word| !word.text.is_empty()));
}

/// A letter, a digit, or an accent that stands behind its letter.
fn is_letter(character: char) -> bool {
    character.is_alphanumeric() || is_combining(character)
}

/// Whether a character is an accent of the letter before it.
pub(crate) const fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests;
