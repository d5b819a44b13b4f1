//! Packed tokens come back as they went in, whatever the steps between positions.

use super::Packed;

#[test]
fn tokens_and_positions_come_back() {
    let tokens = [
        (0, "a"),
        (0, "^ta"),
        (1, "38.5"),
        (31, "x"),
        (62, "y"),
        (70_000, "z"),
        (500_000, "\u{43a}"),
    ];
    let mut packed = Packed::default();
    for (position, token) in tokens {
        packed.push(position, token);
    }
    assert_eq!(packed.count(), 7);
    assert_eq!(packed.iter().collect::<Vec<_>>(), tokens);
}

#[test]
fn empty_and_overlong_tokens_are_left_out() {
    let mut packed = Packed::default();
    packed.push(0, "");
    packed.push(1, &"x".repeat(base::limit::TOKEN_BYTES_MAX + 1));
    packed.push(2, &"x".repeat(base::limit::TOKEN_BYTES_MAX));
    assert_eq!(packed.count(), 1);
    assert_eq!(packed.iter().next().map(|token| token.0), Some(2));
}
