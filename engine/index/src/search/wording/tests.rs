//! Proves that the words given are those of the filter's documents, whatever segments they lie in.

use crate::testing::{Fixture, document, ordinal};
use crate::{Expr, Filter, WordOptions, Wording};
use base::DocumentSet;

fn prefix(text: &str) -> Expr {
    Expr::prefix(text, &WordOptions::default()).unwrap()
}

fn tokens(found: &[Wording]) -> Vec<(&str, u64)> {
    let found = found.iter();
    found.map(|it| (it.token.as_str(), it.documents)).collect()
}

#[test]
fn words_are_counted_over_the_filter_across_segments() {
    let mut fixture = Fixture::new("wording");
    let texts = [
        "phlegmon",
        "phlegmon phlegmasie",
        "phlebite phlebite",
        "toux",
    ];
    let mut some = DocumentSet::new();
    for (number, text) in (0_u32..).zip(texts) {
        let at = ordinal(u64::from(number), 1);
        fixture
            .index
            .append(vec![document(at, u64::from(number) + 1, text)]);
        if number != 1 {
            some.insert(at);
        }
        if number == 1 {
            fixture.flush();
        }
    }
    let searcher = fixture.index.searcher();
    let all = searcher.wordings(&prefix("phl"), Filter::All, 10).unwrap();
    assert_eq!(tokens(&all)[0], ("phlegmon", 2));
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].example(), ordinal(0, 1));
    let within = Filter::Documents(&some);
    let some = searcher.wordings(&prefix("phl"), within, 10).unwrap();
    assert_eq!(tokens(&some), [("phlebite", 1), ("phlegmon", 1)]);
    assert_eq!(
        searcher.wordings(&prefix("phl"), within, 1).unwrap().len(),
        1
    );
    let fuzzy = Expr::fuzzy("flegmon", &WordOptions::default()).unwrap();
    let near = searcher.wordings(&fuzzy, within, 10).unwrap();
    assert_eq!(tokens(&near), [("phlegmon", 1)]);
    let words = Expr::all_words("phlegmon", &WordOptions::default()).unwrap();
    assert!(searcher.wordings(&words, within, 10).unwrap().is_empty());
}

#[test]
fn a_word_is_spelt_as_its_text_spells_it_most() {
    let mut fixture = Fixture::new("wording-spelt");
    let text = "Op\u{e9}r\u{e9}e, op\u{e9}r\u{e9}es. OP\u{c9}R\u{c9}ES: cardio-respiratoire.";
    fixture.index.append(vec![document(ordinal(1, 1), 1, text)]);
    let searcher = fixture.index.searcher();
    let found = searcher.wordings(&prefix("oper"), Filter::All, 1).unwrap();
    assert_eq!(
        found[0].spelt_in(text).as_deref(),
        Some("op\u{e9}r\u{e9}es")
    );
    assert_eq!(found[0].spelt_in("toux"), None);
    let joined = searcher
        .wordings(&prefix("cardior"), Filter::All, 1)
        .unwrap();
    assert_eq!(
        joined[0].spelt_in(text).as_deref(),
        Some("cardiorespiratoire")
    );
    fixture.flush();
}
