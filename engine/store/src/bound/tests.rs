//! Proves that the sum carried from commit to commit is that of the rows, and that no row can
//! be changed behind its back.

use super::*;
use crate::testing::{Bench, NOW};
use crate::{Catalog, Counter, Spending};
use base::RowWrite;

const NOTES: Table = Table::new("notes");

fn told(catalog: &Catalog) -> Digest {
    let rows = catalog.snapshot().unwrap();
    let row = rows.row(TABLE, ROW).unwrap().unwrap();
    Sums::parse(&row).unwrap().digest()
}

fn there(catalog: &Catalog) -> Digest {
    row_sum(&catalog.snapshot().unwrap()).unwrap()
}

#[test]
fn the_sum_of_each_commit_is_that_of_its_rows() {
    let bench = Bench::new(31);
    assert_eq!(told(&bench.catalog), there(&bench.catalog));
    let mut before = told(&bench.catalog);
    for round in 0_u8..4 {
        let mut transaction = bench.begin();
        transaction.put(NOTES, &[round], b"new").unwrap();
        transaction.put(NOTES, b"same", &[round]).unwrap();
        transaction.take(Counter::UnitSlot);
        let bound = transaction.row_sum().unwrap();
        // What lies elsewhere changes nothing, and what is asked twice is not counted twice.
        let log = Table::new("journal_entry");
        transaction.put(log, &[round], b"entry").unwrap();
        assert_eq!(transaction.row_sum().unwrap(), bound);
        transaction.commit().unwrap();
        assert_eq!(told(&bench.catalog), bound);
        assert_eq!(there(&bench.catalog), bound);
        assert_ne!(std::mem::replace(&mut before, bound), bound);
    }
    let mut transaction = bench.begin();
    transaction.remove(NOTES, b"same").unwrap();
    transaction.remove(NOTES, b"never there").unwrap();
    transaction.commit().unwrap();
    assert_eq!(told(&bench.catalog), there(&bench.catalog));
}

/// Two transactions built on one another, the second before the first is durable.
#[test]
fn the_sum_is_carried_over_commits_that_wait() {
    let bench = Bench::new(32);
    let mut first = bench.begin();
    first.put(NOTES, b"a", b"1").unwrap();
    let first = first.prepare().unwrap();
    let mut second = bench.begin();
    second.put(NOTES, b"a", b"2").unwrap();
    second.put(NOTES, b"b", b"1").unwrap();
    let second = second.prepare().unwrap();
    first.commit().unwrap();
    assert_eq!(told(&bench.catalog), there(&bench.catalog));
    second.commit().unwrap();
    assert_eq!(told(&bench.catalog), there(&bench.catalog));
}

#[test]
fn a_sum_that_was_taken_away_is_damage_and_not_made_anew() {
    let bench = Bench::new(33);
    let nothing = Layer::default();
    let mut own = Layer::default();
    own.set(TABLE, ROW, None);
    let snapshot = bench.catalog.snapshot().unwrap();
    let without = Stack {
        own: &own,
        below: &[],
        snapshot: &snapshot,
    };
    let commit = snapshot.counters().commit;
    let told = changed(&without, commit, &nothing).err();
    assert_eq!(told, Some(StoreError::damaged(TABLE)));
    drop(bench.catalog.begin(Spending::Ordinary, NOW).unwrap());
}

/// A row whose absence means something harmless cannot be lost, come back or take another key
/// unnoticed, and what is damaged is named.
#[test]
fn a_row_of_a_small_table_that_is_lost_or_renamed_is_noticed() {
    let bench = Bench::new(34);
    let (engine, receipts) = (Table::new("engine"), Table::new("receipts"));
    let mut transaction = bench.begin();
    transaction.put(engine, b"running", &[1]).unwrap();
    transaction.put(receipts, &[7; 24], b"one").unwrap();
    transaction.put(vault::tree::TABLE, &[0xff], b"me").unwrap();
    transaction.commit().unwrap();
    let mut transaction = bench.begin();
    transaction.put(receipts, &[8; 24], b"two").unwrap();
    transaction.remove(receipts, &[7; 24]).unwrap();
    transaction.commit().unwrap();
    let snapshot = bench.catalog.snapshot().unwrap();
    assert_eq!(check_small_rows(&*snapshot), Ok(()));
    let altered = |own: &Layer| {
        let rows = Stack {
            own,
            below: &[],
            snapshot: &snapshot,
        };
        check_small_rows(&rows)
    };
    let rows = [
        (engine, b"running".as_slice(), [1].as_slice()),
        (receipts, &[8; 24], b"two"),
        (vault::tree::TABLE, &[0xff], b"me"),
    ];
    for (table, key, value) in rows {
        let mut lost = Layer::default();
        lost.set(table, key, None);
        assert_eq!(altered(&lost), Err(StoreError::damaged(table)));
        let mut renamed = key.to_vec();
        *renamed.last_mut().unwrap() ^= 1;
        lost.set(table, &renamed, Some(value));
        assert_eq!(altered(&lost), Err(StoreError::damaged(table)));
    }
    let mut back = Layer::default();
    back.set(receipts, &[7; 24], Some(b"one"));
    assert_eq!(altered(&back), Err(StoreError::damaged(receipts)));
}

/// A store from before there were all small sums has them with its next commit.
#[test]
fn a_store_without_small_sums_is_given_them() {
    let bench = Bench::new(35);
    let snapshot = bench.catalog.snapshot().unwrap();
    let whole = snapshot.row(TABLE, ROW).unwrap().unwrap();
    assert_eq!(whole.len(), RowSum::BYTES + 16 * SMALL.len());
    for count in SMALL_COUNTS {
        let mut own = Layer::default();
        own.set(TABLE, ROW, Some(&whole[..RowSum::BYTES + 16 * count]));
        let before = Stack {
            own: &own,
            below: &[],
            snapshot: &snapshot,
        };
        assert_eq!(check_small_rows(&before), Ok(()));
        let commit = snapshot.counters().commit;
        let sums = changed(&before, commit, &Layer::default()).unwrap();
        assert_eq!(sums.to_bytes(), whole);
    }
    for length in [RowSum::BYTES - 1, RowSum::BYTES + 1, RowSum::BYTES + 48] {
        assert!(
            Sums::parse(&whole[..length]).is_none(),
            "no other length is one of ours"
        );
    }
}
