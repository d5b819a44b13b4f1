//! Every word of the lists is found, as what its list says, and no other word is.

use super::{Cue, SLOTS, WORDS, cue};
use std::collections::BTreeSet;

#[test]
fn every_word_of_the_lists_is_found() {
    let mut seen = BTreeSet::new();
    for (list, words) in WORDS {
        for word in words {
            assert_eq!(cue(word), list, "{word}");
            assert!(seen.insert(word), "{word} stands in two lists");
        }
    }
    assert!(seen.len() * 2 < SLOTS, "a table that fills up grows slow");
    for other in ["", "fievre", "refute_par", "pa", "pass", "traitement"] {
        assert_eq!(cue(other), Cue::None, "{other}");
    }
}
