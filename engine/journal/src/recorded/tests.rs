//! Proves that a proof covers what its traces name, once they are on disk, and nothing else.

use super::*;
use crate::testing::{Keys, disclosed, document, dossier, listed, log_of};

#[test]
fn a_proof_covers_what_its_trace_names() {
    let keys = Keys::new(30);
    let (mut log, mut rows) = log_of(5);
    let drafts = vec![
        keys.draft(1, &disclosed(1, &[1, 2, 2]), None),
        keys.draft(2, &listed(2), None),
    ];
    let appended = log.append(&mut rows, drafts).unwrap();
    assert_eq!(appended.root(), log.root());
    let mut proofs = appended.durable(&rows).unwrap();
    let listing = proofs.pop().unwrap();
    let reading = proofs.pop().unwrap();
    assert!(reading.covers(&Subject::Document(dossier(1), document(1))));
    assert!(reading.covers(&Subject::Dossier(dossier(1))));
    assert!(!reading.covers(&Subject::Document(dossier(1), document(3))));
    assert!(!reading.covers(&Subject::Document(dossier(2), document(1))));
    assert!(!listing.covers(&Subject::Document(dossier(2), document(1))));
    let both = Recorded::joined([reading, listing]);
    assert!(both.covers(&Subject::Dossier(dossier(2))));
    assert_eq!(both.subjects().len(), 4);
    let pending: Recorded<Pending> = both.into();
    assert!(pending.covers(&Subject::Dossier(dossier(1))));
}

#[test]
fn nothing_is_durable_that_a_fresh_reader_does_not_find() {
    let (mut log, rows) = log_of(5);
    let keys = Keys::new(31);
    let mut transaction = rows.clone();
    let drafts = vec![keys.draft(1, &listed(1), None)];
    let appended = log.append(&mut transaction, drafts).unwrap();
    assert_eq!(appended.durable(&rows).err(), Some(JournalError::Stale));
    let (mut log, mut other) = log_of(5);
    let appended = log
        .append(&mut other, vec![keys.draft(1, &listed(1), None)])
        .unwrap();
    assert_eq!(
        appended.durable(&transaction).err(),
        Some(JournalError::Stale),
        "another log"
    );
}
