//! Layers: further tokens at the position of a word.
//!
//! For: `^ta` (two to six capitals), joined forms (`her2` for HER-2, `cardiorespiratoire` for
//! cardio-respiratoire, `aujourdhui`, `ecg` for E.C.G., `150000` for 150 000 and 150.000). And
//! which words of a query are one name. Invariant: a layer never replaces the words it is made of.

use super::scan::{Gap, Shape, Word, Words};

/// Writes the capitals layer of a word into `out`; whether it has one.
pub(crate) fn capitals(words: &Words, word: &Word, out: &mut String) -> bool {
    let folded = words.folded(word);
    let is_short = (CAPITALS_MIN..=CAPITALS_MAX).contains(&folded.len());
    if word.shape != Shape::Capitals || !is_short {
        return false;
    }
    out.clear();
    out.push(CAPITALS_MARK);
    out.push_str(folded);
    true
}

/// Calls `each` with every joined form that starts at word `at`, and the last word it takes in.
pub(crate) fn for_each_joined(
    words: &Words,
    at: usize,
    out: &mut String,
    mut each: impl FnMut(&str, usize),
) {
    let list = words.words();
    if let Some(last) = compound(words, at) {
        join(words, at, last, out);
        each(out, last);
    }
    if let Some(last) = dotted(words, at) {
        join(words, at, last, out);
        each(out, last);
        let capital = list
            .get(at..=last)
            .is_some_and(|letters| letters.iter().all(|letter| letter.capitalised));
        if capital {
            out.insert(0, CAPITALS_MARK);
            each(out, last);
        }
    }
    if let Some(last) = thousands(words, at) {
        join(words, at, last, out);
        each(out, last);
    } else if pointed_thousands(words, at) {
        join(words, at, at, out);
        out.retain(|digit| digit != '.');
        each(out, at);
    }
}

/// The last of the words that make a name with the one at `at`: letters and digits that touch or
/// that hyphens tie (L5-S1, T3N1, 40mg), and an initial with the word behind it (E. coli).
pub(crate) fn name(words: &Words, at: usize) -> Option<usize> {
    let list = words.words();
    let end = (at + 1..list.len()).find(|next| !ties(words, *next));
    let last = end.unwrap_or(list.len()).checked_sub(1)?;
    let parts = list.get(at..=last)?;
    let numbered = parts.iter().any(|part| part.shape == Shape::Number);
    if numbered && (2..=NAME_WORDS_MAX).contains(&parts.len()) {
        return Some(last);
    }
    let (initial, next) = (list.get(at)?, list.get(at + 1)?);
    let tied = next.gap.any(Gap::DOT) && !next.gap.any(Gap::END.with(Gap::LINE));
    let is_initial = initial.shape == Shape::Capitals && words.folded(initial).len() == 1;
    (is_initial && tied && next.shape == Shape::Letters).then_some(at + 1)
}

fn join(words: &Words, first: usize, last: usize, out: &mut String) {
    out.clear();
    let Some(parts) = words.words().get(first..=last) else {
        return;
    };
    for (index, part) in parts.iter().enumerate() {
        if index + 1 == parts.len() {
            words.push_stem(part, out);
        } else {
            out.push_str(words.folded(part));
        }
    }
}

/// Words tied by hyphens or apostrophes, or a name and the number that touches it.
fn compound(words: &Words, at: usize) -> Option<usize> {
    let list = words.words();
    if ties(words, at) {
        return None;
    }
    let mut last = at;
    while last + 1 < list.len() && ties(words, last + 1) {
        last += 1;
    }
    let parts = list.get(at..=last)?;
    let numbers = parts
        .iter()
        .filter(|part| part.shape == Shape::Number)
        .count();
    let is_name = parts.len() == 2 && parts[1].shape == Shape::Number;
    let fits = (2..=COMPOUND_WORDS_MAX).contains(&parts.len());
    let is_joined = fits && (numbers == 0 || is_name && numbers == 1);
    let touching = parts.iter().skip(1).all(|part| part.gap.is_none());
    (is_joined && (is_name || !touching)).then_some(last)
}

/// Whether a word is tied to the one before it.
fn ties(words: &Words, at: usize) -> bool {
    let list = words.words();
    let (Some(word), Some(before)) = (list.get(at), at.checked_sub(1).map(|at| list[at])) else {
        return false;
    };
    let tied = word.gap == Gap::HYPHEN || word.gap == Gap::APOSTROPHE || word.gap.is_none();
    tied && before.shape != Shape::Elided && word.start.saturating_sub(before.end) <= MARK_BYTES_MAX
}

/// Single letters with full stops between them.
fn dotted(words: &Words, at: usize) -> Option<usize> {
    let list = words.words();
    let is_letter = |at: usize| {
        list.get(at)
            .is_some_and(|word| word.shape != Shape::Number && words.folded(word).len() == 1)
    };
    let follows = |at: usize| is_letter(at) && list.get(at).is_some_and(|w| w.gap == Gap::DOT);
    if !is_letter(at) || at > 0 && follows(at) && is_letter(at - 1) {
        return None;
    }
    let mut last = at;
    while follows(last + 1) && last - at < CAPITALS_MAX {
        last += 1;
    }
    (last > at).then_some(last)
}

/// A number written in groups of three digits.
fn thousands(words: &Words, at: usize) -> Option<usize> {
    let list = words.words();
    let is_group = |at: usize| {
        list.get(at).is_some_and(|word| {
            word.shape == Shape::Number
                && (word.gap == Gap::SPACE || word.gap == Gap::DOT)
                && words.folded(word).len() == 3
                && !words.folded(word).contains('.')
        })
    };
    let first = list.get(at)?;
    let digits = words.folded(first);
    let opens = first.shape == Shape::Number && digits.len() <= 3 && !digits.contains('.');
    let follows = at > 0 && is_group(at) && list[at - 1].shape == Shape::Number;
    if !opens || follows {
        return None;
    }
    let mut last = at;
    while is_group(last + 1) && last - at < 3 {
        last += 1;
    }
    (last > at).then_some(last)
}

/// One number whose point parts thousands, perhaps: 12.500.
fn pointed_thousands(words: &Words, at: usize) -> bool {
    let Some(word) = words.words().get(at) else {
        return false;
    };
    let pointed = word.shape == Shape::Number && word.end - word.start > THOUSANDS_BYTES_MIN;
    pointed
        && words
            .folded(word)
            .split_once('.')
            .is_some_and(|(head, rest)| {
                rest.len() == 3 && head.len() <= 3 && !head.starts_with('0')
            })
}

/// Marks the token of a word in capitals. No word holds it.
pub(crate) const CAPITALS_MARK: char = '^';
const CAPITALS_MIN: usize = 2;
const CAPITALS_MAX: usize = 6;
const COMPOUND_WORDS_MAX: usize = 4;
const NAME_WORDS_MAX: usize = 8;
const THOUSANDS_BYTES_MIN: usize = 4;
const MARK_BYTES_MAX: usize = 3;

#[cfg(test)]
mod tests;
