//! Folding one character: case, accents, ligatures, compatibility forms.
//!
//! For: the scanner, at index time and at query time alike. Not for: words (see `stem`).
//! Invariant: what comes out is lower case, without accents, and folding it again changes
//! nothing; ASCII input never reaches this table.

/// What one character of the source becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folded {
    /// These letters of a word.
    Letters(&'static str),
    /// This letter of a word, as it is.
    Letter(char),
    /// This decimal digit.
    Digit(u8),
    /// Nothing: the word goes on around it.
    Nothing,
    /// A mark that splits words; the ASCII one it stands for.
    Mark(u8),
}

/// Folds a character that is not ASCII.
pub(crate) fn fold(character: char) -> Folded {
    if let Some(letters) = latin(character) {
        return Folded::Letters(letters);
    }
    match character {
        '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {
            Folded::Nothing
        }
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2b9}' | '\u{2bc}' | '\u{2032}' | '\u{b4}'
        | '\u{ff07}' => Folded::Mark(b'\''),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2022}' | '\u{fe63}' | '\u{ff0d}' => {
            Folded::Mark(b'-')
        }
        '\u{2028}' | '\u{2029}' | '\u{85}' => Folded::Mark(b'\n'),
        '\u{2026}' => Folded::Mark(b'.'),
        '\u{b0}' | '\u{ba}' => Folded::Mark(b'^'),
        '\u{b2}' | '\u{b3}' | '\u{b9}' => Folded::Digit(superscript(character)),
        '\u{2070}'..='\u{2079}' => Folded::Digit(offset(character, '\u{2070}')),
        '\u{2080}'..='\u{2089}' => Folded::Digit(offset(character, '\u{2080}')),
        '\u{ff10}'..='\u{ff19}' => Folded::Digit(offset(character, '\u{ff10}')),
        '\u{ff21}'..='\u{ff3a}' => letter(character, '\u{ff21}'),
        '\u{ff41}'..='\u{ff5a}' => letter(character, '\u{ff41}'),
        other if other.is_alphanumeric() => {
            let mut lower = other.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(one), None) if one != other && !one.is_ascii() => fold(one),
                (Some(one), None) => Folded::Letter(one),
                (Some(_), Some(_)) | (None, _) => Folded::Letter(other),
            }
        }
        _ => Folded::Mark(b' '),
    }
}

fn superscript(character: char) -> u8 {
    match character {
        '\u{b9}' => 1,
        '\u{b2}' => 2,
        _ => 3,
    }
}

fn offset(character: char, zero: char) -> u8 {
    u8::try_from(u32::from(character) - u32::from(zero)).unwrap_or(0)
}

fn letter(character: char, first: char) -> Folded {
    Folded::Letter(char::from(b'a' + offset(character, first)))
}

/// Latin letters with marks, ligatures, and the Greek letters that reports spell out.
fn latin(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{c0}'..='\u{c5}' | '\u{e0}'..='\u{e5}' | '\u{100}'..='\u{105}' => "a",
        '\u{c6}' | '\u{e6}' => "ae",
        '\u{c7}' | '\u{e7}' | '\u{106}'..='\u{10d}' => "c",
        '\u{d0}' | '\u{f0}' | '\u{10e}'..='\u{111}' => "d",
        '\u{c8}'..='\u{cb}' | '\u{e8}'..='\u{eb}' | '\u{112}'..='\u{11b}' => "e",
        '\u{11c}'..='\u{123}' => "g",
        '\u{124}'..='\u{127}' => "h",
        '\u{cc}'..='\u{cf}' | '\u{ec}'..='\u{ef}' | '\u{128}'..='\u{131}' => "i",
        '\u{132}' | '\u{133}' => "ij",
        '\u{134}' | '\u{135}' => "j",
        '\u{136}'..='\u{138}' => "k",
        '\u{139}'..='\u{142}' => "l",
        '\u{d1}' | '\u{f1}' | '\u{143}'..='\u{14b}' => "n",
        '\u{d2}'..='\u{d6}' | '\u{d8}' | '\u{f2}'..='\u{f6}' | '\u{f8}' => "o",
        '\u{14c}'..='\u{151}' => "o",
        '\u{152}' | '\u{153}' => "oe",
        '\u{154}'..='\u{159}' => "r",
        '\u{15a}'..='\u{161}' | '\u{17f}' | '\u{218}' | '\u{219}' => "s",
        '\u{df}' | '\u{1e9e}' => "ss",
        '\u{162}'..='\u{167}' | '\u{21a}' | '\u{21b}' => "t",
        '\u{d9}'..='\u{dc}' | '\u{f9}'..='\u{fc}' | '\u{168}'..='\u{173}' => "u",
        '\u{174}' | '\u{175}' => "w",
        '\u{dd}' | '\u{fd}' | '\u{ff}' | '\u{176}'..='\u{178}' => "y",
        '\u{179}'..='\u{17e}' => "z",
        '\u{1ea0}'..='\u{1eb7}' => "a",
        '\u{1eb8}'..='\u{1ec7}' => "e",
        '\u{1ec8}'..='\u{1ecb}' => "i",
        '\u{1ecc}'..='\u{1ee3}' => "o",
        '\u{1ee4}'..='\u{1ef1}' => "u",
        '\u{1ef2}'..='\u{1ef9}' => "y",
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{b5}' | '\u{3bc}' => "u",
        '\u{391}' | '\u{3b1}' => "alpha",
        '\u{392}' | '\u{3b2}' => "beta",
        '\u{393}' | '\u{3b3}' => "gamma",
        '\u{394}' | '\u{3b4}' => "delta",
        '\u{39b}' | '\u{3bb}' => "lambda",
        '\u{39a}' | '\u{3ba}' => "kappa",
        '\u{3a9}' | '\u{3c9}' | '\u{2126}' => "omega",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
