//! Proves that items are found whatever their number, that units stay bounded, and that what
//! was taken out of a unit does not open under any key that is left.

use super::*;
use crate::testing::{Bench, STORE};
use vault::Grove;

fn key(number: u32) -> Vec<u8> {
    format!("1.2.250.1.213.1.4.10|{number:015}").into_bytes()
}

fn units(bench: &Bench) -> Units {
    Units::open(STORE, &bench.tree, &*bench.catalog.snapshot().unwrap()).unwrap()
}

fn fill(bench: &Bench, count: u32) {
    let units = units(bench);
    for from in (0..count).step_by(100) {
        let mut transaction = bench.begin();
        let changes = (from..from + 100).map(|n| (key(n), Some(n.to_le_bytes().to_vec())));
        let changes = changes.collect();
        units
            .change(&mut transaction, UnitKind::Alias, changes, &bench.entropy)
            .unwrap();
        transaction.commit().unwrap();
    }
}

/// The mark of a unit stays until the unit is written again, whatever of it changed.
#[test]
fn each_sealing_of_a_unit_has_a_mark_of_its_own() {
    let bench = Bench::new(4);
    fill(&bench, 100);
    let units = units(&bench);
    let mark = |number| {
        let rows = bench.catalog.snapshot().unwrap();
        let sealed = units.sealed(&*rows, UnitKind::Alias, &key(number)).unwrap();
        let found = units.item(&*rows, &sealed, &key(number)).unwrap();
        assert_eq!(
            found,
            units.lookup(&*rows, UnitKind::Alias, &key(number)).unwrap()
        );
        sealed.mark().unwrap()
    };
    let before = mark(7);
    assert_eq!(before, mark(7));
    for value in [vec![1], vec![1]] {
        let before = mark(7);
        let mut transaction = bench.begin();
        let changes = [(key(7), Some(value))].into();
        units
            .change(&mut transaction, UnitKind::Alias, changes, &bench.entropy)
            .unwrap();
        transaction.commit().unwrap();
        assert_ne!(before, mark(7));
    }
}

/// Units that stay open for a transaction answer as the store does, and what is changed through
/// them, split or not, is what a fresh look finds.
#[test]
fn what_is_open_answers_and_changes_as_a_fresh_look() {
    let bench = Bench::new(3);
    fill(&bench, 3000);
    let units = units(&bench);
    let mut transaction = bench.begin();
    let mut open = OpenUnits::default();
    let kind = UnitKind::Alias;
    for number in (0..3500).chain(0..100) {
        let known = units.lookup_open(&transaction, &mut open, kind, &key(number));
        let fresh = units.lookup(&transaction, kind, &key(number));
        assert_eq!(known.unwrap(), fresh.unwrap(), "{number}");
    }
    assert!(open.count() > 20 && open.count() <= open::OPEN_UNITS_MAX);
    for first in [3000, 0] {
        let value = Some(vec![7; 40]);
        let changes = (first..first + 500).map(|number| (key(number), value.clone()));
        let changes = changes.collect();
        units
            .change_open(&mut transaction, &mut open, kind, changes, &bench.entropy)
            .unwrap();
        for number in 0..3500 {
            let known = units.lookup_open(&transaction, &mut open, kind, &key(number));
            let fresh = units.lookup(&transaction, kind, &key(number));
            assert_eq!(known.unwrap(), fresh.unwrap(), "{number} after {first}");
        }
    }
    transaction.commit().unwrap();
    let rows = bench.catalog.snapshot().unwrap();
    for (number, expected) in [(0, 7), (499, 7), (3000, 7), (3499, 7)] {
        let found = units.lookup(&*rows, kind, &key(number)).unwrap().unwrap();
        assert_eq!(found, [expected; 40]);
    }
}

#[test]
fn items_are_found_changed_and_removed_while_units_stay_bounded() {
    let bench = Bench::new(1);
    fill(&bench, 2000);
    let units = units(&bench);
    let rows = bench.catalog.snapshot().unwrap();
    for number in 0..2000 {
        let found = units.lookup(&*rows, UnitKind::Alias, &key(number)).unwrap();
        assert_eq!(found.unwrap(), number.to_le_bytes());
    }
    let missing = units.lookup(&*rows, UnitKind::Alias, &key(2000)).unwrap();
    assert_eq!(missing, None);
    let other_kind = units.lookup(&*rows, UnitKind::Dossier, &key(1)).unwrap();
    assert_eq!(other_kind, None);
    let (count, bytes) = rows.weigh(UNITS).unwrap();
    assert!(count > 20, "{count} units");
    assert!(bytes / count < limit::UNIT_BYTES_MAX as u64 + 100);
    rows.visit(UNITS, &[], &[0xff], &mut |_, value| {
        assert!(value.len() < limit::UNIT_BYTES_MAX + 100);
        ControlFlow::Continue(())
    })
    .unwrap();

    let mut transaction = bench.begin();
    let mut changes = UnitChanges::new();
    changes.insert(key(5), None);
    changes.insert(key(6), Some(b"six".to_vec()));
    units
        .change(&mut transaction, UnitKind::Alias, changes, &bench.entropy)
        .unwrap();
    transaction.commit().unwrap();
    let rows = bench.catalog.snapshot().unwrap();
    let find = |number| units.lookup(&*rows, UnitKind::Alias, &key(number)).unwrap();
    assert_eq!(find(5), None);
    assert_eq!(find(6).unwrap(), b"six");
    assert_eq!(find(7).unwrap(), 7_u32.to_le_bytes());
    let mut seen = 0;
    units
        .visit_all(&*rows, UnitKind::Alias, &mut |_, _| seen += 1)
        .unwrap();
    assert_eq!(seen, 1999);
}

