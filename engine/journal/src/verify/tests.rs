//! Proves that every kind of tampering with the rows of a log is found, at its place, by the
//! check without keys or by comparison with an earlier checkpoint; and that a whole log is
//! clean.

use super::*;
use crate::entry::Entry;
use crate::log::{HEAD, HEAD_KEY, put_chain};
use crate::testing::{facts, handle, log_of};
use crate::tile::tile_key;
use base::RowWrite;
use base::rows::MapRows;

fn findings(rows: &MapRows) -> Vec<Finding> {
    verify_all(rows).unwrap().findings
}

/// Each of `places` is found; what leans on a damaged row may be found too.
fn assert_found(rows: &MapRows, places: &[Finding]) {
    let found = findings(rows);
    assert!(
        places.iter().all(|place| found.contains(place)),
        "{found:?}"
    );
}

fn flip(rows: &mut MapRows, table: base::Table, key: &[u8], at: usize) {
    let mut bytes = rows.row(table, key).unwrap().unwrap();
    bytes[at] ^= 1;
    rows.put(table, key, &bytes).unwrap();
}

fn entry_key(index: u64) -> [u8; 8] {
    index.to_be_bytes()
}

fn earlier(log: &Log, rows: &MapRows, size: u64) -> Checkpoint {
    Checkpoint {
        origin: log.origin().clone(),
        size,
        root: log.root_at(rows, size).unwrap(),
    }
}

/// Writes the entries anew, as one who holds the whole store would, all hashes made to fit.
fn rewritten(log: &Log, rows: &MapRows, change: &dyn Fn(&mut Vec<Entry>)) -> (Log, MapRows) {
    let mut entries: Vec<_> = (0..log.size())
        .map(|index| log.entry(rows, index).unwrap())
        .collect();
    change(&mut entries);
    let mut forged = MapRows::new();
    let mut log = Log::create(&mut forged, log.origin().clone()).unwrap();
    let drafts = entries.iter().map(|entry| {
        let fact = entry.fact().unwrap();
        crate::Draft::fact(&fact, entry.header().handle).unwrap()
    });
    let _ = log.append(&mut forged, drafts.collect()).unwrap();
    (log, forged)
}

#[test]
fn a_whole_log_is_clean_at_every_interesting_size() {
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 700] {
        let (log, rows) = log_of(size);
        let checked = verify_all(&rows).unwrap();
        assert!(checked.is_clean(), "{size}: {:?}", checked.findings);
        assert_eq!((checked.root, checked.size), (log.root(), size));
    }
    assert_eq!(
        verify_all(&MapRows::new()).err(),
        Some(JournalError::Absent)
    );
}

#[test]
fn a_log_with_two_upper_levels_is_clean_and_its_top_is_checked() {
    let (_, mut rows) = log_of(66_000);
    assert!(verify_all(&rows).unwrap().is_clean());
    let place = Finding::TileAltered { level: 1, index: 0 };
    let mut top = rows.clone();
    flip(&mut top, TILES, &tile_key((2, 0)), 5);
    assert_eq!(findings(&top), [Finding::Head, place]);
    flip(&mut rows, TILES, &tile_key((1, 0)), 32 * 7);
    let below = Finding::TileAltered { level: 0, index: 7 };
    assert_eq!(findings(&rows), [below, place]);
}

#[test]
fn t01_a_flipped_bit_of_an_entry() {
    let (_, mut rows) = log_of(600);
    flip(&mut rows, ENTRIES, &entry_key(400), 60);
    assert_eq!(findings(&rows), [Finding::EntryAltered(400)]);
}

#[test]
fn t02_an_entry_replaced_by_another_of_the_log() {
    let (_, mut rows) = log_of(600);
    let other = rows.row(ENTRIES, &entry_key(7)).unwrap().unwrap();
    rows.put(ENTRIES, &entry_key(12), &other).unwrap();
    assert_found(&rows, &[Finding::EntryAltered(12)]);
}

#[test]
fn t03_two_entries_in_the_other_order() {
    let (_, mut rows) = log_of(600);
    let one = rows.row(ENTRIES, &entry_key(100)).unwrap().unwrap();
    let two = rows.row(ENTRIES, &entry_key(101)).unwrap().unwrap();
    rows.put(ENTRIES, &entry_key(100), &two).unwrap();
    rows.put(ENTRIES, &entry_key(101), &one).unwrap();
    let altered = [100, 101].map(Finding::EntryAltered);
    assert_found(&rows, &altered);
}

#[test]
fn t04_an_entry_removed() {
    let (_, mut rows) = log_of(600);
    rows.remove(ENTRIES, &entry_key(300)).unwrap();
    assert!(findings(&rows).contains(&Finding::EntryMissing(300)));
}

