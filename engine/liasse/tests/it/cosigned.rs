//! Proves that the log is told of what a witness cosigned, and of nothing that she or the log did
//! not sign, or that the log does not continue.

use crate::bench::{Bench, options};
use crate::forgetting::{deposit, doctor, paper};
use journal::{Fact, Log};
use liasse::{Code, Engine, Instant, OsEntropy, Sources, Witness, with_cosignatures};
use std::path::Path;

/// Years after whatever the store's clock says.
const NOON: Instant = Instant::from_millis(4_000_000_000_000);

/// A witness with a key of her own.
fn witness(folder: &Path, name: &str) -> Witness {
    Witness::open(name, &folder.join(format!("{name}.key")), &OsEntropy).unwrap()
}

/// What she sends back: the checkpoint of the log as it is, with her line.
fn cosigned(engine: &Engine, by: &Witness) -> String {
    let (signed, log_key) = (
        engine.checkpoint().unwrap(),
        engine.checkpoint_key().unwrap(),
    );
    let request = format!("old 0\n\n{signed}");
    let answer = by.answer(&request, &log_key, None, NOON).unwrap();
    let key = by.verifier_key().unwrap();
    let (text, _) = with_cosignatures(&signed, &log_key, &answer, &[&key]).unwrap();
    text
}

#[test]
fn the_log_tells_what_a_witness_cosigned() {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    let by = witness(&bench.root, "notary");
    let (seen, key) = (cosigned(&engine, &by), by.verifier_key().unwrap());
    deposit(&doctor(&engine), &paper(2, "B", "second", ""));
    let told = engine.record_cosignature(&seen, &key).unwrap();
    assert_eq!(told.at, NOON);
    engine.close().unwrap();
    let store = bench.root.join("store");
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let log = Log::open(&*rows).unwrap();
    let said = (0..log.size()).filter_map(|at| log.entry(&*rows, at).unwrap().fact());
    let said: Vec<_> = said
        .filter(|fact| matches!(fact, Fact::Witnessed { .. }))
        .collect();
    let [Fact::Witnessed { at, .. }] = said[..] else {
        panic!("{said:?}");
    };
    // Her clock may be ahead of the store's, whose entries are dated by its own.
    let wanted = Fact::Witnessed {
        at,
        signed: NOON,
        size: told.size,
        root: log.root_at(&*rows, told.size).unwrap(),
        witness: key,
    };
    assert_eq!(said, [wanted]);
    assert_eq!(seen.lines().nth(1), Some(told.size.to_string().as_str()));
    drop((rows, catalog));
    bench.verify();
}

#[test]
fn what_the_log_or_the_witness_did_not_sign_is_not_told() {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    let (by, other) = (
        witness(&bench.root, "notary"),
        witness(&bench.root, "other"),
    );
    let (seen, key) = (cosigned(&engine, &by), by.verifier_key().unwrap());
    let (theirs, nobody) = (other.verifier_key().unwrap(), Bench::new());
    let stranger = nobody.create();
    let of_another_log = cosigned(&stranger, &by);
    let unsigned = engine.checkpoint().unwrap();
    let log_key = engine.checkpoint_key().unwrap();
    let larger = seen.replacen("\n", "\n1", 1);
    let long = Witness::open(&"w".repeat(202), &bench.root.join("long"), &OsEntropy).unwrap();
    let long_key = long.verifier_key().unwrap();
    let by_long = cosigned(&engine, &long);
    for (text, key) in [
        (by_long.as_str(), long_key.as_str()),
        (of_another_log.as_str(), key.as_str()),
        (&unsigned, &key),
        (&seen, &theirs),
        (&seen, &log_key),
        (&seen, "notary"),
        (&seen[..seen.len() / 2], &key),
        (&larger, &key),
        ("", &key),
    ] {
        let refused = engine.record_cosignature(text, key).unwrap_err();
        assert_eq!(refused.code(), Code::Invalid, "{refused}");
    }
    assert_eq!(
        engine.checkpoint().unwrap(),
        unsigned,
        "nothing was written"
    );
    drop(stranger);
    engine.close().unwrap();
}

/// Two copies of one store go different ways: each has the key, and what a witness saw of one is
/// evidence against the other, be it longer or shorter.
#[test]
fn what_another_way_of_the_log_shows_is_refused_as_evidence() {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    engine.close().unwrap();
    let fork = bench.crashed();
    let by = witness(&bench.root, "notary");
    let (here, there) = (bench.open().unwrap(), fork.open().unwrap());
    deposit(&doctor(&here), &paper(2, "B", "second", ""));
    for title in ["C", "D", "E"] {
        deposit(&doctor(&there), &paper(2, title, "autre", ""));
    }
    let key = by.verifier_key().unwrap();
    for (one, other) in [(&here, &there), (&there, &here)] {
        let (seen, before) = (cosigned(one, &by), other.checkpoint().unwrap());
        let refused = other.record_cosignature(&seen, &key).unwrap_err();
        assert_eq!(refused.code(), Code::OtherCopy, "{refused}");
        assert_eq!(other.checkpoint().unwrap(), before);
        assert!(one.record_cosignature(&seen, &key).is_ok());
    }
    here.close().unwrap();
    there.close().unwrap();
}

/// A restored store has a log and a key of its own, which begins with the old one's size and root:
/// what a witness saw of the old log is not told as seen of the new one.
#[test]
fn what_a_witness_saw_before_a_restore_is_not_told_of_the_log_after_it() {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    let by = witness(&bench.root, "notary");
    let (seen, key) = (cosigned(&engine, &by), by.verifier_key().unwrap());
    let backup = bench.root.join("backup");
    engine.backup(&backup).unwrap();
    engine.close().unwrap();
    let sources = Sources::new(&backup, Vec::new()).without_sinks();
    let restored = bench.root.join("restored");
    Engine::restore(&sources, &restored, &bench.key(), &options()).unwrap();
    let engine = Engine::open(&restored, bench.key(), options()).unwrap();
    let before = engine.checkpoint().unwrap();
    let refused = engine.record_cosignature(&seen, &key).unwrap_err();
    assert_eq!(refused.code(), Code::Invalid, "{refused}");
    assert_eq!(engine.checkpoint().unwrap(), before, "nothing was written");
    let anew = cosigned(&engine, &by);
    assert!(engine.record_cosignature(&anew, &key).is_ok());
    engine.close().unwrap();
}
