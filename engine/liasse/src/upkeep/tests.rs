//! Proves that the log tells of a store that an earlier format's last commit ended, once.

use crate::Engine;
use crate::ground::Ground;
use journal::{Commit, Draft, Fact, Log};
use std::sync::Arc;
use store::{FORMAT_VERSION, Transaction};

/// Ends the log with a commit of the format before, as a version that wrote it would have.
fn date_back(transaction: &mut Transaction, signing: &vault::SigningKey) {
    let mut log = Log::open(transaction).expect("a log");
    let (_, last) = log.last_commit(transaction).expect("read").expect("one");
    let before = Commit {
        seq: transaction.seq(),
        format: FORMAT_VERSION - 1,
        ..last
    };
    let draft = Draft::fact(&Fact::Commit(before), None).expect("a fact");
    drop(log.append(transaction, vec![draft]).expect("appended"));
    log.sign(transaction, signing).expect("signed");
}

/// The upgrades that the log of an open store tells of.
fn upgrades(engine: &Engine) -> Vec<(u32, u32)> {
    let view = engine.shared().core.view().expect("a view");
    let log = Log::open(view.rows()).expect("a log");
    let entries = (0..log.size()).map(|at| log.entry(view.rows(), at).expect("an entry"));
    let mut upgrades = Vec::new();
    for entry in entries {
        if let Some(Fact::Upgraded { from, to, .. }) = entry.fact() {
            upgrades.push((from, to));
        }
    }
    upgrades
}

#[test]
fn the_log_tells_of_an_upgrade_at_the_first_opening_after_it() {
    let (ground, engine) = Ground::with_store("upkeep");
    assert!(upgrades(&engine).is_empty());
    let signing = Arc::clone(&engine.shared().core.signing);
    engine.close().expect("closed");
    ground.behind(|transaction| date_back(transaction, &signing));
    for _ in 0..2 {
        let engine = ground.open().expect("it opens");
        assert_eq!(upgrades(&engine), [(FORMAT_VERSION - 1, FORMAT_VERSION)]);
        engine.close().expect("closed");
    }
}
