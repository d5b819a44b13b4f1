//! Answers depend on the documents inside the filter alone, whatever else the index holds.

mod clinic;

use super::oracle;
use crate::testing::{Fixture, document, hits, ordinal};
use crate::{Code, Context, Expr, Filter, In, Scores, Synonyms, WordOptions};
use base::{DocumentSet, DossierNumber, Entropy, Instant, Ordinal, SeededEntropy};
use std::collections::BTreeMap;

fn plain() -> WordOptions {
    WordOptions::default()
}

fn in_context(context: Context) -> WordOptions {
    WordOptions {
        context,
        ..WordOptions::default()
    }
}

/// Queries of every kind.
fn queries() -> Vec<Expr> {
    let synonyms = WordOptions {
        synonyms: Some(Synonyms::built_in()),
        ..plain()
    };
    let words = |text: &str| Expr::all_words(text, &plain()).unwrap();
    vec![
        Expr::every(),
        words("fievre"),
        words("fievre toux"),
        Expr::any_word("fievre toux appendicite", &plain()).unwrap(),
        Expr::any_word_fuzzy("fievvre apendicite", &plain()).unwrap(),
        Expr::phrase("pas de fievre", &plain()).unwrap(),
        Expr::near("fievre toux", 3, &plain()).unwrap(),
        Expr::prefix("append", &plain()).unwrap(),
        Expr::fuzzy("apendicite", &plain()).unwrap(),
        Expr::all_words("fievre", &in_context(Context::Negated)).unwrap(),
        Expr::all_words("fievre", &in_context(Context::Affirmed)).unwrap(),
        Expr::all_words("diabete", &in_context(Context::Family)).unwrap(),
        Expr::prefix("fie", &in_context(Context::Affirmed)).unwrap(),
        Expr::all_words("HTA", &synonyms).unwrap(),
        Expr::all_words(
            "compte",
            &WordOptions {
                field: In::Title,
                ..plain()
            },
        )
        .unwrap(),
        Expr::code(&Code {
            system: "CIM-10",
            code: "K358",
        })
        .unwrap(),
        Expr::dated(Instant::from_millis(3_000), Instant::from_millis(90_000)),
        Expr::and(vec![words("toux"), Expr::not(words("fievre")).unwrap()]).unwrap(),
        Expr::not(words("toux")).unwrap(),
    ]
}

const TEXTS: [&str; 13] = [
    "Fievre et toux depuis deux jours.",
    "Pas de fievre. Toux seche.",
    "Appendicite aigue operee, pas de fievre",
    "Mere : diabete. HTA connue.",
    "hypertension arterielle traitee",
    "Toux, fievre, appendicectomie en 2010",
    "Ni toux ni fievre. Appendice sain.",
    "Examen normal",
    "fievre fievre fievre toux",
    "appendicites et diabete",
    "Le patient tousse. Pas de fievre ce jour mais fievre hier",
    "Sans particularite",
    "Toux grasse",
];

fn visible() -> Vec<(Ordinal, String)> {
    (0_u32..60)
        .map(|number| {
            let at = usize::try_from(number).unwrap();
            let text = format!(
                "{} {}",
                TEXTS[at % TEXTS.len()],
                TEXTS[(at * 7 + 3) % TEXTS.len()]
            );
            (ordinal(u64::from(number % 9) * 2, number), text)
        })
        .collect()
}

/// Builds an index of the visible documents and `hidden` others, cut into `parts` flushes.
fn world(name: &str, hidden: u32, parts: usize) -> Fixture {
    let mut fixture = Fixture::new(name);
    let mut documents: Vec<(Ordinal, String)> = visible();
    for number in 0..hidden {
        let at = usize::try_from(number).unwrap();
        let text = format!(
            "{} appendikite fievra{number} toux",
            TEXTS[at % TEXTS.len()]
        );
        documents.push((ordinal(u64::from(number % 11) * 2 + 1, number), text));
    }
    let shuffle = |ordinal: &Ordinal| ordinal.value().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    documents.sort_by_key(|(ordinal, _)| shuffle(ordinal));
    let size = documents.len().div_ceil(parts.max(1));
    for (nth, chunk) in (1_u64..).zip(documents.chunks(size)) {
        let analysed = chunk
            .iter()
            .map(|(ordinal, text)| document(*ordinal, nth, text));
        fixture.index.append(analysed.collect());
        if parts > 1 && nth < u64::try_from(parts).unwrap() {
            fixture.flush();
        }
    }
    fixture
}

fn allowed() -> DocumentSet {
    visible().into_iter().map(|(ordinal, _)| ordinal).collect()
}

type Answers = Vec<BTreeMap<Ordinal, u64>>;

fn answers(fixture: &Fixture, set: &DocumentSet) -> Answers {
    let searcher = fixture.index.searcher();
    queries()
        .iter()
        .map(|query| hits(&searcher, query, Filter::Documents(set)))
        .collect()
}

