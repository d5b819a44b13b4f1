//! Words of the language itself: they are indexed like all others, and skipped in queries.
//!
//! For: reading queries and synonyms. Invariant: both lists are folded and sorted.

/// Words that carry no content of their own, folded, sorted.
pub(crate) fn is_function(word: &str) -> bool {
    FUNCTION.binary_search(&word).is_ok()
}

/// Words of two or three letters that capitals turn into an abbreviation, folded, sorted.
pub(crate) fn is_common(word: &str) -> bool {
    word.len() <= 3
        && (FUNCTION.binary_search(&word).is_ok() || COMMON.binary_search(&word).is_ok())
}

const FUNCTION: [&str; 67] = [
    "a", "ai", "au", "aux", "avec", "ce", "ces", "cet", "cette", "chez", "d", "dans", "de", "des",
    "du", "elle", "elles", "en", "est", "et", "eu", "il", "ils", "j", "je", "l", "la", "le", "les",
    "leur", "leurs", "lui", "m", "ma", "mais", "me", "mes", "mon", "n", "ne", "nos", "notre",
    "nous", "on", "ont", "ou", "par", "pour", "qu", "que", "qui", "s", "sa", "se", "ses", "son",
    "sont", "sous", "sur", "t", "ta", "te", "un", "une", "vos", "vous", "y",
];

const COMMON: [&str; 58] = [
    "age", "ait", "an", "ans", "art", "bas", "bec", "but", "car", "cas", "ci", "cou", "cru", "dit",
    "don", "dos", "dur", "eau", "fer", "fil", "fin", "fur", "ici", "ira", "jeu", "jus", "lit",
    "lui", "mai", "mal", "mer", "mis", "mur", "nez", "ni", "non", "nul", "oui", "pas", "peu",
    "pic", "pli", "pus", "rat", "sac", "sec", "sel", "sen", "ses", "soi", "son", "sur", "ton",
    "tot", "tu", "vie", "vit", "vu",
];

#[cfg(test)]
mod tests;
