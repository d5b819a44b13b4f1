//! Places count lines and characters; refusals say what to do.

use super::{IntakeError, Place, Reason};

#[test]
fn a_place_counts_characters_and_lines_from_one() {
    let text = "é<\nab";
    for (offset, line, column) in [(0, 1, 1), (2, 1, 2), (3, 1, 3), (4, 2, 1), (6, 2, 3)] {
        let place = Place::of(text, offset, 3);
        assert_eq!((place.line, place.column), (line, column), "{offset}");
        assert_eq!(place.offset, offset + 3);
    }
    assert_eq!(
        Place::of(text, 99, 0).offset,
        text.len(),
        "never behind the end"
    );
}

#[test]
fn a_refusal_says_reason_place_and_what_to_do() {
    let refusal = IntakeError::new(Reason::Doctype, Place::START);
    assert_eq!(
        refusal.to_string(),
        "the document has a DOCTYPE, by which XML can be made to explode; remove it \
         (line 1, column 1)"
    );
}
