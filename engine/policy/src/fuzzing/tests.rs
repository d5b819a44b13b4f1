//! Proves that damaged packs are refused or loaded, never a panic.

use super::pack;
use crate::pack::builtin_files;
use base::{Entropy, SeededEntropy};

fn below(entropy: &SeededEntropy, bound: usize) -> usize {
    let mut bytes = [0; 8];
    entropy
        .fill(&mut bytes)
        .expect("a seeded source always gives");
    usize::try_from(u64::from_le_bytes(bytes) % bound as u64).expect("below a usize")
}

#[test]
fn a_damaged_pack_is_no_panic() {
    let good = builtin_files("dmp-2023").expect("it is built in");
    let short: String = good.policies.split_inclusive(';').take(6).collect();
    let whole = [good.manifest, good.schema, &short, good.matrix].join("\0");
    let seed = 7;
    println!("seed {seed}");
    let entropy = SeededEntropy::new(seed);
    let asked = std::env::var("LIASSE_FUZZ_ROUNDS").ok();
    let rounds = asked.and_then(|text| text.parse().ok()).unwrap_or(25);
    for _ in 0..rounds {
        for text in [&whole, &short] {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..=below(&entropy, 4) {
                let at = below(&entropy, bytes.len());
                match below(&entropy, 4) {
                    0 => bytes[at] = u8::try_from(below(&entropy, 256)).expect("a byte"),
                    1 => bytes.truncate(at.max(1)),
                    2 => drop(bytes.drain(at..(at + 20).min(bytes.len()))),
                    _ => {
                        let piece = bytes[at..(at + 30).min(bytes.len())].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
                if bytes.is_empty() {
                    break;
                }
            }
            pack(&bytes);
        }
    }
    for text in [
        "",
        "\0\0\0",
        "@id(\"x\")",
        "((((",
        "\u{feff}permit",
        "@id(\"\u{e9}\")permit;",
    ] {
        pack(text.as_bytes());
    }
}
