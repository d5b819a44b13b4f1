//! Proves that a chain visits all entries of its handle and no other, across groups, and that
//! one that leads astray is damage.

use super::*;
use crate::log::{CHAINS, ENTRIES, put_chain};
use crate::testing::{handle, log_of};
use base::RowWrite;
use base::rows::MapRows;

#[test]
fn a_chain_visits_every_entry_of_its_handle_newest_first() {
    let (log, rows) = log_of(333);
    for patient in 1..5_u32 {
        let mut seen = Vec::new();
        let next = log.history(&rows, handle(patient), None, &mut |index, entry| {
            assert_eq!(entry.header().handle, Some(handle(patient)));
            seen.push(index);
            ControlFlow::Continue(())
        });
        assert_eq!(next, Ok(None));
        let all = (0..333)
            .rev()
            .filter(|index| index % 5 == u64::from(patient));
        assert!(seen.into_iter().eq(all));
    }
    let none = log.history(&rows, handle(9), None, &mut |_, _| panic!("no entry"));
    assert_eq!(none, Ok(None));
}

#[test]
fn a_history_goes_on_where_it_was_stopped() {
    let (log, rows) = log_of(40);
    let (mut from, mut seen) = (None, Vec::new());
    loop {
        let next = log.history(&rows, handle(3), from, &mut |index, _| {
            seen.push(index);
            ControlFlow::Break(())
        });
        from = next.unwrap();
        if from.is_none() {
            break;
        }
    }
    assert_eq!(seen, [38, 33, 28, 23, 18, 13, 8, 3]);
}

#[test]
fn a_chain_that_leads_to_another_patient_or_forward_is_damage() {
    let (log, mut rows) = log_of(40);
    put_chain(&mut rows, handle(3), 37).unwrap();
    let place = LogPlace::Chain(37);
    let broken = log.history(
        &rows,
        handle(3),
        None,
        &mut |_, _| ControlFlow::Continue(()),
    );
    assert_eq!(broken, Err(JournalError::Corrupt { place }));

    let (log, mut rows) = log_of(40);
    let mut entry = log.entry(&rows, 8).unwrap();
    entry.set_previous(38);
    rows.put(ENTRIES, &8_u64.to_be_bytes(), entry.bytes())
        .unwrap();
    let place = LogPlace::Chain(8);
    let endless = log.history(
        &rows,
        handle(3),
        None,
        &mut |_, _| ControlFlow::Continue(()),
    );
    assert_eq!(endless, Err(JournalError::Corrupt { place }));
}

#[test]
fn a_chain_that_leaves_entries_out_is_damage() {
    let walk = |log: &Log, rows: &MapRows| {
        let go_on = &mut |_, _: &_| ControlFlow::Continue(());
        log.history(rows, handle(3), None, go_on).map(drop)
    };
    let damaged = |place| Err(JournalError::Corrupt { place });
    let (log, rows) = log_of(40);
    assert_eq!(walk(&log, &rows), Ok(()));

    // An older entry of the same handle, in the row and in an entry.
    let mut back = rows.clone();
    let mut row = back.row(CHAINS, handle(3).as_bytes()).unwrap().unwrap();
    row[..8].copy_from_slice(&33_u64.to_le_bytes());
    back.put(CHAINS, handle(3).as_bytes(), &row).unwrap();
    assert_eq!(walk(&log, &back), damaged(LogPlace::Chain(33)));

    let mut skipped = rows;
    let mut entry = log.entry(&skipped, 28).unwrap();
    entry.set_previous(13);
    let (key, bytes) = (28_u64.to_be_bytes(), entry.bytes());
    skipped.put(ENTRIES, &key, bytes).unwrap();
    assert_eq!(walk(&log, &skipped), damaged(LogPlace::Entry(28)));
}
