//! Streams are the same everywhere and differ by every step of their path.

use super::Stream;

#[test]
fn a_stream_is_pinned() {
    let mut stream = Stream::of(2026, &[1, 2]);
    let first: Vec<_> = (0..3).map(|_| stream.next()).collect();
    assert_eq!(first, PINNED);
}

const PINNED: [u64; 3] = [
    13_141_205_501_705_805_194,
    3_563_162_096_013_945_800,
    3_279_999_997_335_881_951,
];

#[test]
fn every_step_of_a_path_matters() {
    let first = |seed, path: &[u64]| Stream::of(seed, path).next();
    let all = [
        first(1, &[1, 2]),
        first(2, &[1, 2]),
        first(1, &[2, 1]),
        first(1, &[1, 2, 0]),
        first(1, &[1]),
        first(1, &[1, 3]),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[at + 1..].contains(one), "{at}");
    }
}

#[test]
fn draws_stay_in_their_bounds_and_reach_them() {
    let mut stream = Stream::of(7, &[]);
    let drawn: Vec<_> = (0..2000).map(|_| stream.between(-3, 4)).collect();
    assert_eq!(drawn.iter().min(), Some(&-3));
    assert_eq!(drawn.iter().max(), Some(&4));
    assert_eq!(stream.below(0), 0);
    assert_eq!(stream.pick::<u8>(&[]), None);
    assert!((0..100).all(|_| stream.below(1) == 0 && !stream.chance(0) && stream.chance(1000)));
}

#[test]
fn weights_are_kept() {
    let mut stream = Stream::of(8, &[]);
    let mut counts = [0_u32; 3];
    for _ in 0..10_000 {
        counts[stream.weighted([1, 0, 3].into_iter())] += 1;
    }
    assert_eq!(counts[1], 0);
    assert!((2300..2700).contains(&counts[0]), "{counts:?}");
    assert_eq!(stream.weighted(std::iter::empty()), 0);
}
