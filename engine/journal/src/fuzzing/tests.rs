//! Runs the fuzz bodies on stable: over what is well-formed, altered at random, and over noise.

use super::*;
use crate::draft::Draft;
use crate::fact::tests::specimens as facts;
use crate::testing::{Keys, log_of};
use crate::trace::tests::specimens as traces;
use base::{Entropy, RowRead, SeededEntropy};

fn altered(seed: &[u8], entropy: &SeededEntropy) -> Vec<u8> {
    let mut noise = [0_u8; 8];
    entropy.fill(&mut noise).unwrap();
    let mut bytes = seed.to_vec();
    for change in noise.chunks(3).filter(|change| change.len() == 3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        if bytes.is_empty() || change[2] == 0 {
            bytes.push(change[0]);
        } else if change[2] == 1 {
            bytes.truncate(at % (bytes.len() + 1));
        } else {
            let at = at % bytes.len();
            bytes[at] = change[2];
        }
    }
    bytes
}

#[test]
fn no_parser_panics_and_what_is_read_is_written_back() {
    let keys = Keys::new(60);
    let entropy = SeededEntropy::new(61);
    let (log, rows) = log_of(5);
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for trace in traces() {
        seeds.push(keys.draft(1, &trace, None).entry().bytes().to_vec());
        seeds.push(trace.encode().unwrap());
    }
    for fact in facts() {
        let draft = Draft::fact(&fact, None).unwrap();
        seeds.push(draft.entry().bytes().to_vec());
    }
    seeds.push(rows.row(HEAD, HEAD_KEY).unwrap().unwrap());
    seeds.push(Checkpoint::of(&log).body().into_bytes());
    seeds.push(b"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".to_vec());
    let note = format!("{}\n\u{2014} a AAAAAAAAAAA=\n", Checkpoint::of(&log).body());
    seeds.push(note.clone().into_bytes());
    seeds.push(format!("c2sp.org/tlog-proof@v1\nindex 3\n\n{note}").into_bytes());
    seeds.push(format!("old 3\n\n{note}").into_bytes());
    seeds.push(vec![0; 24 + 64]);
    for seed in &seeds {
        for round in 0..200 {
            let bytes = if round == 0 {
                seed.clone()
            } else {
                altered(seed, &entropy)
            };
            for target in [entry, trace, head, checkpoint, proof] {
                target(&bytes);
            }
        }
    }
}
