//! Proves that a slot which sealed an item before its unit was split, or before the item was
//! taken out, is on the list, and that the list is emptied with the rotation that takes it.

use super::*;
use crate::testing::{Bench, STORE};
use crate::units::UNITS;
use crate::{UnitChanges, UnitKind, Units};
use std::collections::BTreeSet;

/// The slots that seal units now.
fn in_use(bench: &Bench) -> BTreeSet<u32> {
    let mut slots = BTreeSet::new();
    let rows = bench.catalog.snapshot().unwrap();
    rows.visit(UNITS, &[], &[0xff], &mut |_, value| {
        slots.insert(u32::from_le_bytes(*value[4..].first_chunk().unwrap()));
        ControlFlow::Continue(())
    })
    .unwrap();
    slots
}

fn listed(bench: &Bench) -> BTreeSet<u32> {
    let rows = bench.catalog.snapshot().unwrap();
    let slots = retired(&*rows, Grove::Unit).unwrap();
    slots.into_iter().map(Slot::number).collect()
}

fn change(bench: &Bench, changes: UnitChanges) {
    let units = Units::open(STORE, &bench.tree, &*bench.catalog.snapshot().unwrap()).unwrap();
    let mut transaction = bench.begin();
    units
        .change(&mut transaction, UnitKind::Alias, changes, &bench.entropy)
        .unwrap();
    transaction.commit().unwrap();
}

fn key(number: u32) -> Vec<u8> {
    format!("an identity of the patient with number {number:09}").into_bytes()
}

#[test]
fn a_slot_that_sealed_an_item_seals_it_still_or_is_retired() {
    let bench = Bench::new(31);
    let mut ever = in_use(&bench);
    for number in 0..400 {
        change(&bench, [(key(number), Some(vec![1; 24]))].into());
        ever.extend(in_use(&bench));
    }
    assert!(in_use(&bench).len() > 8, "units were split");
    let left: BTreeSet<u32> = ever.difference(&in_use(&bench)).copied().collect();
    assert!(!left.is_empty());
    assert_eq!(listed(&bench), left);

    // What is only added to stays where it is; what says less moves on.
    let before = in_use(&bench);
    change(&bench, [(key(7), Some(vec![1; 30]))].into());
    assert_eq!(in_use(&bench), before);
    change(&bench, [(key(7), Some(vec![1; 29]))].into());
    change(&bench, [(key(8), None)].into());
    let moved: BTreeSet<u32> = before.difference(&in_use(&bench)).copied().collect();
    assert!(!moved.is_empty() && moved.is_subset(&listed(&bench)));

    let mut transaction = bench.begin();
    let taken = take_retired(&mut transaction, Grove::Unit).unwrap();
    assert_eq!(taken.len(), left.len() + moved.len());
    transaction.commit().unwrap();
    assert!(listed(&bench).is_empty());
}

#[test]
fn a_run_lists_each_of_its_slots_once_and_never_past_the_last() {
    let bench = Bench::new(32);
    let mut transaction = bench.begin();
    let slot = |number| Slot::new(number).unwrap();
    retire_run(&mut transaction, Grove::Dossier, slot(10), 5).unwrap();
    retire_run(&mut transaction, Grove::Dossier, slot(12), 6).unwrap();
    retire(&mut transaction, Grove::Dossier, slot(10)).unwrap();
    retire(&mut transaction, Grove::Segment, slot(3)).unwrap();
    let listed = retired(&transaction, Grove::Dossier).unwrap();
    let numbers: Vec<u32> = listed.into_iter().map(Slot::number).collect();
    assert_eq!(numbers, (10..18).collect::<Vec<_>>());
    let taken = take_retired(&mut transaction, Grove::Dossier).unwrap();
    assert_eq!(taken.len(), 8);
    assert!(retired(&transaction, Grove::Dossier).unwrap().is_empty());
    assert_eq!(retired(&transaction, Grove::Segment).unwrap().len(), 1);
    for (first, count) in [(Slot::COUNT - 1, 2), (7, 0)] {
        let key = super::key(Grove::Unit, first);
        transaction
            .put(RETIRED, &key, &u32::to_le_bytes(count))
            .unwrap();
        assert!(
            retired(&transaction, Grove::Unit).is_err(),
            "{first}, {count}"
        );
        transaction.remove(RETIRED, &key).unwrap();
    }
}

#[test]
fn a_slot_that_is_taken_up_leaves_every_run_it_is_in() {
    let bench = Bench::new(35);
    let slot = |number| Slot::new(number).unwrap();
    let mut transaction = bench.begin();
    for (first, count) in [(10, 6), (12, 1), (14, 9)] {
        retire_run(&mut transaction, Grove::Segment, slot(first), count).unwrap();
    }
    let left = |rows: &dyn RowRead| -> Vec<u32> {
        let slots = retired(rows, Grove::Segment).unwrap();
        slots.into_iter().map(Slot::number).collect()
    };
    for (taken, found) in [(12, true), (14, true), (12, false), (10, true), (22, true)] {
        let told = take_up(&mut transaction, Grove::Segment, slot(taken)).unwrap();
        assert_eq!(told, found, "{taken}");
    }
    assert_eq!(left(&transaction), [11, 13, 15, 16, 17, 18, 19, 20, 21]);
    assert!(!take_up(&mut transaction, Grove::Unit, slot(13)).unwrap());
}
