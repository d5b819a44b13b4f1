//! The automaton agrees with what an edit is.

use super::Edits;

#[test]
fn edits_are_counted() {
    for (word, other, most, expected) in [
        ("appendisite", "appendicite", 2, Some(1)),
        ("hemoragie", "hemorragie", 2, Some(1)),
        ("trikobezoard", "trichobezoard", 2, Some(2)),
        ("rapunzelle", "rapunzel", 2, Some(2)),
        ("absecs", "absces", 1, Some(1)),
        ("foie", "foie", 1, Some(0)),
        ("foie", "joie", 1, Some(1)),
        ("foie", "voix", 1, None),
        ("hta", "^hta", 1, None),
        ("abc", "cab", 1, None),
        ("", "a", 1, Some(1)),
    ] {
        assert_eq!(
            Edits::new(word, most).distance(other),
            expected,
            "{word} {other}"
        );
    }
}