/// Twin stores that differ in hidden documents, segments and tail give identical answers.
#[test]
fn hidden_documents_and_layout_change_nothing() {
    let set = allowed();
    // Dates are those of commits here, so the dated query is left to its own test.
    let dated = 16;
    let strip = |mut answers: Answers| {
        answers.remove(dated);
        answers
    };
    let alone = strip(answers(&world("twin-a", 0, 1), &set));
    for (nth, hits) in alone.iter().enumerate() {
        assert!(!hits.is_empty(), "query {nth} answers something");
    }
    for (name, hidden, parts) in [
        ("twin-b", 0, 4),
        ("twin-c", 200, 1),
        ("twin-d", 200, 3),
        ("twin-e", 37, 9),
    ] {
        let other = strip(answers(&world(name, hidden, parts), &set));
        for (nth, (one, other)) in alone.iter().zip(&other).enumerate() {
            assert_eq!(one, other, "query {nth} in {name}");
        }
    }
}

/// A dossier filter, a set of the dossier's documents, and the whole answer cut down agree.
#[test]
fn filters_agree() {
    let fixture = world("filters", 50, 3);
    let searcher = fixture.index.searcher();
    let dossier = DossierNumber::new(4).unwrap();
    let set: DocumentSet = allowed()
        .iter()
        .filter(|ordinal| ordinal.dossier() == dossier)
        .collect();
    for query in queries() {
        let all = hits(&searcher, &query, Filter::All);
        let cut: BTreeMap<_, _> = all
            .into_iter()
            .filter(|(ordinal, _)| ordinal.dossier() == dossier)
            .collect();
        assert_eq!(hits(&searcher, &query, Filter::Dossier(dossier)), cut);
        assert_eq!(hits(&searcher, &query, Filter::Documents(&set)), cut);
        let count = searcher.count(&query, Filter::Documents(&set)).unwrap();
        assert_eq!(count, u64::try_from(cut.len()).unwrap());
        assert!(hits(&searcher, &query, Filter::Documents(&DocumentSet::new())).is_empty());
    }
}

/// What each kind of query means, document by document.
#[test]
fn kinds_of_queries_mean_what_they_say() {
    let mut fixture = Fixture::new("kinds");
    for (number, text) in (0_u32..).zip(TEXTS) {
        fixture.index.append(vec![document(
            ordinal(1, number),
            u64::from(number) + 1,
            text,
        )]);
    }
    fixture.flush();
    let searcher = fixture.index.searcher();
    let numbers = |query: &Expr| -> Vec<u32> {
        hits(&searcher, query, Filter::All)
            .into_keys()
            .map(|ordinal| ordinal.document().number())
            .collect()
    };
    let found: Vec<_> = queries().iter().map(numbers).collect();
    assert_eq!(found[1], [0, 1, 2, 5, 6, 8, 10]);
    assert_eq!(found[2], [0, 1, 5, 6, 8]);
    assert_eq!(found[5], [1, 2, 10]);
    assert_eq!(found[7], [2, 5, 6, 9]);
    assert_eq!(found[8], [2, 9]);
    assert_eq!(found[9], [1, 2, 6, 10]);
    assert_eq!(found[10], [0, 5, 8, 10]);
    assert_eq!(found[11], [3]);
    assert_eq!(found[12], [0, 5, 8, 10]);
    assert_eq!(found[13], [3, 4]);
    assert_eq!(found[15].len(), 13);
    assert_eq!(found[16].len(), 11);
    assert_eq!(found[17], [12]);
    assert_eq!(found[18], [2, 3, 4, 7, 9, 10, 11]);
}

