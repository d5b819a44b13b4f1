//! Proves that an entry is read only when every byte of it is accounted for.

use super::*;
use crate::draft::Draft;
use crate::testing::{Keys, commit, handle, listed};

#[test]
fn what_is_written_is_read_and_cut_or_longer_bytes_are_not() {
    let keys = Keys::new(20);
    let drafts = [
        Draft::fact(&commit(3), None).unwrap(),
        Draft::fact(&commit(3), Some(handle(1))).unwrap(),
        keys.draft(1, &listed(1), Some(&crate::trace::Words::default())),
    ];
    for draft in drafts {
        let bytes = draft.entry().bytes();
        assert!(Entry::from_bytes(bytes.to_vec()).unwrap() == *draft.entry());
        for length in 0..bytes.len() {
            assert!(
                Entry::from_bytes(bytes[..length].to_vec()).is_err(),
                "{length}"
            );
        }
        let longer = [bytes, &[0]].concat();
        assert_eq!(Entry::from_bytes(longer).err(), Some(CursorError::Trailing));
    }
}

#[test]
fn heads_that_contradict_themselves_are_refused() {
    let entry = Draft::fact(&commit(3), None).unwrap().entry().clone();
    // Version, kind, class, parts, and a `previous` without a handle.
    for (at, byte) in [
        (0, 0),
        (0, 2),
        (1, 0),
        (1, 99),
        (2, 0),
        (3, 0),
        (3, 8),
        (3, 4),
        (24, 0),
    ] {
        let mut bytes = entry.bytes().to_vec();
        bytes[at] = byte;
        assert!(Entry::from_bytes(bytes).is_err(), "byte {at} set to {byte}");
    }
}

#[test]
fn the_hour_is_coarse_and_previous_can_be_named() {
    let mut entry = Draft::fact(&commit(3), Some(handle(1)))
        .unwrap()
        .entry()
        .clone();
    let hour = entry.header().hour.millis();
    assert_eq!(hour % HOUR_MILLIS, 0);
    let exact = entry.fact().unwrap().at().millis();
    assert!((0..HOUR_MILLIS).contains(&(exact - hour)));
    assert_eq!(entry.previous(), None);
    entry.set_previous(12);
    assert_eq!(entry.previous(), Some(12));
    let read = Entry::from_bytes(entry.bytes().to_vec()).unwrap();
    assert_eq!(read.previous(), Some(12));
}
