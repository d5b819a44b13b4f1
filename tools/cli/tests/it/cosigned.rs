//! Proves that what a witness sends back is told to the log by the command, and that what she did
//! not sign, or what the log does not continue, is not.

use crate::bench::{Bench, lines};
use liasse::{Engine, Instant, Options, OsEntropy, RootKey, Witness, with_cosignatures};
use std::path::Path;

/// Writes the checkpoint of a store with a witness's line.
fn cosign(bench: &Bench, by: &Witness) {
    let root = RootKey::File(bench.path("KEY"));
    let engine = Engine::open(&bench.path("STORE"), root, Options::default()).unwrap();
    let (signed, log_key) = (
        engine.checkpoint().unwrap(),
        engine.checkpoint_key().unwrap(),
    );
    engine.close().unwrap();
    let at = Instant::from_millis(1_800_000_000_000);
    let answer = by.answer(&format!("old 0\n\n{signed}"), &log_key, None, at);
    let key = by.verifier_key().unwrap();
    let (text, _) = with_cosignatures(&signed, &log_key, &answer.unwrap(), &[&key]).unwrap();
    std::fs::write(bench.path("COSIGNED"), text).unwrap();
    std::fs::write(bench.path("WITNESS"), key).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn the_log_is_told_what_a_witness_sent_back() {
    let bench = Bench::with_store();
    let by = Witness::open("notary", &bench.path("NOTARY"), &OsEntropy).unwrap();
    cosign(&bench, &by);
    let record = [
        "record-cosignature",
        "STORE",
        "--key-file",
        "KEY",
        "COSIGNED",
    ];
    let record = [record.as_slice(), &["--witness-key", "WITNESS"]].concat();
    let told = lines(&bench.ok(&[record.as_slice(), &["--json"]].concat()));
    assert!(told[0]["size"].as_u64() > Some(0), "{told:?}");
    assert_eq!(told[0]["at"], "2027-01-15T08:00:00Z");
    assert!(bench.ok(&record).contains("2027-01-15"));
    let other = [
        "record-cosignature",
        "STORE",
        "--key-file",
        "KEY",
        "WITNESS",
    ];
    bench.fails(
        2,
        &[other.as_slice(), &["--witness-key", "WITNESS"]].concat(),
    );
    let nothing = ["record-cosignature", "STORE", "--key-file", "KEY", "NONE"];
    bench.fails(
        2,
        &[nothing.as_slice(), &["--witness-key", "WITNESS"]].concat(),
    );
    // Another way that the same log could have taken.
    copy(&bench.path("STORE"), &bench.path("FORK"));
    std::fs::copy(bench.path("KEY"), bench.path("KEY2")).unwrap();
    bench.ok(&["adopt", "FORK", "--key-file", "KEY2", "--yes"]);
    bench.ok(&["rotate", "STORE", "--key-file", "KEY"]);
    cosign(&bench, &by);
    let fork = [
        "record-cosignature",
        "FORK",
        "--key-file",
        "KEY2",
        "COSIGNED",
    ];
    let told = bench.fails(
        3,
        &[fork.as_slice(), &["--witness-key", "WITNESS"]].concat(),
    );
    assert!(told.contains("does not continue"), "{told}");
    bench.ok(&record);
}
