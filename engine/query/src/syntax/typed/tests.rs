//! Proves that the words of a query are found where they stand, and nothing else of it.

use super::{open_word, typed_words};

fn typed(text: &str) -> Vec<(usize, String)> {
    let words = typed_words(text).unwrap();
    words.into_iter().map(|word| (word.at, word.text)).collect()
}

#[test]
fn plain_words_are_found_where_they_stand() {
    let found =
        typed("\u{153}deme -\"embolie pulmonaire\" type:11502-2 fi\u{e8}vr* l'ap\u{ea}tit~ (toux)");
    let expected = [
        (0, "\u{153}deme"),
        (8, "embolie"),
        (16, "pulmonaire"),
        (59, "toux"),
    ];
    assert_eq!(found, expected.map(|(at, word)| (at, word.to_owned())));
    assert_eq!(
        typed("d'embollie"),
        [(0, "d".to_owned()), (2, "embollie".to_owned())]
    );
}

/// Accents that stand for themselves part no word.
#[test]
fn decomposed_words_are_whole() {
    let apart = "fie\u{300}vre";
    assert_eq!(typed(apart), [(0, apart.to_owned())]);
    assert_eq!(open_word(apart).unwrap().text, apart);
}

/// A query that cannot be read has no words.
#[test]
fn a_bad_query_is_an_error() {
    assert_eq!(typed_words("toux \"fievre").err().unwrap().at, 6);
}

#[test]
fn the_word_still_being_typed_is_the_last() {
    let open = |text| open_word(text).map(|word| (word.at, word.text));
    assert_eq!(open("embolie \"pulm"), Some((9, "pulm".to_owned())));
    assert_eq!(open("l'\u{153}d"), Some((2, "\u{153}d".to_owned())));
    for none in ["", "embolie ", "type:11", "toux \"fievre\""] {
        assert_eq!(open(none), None, "{none}");
    }
}