#[test]
fn t05_the_last_entries_cut_off() {
    let (_, mut rows) = log_of(600);
    for index in 590..600 {
        rows.remove(ENTRIES, &entry_key(index)).unwrap();
    }
    let found = findings(&rows);
    assert!((590..600).all(|index| found.contains(&Finding::EntryMissing(index))));
}

#[test]
fn t06_the_whole_log_rolled_back() {
    let (log, rows) = log_of(600);
    let (older, old_rows) = log_of(500);
    assert!(
        verify_all(&old_rows).unwrap().is_clean(),
        "by itself it is whole"
    );
    let newest = earlier(&log, &rows, 600);
    assert_eq!(
        older.compare(&old_rows, &newest),
        Ok(Some(Finding::RolledBack(600)))
    );
}

#[test]
fn t07_a_history_written_anew_with_an_entry_changed() {
    let (log, rows) = log_of(600);
    let known = earlier(&log, &rows, 600);
    let (forged, forged_rows) = rewritten(&log, &rows, &|entries| {
        entries[250] = crate::Draft::fact(&crate::testing::commit(250), Some(handle(4)))
            .unwrap()
            .entry()
            .clone();
    });
    assert!(
        verify_all(&forged_rows).unwrap().is_clean(),
        "its hashes fit"
    );
    assert_eq!(
        forged.compare(&forged_rows, &known),
        Ok(Some(Finding::Forked(600)))
    );
    let before = earlier(&log, &rows, 200);
    assert_eq!(
        forged.compare(&forged_rows, &before),
        Ok(None),
        "the fork lies behind"
    );
}

#[test]
fn t08_a_history_written_anew_with_an_entry_left_out() {
    let (log, rows) = log_of(600);
    let known = earlier(&log, &rows, 590);
    let (forged, forged_rows) = rewritten(&log, &rows, &|entries| {
        entries.remove(30);
    });
    assert!(
        verify_all(&forged_rows).unwrap().is_clean(),
        "its hashes fit"
    );
    assert_eq!(
        forged.compare(&forged_rows, &known),
        Ok(Some(Finding::Forked(590)))
    );
}

#[test]
fn t09_a_fork_that_goes_on() {
    let (mut log, mut rows) = log_of(300);
    let mut fork_rows = rows.clone();
    let mut fork = log.clone();
    let _ = log.append(&mut rows, facts(300, 20)).unwrap();
    let _ = fork.append(&mut fork_rows, facts(301, 40)).unwrap();
    let known = earlier(&log, &rows, 320);
    assert!(verify_all(&fork_rows).unwrap().is_clean());
    assert_eq!(
        fork.compare(&fork_rows, &known),
        Ok(Some(Finding::Forked(320)))
    );
}

#[test]
fn t10_a_checkpoint_of_another_log() {
    let (log, rows) = log_of(30);
    let mut known = earlier(&log, &rows, 20);
    known.origin = crate::Origin::new("other.example").unwrap();
    assert_eq!(log.compare(&rows, &known), Ok(Some(Finding::OtherLog)));
}

#[test]
fn t11_a_leaf_hash_flipped_in_a_full_tile() {
    let (_, mut rows) = log_of(600);
    flip(&mut rows, TILES, &tile_key((0, 1)), 32 * 3);
    let tile = Finding::TileAltered { level: 0, index: 1 };
    assert_found(&rows, &[Finding::EntryAltered(256 + 3), tile]);
}

#[test]
fn t12_an_entry_and_its_leaf_hash_changed_together() {
    let (_, mut rows) = log_of(600);
    flip(&mut rows, ENTRIES, &entry_key(256), 60);
    let bytes = rows.row(ENTRIES, &entry_key(256)).unwrap().unwrap();
    let mut tile = rows.row(TILES, &tile_key((0, 1))).unwrap().unwrap();
    tile[..32].copy_from_slice(&record_hash(&bytes).0);
    rows.put(TILES, &tile_key((0, 1)), &tile).unwrap();
    assert_found(&rows, &[Finding::TileAltered { level: 0, index: 1 }]);
}

#[test]
fn t13_an_entry_and_its_hash_in_the_partial_tile_changed_together() {
    let (_, mut rows) = log_of(600);
    flip(&mut rows, ENTRIES, &entry_key(512), 60);
    let bytes = rows.row(ENTRIES, &entry_key(512)).unwrap().unwrap();
    let mut tile = rows.row(TILES, &tile_key((0, 2))).unwrap().unwrap();
    tile[..32].copy_from_slice(&record_hash(&bytes).0);
    rows.put(TILES, &tile_key((0, 2)), &tile).unwrap();
    assert_found(&rows, &[Finding::Head]);
}

