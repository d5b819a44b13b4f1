//! Proves that each class and month has a slot of its own, and that retention moves forward only.

use super::*;
use crate::testing::{disclosed, listed};
use base::rows::MapRows;
use std::collections::BTreeSet;

#[test]
fn every_class_and_month_has_a_slot_of_its_own_behind_the_patients() {
    let mut seen = BTreeSet::new();
    for class in Class::ALL {
        assert!(u32::from(class.byte()) < CLASSES);
        for month in (0..=u16::MAX).step_by(331).chain([675, 676, u16::MAX]) {
            let period = Period {
                class: *class,
                month,
            };
            let slot = period.slot().unwrap().number();
            assert!((Slot::COUNT - PERIOD_SLOTS..Slot::COUNT).contains(&slot));
            seen.insert((slot, period));
        }
    }
    let slots: BTreeSet<_> = seen.iter().map(|(slot, _)| *slot).collect();
    assert_eq!(slots.len(), seen.len());
}

#[test]
fn a_trace_and_its_entry_name_the_same_period() {
    let keys = crate::testing::Keys::new(70);
    for trace in [listed(1), disclosed(1, &[1])] {
        let draft = keys.draft(1, &trace, None);
        let period = Period::of_entry(draft.entry().header());
        assert_eq!(period, Period::of_trace(&trace));
        assert_eq!(period.month, 56 * 12 + 2);
    }
}

#[test]
fn what_is_due_is_what_is_old_and_not_yet_destroyed() {
    let mut rows = MapRows::new();
    let months = |rows: &MapRows, class, month| {
        let due = due(rows, class, 670, month).unwrap().into_iter();
        due.map(|period| period.month).collect::<Vec<_>>()
    };
    assert_eq!(months(&rows, Class::Reading, 673), [670, 671, 672]);
    keep_from(&mut rows, Class::Reading, 672).unwrap();
    assert_eq!(months(&rows, Class::Reading, 673), [672]);
    assert_eq!(months(&rows, Class::Writing, 672), [670, 671]);
    assert!(months(&rows, Class::Reading, 600).is_empty());
    let back = keep_from(&mut rows, Class::Reading, 671);
    assert!(matches!(back, Err(JournalError::Bug(_))));
    rows.put(RETENTION, &[Class::Reading.byte()], b"x").unwrap();
    let place = LogPlace::Retention(Class::Reading);
    assert_eq!(
        kept_from(&rows, Class::Reading),
        Err(JournalError::Corrupt { place })
    );
}
