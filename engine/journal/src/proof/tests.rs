//! Proves that proofs hold for their own entry, size and log, at every size, and for no other.

use super::*;
use crate::testing::log_of;

fn checkpoint(log: &Log, rows: &dyn RowRead, size: u64) -> Checkpoint {
    Checkpoint {
        origin: log.origin().clone(),
        size,
        root: log.root_at(rows, size).unwrap(),
    }
}

#[test]
fn every_entry_is_proved_at_every_size_and_nowhere_else() {
    let (log, rows) = log_of(70);
    let entries: Vec<_> = (0..70)
        .map(|index| log.entry(&rows, index).unwrap())
        .collect();
    for size in 1..=70 {
        let checkpoint = checkpoint(&log, &rows, size);
        for index in 0..size {
            let proof = log.prove_inclusion(&rows, index, size).unwrap();
            for (other, entry) in entries.iter().enumerate().step_by(7) {
                let holds = proof.verify(entry.bytes(), &checkpoint).is_ok();
                assert_eq!(holds, other as u64 == index, "{other} by {index} of {size}");
            }
            let own = usize::try_from(index).unwrap();
            assert_eq!(proof.verify(entries[own].bytes(), &checkpoint), Ok(()));
        }
    }
    assert!(log.prove_inclusion(&rows, 70, 70).is_err());
    assert!(log.prove_inclusion(&rows, 0, 71).is_err());
}

#[test]
fn every_smaller_log_is_proved_to_be_the_beginning() {
    let (log, rows) = log_of(70);
    for to in 0..=70 {
        for from in 0..=to {
            let (older, newer) = (checkpoint(&log, &rows, from), checkpoint(&log, &rows, to));
            let proof = log.prove_consistency(&rows, from, to).unwrap();
            assert_eq!(proof.verify(&older, &newer), Ok(()), "{from} to {to}");
            let mut forked = older.clone();
            forked.root = Digest::from_bytes([5; 32]);
            assert_eq!(proof.verify(&forked, &newer), Err(ProofError::False));
            let mut forked = newer.clone();
            forked.root = Digest::from_bytes([5; 32]);
            if from > 0 {
                assert_eq!(proof.verify(&older, &forked), Err(ProofError::False));
            }
        }
    }
    assert!(log.prove_consistency(&rows, 5, 4).is_err());
    assert!(log.prove_consistency(&rows, 5, 71).is_err());
}

/// What a prover keeps from one proof to the next changes none, in a log of several levels.
#[test]
fn a_prover_proves_what_the_log_proves() {
    let (log, rows) = log_of(1_100);
    let prover = Prover::new(log.clone());
    for size in [1, 256, 257, 600, 1_024, 1_099, 1_100] {
        for index in (0..size).step_by(37).chain([size - 1]) {
            let alone = log.prove_inclusion(&rows, index, size).unwrap();
            assert_eq!(prover.prove_inclusion(&rows, index, size).unwrap(), alone);
        }
    }
    assert!(prover.prove_inclusion(&rows, 1_100, 1_100).is_err());
    assert!(prover.prove_inclusion(&rows, 0, 1_101).is_err());
}

#[test]
fn altered_proofs_fail() {
    let (log, rows) = log_of(333);
    let newest = checkpoint(&log, &rows, 333);
    let entry = log.entry(&rows, 200).unwrap();
    let proof = log.prove_inclusion(&rows, 200, 333).unwrap();
    for at in 0..proof.hashes.len() {
        let mut altered = proof.clone();
        altered.hashes[at] = Digest::ZERO;
        assert_eq!(
            altered.verify(entry.bytes(), &newest),
            Err(ProofError::False)
        );
        let mut shorter = proof.clone();
        shorter.hashes.remove(at);
        assert_eq!(
            shorter.verify(entry.bytes(), &newest),
            Err(ProofError::False)
        );
    }
    let mut longer = proof.clone();
    longer.hashes.push(Digest::ZERO);
    assert_eq!(
        longer.verify(entry.bytes(), &newest),
        Err(ProofError::False)
    );
    let mut moved = proof.clone();
    moved.index = 333;
    assert_eq!(
        moved.verify(entry.bytes(), &newest),
        Err(ProofError::OtherSize)
    );
    let older = checkpoint(&log, &rows, 300);
    assert_eq!(
        proof.verify(entry.bytes(), &older),
        Err(ProofError::OtherSize)
    );
    let consistency = log.prove_consistency(&rows, 300, 333).unwrap();
    let mut stranger = newest.clone();
    stranger.origin = crate::Origin::new("other.example").unwrap();
    assert_eq!(
        consistency.verify(&older, &stranger),
        Err(ProofError::OtherLog)
    );
    assert_eq!(
        consistency.verify(&newest, &older),
        Err(ProofError::OtherSize)
    );
}
