//! Proves that queries are read as documented and that a bad one is told at its character.

use super::*;

fn word(text: &str) -> Node {
    Node::Word(text.to_owned())
}

fn fault(text: &str) -> (usize, Fault) {
    let error = parse(text).unwrap_err();
    (error.at, error.what)
}

#[test]
fn words_are_all_wanted() {
    assert!(
        parse("douleur thoracique") == Ok(Node::And(vec![word("douleur"), word("thoracique")]))
    );
    assert!(parse("a AND b") == Ok(Node::And(vec![word("a"), word("b")])));
}

#[test]
fn alternatives_bind_less_than_words() {
    let expected = Node::Or(vec![Node::And(vec![word("a"), word("b")]), word("c")]);
    assert!(parse("a b OR c") == Ok(expected.clone()));
    assert!(parse("(a b) OU c") == Ok(expected));
}

#[test]
fn phrases_prefixes_fuzzy_and_near() {
    let phrase = Node::Phrase {
        text: "embolie pulmonaire".to_owned(),
        slop: 0,
    };
    assert!(parse("\"embolie pulmonaire\"") == Ok(phrase.clone()));
    assert!(parse("\u{ab}embolie pulmonaire\u{bb}") == Ok(phrase));
    let slop = Node::Phrase {
        text: "a b".to_owned(),
        slop: 3,
    };
    assert!(parse("\"a b\"~3") == Ok(slop));
    assert!(parse("hemorr*") == Ok(Node::Prefix("hemorr".to_owned())));
    assert!(parse("pneumonie~") == Ok(Node::Fuzzy("pneumonie".to_owned())));
    let near = Node::Near {
        left: "a".to_owned(),
        right: "b".to_owned(),
        distance: 5,
    };
    assert!(parse("a NEAR/5 b") == Ok(near));
}

#[test]
fn exclusions_fields_and_contexts() {
    let expected = Node::And(vec![word("fracture"), Node::Not(Box::new(word("femur")))]);
    assert!(parse("fracture -femur") == Ok(expected));
    assert!(parse("her-2") == Ok(word("her-2")));
    let typed = Node::Field {
        field: Field::Type,
        value: "11502-2".to_owned(),
    };
    assert!(parse("type:11502-2") == Ok(typed.clone()));
    assert!(parse("type:\"11502-2\"") == Ok(typed));
    let negated = Node::Context(Context::Negated, Box::new(word("fievre")));
    assert!(parse("context:negated fievre") == Ok(negated));
    assert!(parse("12:30") == Ok(word("12:30")));
}

#[test]
fn a_bad_query_is_told_at_its_character() {
    assert_eq!(fault(""), (1, Fault::Empty));
    assert_eq!(fault("   "), (4, Fault::Empty));
    assert_eq!(fault("a \"b"), (3, Fault::OpenQuote));
    assert_eq!(fault("a (b"), (3, Fault::OpenParenthesis));
    assert_eq!(fault("a) b"), (2, Fault::StrayParenthesis));
    assert_eq!(fault("a OR"), (5, Fault::NoOperand));
    assert_eq!(fault("OR a"), (1, Fault::NoOperand));
    assert_eq!(fault("*"), (1, Fault::ShortPrefix));
    assert_eq!(fault("a*"), (1, Fault::ShortPrefix));
    assert_eq!(fault("ab*cd"), (1, Fault::StrayStar));
    assert_eq!(fault("mot:x"), (1, Fault::UnknownField));
    assert_eq!(fault("type:"), (1, Fault::NoValue));
    assert_eq!(fault("context:peut a"), (1, Fault::UnknownContext));
    assert_eq!(fault("a NEAR/500 b"), (3, Fault::BadDistance));
    assert_eq!(fault("-a"), (1, Fault::OnlyExclusions));
    assert_eq!(fault("a OR -b"), (1, Fault::OnlyExclusions));
    assert_eq!(fault(&"(".repeat(100)).1, Fault::TooDeep);
    assert_eq!(fault(&"-".repeat(100)).1, Fault::TooDeep);
    assert_eq!(fault(&"a ".repeat(1000)).1, Fault::TooManyTerms);
    assert_eq!(fault(&"a".repeat(5000)).1, Fault::TooLong);
}

/// What was typed is done or refused, never read as something else.
#[test]
fn nothing_typed_is_passed_over() {
    assert_eq!(
        fault("context:affirmed a context:negated b"),
        (20, Fault::TwoContexts)
    );
    assert_eq!(fault("hta AND context:negated b"), (9, Fault::LooseContext));
    assert_eq!(fault("a -context:negated b"), (4, Fault::LooseContext));
    assert_eq!(fault("a pneumonie~3"), (3, Fault::BadTilde));
    assert_eq!(fault("pneumonie~deux"), (1, Fault::BadTilde));
    assert_eq!(fault("\"embolie pulm*\""), (14, Fault::StrayStar));
    assert_eq!(fault("title:\"a b*\""), (11, Fault::StrayStar));
    assert_eq!(fault("title:embolie~"), (7, Fault::BadTilde));
    assert_eq!(fault("code:I1*"), (6, Fault::StrayStar));
    assert_eq!(fault("a NEAR/3 bcd*"), (3, Fault::NotNear));
    assert_eq!(fault("abc* NEAR/3 b"), (6, Fault::NotNear));
    assert_eq!(fault("a NEAR/3 \"b c\""), (3, Fault::NotNear));
    assert_eq!(fault("a NEAR/80 b"), (3, Fault::BadDistance));
    assert_eq!(fault("\"a b\"~80"), (6, Fault::BadDistance));
    assert_eq!(fault("a date:jamais"), (8, Fault::BadDate));
    assert_eq!(fault("a code:---"), (8, Fault::NoValue));
    assert_eq!(fault("a l5-s1*"), (3, Fault::Words(ExprError::NotOneWord)));
    let excluded = Node::And(vec![word("fracture"), Node::Not(Box::new(word("femur")))]);
    assert!(parse("fracture \u{2013}femur") == Ok(excluded.clone()));
    assert!(parse("fracture \u{2212}femur") == Ok(excluded));
    assert!(parse("L5\u{2013}S1") == Ok(word("L5\u{2013}S1")));
    assert!(parse("~39") == Ok(word("~39")));
    let grouped = parse("(context:affirmed a) (context:negated b)").unwrap();
    assert!(matches!(grouped, Node::And(parts) if parts.len() == 2));
}

#[test]
fn no_text_makes_it_panic() {
    let alphabet: Vec<char> = "ab \"()-*~:ORNEAR/5type\u{ab}\u{bb}\u{e9}\0\n!"
        .chars()
        .collect();
    let mut state = 1_u64;
    for _ in 0..50_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let pick = usize::try_from(state >> 33).unwrap() % alphabet.len();
            text.push(alphabet[pick]);
        }
        let _ = parse(&text);
    }
}
