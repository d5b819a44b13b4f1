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
