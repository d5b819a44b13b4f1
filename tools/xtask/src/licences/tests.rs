//! Proves that expressions are read as SPDX means them and that doubt is refusal.

use super::*;

fn met(expression: &str) -> Option<bool> {
    permits(expression, &|licence| {
        ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].contains(&licence)
    })
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    assert_eq!(met("MIT"), Some(true));
    assert_eq!(met("GPL-3.0"), Some(false));
    assert_eq!(met("GPL-3.0 OR MIT"), Some(true));
    assert_eq!(met("GPL-3.0/MIT"), Some(true));
    assert_eq!(met("GPL-3.0 AND MIT"), Some(false));
    assert_eq!(met("MIT AND (GPL-3.0 OR Zlib)"), Some(true));
    assert_eq!(met("(MIT OR Zlib) AND GPL-3.0"), Some(false));
    assert_eq!(met("GPL-3.0 OR MIT AND Zlib"), Some(true));
    assert_eq!(met("Apache-2.0 WITH LLVM-exception"), Some(true));
    assert_eq!(met("Apache-2.0"), Some(false));
}

#[test]
fn what_is_not_understood_is_not_met() {
    for expression in [
        "", "MIT OR", "(MIT", "MIT)", "MIT Zlib", "AND MIT", "MIT WITH",
    ] {
        assert_eq!(met(expression), None, "{expression}");
    }
}

#[test]
fn an_exception_holds_for_its_package_alone() {
    let rules = Rules::read(
        "[licenses]\nallow = [\"MIT\"]\n\
         exceptions = [{ crate = \"tool\", allow = [\"MPL-2.0\"] }]\n",
    );
    let rules = rules.unwrap();
    let package =
        |name: &str, licence: Value| serde_json::json!({ "name": name, "license": licence });
    assert_eq!(rules.refusal(&package("tool", "MPL-2.0".into())), None);
    assert_eq!(rules.refusal(&package("any", "MIT".into())), None);
    assert!(rules.refusal(&package("other", "MPL-2.0".into())).is_some());
    assert!(rules.refusal(&package("nameless", Value::Null)).is_some());
}