/// More of a word scores higher, a rare word more than a common one, and unwanted scores are 0.
#[test]
fn scores_order_as_expected() {
    let fixture = world("scores", 0, 1);
    let searcher = fixture.index.searcher();
    let query = Expr::any_word("fievre", &plain()).unwrap();
    let scored = hits(&searcher, &query, Filter::All);
    let best = scored.values().max().unwrap();
    let least = scored.values().min().unwrap();
    assert!(best > least);
    searcher
        .search(&query, Filter::All, Scores::Unwanted, &mut |_, score| {
            assert_eq!(score, 0);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
}

/// Nearness, in any order and in the query's, with words counted between first and last.
#[test]
fn nearness_counts_the_words_between() {
    let fixture = Fixture::new("near");
    let texts = [
        "fracture ouverte du col du femur",
        "femur : col, fracture",
        "fracture. Ensuite un long texte sans rapport aucun jusqu'au femur",
        "col femur",
    ];
    for (number, text) in (0_u32..).zip(texts) {
        fixture.index.append(vec![document(
            ordinal(1, number),
            u64::from(number) + 1,
            text,
        )]);
    }
    let searcher = fixture.index.searcher();
    let found = |expr: Expr| -> Vec<u32> {
        hits(&searcher, &expr, Filter::All)
            .into_keys()
            .map(|ordinal| ordinal.document().number())
            .collect()
    };
    assert_eq!(
        found(Expr::near("fracture femur", 4, &plain()).unwrap()),
        [0, 1]
    );
    assert_eq!(
        found(Expr::near("fracture femur", 3, &plain()).unwrap()),
        [1]
    );
    assert_eq!(
        found(Expr::near("femur fracture col", 3, &plain()).unwrap()),
        [0, 1]
    );
    assert_eq!(
        found(Expr::near_in_order("fracture femur", 4, &plain()).unwrap()),
        [0]
    );
    assert_eq!(
        found(Expr::near_in_order("femur fracture", 4, &plain()).unwrap()),
        [1]
    );
    assert_eq!(
        found(Expr::near("fracture femur", 64, &plain()).unwrap()),
        [0, 1, 2]
    );
}

struct Dice {
    entropy: SeededEntropy,
}

impl Dice {
    fn below(&self, sides: usize) -> usize {
        let bytes: [u8; 8] = (&self.entropy as &dyn Entropy).array().unwrap();
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn word(&self) -> &'static str {
        const WORDS: [&str; 26] = [
            "toux",
            "fi\u{e8}vre",
            "appendicite",
            "appendices",
            "HTA",
            "TA",
            "hypertension",
            "art\u{e9}rielle",
            "douleur",
            "douleurs",
            "thoracique",
            "pas de",
            "sans",
            "de la",
            "et",
            "m\u{e8}re :",
            "en cas de",
            "cancer du sein",
            "HER-2",
            "38,5",
            ".",
            ",",
            "\n",
            "fracture",
            "f\u{e9}mur",
            "col",
        ];
        WORDS[self.below(WORDS.len())]
    }

    fn text(&self, words: usize) -> String {
        (0..words)
            .map(|_| self.word())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn options(&self) -> WordOptions {
        let contexts = [
            Context::Any,
            Context::Any,
            Context::Affirmed,
            Context::Negated,
            Context::Family,
        ];
        WordOptions {
            field: if self.below(8) == 0 {
                In::Title
            } else {
                In::Anywhere
            },
            context: contexts[self.below(contexts.len())],
            synonyms: (self.below(2) == 0).then(Synonyms::built_in),
        }
    }

    fn expr(&self, depth: usize) -> Option<Expr> {
        let words = 1 + self.below(3);
        let text = self.text(words);
        let options = self.options();
        let slop = u32::try_from(self.below(6)).unwrap();
        let made = match self.below(if depth == 0 { 8 } else { 11 }) {
            0 | 1 => Expr::all_words(&text, &options),
            2 => Expr::any_word(&text, &options),
            3 => Expr::phrase(&text, &options),
            4 => Expr::near(&text, slop, &options),
            5 => Expr::near_in_order(&text, slop, &options),
            6 => Expr::prefix(text.get(..4).unwrap_or(&text), &options),
            7 => Expr::any_word_fuzzy(&text, &options),
            8 => Expr::and((0..2).filter_map(|_| self.expr(depth - 1)).collect()),
            9 => Expr::or((0..3).filter_map(|_| self.expr(depth - 1)).collect()),
            _ => Expr::not(self.expr(depth - 1)?),
        };
        made.ok()
    }
}

/// Random expressions over random documents: the index finds what reading them one by one
/// finds, wherever they lie.
#[test]
fn the_oracle_agrees() {
    let dice = Dice {
        entropy: SeededEntropy::new(1122),
    };
    let mut fixture = Fixture::new("oracle");
    let mut documents = Vec::new();
    for number in 0..120_u32 {
        let words = 1 + dice.below(25);
        let text = dice.text(words);
        let place = ordinal(u64::from(number % 7), number);
        let commit = u64::from(number) + 1;
        fixture.index.append(vec![document(place, commit, &text)]);
        documents.push(document(place, commit, &text));
        if number % 40 == 30 {
            fixture.flush();
        }
    }
    let searcher = fixture.index.searcher();
    let mut found = 0;
    for round in 0..700 {
        let Some(expr) = dice.expr(2) else { continue };
        let expected: Vec<Ordinal> = documents
            .iter()
            .filter(|document| oracle::matches(document, &expr.node))
            .map(|document| document.ordinal)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let got: Vec<Ordinal> = hits(&searcher, &expr, Filter::All).into_keys().collect();
        assert_eq!(
            got,
            expected,
            "round {round}: {}",
            oracle::describe(&expr.node)
        );
        found += expected.len();
    }
    assert!(found > 4_000, "the dice ask for what is there: {found}");
}
