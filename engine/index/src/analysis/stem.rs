//! The frozen stemmer: number and gender of French words, nothing else.
//!
//! For: words already folded. It removes a plural, turns -aux into -al, and a feminine into its
//! masculine where the ending tells it safely. Not for: families of words (porte and portail
//! stay apart, organe and organisme too) nor verbs. Invariant: frozen under
//! [`super::ANALYZER_VERSION`]; a stem never grows beyond its word but by the `l` of -aux.

/// The stem of a folded word: how many bytes of it are kept, and what is put behind them.
pub(crate) fn stem(word: &str) -> (usize, &'static str) {
    let bytes = word.as_bytes();
    if bytes.len() < LENGTH_MIN || !bytes.iter().all(u8::is_ascii_lowercase) {
        return (word.len(), "");
    }
    if UNCHANGED.binary_search(&word).is_ok() {
        return (word.len(), "");
    }
    if word == "yeux" {
        return (0, "oeil");
    }
    if word == "travaux" {
        return (4, "ail");
    }
    if bytes.ends_with(b"x") {
        return plural_in_x(bytes);
    }
    let singular = match bytes {
        [head @ .., b's'] if !head.ends_with(b"s") => head,
        _ => bytes,
    };
    masculine(singular)
}

fn plural_in_x(word: &[u8]) -> (usize, &'static str) {
    let length = word.len();
    if word.ends_with(b"eaux") || word.ends_with(b"yaux") {
        return (length - 1, "");
    }
    if word.ends_with(b"aux") && length >= 4 {
        return (length - 2, "l");
    }
    if (word.ends_with(b"oux") || word.ends_with(b"eux")) && length >= 6 {
        return (length - 1, "");
    }
    (length, "")
}

fn masculine(word: &[u8]) -> (usize, &'static str) {
    let length = word.len();
    let cut = |ending: &[u8], keep: usize, least: usize| {
        (length >= least && word.ends_with(ending)).then(|| length - ending.len() + keep)
    };
    let found = cut(b"ee", 1, 4)
        .or_else(|| cut(b"elle", 2, 7))
        .or_else(|| cut(b"enne", 2, 7))
        .or_else(|| cut(b"euse", 2, 6))
        .or_else(|| cut(b"ale", 2, 5))
        .or_else(|| cut(b"ante", 3, 6))
        .or_else(|| cut(b"ente", 3, 6));
    if let Some(kept) = found {
        return (kept, "");
    }
    if length >= 6 && word.ends_with(b"ive") {
        return (length - 2, "f");
    }
    if length >= 7 && word.ends_with(b"iere") {
        return (length - 2, "r");
    }
    if length >= 5 && word.ends_with(b"ue") && !word.ends_with(b"que") {
        return (length - 1, "");
    }
    (length, "")
}

/// Shortest word that is stemmed, in bytes.
const LENGTH_MIN: usize = 4;

/// Words that end like a plural and are none, or whose stem would meet another word. Sorted.
const UNCHANGED: [&str; 24] = [
    "alors", "apres", "chaux", "cours", "dans", "depuis", "faux", "fois", "jamais", "mais",
    "moins", "mois", "plus", "poux", "puis", "sans", "sous", "taux", "tous", "toux", "tres",
    "vers", "voix", "vues",
];

#[cfg(test)]
mod tests;
