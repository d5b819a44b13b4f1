//! Proves that the log tells what became of the store itself: roots that came and went, segments
//! that took the place of others, and checks. (Gaps, packs, erasures, restores and retention are
//! shown where their work is.)

use crate::bench::{Bench, holder, options};
use crate::forgetting::{deposit, doctor, ins, paper};
use crate::gated::{Gated, Turn};
use journal::{CheckDepth, Commit, Fact, Log};
use liasse::{Code, Engine, RootKey, TraceClass};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vault::KeyFile;

/// What the log of a closed store says in clear, in its order.
fn facts(bench: &Bench) -> Vec<Fact> {
    let store = bench.root.join("store");
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let log = Log::open(&*rows).unwrap();
    let entries = (0..log.size()).map(|at| log.entry(&*rows, at).unwrap());
    entries.filter_map(|entry| entry.fact()).collect()
}

/// The facts of each commit, with the commit behind them.
fn commits(facts: &[Fact]) -> Vec<(&[Fact], Commit)> {
    let ends = facts.split_inclusive(|fact| matches!(fact, Fact::Commit(_)));
    ends.map(|facts| match facts.split_last() {
        Some((Fact::Commit(commit), told)) => (told, *commit),
        other => panic!("{other:?} does not end with a commit"),
    })
    .collect()
}

/// The epochs of roots that came, each in the first commit under it, and of roots that went, each
/// in a commit after that, with the tree that took their place.
fn roots(facts: &[Fact]) -> (Vec<u64>, Vec<u64>) {
    let (mut came, mut went) = (Vec::new(), Vec::new());
    let mut trees = std::collections::BTreeMap::new();
    for (told, commit) in commits(facts) {
        trees.entry(commit.epoch).or_insert(commit.keys);
        for fact in told {
            if let Fact::KeyCreated { epoch, .. } = fact {
                assert_eq!(*epoch, commit.epoch);
                came.push(*epoch);
            } else if let Fact::KeyDestroyed { epoch, keys, .. } = fact {
                assert!(commit.epoch > *epoch);
                assert_eq!(trees.get(&(epoch + 1)), Some(keys));
                went.push(*epoch);
            }
        }
        assert_eq!(came.last(), Some(&commit.epoch), "each root was told");
    }
    (came, went)
}

/// Opens the store of a bench with a key file whose next destruction goes as is said.
fn open_with(bench: &Bench, turn: Turn) -> Engine {
    let file = KeyFile::open(&bench.root.join("key")).unwrap();
    let left = AtomicBool::new(true);
    let gate = move |call| {
        if call == "destroy" && left.swap(false, Ordering::SeqCst) {
            turn
        } else {
            Turn::Made
        }
    };
    let root = RootKey::Kms(Arc::new(Gated { file, gate }));
    Engine::open(&bench.root.join("store"), root, options()).unwrap()
}

#[test]
fn the_log_tells_of_each_root_that_came_and_went() {
    let bench = Bench::new();
    let engine = bench.create();
    let asking = doctor(&engine);
    deposit(&asking, &paper(1, "A", "premier", ""));
    deposit(&asking, &paper(2, "B", "second", ""));
    engine.rotate_root().unwrap();
    let told = facts(&bench);
    assert!(matches!(
        told[..],
        [.., Fact::KeyDestroyed { .. }, Fact::Commit(_)]
    ));
    // Two turns of the root for one erasure.
    holder(&engine, &ins(1)).erase(&ins(1)).unwrap();
    assert_eq!(engine.retain(TraceClass::Reading, 1).unwrap(), 0);
    drop(asking);
    engine.close().unwrap();
    let (came, went) = roots(&facts(&bench));
    assert_eq!(came.len(), 4);
    assert_eq!(came[..3], went[..], "and the last one is in force");
    bench.verify();
}

/// A key store that fails, or that does it and cannot answer, before the process ends: the root
/// is told to be gone once it is, and once only.
#[test]
fn a_root_is_told_destroyed_once_it_is_and_once_only() {
    for turn in [Turn::Refused, Turn::Lost] {
        let bench = Bench::new();
        bench.create().close().unwrap();
        let engine = open_with(&bench, turn);
        assert_eq!(
            engine.rotate_root().unwrap_err().code(),
            Code::KeyUnreachable
        );
        deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
        engine.close().unwrap();
        let (came, went) = roots(&facts(&bench));
        assert_eq!(
            (came.len(), went.len()),
            (2, 0),
            "nothing said that it is gone"
        );
        bench.open().unwrap().close().unwrap();
        let (came, went) = roots(&facts(&bench));
        assert_eq!((came.len(), &went[..]), (2, &came[..1]));
        bench.open().unwrap().close().unwrap();
        assert_eq!(roots(&facts(&bench)), (came, went));
        bench.verify();
    }
}

#[test]
fn the_log_tells_when_segments_take_the_place_of_others() {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    deposit(&doctor(&engine), &paper(2, "B", "second", ""));
    // The tail becomes a segment, which replaces none.
    engine.close().unwrap();
    let rewritten = |facts: &[Fact]| {
        let mut all = Vec::new();
        for fact in facts {
            if let Fact::IndexRewritten { before, after, .. } = fact {
                all.push((*before, *after));
            }
        }
        all
    };
    assert!(rewritten(&facts(&bench)).is_empty());
    let engine = bench.open().unwrap();
    holder(&engine, &ins(1)).erase(&ins(1)).unwrap();
    engine.close().unwrap();
    let facts = facts(&bench);
    let [(before, after)] = rewritten(&facts)[..] else {
        panic!("one rewriting for one segment that held it");
    };
    let commits = commits(&facts);
    let at = commits
        .iter()
        .position(|(told, _)| !rewritten(told).is_empty());
    let at = at.unwrap();
    assert_eq!(
        (commits[at - 1].1.manifest, commits[at].1.manifest),
        (before, after)
    );
    assert_ne!(before, after);
    bench.verify();
}

#[test]
fn the_log_tells_of_each_check_and_of_what_it_found() {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    assert!(engine.check().unwrap().findings.is_empty());
    engine.settle().unwrap();
    // What lies at the top of a store and is no part of it is a finding.
    let odd = bench.root.join("store/odd");
    std::fs::write(&odd, "odd").unwrap();
    let found = engine.check().unwrap().findings.len() as u64;
    assert!(found > 0);
    std::fs::remove_file(&odd).unwrap();
    engine.close().unwrap();
    let mut told = Vec::new();
    for fact in facts(&bench) {
        if let Fact::Checked {
            depth, findings, ..
        } = fact
        {
            told.push((depth, findings));
        }
    }
    assert_eq!(told, [(CheckDepth::Full, 0), (CheckDepth::Full, found)]);
}
