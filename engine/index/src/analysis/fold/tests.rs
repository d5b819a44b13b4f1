//! Folding is total, idempotent, and leaves nothing that a keyboard without accents cannot type.

use super::{Folded, fold};

#[test]
fn latin_letters_lose_case_and_accents() {
    for (from, to) in [
        ('\u{c9}', "e"),
        ('\u{e9}', "e"),
        ('\u{153}', "oe"),
        ('\u{152}', "oe"),
        ('\u{e7}', "c"),
        ('\u{fb01}', "fi"),
        ('\u{3b2}', "beta"),
        ('\u{1ec5}', "e"),
    ] {
        assert_eq!(fold(from), Folded::Letters(to));
    }
    assert_eq!(fold('\u{2019}'), Folded::Mark(b'\''));
    assert_eq!(fold('\u{301}'), Folded::Nothing);
    assert_eq!(fold('\u{2082}'), Folded::Digit(2));
    assert_eq!(fold('\u{b3}'), Folded::Digit(3));
    assert_eq!(fold('\u{ff21}'), Folded::Letter('a'));
}

/// Every character of Unicode folds to something that folds to itself.
#[test]
fn folding_twice_changes_nothing() {
    for character in ('\u{80}'..=char::MAX).filter(|character| !character.is_ascii()) {
        match fold(character) {
            Folded::Letters(text) => {
                assert!(text.bytes().all(|byte| byte.is_ascii_lowercase()));
            }
            Folded::Letter(letter) if letter.is_ascii() => assert!(letter.is_ascii_lowercase()),
            Folded::Letter(letter) => assert_eq!(
                fold(letter),
                Folded::Letter(letter),
                "U+{:04X}",
                u32::from(character)
            ),
            Folded::Digit(digit) => assert!(digit < 10),
            Folded::Mark(mark) => assert!(mark.is_ascii()),
            Folded::Nothing => {}
        }
    }
}
