//! Proves that unknown codes are number 0 and known ones are not.

use super::*;

#[test]
fn unknown_codes_are_zero_and_known_ones_are_their_own() {
    let dictionary = Dictionary::new([("77", "X-NEW")].into_iter(), ["a", "b", "a"].into_iter());
    assert_eq!(dictionary.type_ordinal("nothing"), TypeOrdinal::UNKNOWN);
    assert_eq!(dictionary.type_ordinal(UNKNOWN_TYPE), TypeOrdinal::UNKNOWN);
    assert_eq!(dictionary.class_ordinal("nothing"), ClassOrdinal::UNKNOWN);
    assert_eq!(
        dictionary.profession_ordinal("c"),
        ProfessionOrdinal::UNKNOWN
    );
    assert_eq!(dictionary.professions().collect::<Vec<_>>(), ["a", "b"]);
    assert_ne!(dictionary.type_ordinal("X-NEW"), TypeOrdinal::UNKNOWN);
    assert_ne!(dictionary.class_ordinal("77"), ClassOrdinal::UNKNOWN);
    let consultation = dictionary.type_ordinal("11488-4");
    assert_eq!(
        dictionary.type_names()[usize::from(consultation.0)],
        "11488-4"
    );
}
