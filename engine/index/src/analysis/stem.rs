//! The frozen stemmer: number and gender of French words, nothing else.
//!
//! For: words already folded. It removes a plural, turns -aux into -al, and a feminine into its
//! masculine where the ending tells it safely; a participle in -ee first becomes the one in -e, so
//! that the four of them meet. Not for: families of words (porte and portail stay apart, organe
//! and organisme too) nor verbs. Invariant: frozen under [`super::ANALYZER_VERSION`]; a stem never
//! grows beyond its word.

/// The stem of a folded word: how many bytes of it are kept, and what is put behind them.
pub(crate) fn stem(word: &str) -> (usize, &'static str) {
    let bytes = word.as_bytes();
    let inflected = matches!(bytes, [.., b'e' | b's' | b'x']);
    if !inflected || bytes.len() < LENGTH_MIN || !bytes.iter().all(u8::is_ascii_lowercase) {
        return (word.len(), "");
    }
    match bytes {
        [.., b'e'] => singular(word),
        [.., b's', b's'] => (word.len(), ""),
        _ if UNCHANGED.binary_search(&word).is_ok() => (word.len(), ""),
        [.., b'x'] => plural_in_x(word),
        _ => singular(word.get(..word.len() - 1).unwrap_or(word)),
    }
}

fn plural_in_x(word: &str) -> (usize, &'static str) {
    let length = word.len();
    match word.as_bytes() {
        b"yeux" => (0, "oeil"),
        b"travaux" => (4, "ail"),
        [.., b'e' | b'y', b'a', b'u', b'x'] => (length - 1, ""),
        [.., b'a', b'u', b'x'] => (length - 2, "l"),
        [.., b'e', b'u', b'x'] if length >= 5 => (length - 1, ""),
        [.., b'o', b'u', b'x'] if length >= 6 => (length - 1, ""),
        _ => (length, ""),
    }
}

fn singular(word: &str) -> (usize, &'static str) {
    let participle = word.strip_suffix("ee").filter(|rest| rest.len() >= 2);
    let length = word.len() - usize::from(participle.is_some());
    let word = word.get(..length).unwrap_or(word);
    if length < LENGTH_MIN || !word.ends_with('e') {
        return (length, "");
    }
    if let Ok(at) = EXCEPTIONS.binary_search_by(|(known, _)| (*known).cmp(word)) {
        return EXCEPTIONS
            .get(at)
            .map_or((length, ""), |(_, stem)| (0, stem));
    }
    let (less, tail) = masculine(word.as_bytes());
    (length - less, tail)
}

/// How many bytes of a word in -e are not its masculine's, and what its masculine has instead.
fn masculine(word: &[u8]) -> (usize, &'static str) {
    let length = word.len();
    match word {
        [.., b'e', b'l', b'l', b'e'] | [.., b'e', b'n', b'n', b'e'] if length >= 7 => (2, ""),
        [.., b'e', b'u', b's', b'e'] | [.., b'm', b'i', b's', b'e'] if length >= 6 => (2, ""),
        [.., b'a', b'l', b'e'] if length >= 5 => (1, ""),
        // Nouns in -ment have verbs in -menter: segment, segmente.
        [.., b'm', b'e', b'n', b't', b'e'] => (0, ""),
        [.., b'a' | b'e', b'n', b't', b'e'] | [.., b'e', b'r', b't', b'e'] if length >= 6 => {
            (1, "")
        }
        [.., b'c', b'r', b'i', b't', b'e'] | [.., b'd', b'u', b'i', b't', b'e'] => (1, ""),
        [.., b'i', b'v', b'e'] if length >= 6 => (2, "f"),
        [.., b'i', b'e', b'r', b'e'] if length >= 7 => (2, "r"),
        [.., b'g', b'e', b'r', b'e'] if length >= 6 => (2, "r"),
        [.., b'e', b'u', b'r', b'e'] if length >= 7 => (1, ""),
        [.., b't', b'r', b'i', b'c', b'e'] if length >= 7 => (5, "teur"),
        [.., before, b'i', b'e'] if length >= 5 && !is_vowel(*before) => (1, ""),
        [.., before, b'u', b'e'] if length >= 5 && *before != b'q' => (1, ""),
        _ => (0, ""),
    }
}

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Shortest word that is stemmed, in bytes.
const LENGTH_MIN: usize = 4;

/// Words that end like a plural and are none, or whose stem would meet another word. Sorted.
const UNCHANGED: [&str; 24] = [
    "alors", "apres", "chaux", "cours", "dans", "depuis", "faux", "fois", "jamais", "mais",
    "moins", "mois", "plus", "poux", "puis", "sans", "sous", "taux", "tous", "toux", "tres",
    "vers", "voix", "vues",
];

/// Words in -e and their stems: those whose masculine no rule tells, and those that a rule would
/// take to another word (motive is no feminine of motif). Sorted.
const EXCEPTIONS: [(&str, &str); 73] = [
    ("accidente", "accidente"),
    ("appelle", "appelle"),
    ("archive", "archive"),
    ("arrive", "arrive"),
    ("avale", "avale"),
    ("basse", "bas"),
    ("benigne", "benin"),
    ("blanche", "blanc"),
    ("chaude", "chaud"),
    ("cicatrice", "cicatrice"),
    ("complete", "complet"),
    ("concrete", "concret"),
    ("conduite", "conduite"),
    ("confuse", "confu"),
    ("courte", "court"),
    ("cultive", "cultive"),
    ("demente", "dement"),
    ("derive", "derive"),
    ("diffuse", "diffu"),
    ("discrete", "discret"),
    ("donneuse", "donneur"),
    ("droite", "droit"),
    ("endive", "endive"),
    ("epaisse", "epai"),
    ("etroite", "etroit"),
    ("exhale", "exhale"),
    ("fausse", "faux"),
    ("feminine", "feminin"),
    ("forte", "fort"),
    ("fraiche", "frai"),
    ("franche", "franc"),
    ("fumeuse", "fumeur"),
    ("gencive", "gencive"),
    ("grande", "grand"),
    ("grasse", "gra"),
    ("grosse", "gro"),
    ("haute", "haut"),
    ("humaine", "humain"),
    ("implante", "implante"),
    ("incluse", "inclu"),
    ("incomplete", "incomplet"),
    ("inhale", "inhale"),
    ("inquiete", "inquiet"),
    ("jumelle", "jumeau"),
    ("lessive", "lessive"),
    ("longue", "long"),
    ("lourde", "lourd"),
    ("maligne", "malin"),
    ("masculine", "masculin"),
    ("matrice", "matrice"),
    ("morte", "mort"),
    ("motive", "motive"),
    ("nouvelle", "nouveau"),
    ("objective", "objective"),
    ("petite", "petit"),
    ("plante", "plante"),
    ("porteuse", "porteur"),
    ("profonde", "profond"),
    ("rappelle", "rappelle"),
    ("receveuse", "receveur"),
    ("recidive", "recidive"),
    ("reimplante", "reimplante"),
    ("ronde", "rond"),
    ("saine", "sain"),
    ("salive", "salive"),
    ("sanguine", "sanguin"),
    ("seche", "sec"),
    ("signale", "signale"),
    ("sourde", "sourd"),
    ("survive", "survive"),
    ("transplante", "transplante"),
    ("uterine", "uterin"),
    ("voisine", "voisin"),
];

#[cfg(test)]
mod tests;
