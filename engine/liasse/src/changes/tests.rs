//! Proves that no change is passed over, and that what was forgotten is said to be.

use super::*;

fn dossier(number: u64) -> DossierNumber {
    DossierNumber::new(number).unwrap()
}

#[test]
fn changes_are_told_to_whoever_asks_from_before_them() {
    let changes = Changes::new(CommitSeq::new(3));
    changes.add(CommitSeq::new(4), vec![dossier(1)]);
    changes.add(CommitSeq::new(5), Vec::new());
    changes.add(CommitSeq::new(6), vec![dossier(2), dossier(3)]);
    let since = |seq| changes.since(CommitSeq::new(seq));
    assert_eq!(since(2), None);
    assert_eq!(since(3).unwrap(), [dossier(1), dossier(2), dossier(3)]);
    assert_eq!(since(4).unwrap(), [dossier(2), dossier(3)]);
    assert_eq!(since(6).unwrap(), []);
}

#[test]
fn what_is_forgotten_is_said_to_be() {
    let changes = Changes::new(CommitSeq::new(0));
    for seq in 1..=(COMMITS_MAX as u64 + 10) {
        changes.add(CommitSeq::new(seq), vec![dossier(seq)]);
    }
    assert_eq!(changes.since(CommitSeq::new(9)), None);
    let known = changes.since(CommitSeq::new(10)).unwrap();
    assert_eq!(known.len(), COMMITS_MAX);
}
