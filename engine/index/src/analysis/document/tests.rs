//! What a document becomes: fields, context, codes, limits.

use super::{Analysed, Code, DocumentText};
use crate::error::IndexError;
use base::{CommitSeq, Ordinal, limit};

fn document<'a>(title: &'a str, body: &'a str, codes: &'a [Code<'a>]) -> DocumentText<'a> {
    DocumentText {
        ordinal: Ordinal::from_value(7),
        commit: CommitSeq::new(1),
        title,
        body,
        codes,
        date: None,
    }
}

fn tokens(packed: &super::Packed) -> Vec<String> {
    packed.iter().map(|(_, token)| token.to_owned()).collect()
}

#[test]
fn fields_hold_their_tokens() {
    let codes = [Code {
        system: "CIM-10",
        code: "K35.8",
    }];
    let analysed = Analysed::new(&document("Compte rendu", "Pas de fi\u{e8}vre.", &codes)).unwrap();
    assert_eq!(tokens(&analysed.title), ["compte", "rendu"]);
    assert_eq!(
        tokens(&analysed.body),
        ["compte", "rendu", "pas", "de", "fievre"]
    );
    assert_eq!(tokens(&analysed.negated), ["de", "fievre"]);
    assert_eq!(tokens(&analysed.codes), ["k358", "cim10:k358"]);
    let body: Vec<_> = analysed.body.iter().collect();
    let negated: Vec<_> = analysed.negated.iter().collect();
    assert_eq!(body[4], negated[1], "a mark has the position of its word");
}

/// A title says what a sentence would, at the places it has in the body.
#[test]
fn a_title_is_read_for_its_context() {
    let analysed = Analysed::new(&document("Absence d'embolie", "Toux", &[])).unwrap();
    assert_eq!(tokens(&analysed.negated), ["d", "emboli"]);
    let analysed = Analysed::new(&document("Embolie pulmonaire", "Toux", &[])).unwrap();
    assert!(tokens(&analysed.negated).is_empty());
}

/// A code is its letters without accents; of a name each word is found, in its system alone.
#[test]
fn names_are_found_by_their_words() {
    let codes = [Code {
        system: "author",
        code: "Jean-Ren\u{e9} LEF\u{c8}VRE B.",
    }];
    let analysed = Analysed::new(&document("", "", &codes)).unwrap();
    assert_eq!(
        tokens(&analysed.codes),
        [
            "jeanrenelefevreb",
            "author:jeanrenelefevreb",
            "author:jean",
            "author:rene",
            "author:lefevre"
        ]
    );
}

#[test]
fn limits_are_told_in_words() {
    let long = "x ".repeat(limit::TEXT_BYTES_MAX / 2 + 1);
    assert!(matches!(
        Analysed::new(&document("", &long, &[])),
        Err(IndexError::TextTooLong)
    ));
    let title = "x".repeat(limit::FIELD_BYTES_MAX + 1);
    assert!(matches!(
        Analysed::new(&document(&title, "", &[])),
        Err(IndexError::TitleTooLong)
    ));
    let codes = vec![
        Code {
            system: "",
            code: "x"
        };
        limit::DOCUMENT_CODES_MAX + 1
    ];
    assert!(matches!(
        Analysed::new(&document("", "", &codes)),
        Err(IndexError::TooManyCodes)
    ));
    assert!(
        Analysed::new(&document("", &"a".repeat(10 << 20), &[]))
            .unwrap()
            .body
            .count()
            == 0
    );
}

/// Neither `Debug` nor an error shows a word.
#[test]
fn debug_shows_no_word() {
    let analysed = Analysed::new(&document("secretword", "otherword", &[])).unwrap();
    assert!(!format!("{analysed:?}").contains("word"));
}

/// 200 MB are refused before anything is made of them.
#[test]
fn a_text_of_200_mb_is_refused() {
    let body = "fievre ".repeat(200 * 1024 * 1024 / 7);
    let refused = Analysed::new(&document("", &body, &[])).unwrap_err();
    assert!(matches!(refused, IndexError::TextTooLong));
    let most = limit::TEXT_BYTES_MAX.to_string();
    assert!(refused.to_string().contains(&most), "the limit is told");
}

/// One word of 10 MB is no token; the words beside it are.
#[test]
fn a_word_of_10_mb_is_left_out() {
    let body = format!("toux {} fievre", "x".repeat(10 * 1024 * 1024));
    let analysed = Analysed::new(&document("", &body, &[])).unwrap();
    let found = tokens(&analysed.body);
    assert!(found.contains(&"toux".to_owned()) && found.contains(&"fievre".to_owned()));
    assert!(
        found
            .iter()
            .all(|token| token.len() <= limit::TOKEN_BYTES_MAX)
    );
}

/// They part words, as blanks do, and are never a token.
#[test]
fn nul_and_control_characters_part_words() {
    let body = "toux\0fievre\u{1}\u{7f}\u{85}rash\u{1f}\r\n\u{b}fin";
    let analysed = Analysed::new(&document("\0", body, &[])).unwrap();
    assert_eq!(tokens(&analysed.body), ["toux", "fievre", "rash", "fin"]);
}

/// Composed, decomposed, ligatures, full width, soft hyphen: one word.
#[test]
fn unicode_forms_of_a_word_are_one() {
    let of = |body: &str| {
        let analysed = Analysed::new(&document("", body, &[])).unwrap();
        tokens(&analysed.body)
    };
    let plain = of("oedeme");
    let forms = [
        "\u{153}d\u{e8}me",
        "\u{152}d\u{e8}me",
        "oede\u{300}me",
        "\u{153}de\u{300}me",
    ];
    for form in forms {
        assert_eq!(of(form), plain, "{form}");
    }
}
