//! The scanner gives the same words for every spelling of one text, at true places.

use super::{Shape, Words};

fn scanned(text: &str) -> Vec<String> {
    let words = Words::scan(text);
    words
        .words()
        .iter()
        .map(|word| words.folded(word).to_owned())
        .collect()
}

fn stems(text: &str) -> Vec<String> {
    let words = Words::scan(text);
    words
        .words()
        .iter()
        .map(|word| {
            let mut stem = String::new();
            words.push_stem(word, &mut stem);
            stem
        })
        .collect()
}

#[test]
fn spellings_meet() {
    let plain = scanned("l'oeil droit, coeur de l'enfant");
    assert_eq!(
        scanned("L\u{2019}\u{152}IL DROIT, c\u{153}ur de l\u{2019}Enfant"),
        plain
    );
    assert_eq!(scanned("l'oe\u{ad}il droit ; cœur\u{a0}de l`enfant"), plain);
    assert_eq!(scanned("he\u{301}patite"), scanned("h\u{e9}patite"));
    assert_eq!(
        stems("signes m\u{e9}ning\u{e9}s"),
        stems("signe m\u{e9}ninge")
    );
}

#[test]
fn numbers_keep_their_decimals_and_leave_their_units() {
    assert_eq!(scanned("38,5 et 38.5"), ["38.5", "et", "38.5"]);
    assert_eq!(scanned("39SA, 40 SA"), ["39", "sa", "40", "sa"]);
    assert_eq!(scanned("le 01.02.2024"), ["le", "01", "02", "2024"]);
    assert_eq!(scanned("1,2,3"), ["1", "2", "3"]);
    assert_eq!(scanned("CA-125 CA125"), ["ca", "125", "ca", "125"]);
    assert_eq!(scanned("CO\u{2082}"), ["co", "2"]);
    assert_eq!(scanned("stade 3."), ["stade", "3"]);
    assert_eq!(scanned("12,5,x"), ["12.5", "x"]);
}

#[test]
fn elisions_and_capitals_are_told() {
    let words = Words::scan("D'une TA \u{e9}lev\u{e9}e aujourd'hui");
    let shapes: Vec<_> = words.words().iter().map(|word| word.shape).collect();
    assert_eq!(
        shapes,
        [
            Shape::Elided,
            Shape::Letters,
            Shape::Capitals,
            Shape::Letters,
            Shape::Letters,
            Shape::Letters
        ]
    );
}

/// A sentence's end costs one position, so that no phrase runs across it.
#[test]
fn sentences_are_parted() {
    let positions = |text: &str| {
        Words::scan(text)
            .words()
            .iter()
            .map(|word| word.position)
            .collect::<Vec<_>>()
    };
    assert_eq!(positions("un deux"), [0, 1]);
    assert_eq!(positions("un. Deux"), [0, 2]);
    assert_eq!(positions("un\ndeux"), [0, 1]);
    assert_eq!(positions("un\n\ndeux ; trois"), [0, 2, 4]);
    assert_eq!(positions("E.C.G."), [0, 1, 2]);
}

/// Offsets cut the source at character borders and give the word back.
#[test]
fn offsets_are_true() {
    let text = "L\u{2019}\u{153}il \u{e0} 38,5\u{b0}C \u{1F600} \u{43a}\u{43e}\u{442}\0x";
    let words = Words::scan(text);
    let slices: Vec<_> = words
        .words()
        .iter()
        .map(|word| &text[word.start..word.end])
        .collect();
    assert_eq!(
        slices,
        [
            "L",
            "\u{153}il",
            "\u{e0}",
            "38,5",
            "C",
            "\u{43a}\u{43e}\u{442}",
            "x"
        ]
    );
}

/// Bad input: one word of ten megabytes, control characters, nothing at all.
#[test]
fn bad_input_is_only_words() {
    assert_eq!(Words::scan(&"a".repeat(10 << 20)).words().len(), 1);
    assert!(scanned("\0\u{1}\u{2}\t\r\n").is_empty());
    assert!(scanned("").is_empty());
    assert_eq!(scanned("'-.,;:!?()[]x"), ["x"]);
}
