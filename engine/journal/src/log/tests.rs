//! Proves that the log's root is that of RFC 6962 whatever the groups, that the rows alone are
//! enough to go on, and that a log that moved on without its rows is refused.

use super::*;
use crate::testing::{facts, handle, log_of, origin};
use base::rows::MapRows;
use tlog_tiles::node_hash as node;

/// The root by the words of RFC 6962, section 2.1.
fn oracle(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_HASH,
        [leaf] => *leaf,
        _ => {
            let left = leaves.len().next_power_of_two() / 2;
            node(oracle(&leaves[..left]), oracle(&leaves[left..]))
        }
    }
}

#[test]
fn the_root_is_that_of_the_rfc_at_every_size_and_in_every_grouping() {
    let mut rows = MapRows::new();
    let mut log = Log::create(&mut rows, origin()).unwrap();
    let mut leaves = Vec::new();
    let mut roots = vec![log.root()];
    for group in [1, 2, 0, 3, 250, 1, 255, 256, 257, 1, 300] {
        let drafts = facts(log.size(), group);
        let before = log.size();
        let appended = log.append(&mut rows, drafts).unwrap();
        assert_eq!(*appended.range(), before..before + group);
        for index in before..log.size() {
            let entry = log.entry(&rows, index).unwrap();
            leaves.push(record_hash(entry.bytes()));
            roots.push(Digest::from_bytes(oracle(&leaves).0));
        }
        assert_eq!(log.root(), *roots.last().unwrap());
        let opened = Log::open(&rows).unwrap();
        assert_eq!(opened.root(), log.root());
        assert_eq!(opened.size(), log.size());
    }
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(log.root_at(&rows, size as u64).unwrap(), *root, "{size}");
    }
    let past = log.size() + 1;
    assert!(matches!(
        log.root_at(&rows, past),
        Err(JournalError::NoEntry { .. })
    ));
}

#[test]
fn tiles_have_the_widths_of_the_specification() {
    let (_, rows) = log_of(700);
    let mut widths = Vec::new();
    rows.visit(crate::tile::TILES, &[0], &[9; 9], &mut |key, value| {
        widths.push((key[0], key[8], value.len() / 32));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(widths, [(0, 0, 256), (0, 1, 256), (0, 2, 188), (1, 0, 2)]);
}

#[test]
fn entries_come_back_in_order_and_can_be_stopped() {
    let (log, rows) = log_of(600);
    let mut seen = Vec::new();
    log.entries(&rows, 250..520, &mut |index, entry| {
        assert_eq!(entry.bytes(), log.entry(&rows, index).unwrap().bytes());
        seen.push(index);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(seen.iter().copied().eq(250..520));
    let mut count = 0;
    log.entries(&rows, 0..600, &mut |_, _| {
        count += 1;
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!(count, 1);
    log.entries(&rows, 5..5, &mut |_, _| panic!("nothing is there"))
        .unwrap();
    let beyond = log.entries(&rows, 590..601, &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(beyond, Err(JournalError::NoEntry { index: 601 }));
}

#[test]
fn a_missing_entry_is_damage_and_not_the_end() {
    let (log, mut rows) = log_of(20);
    rows.remove(ENTRIES, &7_u64.to_be_bytes()).unwrap();
    let place = LogPlace::Entry(7);
    assert_eq!(
        log.entry(&rows, 7).err(),
        Some(JournalError::Corrupt { place })
    );
    let all = log.entries(&rows, 0..20, &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(all, Err(JournalError::Corrupt { place }));
}

#[test]
fn a_log_whose_append_was_not_committed_is_stale() {
    let (mut log, rows) = log_of(10);
    let mut lost = rows.clone();
    let appended = log.append(&mut lost, facts(10, 3)).unwrap();
    assert_eq!(appended.durable(&rows).err(), Some(JournalError::Stale));
    let mut rows = rows;
    let again = log.append(&mut rows, facts(10, 1));
    assert_eq!(again.err(), Some(JournalError::Stale));
    let mut log = Log::open(&rows).unwrap();
    let appended = log.append(&mut rows, facts(10, 3)).unwrap();
    assert_eq!(appended.durable(&rows).unwrap().len(), 3);
}

#[test]
fn an_error_leaves_the_log_as_it_was() {
    let (mut log, mut rows) = log_of(300);
    let key = crate::tile::tile_key((0, 1));
    rows.put(crate::tile::TILES, &key, b"short").unwrap();
    let root = log.root();
    let place = LogPlace::Tile { level: 0, index: 1 };
    let refused = log.append(&mut rows.clone(), facts(300, 1)).err();
    assert_eq!(refused, Some(JournalError::Corrupt { place }));
    assert_eq!((log.size(), log.root()), (300, root));
    assert_eq!(
        Log::open(&rows).err(),
        Some(JournalError::Corrupt { place })
    );
}

#[test]
fn the_head_is_checked_when_the_log_is_opened() {
    let (log, rows) = log_of(300);
    let empty = MapRows::new();
    assert_eq!(Log::open(&empty).err(), Some(JournalError::Absent));
    let mut twice = rows.clone();
    assert_eq!(
        Log::create(&mut twice, origin()).err(),
        Some(JournalError::Present)
    );
    let head = rows.row(HEAD, HEAD_KEY).unwrap().unwrap();
    for at in 0..head.len() {
        let mut bytes = head.clone();
        bytes[at] ^= 0x40;
        let mut altered = rows.clone();
        altered.put(HEAD, HEAD_KEY, &bytes).unwrap();
        let opened = Log::open(&altered);
        // The origin is text, which a checkpoint vouches for; all else contradicts the tiles.
        if (18..18 + origin().as_str().len()).contains(&at) {
            assert!(opened.is_err() || *opened.unwrap().origin() != origin());
        } else if !(9..17).contains(&at) {
            assert!(opened.is_err(), "byte {at}");
        }
    }
    for length in 0..head.len() {
        let mut cut = rows.clone();
        cut.put(HEAD, HEAD_KEY, &head[..length]).unwrap();
        assert!(Log::open(&cut).is_err());
    }
    let mut future = rows.clone();
    let mut bytes = head;
    bytes[0] = 2;
    future.put(HEAD, HEAD_KEY, &bytes).unwrap();
    assert_eq!(
        Log::open(&future).err(),
        Some(JournalError::Version { version: 2 })
    );
    let mut shorter = rows;
    shorter
        .remove(ENTRIES, &(log.size() - 1).to_be_bytes())
        .unwrap();
    let place = LogPlace::Head;
    assert_eq!(
        Log::open(&shorter).err(),
        Some(JournalError::Corrupt { place })
    );
}

#[test]
fn the_last_commit_and_the_newest_entries_are_known() {
    let (log, rows) = log_of(13);
    let (index, commit) = log.last_commit(&rows).unwrap().unwrap();
    assert_eq!((index, commit.seq.number()), (12, 12));
    assert_eq!(log.newest_of(&rows, handle(2)).unwrap(), Some(12));
    assert_eq!(log.newest_of(&rows, handle(4)).unwrap(), Some(9));
    assert_eq!(log.newest_of(&rows, handle(77)).unwrap(), None);
}
