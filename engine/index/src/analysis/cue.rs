//! The words that turn what stands near them: negation, doubt, relatives, ends of scope.
//!
//! For: `context`. Not for: how far a cue reaches. Words are folded, as the scanner gives them.
//! Invariant: a word is looked up in one step, however long the lists are.

mod lists;

use lists::WORDS;

/// What a word does to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// Nothing.
    None,
    /// "pas", "jamais": denies what follows, perhaps what was the subject.
    Not,
    /// "sans", "ni": denies what follows.
    Without,
    /// "aucun": denies what follows, or the label before it.
    No,
    /// "absence", "indemne", "depourvu": denies what follows behind "de".
    Lack,
    /// "non": denies one word, or the label before it.
    Non,
    /// "elimine", "ecarte", "exclu": denies what follows, or its subject.
    Exclude,
    /// "nie": denies what follows.
    Deny,
    /// "absent", "negatif": denies what it qualifies, before it.
    Absent,
    /// "mais", "hormis": what follows stands on its own.
    End,
    /// "et", "ou".
    And,
    /// "traite", "apres", "sous": the story goes on; what was denied before is all that is.
    Turn,
    /// A form of to be or to have, or another verb that opens a clause.
    Verb,
    /// "un", "le", "sa", "il": opens a group of its own.
    Opener,
    /// "de", "d", "du".
    Of,
    /// A finding that is normal or present: ends a list of what is denied.
    Present,
    /// A relative of the patient.
    Relative,
    /// A relative only behind a possessive: "fille".
    Child,
    /// "chez".
    At,
    /// "famille", "familial".
    Family,
}

