//! Proves that highlights are told in bytes, wherever the engine's characters lie.

use super::*;

#[test]
fn characters_become_bytes() {
    let text = "fi\u{e8}vre \u{20ac}";
    let bytes: Vec<usize> = (0..10).map(|character| byte_of(text, character)).collect();
    assert_eq!(bytes, [0, 1, 2, 4, 5, 6, 7, 8, 11, 11]);
}
