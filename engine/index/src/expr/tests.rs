//! Expressions: what is taken from a text, and every limit, in words that show no word.

use super::{Expr, ExprError, Node, WordOptions};
use crate::{Code, Synonyms};
use base::limit;

fn options() -> WordOptions {
    WordOptions::default()
}

fn phrases(expr: &Expr) -> Vec<String> {
    fn walk(node: &Node, out: &mut Vec<String>) {
        match node {
            Node::Phrase(_, words) => out.push(words.join(" ")),
            Node::And(parts) | Node::Or(parts) | Node::Best(parts) => {
                parts.iter().for_each(|part| walk(part, out));
            }
            Node::Not(part) => walk(part, out),
            Node::Near(_, groups, _) => {
                out.extend(groups.iter().flatten().map(|words| words.join(" ")));
            }
            Node::Every | Node::Prefix(..) | Node::Fuzzy(..) | Node::Code(_) | Node::Dated(..) => {}
        }
    }
    let mut out = Vec::new();
    walk(&expr.node, &mut out);
    out
}

#[test]
fn function_words_are_left_out_of_words_and_kept_in_phrases() {
    let words = Expr::all_words("l'an\u{e9}mie de la patiente", &options()).unwrap();
    assert_eq!(phrases(&words), ["anemi", "patient"]);
    let phrase = Expr::phrase("cancer du sein", &options()).unwrap();
    assert_eq!(phrases(&phrase), ["cancer du sein"]);
    assert_eq!(phrases(&Expr::all_words("la", &options()).unwrap()), ["la"]);
}

#[test]
fn capitals_and_compounds_find_their_layers() {
    let find = |text: &str| phrases(&Expr::all_words(text, &options()).unwrap());
    assert_eq!(find("TA"), ["^ta"]);
    assert_eq!(find("ta"), ["ta"]);
    assert_eq!(find("HTA"), ["hta"]);
    assert_eq!(find("Ki67"), ["ki 67", "ki67"]);
    assert_eq!(
        find("cardio-respiratoire"),
        ["cardio respiratoire", "cardiorespiratoire"]
    );
    assert_eq!(find("37,5"), ["37.5"]);
    assert_eq!(find("40SA"), ["40 ^sa"]);
    assert_eq!(find("L5-S1"), ["l 5 s 1"]);
    assert_eq!(find("E. coli"), ["e coli"]);
    assert_eq!(find("vitamine D"), ["vitamine", "d"]);
}

/// Capitals say nothing where every word has them, but of what is measured.
#[test]
fn a_query_in_capitals_is_read_as_if_it_had_none() {
    let find = |text: &str| phrases(&Expr::all_words(text, &options()).unwrap());
    assert_eq!(find("DOULEUR DE LA HANCHE"), ["douleur", "hanche"]);
    assert_eq!(find("MAL DE DOS"), ["mal", "dos"]);
    assert_eq!(find("TA ELEVEE"), ["^ta", "eleve"]);
    assert_eq!(find("TA elevee"), ["^ta", "eleve"]);
    let phrase = Expr::phrase("PERTE DE POIDS", &options()).unwrap();
    assert_eq!(phrases(&phrase), ["perte de poid"]);
}

#[test]
fn synonyms_stand_inside_phrases() {
    let table = Synonyms::from_tsv("TDM\tscanner\ttomodensitom\u{e9}trie\n").unwrap();
    let options = WordOptions {
        synonyms: Some(table.into()),
        ..options()
    };
    let phrase = Expr::phrase("scanner c\u{e9}r\u{e9}bral", &options).unwrap();
    assert_eq!(
        phrases(&phrase),
        [
            "scanner cerebral",
            "tdm cerebral",
            "tomodensitometri cerebral"
        ]
    );
}

#[test]
fn limits_are_syntactic_and_told() {
    let options = options();
    let words = |text: &str| Expr::all_words(text, &options).map(|_| ());
    assert_eq!(words(""), Err(ExprError::Empty));
    assert_eq!(words("*"), Err(ExprError::Empty));
    assert_eq!(words("\0\u{1}"), Err(ExprError::Empty));
    assert_eq!(words(&"mot ".repeat(1000)), Err(ExprError::TooManyTerms));
    assert_eq!(
        words(&"x".repeat(limit::QUERY_BYTES_MAX + 1)),
        Err(ExprError::TooLong)
    );
    assert_eq!(words(&"terme ".repeat(10_000)), Err(ExprError::TooLong));
    assert_eq!(
        Expr::prefix("a", &options).err(),
        Some(ExprError::PrefixTooShort)
    );
    assert_eq!(Expr::prefix("*", &options).err(), Some(ExprError::Empty));
    assert_eq!(
        Expr::prefix("deux mots", &options).err(),
        Some(ExprError::NotOneWord)
    );
    assert_eq!(
        Expr::fuzzy("deux mots", &options).err(),
        Some(ExprError::NotOneWord)
    );
    let far = limit::QUERY_SLOP_MAX + 1;
    assert_eq!(
        Expr::near("un deux", far, &options).err(),
        Some(ExprError::SlopTooLarge)
    );
    let code = Code {
        system: "CIM-10",
        code: "...",
    };
    assert_eq!(Expr::code(&code).err(), Some(ExprError::NotACode));
    assert_eq!(Expr::and(Vec::new()).err(), Some(ExprError::Empty));
    let mut deep = Expr::every();
    for _ in 1..limit::QUERY_DEPTH_MAX {
        deep = Expr::not(deep).unwrap();
    }
    assert_eq!(Expr::not(deep).err(), Some(ExprError::TooDeep));
    let many = (0..3)
        .map(|_| Expr::all_words(&"mot ".repeat(50), &options).unwrap())
        .collect();
    assert_eq!(Expr::or(many).err(), Some(ExprError::TooManyTerms));
}

#[test]
fn debug_shows_no_word() {
    let expr = Expr::all_words("secret", &options()).unwrap();
    assert_eq!(format!("{expr:?}"), "Expr(1 terms)");
}
