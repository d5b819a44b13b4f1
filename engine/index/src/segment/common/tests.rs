//! Proves that a kept word is what its postings are, and that it is let go of.

use super::*;
use crate::segment::{Places, Postings, Segment};
use crate::testing::{Fixture, document, ordinal};
use crate::{Expr, Scores, Standing, WordOptions};
use base::{Entropy, SeededEntropy};
use std::ops::ControlFlow;

/// One segment: a word in about a third of its documents, up to nine times; one in every
/// hundredth; one that a document holds 300 times.
fn filled(name: &str) -> Fixture {
    let mut fixture = Fixture::new(name);
    let entropy = SeededEntropy::new(5);
    for nth in 0..DOCUMENTS {
        let mut byte = [0];
        entropy.fill(&mut byte).unwrap();
        let times = match byte[0] {
            0..=90 => usize::from(byte[0] % 9) + 1,
            91.. => 0,
        };
        let mut text = "toux ".repeat(times);
        if nth % 100 == 0 {
            text.push_str("fievre ");
        }
        text.push_str(&"rhume ".repeat(if nth == 7 { 300 } else { 1 }));
        let of = ordinal(u64::from(nth / 10), nth);
        fixture.index.append(vec![document(of, 1, &text)]);
    }
    fixture.flush();
    fixture
}

fn with_segment(fixture: &Fixture, each: impl FnOnce(&Segment)) {
    let snapshot = fixture.index.snapshot();
    let [segment] = snapshot.segments() else {
        panic!("one segment");
    };
    segment.prepare().unwrap();
    each(segment);
}

fn postings<'a>(segment: &'a Segment, word: &str) -> Postings<'a> {
    let found = segment.postings(Field::Body, word, Places::Unread);
    found.unwrap().unwrap()
}

fn all_over<'a>(segment: &'a Segment, word: &str) -> Postings<'a> {
    let found = segment.postings_all_over(Field::Body, word);
    found.unwrap().unwrap()
}

#[test]
fn a_common_word_is_kept_as_its_postings_are() {
    let fixture = filled("common");
    with_segment(&fixture, |segment| {
        for step in [1, 2, 7, 63, 64, 65, 500, DOCUMENTS + 1] {
            // The first time it is unpacked, then it is kept.
            let (mut one, mut other) = (all_over(segment, "toux"), postings(segment, "toux"));
            assert!(matches!(one, Postings::Common(_)));
            assert_eq!(one.count(), other.count());
            let mut target = 0;
            loop {
                let slot = one.seek(target);
                assert_eq!(slot, other.seek(target), "behind {target}");
                if slot == END {
                    break;
                }
                assert_eq!(one.frequency(), other.frequency(), "in {slot}");
                target = slot + step;
            }
        }
    });
}

#[test]
fn a_word_that_is_rare_or_held_too_often_is_read_from_its_postings() {
    let fixture = filled("uncommon");
    with_segment(&fixture, |segment| {
        for word in ["fievre", "rhume"] {
            let mut found = all_over(segment, word);
            assert!(matches!(found, Postings::Disk(_)), "{word}");
            assert_eq!(found.seek(0), 0);
        }
        assert!(postings(segment, "rhume").count() == DOCUMENTS);
    });
}

#[test]
fn a_common_word_is_kept_for_searches_among_many_and_let_go_of() {
    let fixture = filled("kept");
    let word = Expr::all_words("toux", &WordOptions::default()).unwrap();
    let used = || fixture.index.budget.used().load(Ordering::Relaxed);
    let among = |documents: u32| {
        let mut standing = Standing::default();
        let each = DOCUMENTS / documents;
        let some = (0..documents).map(|nth| ordinal(u64::from(nth * each / 10), nth * each));
        standing.extend(some, []);
        let searcher = fixture.index.searcher();
        let mut found = 0;
        let count = &mut |_, _| {
            found += 1;
            ControlFlow::Continue(())
        };
        let searched = searcher.search_among(&word, &standing, Scores::Wanted, count);
        searched.unwrap();
        found
    };
    assert!(among(DOCUMENTS / 500) < 10);
    fixture.index.purge();
    let none = used();
    assert!(among(DOCUMENTS / 500) < 10);
    let few = used();
    let found = among(DOCUMENTS);
    let kept = used() - few;
    let numbers = index(DOCUMENTS).div_ceil(64);
    assert_eq!(kept, numbers * 12 + found);
    assert_eq!(among(DOCUMENTS), found);
    assert_eq!(used() - few, kept, "kept once");
    fixture.index.purge();
    assert_eq!(used(), none, "what was kept is let go of");
    assert_eq!(among(DOCUMENTS), found);
}

const DOCUMENTS: u32 = 3_000;
