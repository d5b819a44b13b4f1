//! Layers: capitals and joined forms stand beside the words, and only where they should.

use crate::analysis::Words;
use crate::analysis::document::for_each_token;

fn tokens(text: &str) -> Vec<(u32, String)> {
    let mut tokens = Vec::new();
    for_each_token(&Words::scan(text), |_, position, token| {
        tokens.push((position, token.to_owned()));
    });
    tokens
}

fn has(text: &str, position: u32, token: &str) -> bool {
    tokens(text).contains(&(position, token.to_owned()))
}

#[test]
fn capitals_of_two_to_six_letters_have_a_layer() {
    assert!(has("la TA est", 1, "^ta"));
    assert!(!has("la ta est", 1, "^ta"));
    assert!(has("bilan HEPATO", 1, "^hepato"));
    assert!(!has("X seul", 0, "^x"));
    assert!(!has("HEPATITE", 0, "^hepatite"));
}

#[test]
fn compounds_have_a_joined_form() {
    assert!(has(
        "insuffisance cardio-respiratoire",
        1,
        "cardiorespiratoire"
    ));
    assert!(has("aujourd\u{2019}hui", 0, "aujourdhui"));
    assert!(has("HER-2", 0, "her2"));
    assert!(has("Ki67", 0, "ki67"));
    assert!(has("E.C.G. normal", 0, "ecg"));
    assert!(has("E.C.G. normal", 0, "^ecg"));
    assert!(has("plaquettes 150 000", 1, "150000"));
    assert!(!has("40SA", 0, "40sa"));
    assert!(!has("l'anemie", 0, "lanemie"));
    assert!(!has("toux - fievre", 0, "touxfievre"));
}

/// The parts keep their own positions, so a phrase of parts finds every spelling.
#[test]
fn parts_stay_where_they_are() {
    for text in ["CA125", "CA-125", "CA 125"] {
        assert!(has(text, 0, "ca") && has(text, 1, "125"), "{text}");
    }
}