#[test]
fn row_keys_are_midpoints_and_derive_from_no_item() {
    let bench = Bench::new(2);
    fill(&bench, 500);
    let rows = bench.catalog.snapshot().unwrap();
    rows.visit(UNITS, &[], &[0xff], &mut |key, _| {
        let start = u128::from_be_bytes(*key[1..].first_chunk().unwrap());
        assert!(start == 0 || start.trailing_zeros() > 100, "{start:x}");
        ControlFlow::Continue(())
    })
    .unwrap();
}

#[test]
fn due_items_come_in_the_order_of_their_days() {
    let bench = Bench::new(3);
    let units = units(&bench);
    let mut transaction = bench.begin();
    let mut changes = UnitChanges::new();
    for number in 0..600_u32 {
        let day = (number * 7919) % 1000;
        let key = [day.to_be_bytes().as_slice(), &number.to_be_bytes()].concat();
        changes.insert(key, Some(vec![1; 40]));
    }
    units
        .change(&mut transaction, UnitKind::Due, changes, &bench.entropy)
        .unwrap();
    transaction.commit().unwrap();
    let rows = bench.catalog.snapshot().unwrap();
    for until in [0, 1, 499, 999, 5000] {
        let mut days = Vec::new();
        units
            .visit_due(&*rows, until, &mut |key, _| {
                days.push(u32::from_be_bytes(*key.first_chunk().unwrap()));
            })
            .unwrap();
        let expected = (0..600).filter(|n| (n * 7919) % 1000 <= until).count();
        assert_eq!(days.len(), expected, "until {until}");
        assert!(days.is_sorted());
    }
}

#[test]
fn an_erased_item_does_not_open_under_any_key_that_is_left() {
    let bench = Bench::new(4);
    fill(&bench, 300);
    let before = bench.catalog.snapshot().unwrap();
    let old = units(&bench);
    let mut transaction = bench.begin();
    let mut taken = old
        .take(&transaction, UnitKind::Alias, &[&key(9), &key(10)])
        .unwrap();
    let slots: Vec<_> = taken
        .iter()
        .map(|unit| (Grove::Unit, Slot::new(unit.slot()).unwrap()))
        .collect();
    let stage = bench.tree.stage(&bench.kms, &bench.entropy).unwrap();
    let rotation = stage
        .replace(&mut transaction, &slots, &bench.kms, &bench.entropy)
        .unwrap();
    let new = Units::open(STORE, rotation.tree(), &transaction).unwrap();
    for mut unit in taken.drain(..) {
        unit.apply(&[(key(9), None)].into());
        new.put_back(&mut transaction, unit, &bench.entropy)
            .unwrap();
    }
    transaction.commit().unwrap();
    let rows = bench.catalog.snapshot().unwrap();
    let find = |number| new.lookup(&*rows, UnitKind::Alias, &key(number)).unwrap();
    assert_eq!(find(9), None);
    assert_eq!(find(10).unwrap(), 10_u32.to_le_bytes());
    assert_eq!(find(11).unwrap(), 11_u32.to_le_bytes());
    let older_copy = new.lookup(&*before, UnitKind::Alias, &key(9));
    assert!(older_copy.is_err(), "the old row is closed to the new keys");
}

#[test]
fn an_item_over_its_limit_is_refused() {
    let bench = Bench::new(5);
    let mut transaction = bench.begin();
    let changes = UnitChanges::from([(key(1), Some(vec![0; ITEM_BYTES_MAX]))]);
    let refused = units(&bench).change(
        &mut transaction,
        UnitKind::Relation,
        changes,
        &bench.entropy,
    );
    assert!(matches!(refused, Err(StoreError::OverLimit { .. })));
}

#[test]
fn a_missing_unit_is_damage_never_not_found() {
    let bench = Bench::new(6);
    fill(&bench, 400);
    let units = units(&bench);
    let rows = bench.catalog.snapshot().unwrap();
    let mut names = Vec::new();
    rows.visit(UNITS, &[1], &[1, 0xff], &mut |key, _| {
        names.push(key.to_vec());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(names.len() > 4);
    for name in names {
        let mut transaction = bench.begin();
        transaction.remove(UNITS, &name).unwrap();
        let mut damaged = 0;
        for number in 0..400 {
            match units.lookup(&transaction, UnitKind::Alias, &key(number)) {
                Ok(found) => assert_eq!(found.unwrap(), number.to_le_bytes()),
                Err(error) => {
                    assert_eq!(error, StoreError::damaged(UNITS));
                    damaged += 1;
                }
            }
        }
        assert!(damaged > 0);
        let all = units.visit_all(&transaction, UnitKind::Alias, &mut |_, _| ());
        assert_eq!(all, Err(StoreError::damaged(UNITS)));
    }
}
