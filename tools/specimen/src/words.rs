//! Words without end: rare medical-looking words, and names that nobody bears.

use crate::stream::Stream;

/// A rare word. Smaller numbers come more often, by a law under which a vocabulary keeps
/// growing with the text as real ones do (Heaps' beta about 0.56).
pub(crate) fn rare(stream: &mut Stream) -> String {
    let mut octave = 0;
    // A word of the next octave is 0.5824 times as likely: 2 to the power -0.78.
    while octave < OCTAVES_MAX && stream.chance(582) {
        octave += 1;
    }
    let first = FIRST_OCTAVE << octave;
    rare_word(first - FIRST_OCTAVE + stream.below(first))
}

/// The rare word with this number; every number gives another word.
pub(crate) fn rare_word(number: u64) -> String {
    let (prefixes, middles, suffixes) = (PREFIXES.len(), MIDDLES.len(), SUFFIXES.len());
    let (prefix, number) = divide(number, prefixes);
    let (suffix, mut number) = divide(number, suffixes);
    let mut word = String::from(PREFIXES[prefix]);
    while number > 0 {
        let (middle, rest) = divide(number - 1, middles);
        word.push_str(MIDDLES[middle]);
        number = rest;
    }
    word.push_str(SUFFIXES[suffix]);
    word
}

/// A name of syllables, its first letter a capital.
pub(crate) fn name(stream: &mut Stream, endings: &[&str]) -> String {
    let mut name = String::new();
    for _ in 0..2 + stream.below(2) {
        name.push_str(SYLLABLES[stream.index(SYLLABLES.len())]);
    }
    name.push_str(endings[stream.index(endings.len())]);
    capital(&name)
}

/// The text with a capital first.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

fn divide(number: u64, by: usize) -> (usize, u64) {
    let by = u64::try_from(by).unwrap_or(1);
    (usize::try_from(number % by).unwrap_or(0), number / by)
}

pub(crate) const FAMILY_ENDINGS: [&str; 8] = ["", "t", "r", "x", "lle", "nd", "s", "rd"];
pub(crate) const FEMALE_ENDINGS: [&str; 6] = ["line", "a", "nne", "lie", "e", "tte"];
pub(crate) const MALE_ENDINGS: [&str; 6] = ["an", "in", "o", "el", "is", "ert"];
pub(crate) const PLACE_ENDINGS: [&str; 6] = ["ville", "court", "ac", "sur-Mave", "y", "mont"];

const OCTAVES_MAX: u32 = 40;
const FIRST_OCTAVE: u64 = 64;
const PREFIXES: [&str; 44] = [
    "h\u{e9}pato",
    "cardio",
    "gastro",
    "n\u{e9}phro",
    "neuro",
    "dermo",
    "pneumo",
    "ost\u{e9}o",
    "arthro",
    "myo",
    "h\u{e9}mato",
    "angio",
    "cysto",
    "ur\u{e9}t\u{e9}ro",
    "colo",
    "ent\u{e9}ro",
    "rhino",
    "oto",
    "ophtalmo",
    "ad\u{e9}no",
    "lipo",
    "fibro",
    "chondro",
    "k\u{e9}rato",
    "laryngo",
    "spl\u{e9}no",
    "pancr\u{e9}ato",
    "thyro",
    "para",
    "p\u{e9}ri",
    "endo",
    "hyper",
    "hypo",
    "poly",
    "micro",
    "macro",
    "pseudo",
    "anti",
    "auto",
    "iso",
    "m\u{e9}ga",
    "brachy",
    "tachy",
    "leuco",
];
const MIDDLES: [&str; 32] = [
    "a", "e", "i", "o", "ra", "ti", "lo", "ma", "ri", "no", "ve", "du", "si", "ce", "po", "ga",
    "mi", "ta", "l\u{e9}", "cro", "phi", "st\u{e9}", "n\u{e9}", "ro", "za", "be", "fu", "xi",
    "dr\u{e9}", "vo", "ny", "qui",
];
const SUFFIXES: [&str; 32] = [
    "ite",
    "ose",
    "pathie",
    "ectomie",
    "scopie",
    "graphie",
    "algie",
    "\u{e9}mie",
    "urie",
    "tomie",
    "plastie",
    "lyse",
    "gramme",
    "g\u{e9}nie",
    "trophie",
    "pl\u{e9}gie",
    "logie",
    "mide",
    "zole",
    "pril",
    "sartan",
    "mab",
    "nib",
    "statine",
    "vir",
    "cilline",
    "xaban",
    "olol",
    "tid",
    "gliptine",
    "zumab",
    "pine",
];
const SYLLABLES: [&str; 64] = [
    "ba", "be", "bi", "bo", "bou", "bra", "bre", "can", "car", "cha", "che", "cl\u{e9}", "co",
    "da", "de", "del", "du", "fa", "fe", "fou", "fra", "ga", "gau", "ger", "gi", "gui", "ha", "jo",
    "la", "le", "lin", "lo", "ma", "mar", "me", "mo", "mon", "na", "ne", "no", "pa", "pe", "pi",
    "pou", "ra", "r\u{e9}", "ri", "ro", "rou", "sa", "s\u{e9}", "si", "so", "ta", "t\u{e9}", "ti",
    "tou", "va", "ve", "vi", "za", "zel", "y", "\u{e9}l",
];

#[cfg(test)]
mod tests;
