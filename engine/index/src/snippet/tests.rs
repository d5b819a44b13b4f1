//! Snippets show what was asked, where it is, and what is said of it.

use super::{Said, Snippet, snippet};
use crate::{Context, Expr, ReferenceStatistics, Synonyms, WordOptions};

fn cut(text: &str, expr: &Expr, characters_max: usize) -> Option<Snippet> {
    snippet(text, expr, characters_max, &ReferenceStatistics::built_in())
}

fn marked(snippet: &Snippet) -> Vec<(String, Said)> {
    let characters: Vec<char> = snippet.text.chars().collect();
    snippet
        .highlights
        .iter()
        .map(|mark| (characters[mark.place.clone()].iter().collect(), mark.said))
        .collect()
}

#[test]
fn what_was_found_is_marked_with_its_context() {
    let text = "Toux \u{e0} l'effort. Pas de fi\u{e8}vre. M\u{e8}re : fi\u{e8}vre puerp\u{e9}rale.";
    let query = Expr::any_word("fievre toux", &WordOptions::default()).unwrap();
    let found = cut(text, &query, 200).unwrap();
    assert_eq!(found.text, text.trim_end_matches('.'));
    assert_eq!(
        marked(&found),
        [
            ("Toux".to_owned(), Said::Affirmed),
            ("fi\u{e8}vre".to_owned(), Said::Negated),
            ("fi\u{e8}vre".to_owned(), Said::Family),
        ]
    );
    let options = WordOptions {
        context: Context::Family,
        ..WordOptions::default()
    };
    let family = cut(text, &Expr::all_words("fievre", &options).unwrap(), 200).unwrap();
    assert_eq!(marked(&family), [("fi\u{e8}vre".to_owned(), Said::Family)]);
}

/// Offsets count characters of the given text, and the stretch keeps to its length.
#[test]
fn a_long_text_is_cut_at_words() {
    let filler = "\u{e9}tat stable \u{2014} ".repeat(100);
    let text = format!("{filler}appendicite aigu\u{eb} op\u{e9}r\u{e9}e. {filler}");
    let query = Expr::phrase("appendicite aigue", &WordOptions::default()).unwrap();
    let found = cut(&text, &query, 60).unwrap();
    assert!(found.text.chars().count() <= 60);
    let whole: Vec<char> = text.chars().collect();
    assert_eq!(
        whole[found.place.clone()].iter().collect::<String>(),
        found.text
    );
    assert_eq!(
        marked(&found),
        [("appendicite aigu\u{eb}".to_owned(), Said::Affirmed)]
    );
}

/// The stretch with two different words beats the one with one word twice.
#[test]
fn the_richest_stretch_wins() {
    let gap = "rien ".repeat(60);
    let text = format!("toux toux {gap} toux et appendicite {gap} toux");
    let query = Expr::any_word("toux appendicite", &WordOptions::default()).unwrap();
    assert!(cut(&text, &query, 40).unwrap().text.contains("appendicite"));
}

#[test]
fn synonyms_prefixes_and_misspellings_are_marked() {
    let options = WordOptions {
        synonyms: Some(Synonyms::built_in()),
        ..WordOptions::default()
    };
    let text = "hypertension art\u{e9}rielle, apendicite";
    let synonym = Expr::all_words("HTA", &options).unwrap();
    assert_eq!(
        marked(&cut(text, &synonym, 99).unwrap())[0].0,
        "hypertension art\u{e9}rielle"
    );
    let prefix = Expr::prefix("hyper", &options).unwrap();
    assert_eq!(
        marked(&cut(text, &prefix, 99).unwrap())[0].0,
        "hypertension"
    );
    let fuzzy = Expr::fuzzy("appendicite", &options).unwrap();
    assert_eq!(marked(&cut(text, &fuzzy, 99).unwrap())[0].0, "apendicite");
    let denied = Expr::not(Expr::all_words("HTA", &options).unwrap()).unwrap();
    assert!(cut(text, &denied, 99).is_none());
    assert!(cut("", &synonym, 99).is_none());
}

/// Each place of the first word looks its followers up: a text of two words, 100,000 times over,
/// is no work of hours.
#[test]
fn a_text_of_two_words_over_and_over_is_searched_once() {
    let text = "un deux ".repeat(100_000);
    let query = Expr::phrase("deux un", &WordOptions::default()).unwrap();
    let found = cut(&text, &query, 80).unwrap();
    assert_eq!(marked(&found)[0].0, "deux un");
}

/// What lies behind the part that is read first is found, at its true place.
#[test]
fn a_long_text_is_read_in_parts() {
    let before = "h\u{e9} rien ".repeat(200_000);
    let text = format!("{before}appendicite aigu\u{eb} ensuite");
    let query = Expr::all_words("appendicite", &WordOptions::default()).unwrap();
    let found = cut(&text, &query, 40).unwrap();
    let stretch: String = text.chars().skip(found.place.start).collect();
    assert!(stretch.starts_with(&found.text));
    assert_eq!(marked(&found)[0].0, "appendicite");
}

/// A word of millions of accents is one letter to the index, and no snippet of megabytes.
#[test]
fn a_word_of_10_mb_makes_no_snippet_of_10_mb() {
    let text = format!("toux e{} toux", "\u{301}".repeat(400_000));
    let query = Expr::phrase("toux e", &WordOptions::default()).unwrap();
    let found = cut(&text, &query, 40).unwrap();
    assert_eq!(found.text.chars().count(), 80);
    assert_eq!(found.highlights[0].place, 0..80);
}