#[test]
fn t14_a_tile_removed_or_cut() {
    let (_, rows) = log_of(600);
    let tile = Finding::TileMissing { level: 0, index: 0 };
    let mut removed = rows.clone();
    removed.remove(TILES, &tile_key((0, 0))).unwrap();
    assert_eq!(findings(&removed), [tile]);
    let mut cut = rows;
    let bytes = cut.row(TILES, &tile_key((0, 0))).unwrap().unwrap();
    cut.put(TILES, &tile_key((0, 0)), &bytes[..bytes.len() - 32])
        .unwrap();
    assert_eq!(findings(&cut), [tile]);
}

#[test]
fn t15_an_upper_tile_flipped() {
    let (_, mut rows) = log_of(600);
    flip(&mut rows, TILES, &tile_key((1, 0)), 0);
    let tile = Finding::TileAltered { level: 0, index: 0 };
    assert_eq!(findings(&rows), [Finding::Head, tile]);
}

#[test]
fn t16_rows_behind_the_end() {
    let (_, mut rows) = log_of(600);
    rows.put(ENTRIES, &entry_key(600), b"extra").unwrap();
    rows.put(TILES, &tile_key((0, 3)), &[0; 32]).unwrap();
    rows.put(TILES, &tile_key((5, 0)), &[0; 32]).unwrap();
    let beyond = [
        Finding::EntryBeyond(600),
        Finding::TileBeyond { level: 0, index: 3 },
        Finding::TileBeyond { level: 5, index: 0 },
    ];
    assert_eq!(findings(&rows), beyond);
}

#[test]
fn t17_the_head_of_an_older_state() {
    let (_, mut rows) = log_of(600);
    let (_, old) = log_of(599);
    let head = old.row(HEAD, HEAD_KEY).unwrap().unwrap();
    rows.put(HEAD, HEAD_KEY, &head).unwrap();
    let found = findings(&rows);
    assert!(found.contains(&Finding::EntryBeyond(599)), "{found:?}");
}

#[test]
fn t18_the_head_flipped() {
    let (_, rows) = log_of(600);
    let head = rows.row(HEAD, HEAD_KEY).unwrap().unwrap();
    let peaks = head.len() - 32 * 4;
    for at in [9, peaks, head.len() - 1] {
        let mut altered = rows.clone();
        flip(&mut altered, HEAD, HEAD_KEY, at);
        assert_eq!(findings(&altered), [Finding::Head], "byte {at}");
    }
}

#[test]
fn t19_a_chain_row_set_back_or_removed_or_added() {
    let (_, rows) = log_of(600);
    let key = handle(3);
    let mut back = rows.clone();
    put_chain(&mut back, key, 93).unwrap();
    assert_eq!(findings(&back), [Finding::Chain(93)]);
    let mut removed = rows.clone();
    removed.remove(CHAINS, key.as_bytes()).unwrap();
    assert_eq!(findings(&removed), [Finding::Chain(600)]);
    let mut added = rows;
    put_chain(&mut added, AuditHandle::from_bytes([9; 16]), 3).unwrap();
    assert_eq!(findings(&added), [Finding::Chain(3), Finding::Chain(600)]);
}

#[test]
fn t20_a_chain_that_leaves_an_entry_out_though_all_hashes_fit() {
    let (log, rows) = log_of(60);
    let mut forged = MapRows::new();
    let mut other = Log::create(&mut forged, log.origin().clone()).unwrap();
    for index in 0..60 {
        let entry = log.entry(&rows, index).unwrap();
        let draft = crate::Draft::fact(&entry.fact().unwrap(), entry.header().handle).unwrap();
        if index == 48 {
            // The writer hides entry 43 of this handle from the chain.
            put_chain(&mut forged, handle(3), 38).unwrap();
        }
        let _ = other.append(&mut forged, vec![draft]).unwrap();
    }
    let found = findings(&forged);
    assert!(found.contains(&Finding::Chain(48)), "{found:?}");
    // The same when the check remembers too little to see it at once.
    let forgetful = verify_within(&forged, 0, 1, &mut |_| ControlFlow::Continue(()));
    let found = forgetful.unwrap().findings;
    assert!(found.contains(&Finding::Chain(48)), "{found:?}");
    let (_, whole) = log_of(60);
    let forgetful = verify_within(&whole, 0, 1, &mut |_| ControlFlow::Continue(()));
    assert!(forgetful.unwrap().is_clean());
}