/// What `word` does.
pub(crate) fn cue(word: &str) -> Cue {
    let mut slot = slot(word.as_bytes());
    loop {
        let (known, cue) = CUES[slot];
        if known.is_empty() || known == word {
            return cue;
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Where a word is first looked for.
const fn slot(word: &[u8]) -> usize {
    let mut hash = 0_usize;
    let mut at = 0;
    while at < word.len() {
        hash = hash.wrapping_mul(31).wrapping_add(word[at] as usize);
        at += 1;
    }
    (hash ^ (hash >> 10)) % SLOTS
}

/// The lists, spread out: every word of every text is looked for.
const fn spread() -> [(&'static str, Cue); SLOTS] {
    let mut table = [("", Cue::None); SLOTS];
    let mut list = 0;
    while list < WORDS.len() {
        let (cue, words) = WORDS[list];
        let mut at = 0;
        while at < words.len() {
            let mut free = slot(words[at].as_bytes());
            while !table[free].0.is_empty() {
                free = (free + 1) % SLOTS;
            }
            table[free] = (words[at], cue);
            at += 1;
        }
        list += 1;
    }
    table
}

/// More than twice as many as there are words, so that few are looked at.
const SLOTS: usize = 1024;

static CUES: [(&str, Cue); SLOTS] = spread();

/// Whether a word of a denied group opens a complement that is taken as there: "pas
/// d'anomalie des paires craniennes", "absence de recidive de la douleur".
pub(crate) fn is_definite(before: &str, word: &str) -> bool {
    match word {
        "du" | "des" | "au" | "aux" => true,
        "la" | "l" | "les" | "sa" | "son" | "ses" | "cette" | "ces" | "leur" => before == "de",
        _ => false,
    }
}

/// Whether "a" before this word is the verb, not the preposition that lost its accent.
pub(crate) fn follows_verb(word: &str) -> bool {
    cue(word) == Cue::Verb
        || matches!(
            word,
            "eu" | "permis" | "subi" | "beneficie" | "recu" | "consulte"
        )
}

/// Whether a word behind "pas", "sans" or "non" shows that nothing is denied.
pub(crate) fn undoes(word: &str) -> bool {
    matches!(
        word,
        "seulement"
            | "certain"
            | "certaine"
            | "exclu"
            | "exclue"
            | "exclus"
            | "exclure"
            | "elimine"
            | "eliminee"
            | "eliminer"
            | "ecarte"
            | "ecartee"
            | "ecarter"
            | "doute"
            | "necessairement"
            | "forcement"
            | "que"
            | "toujours"
            | "contre"
    )
}

/// Whether what is denied is a change of something that is there: "pas de recidive de".
pub(crate) fn is_change(word: &str) -> bool {
    matches!(
        word,
        "majoration"
            | "aggravation"
            | "recidive"
            | "recidives"
            | "amelioration"
            | "changement"
            | "modification"
            | "modifications"
            | "evolution"
            | "progression"
            | "augmentation"
            | "documentation"
            | "traitement"
            | "retentissement"
            | "repercussion"
    )
}

/// Whether a participle says that something was looked for: "n'est pas retrouve", "non vu".
pub(crate) fn is_sought(word: &str) -> bool {
    [
        "retrouve",
        "objective",
        "visualise",
        "visible",
        "observe",
        "decrit",
        "percu",
        "percue",
        "palpe",
        "palpable",
        "palpables",
        "vu",
        "vue",
        "vus",
        "vues",
        "identifie",
        "detecte",
        "individualise",
        "constate",
        "documente",
        "confirme",
        "rapporte",
        "signale",
        "evident",
        "mis",
        "mise",
        "note",
        "decele",
        "connu",
        "connue",
        "connus",
        "connues",
        "isole",
    ]
    .iter()
    .any(|known| {
        word.strip_prefix(known)
            .is_some_and(|rest| matches!(rest, "" | "e" | "s" | "es"))
    })
}

/// Whether a verb makes a relative the one who speaks or acts, not the one who is ill.
pub(crate) fn is_witness(word: &str) -> bool {
    [
        "rapport",
        "signal",
        "decri",
        "dit",
        "note",
        "amen",
        "consult",
        "inquiet",
        "expliqu",
        "constat",
        "appel",
        "precis",
        "trouv",
        "accompagn",
        "demand",
        "present",
        "refus",
        "souhait",
        "affirm",
        "evoqu",
        "donn",
        "assist",
        "sont",
        "biologique",
        "vivent",
    ]
    .iter()
    .any(|known| word.starts_with(known))
        && !matches!(word, "presentant" | "donneur" | "donneuse")
}

/// Whether a word before a relative makes her a companion: "vit avec sa mere".
pub(crate) fn is_company(word: &str) -> bool {
    matches!(
        word,
        "avec"
            | "par"
            | "vit"
            | "vivant"
            | "habite"
            | "loge"
            | "accompagne"
            | "accompagnee"
            | "amene"
            | "amenee"
            | "selon"
            | "retour"
            | "domicile"
            | "heberge"
            | "hebergee"
            | "presence"
            | "sejour"
            | "vacances"
            | "interrogatoire"
            | "dires"
            | "information"
            | "entretien"
            | "aide"
            | "contact"
            | "reside"
            | "adresse"
            | "confie"
    )
}

/// Whether a word of a heading names a kind of history other than the family's.
pub(crate) fn is_own_history(word: &str) -> bool {
    [
        "medic",
        "chirurg",
        "personnel",
        "allerg",
        "gyneco",
        "obstet",
        "toxi",
        "traitement",
        "transfus",
        "neonat",
        "psychiatr",
        "vaccin",
        "cardio",
        "habitus",
    ]
    .iter()
    .any(|known| word.starts_with(known))
}

/// Whether a word opens a heading of a report.
pub(crate) fn is_heading(word: &str) -> bool {
    matches!(
        word,
        "antecedents"
            | "antecedent"
            | "atcd"
            | "atcds"
            | "mode"
            | "motif"
            | "traitement"
            | "traitements"
            | "histoire"
            | "examen"
            | "examens"
            | "evolution"
            | "conclusion"
            | "allergie"
            | "allergies"
            | "habitus"
            | "biologie"
            | "imagerie"
            | "clinique"
            | "resume"
            | "service"
            | "signataire"
            | "toxiques"
            | "toxique"
            | "grossesse"
            | "medicaux"
            | "chirurgicaux"
            | "personnels"
            | "gyneco"
            | "obstetricaux"
            | "vaccinations"
            | "vaccins"
            | "facteurs"
            | "constantes"
            | "anamnese"
            | "rappel"
            | "bilan"
            | "au"
            | "contexte"
            | "situation"
            | "autonomie"
            | "socio"
    )
}

/// Whether a word alone, as the answer to a label, says there is none.
pub(crate) fn is_nothing(word: &str) -> bool {
    matches!(
        word,
        "0" | "neant" | "rien" | "ras" | "nc" | "negatif" | "negative"
    )
}

/// Whether what lies under something is meant, not what is taken: "sous cutane".
pub(crate) fn lies_under(word: &str) -> bool {
    [
        "acrom", "astrag", "capsul", "clavi", "costa", "cutan", "diaphrag", "dural", "epiderm",
        "epicard", "endocard", "glott", "hepat", "jacen", "mandib", "maxil", "muqueu", "ombil",
        "orbit", "phren", "pleur", "scapul", "segment", "seros", "tend", "ungue",
    ]
    .iter()
    .any(|known| word.starts_with(known))
}

/// Whether a word names what is tested: a result denies it and reaches no further back.
pub(crate) fn is_assay(word: &str) -> bool {
    [
        "anticorps",
        "antigen",
        "bacteriolog",
        "bandelette",
        "bilan",
        "biolog",
        "biopsie",
        "coproculture",
        "culture",
        "cytolog",
        "depistage",
        "dimere",
        "echograph",
        "examen",
        "exploration",
        "frottis",
        "ganglion",
        "hemoculture",
        "irm",
        "marge",
        "parasitolog",
        "pcr",
        "prelevement",
        "radio",
        "recepteur",
        "recherche",
        "rhesus",
        "scanner",
        "serolog",
        "signe",
        "test",
        "troponine",
        "uroculture",
        "virolog",
    ]
    .iter()
    .any(|known| word.starts_with(known))
}

/// Whether what is denied is a kind of finding, so that what a comma parts from it is none of it:
/// "pas d'allergie, HTA".
pub(crate) fn is_category(word: &str) -> bool {
    matches!(
        word,
        "allergie"
            | "allergies"
            | "antecedent"
            | "antecedents"
            | "atcd"
            | "atcds"
            | "comorbidite"
            | "comorbidites"
            | "intolerance"
            | "intolerances"
            | "traitement"
            | "traitements"
            | "vaccination"
    )
}

/// Whether a word closes what was denied: "pas d'antecedent particulier, fumeur".
pub(crate) fn is_closing(word: &str) -> bool {
    ["particuli", "notable", "connu", "significati", "associe"]
        .iter()
        .any(|known| word.starts_with(known))
}

/// Whether a word that names a relative is part of the body here: "dure-mere", "jumeau interne".
pub(crate) fn is_part_of_the_body(before: &str, next: &str) -> bool {
    matches!(
        before,
        "dure"
            | "pie"
            | "veine"
            | "veines"
            | "muscle"
            | "muscles"
            | "cellule"
            | "cellules"
            | "lesion"
            | "lesions"
            | "tache"
    ) || matches!(
        next,
        "interne" | "internes" | "externe" | "externes" | "medial" | "lateral" | "marie" | "mary"
    )
}

/// How many words open a condition or a risk at `word`, if they do.
pub(crate) fn opens_condition(before: &str, word: &str, next: &str) -> Option<usize> {
    match (word, next) {
        ("cas", "de" | "d") => (before == "en").then_some(2),
        ("si", "besoin") => None,
        ("si", _) => Some(1),
        ("risque" | "risques" | "prevention" | "prophylaxie" | "depistage", "de" | "d" | "du") => {
            Some(2)
        }
        ("recherche" | "rechercher" | "recherchant", "de" | "d" | "du" | "une" | "un" | "des") => {
            Some(2)
        }
        ("prevenir" | "craindre" | "redouter", _) => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
