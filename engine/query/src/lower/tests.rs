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

#[test]
fn what_cannot_be_asked_is_told() {
    assert!(matches!(
        expression("date:jamais", None),
        Err(QueryError::Date)
    ));
    assert!(matches!(expression("(", None), Err(QueryError::Syntax(_))));
    assert!(matches!(
        expression("code:---", None),
        Err(QueryError::Words(_))
    ));
}

#[test]
fn words_that_stand_together_meet_their_synonyms() {
    let synonyms = Some(Synonyms::built_in());
    let abbreviation = expression("HTA", synonyms.clone()).unwrap();
    let written_out = expression("hypertension art\u{e9}rielle", synonyms).unwrap();
    assert!(abbreviation.terms() > 1);
    assert_eq!(abbreviation.terms(), written_out.terms());
}
