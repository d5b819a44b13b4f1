//! Proves that the exported files are those of the checkpoint, that the entries in them hash to
//! the tiles beside them, and that a later export adds only what changed.

use super::*;
use crate::checkpoint::Checkpoint;
use crate::note::{Algorithm, VaultSigner};
use crate::testing::{facts, log_of, origin};
use base::SeededEntropy;
use base::rows::MapRows;
use std::collections::BTreeMap;
use tlog_tiles::{Tile, record_hash};
use vault::SigningKey;

fn signed(log: &Log) -> SignedCheckpoint {
    let key = SigningKey::random(&SeededEntropy::new(1)).unwrap();
    let signer = VaultSigner::new(origin().as_str(), Algorithm::Ed25519, &key).unwrap();
    Checkpoint::of(log).sign(&signer).unwrap()
}

fn files(log: &Log, rows: &MapRows, from: u64, at: &SignedCheckpoint) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    log.export(rows, from, at, &mut |path, bytes| {
        assert!(files.insert(path.to_owned(), bytes.to_vec()).is_none());
        ControlFlow::Continue(())
    })
    .unwrap();
    files
}

#[test]
fn the_files_are_those_of_the_checkpoint_whatever_came_after() {
    let (mut log, mut rows) = log_of(600);
    let checkpoint = signed(&log);
    let before = files(&log, &rows, 0, &checkpoint);
    let names: Vec<_> = before.keys().map(String::as_str).collect();
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    ];
    assert_eq!(names, expected);
    let _ = log.append(&mut rows, facts(600, 300)).unwrap();
    assert!(files(&log, &rows, 0, &checkpoint) == before);
    let later = signed(&log);
    let delta: Vec<_> = files(&log, &rows, 600, &later).into_keys().collect();
    let expected = [
        "checkpoint",
        "tile/0/002",
        "tile/0/003.p/132",
        "tile/1/000.p/3",
        "tile/entries/002",
        "tile/entries/003.p/132",
    ];
    assert_eq!(delta, expected);
}

#[test]
fn bundles_hash_to_the_tiles_and_full_tiles_to_those_above() {
    let (log, rows) = log_of(600);
    let files = files(&log, &rows, 0, &signed(&log));
    for name in ["000", "001", "002.p/88"] {
        let mut bundle = files[&format!("tile/entries/{name}")].as_slice();
        let mut hashes = Vec::new();
        while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
            let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
            hashes.extend_from_slice(&record_hash(entry).0);
            bundle = rest;
        }
        assert_eq!(hashes, files[&format!("tile/0/{name}")]);
    }
    let above = [0, 1].map(|index| Tile::subtree_hash(&files[&format!("tile/0/00{index}")]).0);
    assert_eq!(above.concat(), files["tile/1/000.p/2"]);
}

#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(file_path("0", 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(file_path("entries", 5, 7), "tile/entries/005.p/7");
    assert_eq!(file_path("2", 1000, 256), "tile/2/x001/000");
}

#[test]
fn an_export_can_be_stopped_and_damage_is_told() {
    let (log, mut rows) = log_of(600);
    let checkpoint = signed(&log);
    let mut count = 0;
    log.export(&rows, 0, &checkpoint, &mut |_, _| {
        count += 1;
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!(count, 1);
    base::RowWrite::remove(
        &mut rows,
        crate::tile::TILES,
        &crate::tile::tile_key((0, 1)),
    )
    .unwrap();
    let place = LogPlace::Tile { level: 0, index: 1 };
    let told = log.export(&rows, 0, &checkpoint, &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(told, Err(JournalError::Corrupt { place }));
    let (short, rows) = log_of(10);
    let longer = short.export(&rows, 0, &checkpoint, &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(longer, Err(JournalError::NoEntry { index: 600 }));
}
