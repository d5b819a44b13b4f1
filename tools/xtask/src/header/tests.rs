//! Proves that a difference between two headers is told by its first line.

use super::*;

#[test]
fn the_first_differing_line_is_named() {
    assert_eq!(first_difference("", "a\n"), 1);
    assert_eq!(first_difference("a\nb\nc\n", "a\nB\nc\n"), 2);
    assert_eq!(first_difference("a\nb\n", "a\nb\nc\n"), 3);
}
