//! Proves that a catalog file is read back as it was written, and refused in any other form.

use super::*;
use base::{SeededEntropy, Table};

const ONE: Table = Table::new("one");
const TWO: Table = Table::new("two");

fn header(before: Option<Tip>) -> RollHeader {
    RollHeader {
        store: StoreId::from_bytes([3; 16]),
        created: Instant::from_millis(5),
        format: 1,
        epoch: 9,
        before,
        after: tip_of(8),
    }
}

fn tip_of(commit: u64) -> Tip {
    Tip {
        commit: CommitSeq::new(commit),
        binding: vault::digest("test", &[&commit.to_le_bytes()]),
    }
}

fn layer() -> Layer {
    let mut layer = Layer::default();
    layer.set(ONE, b"a", Some(b"1"));
    layer.set(ONE, b"b", None);
    layer.set(TWO, b"", Some(&[7; 300]));
    layer
}

fn file(header: RollHeader, chunks: &[Items], key: &SigningKey) -> Vec<u8> {
    let (mut writer, mut file) = RollWriter::begin(header);
    for chunk in chunks {
        file.extend(writer.chunk(chunk).unwrap());
    }
    file.extend(writer.end(key));
    file
}

/// A table, a key, and the value that is set, if one is.
type Change = (String, Vec<u8>, Option<Vec<u8>>);

/// Every row of a file, or why it is refused.
fn read(file: &[u8]) -> Result<(Vec<Change>, RollProof), StoreError> {
    let mut reader = RollReader::open(file)?;
    let mut rows = Vec::new();
    loop {
        match reader.piece()? {
            Piece::Items(items) => items.visit(&mut |table, key, value| {
                rows.push((table.to_owned(), key.to_vec(), value.map(<[u8]>::to_vec)));
                Ok(())
            })?,
            Piece::End(proof) => return Ok((rows, proof)),
        }
    }
}

#[test]
fn a_catalog_file_is_read_back_as_it_was_written() {
    let key = SigningKey::random(&SeededEntropy::new(1)).unwrap();
    let other = SigningKey::random(&SeededEntropy::new(2)).unwrap();
    for before in [None, Some(tip_of(7))] {
        let written = file(header(before), &Items::of_layer(&layer()), &key);
        let (rows, proof) = read(&written).unwrap();
        assert_eq!(proof.header, header(before));
        assert!(proof.is_signed_by(&key));
        assert!(!proof.is_signed_by(&other));
        assert!(RollProof::from_bytes(&proof.to_bytes()).is_ok_and(|again| again == proof));
        let named = |table: &str, key: &[u8], value: Option<&[u8]>| {
            (table.to_owned(), key.to_vec(), value.map(<[u8]>::to_vec))
        };
        assert_eq!(
            rows,
            [
                named("one", b"a", Some(b"1")),
                named("one", b"b", None),
                named("two", b"", Some(&[7; 300])),
            ]
        );
    }
}

#[test]
fn a_large_layer_is_cut_into_chunks_that_name_their_tables() {
    let key = SigningKey::random(&SeededEntropy::new(1)).unwrap();
    let mut layer = Layer::default();
    for number in 0..10_u32 {
        layer.set(ONE, &number.to_be_bytes(), Some(&vec![1; CHUNK_BYTES / 3]));
    }
    let chunks = Items::of_layer(&layer);
    assert_eq!(chunks.len(), 4);
    let (rows, _) = read(&file(header(None), &chunks, &key)).unwrap();
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|(table, ..)| table == "one"));
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_catalog_file_is_noticed() {
    let key = SigningKey::random(&SeededEntropy::new(1)).unwrap();
    let whole = file(header(Some(tip_of(7))), &Items::of_layer(&layer()), &key);
    for at in 0..whole.len() {
        assert!(read(&whole[..at]).is_err(), "cut at {at}");
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        let told = read(&flipped);
        assert!(
            told.is_err() || told.is_ok_and(|(_, proof)| !proof.is_signed_by(&key)),
            "flipped in byte {at}"
        );
    }
    assert!(read(&[whole.as_slice(), b"more"].concat()).is_err());
}
