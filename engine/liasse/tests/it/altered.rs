//! Proves that rows which stand in clear are not taken for something harmless, nor for the
//! operator's fault, when they were altered or took another key.

use crate::bench::{Bench, options};
use crate::forgetting::{deposit, doctor, paper};
use base::{RowRead, Table};
use liasse::{Class, Code, Engine, Error};
use std::fs;
use std::path::PathBuf;

/// A closed store with a dossier.
fn ground() -> Bench {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    engine.close().unwrap();
    bench
}

fn catalog(bench: &Bench) -> PathBuf {
    bench.root.join("store/catalog.redb")
}

/// The value of a row of a closed store.
fn value(bench: &Bench, table: Table, key: &[u8]) -> Vec<u8> {
    let store = bench.root.join("store");
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    rows.row(table, key).unwrap().unwrap()
}

/// Puts other bytes into the catalog wherever these stand.
fn alter(bench: &Bench, old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let mut bytes = fs::read(catalog(bench)).unwrap();
    let places: Vec<_> = bytes
        .windows(old.len())
        .enumerate()
        .filter(|(_, window)| *window == old)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + old.len()].copy_from_slice(new);
    }
    fs::write(catalog(bench), bytes).unwrap();
}

fn refused(bench: &Bench) -> Error {
    let error = bench.open().err().unwrap();
    assert_eq!(error.class(), Class::Corrupt, "{error}");
    error
}

/// The row that says that the engine runs, or under which pack a store works, is there no more
/// under its name.
#[test]
fn a_row_that_took_another_key_is_damage() {
    let bench = ground();
    let crashed = {
        let engine = bench.open().unwrap();
        let crashed = bench.crashed();
        engine.close().unwrap();
        crashed
    };
    alter(&crashed, b"running", b"runninh");
    assert_eq!(
        refused(&crashed).place(),
        Some("catalog.redb, table engine")
    );
    alter(&bench, b"signing", b"signinh");
    assert_eq!(refused(&bench).place(), Some("catalog.redb, table engine"));
}

/// V5: which copy is written is read in clear; an altered row is neither another copy nor a
/// newer version.
#[test]
fn an_altered_row_of_writers_is_damage() {
    let bench = ground();
    let row = value(&bench, vault::tree::TABLE, &[255]);
    for at in [0, 5, row.len() - 1] {
        let mut altered = row.clone();
        altered[at] ^= 1;
        alter(&bench, &row, &altered);
        let place = "catalog.redb, table key_nodes";
        assert_eq!(refused(&bench).place(), Some(place), "byte {at}");
        alter(&bench, &altered, &row);
    }
    bench.open().unwrap().close().unwrap();
}

/// The epoch stands in clear at the top of the key tree: an altered one is neither an older key
/// nor an older copy, for whoever writes and whoever only looks.
#[test]
fn an_altered_top_of_the_key_tree_is_damage() {
    let bench = ground();
    let row = value(&bench, vault::tree::TABLE, &[0]);
    // The epoch is behind version and staging.
    for (at, bits) in [(2, 1), (3, 1), (9, 0x40)] {
        let mut altered = row.clone();
        altered[at] ^= bits;
        alter(&bench, &row, &altered);
        let place = "catalog.redb, table key_nodes";
        assert_eq!(refused(&bench).place(), Some(place), "byte {at}");
        let report = Engine::verify(&bench.root.join("store"), bench.key(), options());
        let found = match report {
            Ok(report) => report.findings.iter().any(|it| it.place == place),
            Err(error) => error.code() == Code::Corrupt,
        };
        assert!(found, "byte {at}");
        alter(&bench, &altered, &row);
    }
    bench.open().unwrap().close().unwrap();
}