#[test]
fn t21_commits_out_of_order_or_of_another_store() {
    let (mut log, mut rows) = log_of(20);
    let _ = log.append(&mut rows, facts(3, 1)).unwrap();
    assert_eq!(findings(&rows), [Finding::CommitOrder(20)]);
    let (mut log, mut rows) = log_of(20);
    let Fact::Commit(mut commit) = crate::testing::commit(20) else {
        panic!("a commit");
    };
    commit.store = base::StoreId::from_bytes([8; 16]);
    let stray = crate::Draft::fact(&Fact::Commit(commit), None).unwrap();
    let _ = log.append(&mut rows, vec![stray]).unwrap();
    assert_eq!(findings(&rows), [Finding::CommitOrder(20)]);
}

#[test]
fn t22_bytes_that_were_hashed_but_are_no_entry() {
    let (_, mut rows) = log_of(3);
    rows.put(ENTRIES, &entry_key(2), b"rubbish").unwrap();
    let mut tile = rows.row(TILES, &tile_key((0, 0))).unwrap().unwrap();
    tile[64..].copy_from_slice(&record_hash(b"rubbish").0);
    rows.put(TILES, &tile_key((0, 0)), &tile).unwrap();
    let found = findings(&rows);
    assert!(found.contains(&Finding::EntryUnreadable(2)), "{found:?}");
    assert!(found.contains(&Finding::Head));
}

#[test]
fn every_flipped_bit_of_every_row_is_found() {
    let (log, rows) = log_of(260);
    let known = earlier(&log, &rows, 260);
    for table in [ENTRIES, TILES, CHAINS, HEAD] {
        let mut keys = Vec::new();
        rows.visit(table, &[], &[u8::MAX; 17], &mut |key, value| {
            keys.push((key.to_vec(), value.len()));
            ControlFlow::Continue(())
        })
        .unwrap();
        for (key, length) in keys.iter().step_by(if table == ENTRIES { 37 } else { 1 }) {
            for at in (0..*length).step_by(if *length > 1000 { 61 } else { 3 }) {
                let mut altered = rows.clone();
                flip(&mut altered, table, key, at);
                let whole = verify_all(&altered).is_ok_and(|checked| checked.is_clean());
                let same =
                    Log::open(&altered).is_ok_and(|log| log.compare(&altered, &known) == Ok(None));
                assert!(!(whole && same), "{} byte {at}", table.name());
            }
        }
    }
}

#[test]
fn a_check_can_be_stopped_and_goes_on_at_a_tile() {
    let (_, mut rows) = log_of(1000);
    flip(&mut rows, ENTRIES, &entry_key(100), 60);
    flip(&mut rows, ENTRIES, &entry_key(900), 60);
    let first = verify_from(&rows, 0, &mut |_| ControlFlow::Break(())).unwrap();
    assert_eq!((first.from, first.to), (0, 256));
    assert_eq!(first.findings, [Finding::EntryAltered(100)]);
    assert!(!first.is_clean());
    let mut told = Vec::new();
    let rest = verify_from(&rows, first.to + 5, &mut |progress| {
        told.push(progress.checked);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((rest.from, rest.to), (256, 1000));
    assert_eq!(rest.findings, [Finding::EntryAltered(900)]);
    assert_eq!(told, [512, 768, 1000]);
}

#[test]
fn findings_are_bounded() {
    let (_, mut rows) = log_of(1500);
    for index in 0..1500 {
        flip(&mut rows, ENTRIES, &entry_key(index), 60);
    }
    let checked = verify_all(&rows).unwrap();
    assert_eq!(checked.findings.len(), FINDINGS_MAX);
    assert!(checked.more >= 500);
}

#[test]
fn a_head_that_claims_far_more_than_there_is_does_not_hold_the_check_up() {
    let (_, mut rows) = log_of(600);
    let mut head = rows.row(HEAD, HEAD_KEY).unwrap().unwrap();
    let claimed = (1_u64 << 47) + 600;
    head[1..9].copy_from_slice(&claimed.to_le_bytes());
    let peak = head.len() - 32;
    head.extend_from_within(peak..);
    rows.put(HEAD, HEAD_KEY, &head).unwrap();
    rows.put(ENTRIES, &entry_key(1 << 46), b"far away").unwrap();
    let checked = verify_all(&rows).unwrap();
    assert_eq!(checked.to, claimed);
    assert!(checked.more > 1 << 46);
    assert!(checked.findings.contains(&Finding::EntryMissing(600)));
    assert!(
        checked
            .findings
            .contains(&Finding::EntryUnreadable(1 << 46))
    );
}
