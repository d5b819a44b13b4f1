//! No bytes make a target panic, and the driver comes past the first refusal of each.

use super::*;
use base::{Entropy, OsEntropy};
use std::collections::BTreeSet;

/// Valid inputs of each target, to be mutated.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let entropy = SeededEntropy::new(2);
    let dossier = DossierKey::new(fixed_secret());
    let body = BodyKey::from_secret(fixed_secret());
    match target {
        "open_record" => vec![dossier.seal(&PLACE, b"text", &entropy).unwrap()],
        "open_body" => {
            let mut writer =
                crate::body::BodyWriter::begin(Vec::new(), &body, &PLACE, &entropy).unwrap();
            writer.write(b"text").unwrap();
            vec![
                body.seal_body(&PLACE, b"text", &entropy).unwrap(),
                writer.finish().unwrap(),
            ]
        }
        "key_block" => {
            let mut block = vec![0; 8 + 2 * 96];
            block[0] = 1;
            block[8 + 88] = 1;
            vec![block[..8].to_vec(), block]
        }
        "key_node" => tree::probe_node_seeds(STORE, &fixed_secret()),
        "top_record" => {
            let mut seeds = tree::probe_top_seeds();
            seeds.push(tree::probe_writers_seed());
            seeds
        }
        "key_file" => vec![kms::probe_record_seed()],
        "file_page" => {
            let made = FileCipher::create(&fixed_secret(), "0.idx", &entropy).unwrap();
            vec![[&made.0[..], b"text"].concat()]
        }
        other => panic!("no seeds for {other}"),
    }
}

fn mutate(seed: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    let draw: [u8; 8] = entropy.array().unwrap();
    let mut bytes = seed.to_vec();
    let at = usize::from(u16::from_le_bytes([draw[0], draw[1]])) % (bytes.len() + 1);
    match draw[2] % 6 {
        0 => bytes.truncate(at),
        1 => bytes.extend_from_slice(&draw),
        2 => bytes
            .iter_mut()
            .skip(at)
            .take(4)
            .for_each(|byte| *byte = draw[3]),
        3 => bytes
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte ^= draw[3]),
        4 => bytes
            .drain(at.min(bytes.len() / 2)..bytes.len() / 2)
            .for_each(drop),
        _ => {
            bytes = vec![0; usize::from(draw[4])];
            entropy.fill(&mut bytes).unwrap();
        }
    }
    bytes
}

/// The rounds are few here; `LIASSE_FUZZ_ROUNDS` asks for more.
#[test]
fn no_bytes_make_a_target_panic() {
    let rounds = std::env::var("LIASSE_FUZZ_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed: [u8; 8] = (&OsEntropy as &dyn Entropy).array().unwrap();
    let seed = u64::from_le_bytes(seed);
    println!("seed {seed}");
    for (name, target) in TARGETS {
        let entropy = SeededEntropy::new(seed);
        let mut reached = BTreeSet::new();
        for seed in seeds(name) {
            assert_eq!(target(&seed), Reached::Read, "{name}: the seed is valid");
            reached.insert(target(&seed));
            for _ in 0..rounds.unwrap_or(300) {
                reached.insert(target(&mutate(&seed, &entropy)));
            }
        }
        assert_eq!(reached.len(), 2, "{name}: both outcomes were reached");
    }
}

/// Every target is behind the one door.
#[test]
fn any_takes_any_first_byte() {
    any(&[]);
    for choice in 0..=u8::MAX {
        any(&[choice, 1, 2, 3]);
    }
}

/// The driver would see a fault: this target panics on some bytes, and is caught.
#[test]
fn the_driver_finds_a_planted_fault() {
    let seed = vec![1_u8; 40];
    let entropy = SeededEntropy::new(5);
    let found = (0..300).any(|_| {
        let bytes = mutate(&seed, &entropy);
        std::panic::catch_unwind(|| bytes[39]).is_err()
    });
    assert!(found);
}
