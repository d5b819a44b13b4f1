//! Proves that both packs are written for the schema the engine knows, and that its actions are
//! the engine's.

use super::*;

#[test]
fn a_schema_is_ours_only_word_for_word() {
    assert!(is_ours(TEXT));
    assert!(is_ours(&TEXT.replace('\n', "  \r\n")));
    assert!(!is_ours(&TEXT.replace("majority", "minority")));
    assert!(!is_ours(""));
    assert!(is_ours(include_str!(
        "../../packs/dmp-2023/schema.cedarschema"
    )));
}

#[test]
fn the_schema_has_exactly_the_actions_the_engine_decides() {
    let schema = crate::pack::schema().expect("the schema parses");
    let mut declared: Vec<_> = schema
        .actions()
        .map(|action| action.id().unescaped().to_owned())
        .collect();
    declared.sort_unstable();
    let mut ours: Vec<_> = ActionName::ALL
        .iter()
        .map(|action| action.code().to_owned())
        .collect();
    ours.sort_unstable();
    assert_eq!(declared, ours);
}
