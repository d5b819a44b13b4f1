//! Proves that every form of the syntax reaches the index, and that what cannot is told.

use super::*;

fn terms(text: &str) -> usize {
    expression(text, None).unwrap().terms()
}

#[test]
fn every_form_becomes_an_expression() {
    assert_eq!(terms("douleur thoracique"), 2);
    assert_eq!(terms("\"embolie pulmonaire\" -fracture"), 3);
    assert_eq!(terms("hemorr* OR pneumonie~"), 2);
    assert_eq!(terms("type:11502-2 title:biologie date:2024..2025"), 2);
    assert_eq!(terms("context:negated (fracture OR luxation)"), 2);
    assert_eq!(terms("douleur NEAR/4 poitrine"), 2);
}

/// A name is asked for whole, and by its words in any order.
#[test]
fn names_are_asked_by_their_words() {
    assert_eq!(terms("author:lefevre"), 1);
    assert_eq!(terms("author:899900000001"), 1);
    assert_eq!(terms("author:\"Lef\u{e8}vre Anne\""), 3);
    assert_eq!(terms("structure:\"H\u{f4}pital Nord\""), 3);
    assert_eq!(terms("title:embol*"), 1);
}

#[test]
fn what_cannot_be_asked_is_told() {
    for text in ["date:jamais", "(", "code:---", "l5-s1*", "deux-mots~"] {
        assert!(
            matches!(expression(text, None), Err(QueryError::Syntax(_))),
            "{text}"
        );
    }
}

#[test]
fn words_that_stand_together_meet_their_synonyms() {
    let synonyms = Some(Synonyms::built_in());
    let abbreviation = expression("HTA", synonyms.clone()).unwrap();
    let written_out = expression("hypertension art\u{e9}rielle", synonyms).unwrap();
    assert!(abbreviation.terms() > 1);
    assert_eq!(abbreviation.terms(), written_out.terms());
}

/// What an error says, and at which character.
fn told(text: &str) -> String {
    expression(text, None).unwrap_err().to_string()
}

#[test]
fn ten_thousand_terms_are_refused_by_their_number_alone() {
    let words: Vec<String> = (0..10_000).map(|number| format!("m{number}")).collect();
    assert!(told(&words.join(" ")).contains("too long"));
    let short = vec!["a"; 1_000].join(" ");
    assert_eq!(
        told(&short),
        "the query has too many terms: at most 128 (character 257)"
    );
}

#[test]
fn a_lone_star_is_refused_at_its_place() {
    assert_eq!(
        told("*"),
        "give at least 2 characters before the star (character 1)"
    );
    assert!(told("toux *").ends_with("(character 6)"));
}

#[test]
fn unbalanced_quotes_are_refused_at_the_one_that_is_open() {
    assert_eq!(told("\"toux"), "close the quotation mark (character 1)");
    assert_eq!(
        told("\"toux\" \"fievre"),
        "close the quotation mark (character 8)"
    );
    assert_eq!(
        told("\u{e9}t\u{e9} \u{ab}fi\u{e8}vre"),
        "close the quotation mark (character 5)"
    );
}

#[test]
fn a_one_letter_prefix_is_refused_whatever_the_letter() {
    for text in ["a*", "\u{e9}*", "\u{153}*", "toux e*"] {
        assert!(
            told(text).starts_with("give at least 2 characters"),
            "{text}"
        );
    }
}

/// NUL and control characters part words; alone they are nothing to look for.
#[test]
fn control_characters_are_no_words() {
    assert_eq!(terms("toux\0fievre\u{1}"), 2);
    assert!(told("\0\u{1}\r\n").starts_with("type at least one word"));
}

/// Where a date or another field stands among words changes nothing: what means them together is
/// found, and a small word is passed over, as if they stood beside each other.
#[test]
fn a_date_or_a_field_parts_no_words() {
    let found = |text: &str| {
        expression(text, Some(Synonyms::built_in()))
            .unwrap()
            .terms()
    };
    for field in ["date:2024", "type:11502-2", "title:biologie"] {
        for (one, other) in [("embolie", "pulmonaire"), ("fracture", "de")] {
            let together = found(&format!("{one} {other} {field}"));
            for apart in [
                format!("{one} {field} {other}"),
                format!("{field} {one} {other}"),
                format!("{one} {field} {field} {other}"),
            ] {
                let again = found(field) * apart.matches(field).count().saturating_sub(1);
                assert_eq!(found(&apart), together + again, "{apart}");
            }
        }
    }
    let alone = found("embolie") + found("pulmonaire");
    assert!(found("embolie date:2024 pulmonaire") > alone + found("date:2024"));
}
