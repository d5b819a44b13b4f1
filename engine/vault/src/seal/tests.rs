//! A record opens under its key at its place, and nowhere else.

use super::*;
use base::{OsEntropy, SeededEntropy, StoreId, Table};

const TABLE: Table = Table::new("heads");

fn place(row: &[u8]) -> Place<'_> {
    let store = StoreId::from_bytes([7; 16]);
    Place {
        store,
        table: TABLE,
        row,
        version: 3,
        codec: 1,
        dictionary: 0,
    }
}

fn key(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 32])
}

#[test]
fn a_record_opens_to_what_was_sealed() {
    for length in [0, 1, 63, 64, 65, 4096, 100_000] {
        let plain = vec![0xA5; length];
        let sealed = seal(&key(1), &place(b"row"), &plain, &OsEntropy).unwrap();
        assert_eq!(sealed.len(), length + RECORD_OVERHEAD_BYTES);
        assert!(*open(&key(1), &place(b"row"), &sealed).unwrap() == *plain);
    }
}

#[test]
fn every_field_of_the_place_is_bound() {
    let here = place(b"row");
    let sealed = seal(&key(1), &here, b"text", &OsEntropy).unwrap();
    let others = [
        Place {
            store: StoreId::from_bytes([8; 16]),
            ..here
        },
        Place {
            table: Table::new("units"),
            ..here
        },
        Place {
            row: b"rox",
            ..here
        },
        Place { row: b"ro", ..here },
        Place { version: 2, ..here },
        Place { codec: 0, ..here },
        Place {
            dictionary: 1,
            ..here
        },
    ];
    for other in others {
        assert_eq!(
            open(&key(1), &other, &sealed).err(),
            Some(OpenError::Tampered)
        );
    }
    assert!(open(&key(1), &here, &sealed).is_ok());
}

#[test]
fn the_border_between_table_and_row_is_bound() {
    let one = Place {
        table: Table::new("ab"),
        row: b"c",
        ..place(b"")
    };
    let two = Place {
        table: Table::new("a"),
        row: b"bc",
        ..place(b"")
    };
    assert_ne!(one.canonical(4), two.canonical(4));
}

#[test]
fn every_altered_byte_is_refused_and_the_right_reason_given() {
    let mut sealed = seal(&key(1), &place(b"row"), b"some words", &OsEntropy).unwrap();
    for at in 0..sealed.len() {
        sealed[at] ^= 0x80;
        let expected = if at < HEADER_BYTES {
            OpenError::WrongKey
        } else {
            OpenError::Tampered
        };
        assert_eq!(
            open(&key(1), &place(b"row"), &sealed).err(),
            Some(expected),
            "byte {at}"
        );
        sealed[at] ^= 0x80;
    }
    assert_eq!(
        open(&key(2), &place(b"row"), &sealed).err(),
        Some(OpenError::WrongKey)
    );
    for length in 0..sealed.len() {
        let refused = open(&key(1), &place(b"row"), &sealed[..length]).err();
        let short = length < RECORD_OVERHEAD_BYTES;
        let expected = if short {
            OpenError::Truncated
        } else {
            OpenError::Tampered
        };
        assert_eq!(refused, Some(expected), "length {length}");
    }
}

/// A machine cloned with its random source draws the same bytes twice.
#[test]
fn a_repeating_random_source_does_not_repeat_a_nonce() {
    let seal_again = |row: &'static [u8], text: &[u8]| {
        seal(&key(1), &place(row), text, &SeededEntropy::new(9)).unwrap()
    };
    let one = seal_again(b"row", b"text");
    assert!(
        one == seal_again(b"row", b"text"),
        "the same message may give the same bytes"
    );
    for other in [seal_again(b"row", b"texu"), seal_again(b"rox", b"text")] {
        assert_ne!(one[..NONCE_BYTES], other[..NONCE_BYTES]);
        assert_ne!(
            one[NONCE_BYTES..HEADER_BYTES],
            other[NONCE_BYTES..HEADER_BYTES]
        );
    }
}
