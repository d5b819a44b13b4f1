//! A key block keeps what it was given, and forgets what it is told to.

use super::*;
use base::{OsEntropy, StoreId, Table};

const PLACE: Place<'static> = Place {
    store: StoreId::from_bytes([1; 16]),
    table: Table::new("heads"),
    row: b"1",
    version: 4,
    codec: 0,
    dictionary: 0,
};

fn key() -> DossierKey {
    DossierKey::new(Secret::from_bytes(&[1; 32]))
}

fn number(at: u32) -> DocumentNumber {
    DocumentNumber::new(at).unwrap()
}

fn block(count: u8) -> (KeyBlock, Vec<BodyKey>) {
    let mut block = KeyBlock::new();
    let keys: Vec<_> = (0..count)
        .map(|_| BodyKey::random(&OsEntropy).unwrap())
        .collect();
    for (key, at) in keys.iter().zip(0..) {
        block.push(key, Digest::from_bytes([at; 32]), [at; PLACE_BYTES]);
    }
    (block, keys)
}

fn plain(block: &KeyBlock) -> Vec<u8> {
    block.bytes.to_vec()
}

#[test]
fn rows_survive_the_seal_in_their_order() {
    let (mut block, keys) = block(50);
    block.push_empty();
    let sealed = block.seal(&key(), &PLACE, &OsEntropy).unwrap();
    let block = KeyBlock::open(&key(), &PLACE, &sealed).unwrap();
    assert_eq!(block.len(), 51);
    for (expected, at) in keys.iter().zip(0..) {
        let digest = Digest::from_bytes([at; 32]);
        let row = BlockRow::Body {
            digest,
            place: [at; PLACE_BYTES],
        };
        assert_eq!(block.row(number(at.into())), Some(row));
        let found = block.body_key(number(at.into())).unwrap();
        assert!(found.secret().expose() == expected.secret().expose());
    }
    assert_eq!(block.row(number(50)), Some(BlockRow::Empty));
    assert!(block.body_key(number(50)).is_none());
    assert_eq!(block.row(number(51)), None);
    assert_eq!(block.row(number((1 << 24) - 1)), None);
}

#[test]
fn a_forgotten_row_is_wiped_and_keeps_its_number() {
    let (mut block, keys) = block(3);
    block.forget(number(1));
    block.forget(number(9));
    assert_eq!(block.row(number(1)), Some(BlockRow::Forgotten));
    assert!(block.body_key(number(1)).is_none());
    assert!(block.body_key(number(2)).unwrap().secret().expose() == keys[2].secret().expose());
    let bytes = plain(&block);
    let secret = keys[1].secret().expose();
    assert!(!bytes.windows(32).any(|window| window == secret));
    let sealed = block.seal(&key(), &PLACE, &OsEntropy).unwrap();
    let block = KeyBlock::open(&key(), &PLACE, &sealed).unwrap();
    assert_eq!(block.row(number(1)), Some(BlockRow::Forgotten));
}

#[test]
fn a_body_moves_only_when_there_is_one() {
    let (mut block, _) = block(1);
    block.push_empty();
    block.move_body(number(0), [9; PLACE_BYTES]);
    block.move_body(number(1), [9; PLACE_BYTES]);
    block.move_body(number(2), [9; PLACE_BYTES]);
    let moved = BlockRow::Body {
        digest: Digest::from_bytes([0; 32]),
        place: [9; PLACE_BYTES],
    };
    assert_eq!(block.row(number(0)), Some(moved));
    assert_eq!(block.row(number(1)), Some(BlockRow::Empty));
}

#[test]
fn reserved_bytes_and_unknown_versions_are_refused() {
    let reopen = |change: &dyn Fn(&mut Vec<u8>)| {
        let (mut block, _) = block(2);
        block.push_empty();
        block.forget(number(1));
        let mut bytes = plain(&block);
        change(&mut bytes);
        let sealed = key().seal(&PLACE, &bytes, &OsEntropy).unwrap();
        KeyBlock::open(&key(), &PLACE, &sealed).err()
    };
    let row = |at: usize| HEADER_BYTES + at * ROW_BYTES;
    assert_eq!(reopen(&|_| {}), None);
    assert_eq!(
        reopen(&|b| b[0] = 2),
        Some(OpenError::UnknownVersion.into())
    );
    for at in [
        1,
        7,
        row(0) + 89,
        row(1),
        row(1) + 40,
        row(1) + 70,
        row(2),
        row(2) + 95,
    ] {
        assert_eq!(
            reopen(&|b| b[at] ^= 1),
            Some(BlockError::Damaged),
            "byte {at}"
        );
    }
    for flags in [3, 4, 128] {
        assert_eq!(
            reopen(&|b| b[row(0) + FLAGS_AT] = flags),
            Some(BlockError::Damaged)
        );
    }
    assert_eq!(
        reopen(&|b| b.truncate(row(3) - 1)),
        Some(BlockError::Damaged)
    );
    assert_eq!(reopen(&|b| b.truncate(3)), Some(BlockError::Damaged));
}
