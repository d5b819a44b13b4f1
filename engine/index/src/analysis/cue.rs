//! The words that turn what stands near them: negation, doubt, relatives, ends of scope.
//!
//! For: `context`. Not for: how far a cue reaches. Words are folded, as the scanner gives them.
//! The list was drawn up from reports by hand; EDS-NLP's published cues (BSD-3, Assistance
//! Publique - Hopitaux de Paris) were read beside it.

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
    match word {
        "pas" | "jamais" => Cue::Not,
        "sans" | "ni" => Cue::Without,
        "aucun" | "aucune" | "aucuns" | "aucunes" | "nul" | "nulle" => Cue::No,
        "absence" | "indemne" | "indemnes" | "depourvu" | "depourvue" | "exempt" | "exempte"
        | "denue" | "denuee" => Cue::Lack,
        "non" => Cue::Non,
        "elimine" | "eliminer" | "eliminee" | "elimines" | "eliminees" | "eliminant"
        | "eliminait" | "eliminaient" | "ecarte" | "ecarter" | "ecartee" | "ecartes"
        | "ecartees" | "ecartant" | "exclu" | "exclue" | "exclus" | "exclues" | "exclut"
        | "exclure" | "excluant" | "excluait" | "infirme" | "infirmer" | "infirmee"
        | "infirmes" | "infirmees" | "infirmant" | "infirmait" | "refute" | "refutee" => {
            Cue::Exclude
        }
        "nie" | "nient" | "niait" | "niant" | "refute_par" => Cue::Deny,
        "absent" | "absente" | "absents" | "absentes" | "negatif" | "negative" | "negatifs"
        | "negatives" | "inexistant" | "inexistante" | "neg" | "negativite" => Cue::Absent,
        "mais" | "cependant" | "toutefois" | "neanmoins" | "pourtant" | "hormis" | "sauf"
        | "excepte" | "exceptee" | "outre" | "car" | "puisque" | "avec" | "malgre" | "motivant"
        | "justifiant" | "permettant" | "dont" | "devant" | "dehors" | "exception"
        | "contrairement" | "revanche" | "lors" | "hospitalise" | "hospitalisee" | "evoluant"
        | "associe" | "associee" | "apparaissant" | "faisant" | "amenant" | "conduisant"
        | "recu" | "recue" | "admis" | "admise" | "adresse" | "adressee" | "suivi" | "suivie"
        | "consultant" | "consulte" | "presentant" | "ayant" | "victime" | "porteur"
        | "porteuse" | "evolue" => Cue::End,
        "et" | "ou" => Cue::And,
        "est" | "sont" | "etait" | "etaient" | "ete" | "ont" | "avait" | "avaient" | "soit"
        | "sera" | "fut" | "presente" | "presentait" | "presentent" | "retrouve" | "retrouvait"
        | "montre" | "montrait" | "objective" | "objectivait" | "revele" | "revelait" | "reste"
        | "restait" | "persiste" | "signale" | "rapporte" | "note" | "decrit" | "reviennent"
        | "revient" | "realise" | "realisee" => Cue::Verb,
        "un" | "une" | "des" | "le" | "la" | "les" | "l" | "son" | "sa" | "ses" | "leur" | "ce"
        | "cette" | "ces" | "il" | "elle" | "ils" | "elles" | "on" | "nous" | "qui" | "que"
        | "qu" | "quelques" | "plusieurs" => Cue::Opener,
        "de" | "d" | "du" => Cue::Of,
        "normal" | "normale" | "normaux" | "normales" | "souple" | "souples" | "regulier"
        | "reguliers" | "reguliere" | "regulieres" | "libre" | "libres" | "present"
        | "presents" | "presence" | "positif" | "positive" | "positifs" | "positives" | "connu"
        | "connue" | "percu" | "percus" | "percue" | "percues" | "symetrique" | "symetriques"
        | "stable" | "stables" | "conserve" | "conservee" | "conserves" | "sensible"
        | "indolore" | "indolores" | "apyretique" | "apyrexie" | "febrile" | "eupneique"
        | "bon" | "bonne" | "persistance" | "apparition" | "notion" => Cue::Present,
        "mere" | "pere" | "frere" | "freres" | "soeur" | "soeurs" | "tante" | "tantes"
        | "oncle" | "oncles" | "cousin" | "cousine" | "cousins" | "cousines" | "neveu"
        | "niece" | "neveux" | "nieces" | "jumeau" | "jumelle" | "fratrie" | "parents"
        | "meres" | "peres" | "grandmere" | "grandpere" | "apparente" | "apparentes"
        | "apparentee" => Cue::Relative,
        "fille" | "filles" | "fils" => Cue::Child,
        "chez" => Cue::At,
        "famille" | "familial" | "familiale" | "familiaux" | "familiales" | "heredite"
        | "hereditaires" => Cue::Family,
        _ => Cue::None,
    }
}

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
