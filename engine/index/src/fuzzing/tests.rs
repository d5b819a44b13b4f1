//! The fuzz bodies over nasty bytes and over a few thousand seeded mixtures of them.

use super::{any, directory_footer, manifest_row, tokenizer};
use base::{Entropy, SeededEntropy};

const PIECES: [&str; 24] = [
    "",
    " ",
    "'",
    "-",
    "l'",
    "d\u{2019}",
    "pas de ",
    "HTA ",
    "38,5",
    "1.2.3",
    "\0",
    "\u{1}",
    "\u{301}",
    "e\u{301}",
    "\u{10ffff}",
    "\u{fb01}",
    "^ta",
    "\n\n",
    "- // ",
    "*",
    "\"",
    "mere : ",
    "\u{100001}",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

#[test]
fn mixtures_do_not_break_the_bodies() {
    let entropy = SeededEntropy::new(20_261_122);
    for _ in 0..1500 {
        let dice: [u8; 24] = (&entropy as &dyn Entropy).array().unwrap();
        let length = usize::from(dice[0]) % 23;
        let text: String = dice[1..=length]
            .iter()
            .map(|die| PIECES[usize::from(*die) % PIECES.len()])
            .collect();
        tokenizer(text.as_bytes());
        tokenizer(&dice);
        any(&dice);
        manifest_row(&dice);
        directory_footer(&dice);
    }
}

#[test]
fn good_rows_pass_the_bodies() {
    let mut row = vec![1, 2, 3, 0, 0, 0, 7, 0, 0, 0];
    row.extend_from_slice(&[0; 24]);
    manifest_row(&row);
    directory_footer(&[0; 8]);
}
