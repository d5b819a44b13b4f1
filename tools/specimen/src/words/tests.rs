//! Rare words do not repeat, and common ones come first.

use super::{capital, rare, rare_word};
use crate::stream::Stream;
use std::collections::BTreeSet;

#[test]
fn every_number_gives_another_word() {
    let words: BTreeSet<_> = (0..200_000).map(rare_word).collect();
    assert_eq!(words.len(), 200_000);
    assert!(!rare_word(u64::MAX).is_empty());
}

/// Heaps' law by its doubling: four times the words drawn give 2 to the power 2 x 0.56 = 2.2
/// times the distinct ones.
#[test]
fn the_vocabulary_keeps_growing() {
    let distinct = |count: usize| {
        let mut stream = Stream::of(5, &[]);
        let words: BTreeSet<_> = (0..count).map(|_| rare(&mut stream)).collect();
        words.len()
    };
    let (few, many) = (distinct(20_000), distinct(80_000));
    assert!(
        (190..260).contains(&(many * 100 / few)),
        "{few} then {many}"
    );
}

#[test]
fn capitals_have_accents() {
    assert_eq!(capital("\u{e9}lan"), "\u{c9}lan");
    assert_eq!(capital(""), "");
}
