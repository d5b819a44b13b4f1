//! The manifest's rows: both forms, and what is refused.

use super::{
    Bytes, HEAD_KEY, Head, IndexFile, MANIFEST_TABLE, Partition, SegmentRow, bound_files,
    manifest_files, put_head, put_segment, read, read_head, remove_segment, segment_key,
};
use crate::directory::SegmentKeys;
use crate::error::IndexError;
use crate::testing::{Fixture, Keys, STORE, document, ordinal, slot};
use base::disk::OpenMode;
use base::rows::MapRows;
use base::{CommitSeq, Digest, DossierNumber, OsEntropy, RowRead, RowWrite};

fn row(number: u32) -> SegmentRow {
    SegmentRow {
        slot: slot(number),
        level: 1,
        partition: Partition { bits: 2, prefix: 3 },
        documents: 7,
        first: ordinal(1, 0),
        last: ordinal(9, 3),
        bytes: 1234,
        analyzer: 1,
        files: Some(
            [1, 2, 3, 4, 5, 6]
                .map(|byte: u32| Digest::from_bytes([(byte + 16 * number).to_le_bytes()[0]; 32])),
        ),
    }
}

/// The same, as it was before rows said what their files hash to.
fn older(number: u32) -> SegmentRow {
    SegmentRow {
        files: None,
        ..row(number)
    }
}

fn written() -> MapRows {
    let mut rows = MapRows::new();
    for number in 1..4 {
        let key = Keys::shared().key(slot(number)).unwrap();
        put_segment(&mut rows, STORE, &row(number), &key, &OsEntropy).unwrap();
    }
    put_head(&mut rows, &Head::empty(), CommitSeq::new(5)).unwrap();
    rows
}

fn refused(rows: &MapRows) -> bool {
    matches!(
        read(rows, STORE, Keys::shared().as_ref()),
        Err(IndexError::Manifest { .. })
    )
}

#[test]
fn rows_come_back() {
    let rows = written();
    let (head, segments) = read(&rows, STORE, Keys::shared().as_ref()).unwrap();
    assert_eq!(
        (head.generation, head.watermark, head.segments),
        (1, CommitSeq::new(5), 3)
    );
    assert_eq!(
        segments.values().map(|(row, _)| *row).collect::<Vec<_>>(),
        [row(1), row(2), row(3)]
    );
    assert_eq!(read_head(&MapRows::new()).unwrap(), Head::empty());
}

/// Rows from before files were bound by their bytes are read as they are, beside newer ones; both
/// name their files without a key, and only while the head binds them.
#[test]
fn files_are_named_with_what_binds_them() {
    let mut rows = MapRows::new();
    for row in [older(1), row(2)] {
        let key = Keys::shared().key(row.slot).unwrap();
        put_segment(&mut rows, STORE, &row, &key, &OsEntropy).unwrap();
    }
    put_head(&mut rows, &Head::empty(), CommitSeq::new(5)).unwrap();
    let (_, segments) = read(&rows, STORE, Keys::shared().as_ref()).unwrap();
    let read: Vec<_> = segments.values().map(|(row, _)| *row).collect();
    assert_eq!(read, [older(1), row(2)]);
    let files = bound_files(&rows).unwrap();
    let names: Vec<_> = files.iter().map(|file| file.name.clone()).collect();
    assert_eq!(names, manifest_files(&rows).unwrap());
    let bound: Vec<_> = files.iter().map(IndexFile::is_bound).collect();
    assert_eq!(bound, [[false; 6], [true; 6]].concat());
    rows.remove(MANIFEST_TABLE, &segment_key(slot(1))).unwrap();
    assert!(matches!(
        bound_files(&rows),
        Err(IndexError::Manifest { .. })
    ));
}

/// What a flush writes is bound byte by byte: no bit of any file can be turned, and none put
/// behind its end, without a check that needs no key.
#[test]
fn every_byte_of_a_file_is_bound() {
    let mut fixture = Fixture::new("bound");
    for number in 0..40 {
        let text = document(ordinal(number, 0), number + 1, "toux sèche et fièvre");
        fixture.index.append(vec![text]);
    }
    fixture.flush();
    let disk = fixture.scratch.disk();
    let files = bound_files(&fixture.rows).unwrap();
    assert_eq!(files.len(), 6);
    for file in files {
        let (found, bytes) = file.check(&*disk).unwrap();
        assert_eq!(found, Bytes::AsWritten, "{}", file.name);
        let path = crate::directory::path(&file.name);
        let open = disk.open(&path, OpenMode::Write).unwrap();
        assert_eq!(open.length().unwrap(), bytes);
        for at in [0, 20, bytes / 2, bytes - 1] {
            let mut byte = [0];
            open.read_at(at, &mut byte).unwrap();
            open.write_at(at, &[byte[0] ^ 1]).unwrap();
            let (found, _) = file.check(&*disk).unwrap();
            assert_eq!(found, Bytes::Others, "{} byte {at}", file.name);
            open.write_at(at, &byte).unwrap();
        }
        open.write_at(bytes, &[0]).unwrap();
        assert_eq!(file.check(&*disk).unwrap().0, Bytes::Others, "longer");
    }
}

/// A missing, altered, foreign or replayed row is refused; the index never just shrinks.
#[test]
fn every_change_is_seen() {
    let whole = written();
    let mut missing = whole.clone();
    missing
        .remove(MANIFEST_TABLE, &segment_key(slot(2)))
        .unwrap();
    assert!(refused(&missing));
    let mut no_head = whole.clone();
    no_head.remove(MANIFEST_TABLE, HEAD_KEY).unwrap();
    assert!(refused(&no_head));
    for key in [
        HEAD_KEY.to_vec(),
        segment_key(slot(1)),
        segment_key(slot(3)),
    ] {
        let value = whole.row(MANIFEST_TABLE, &key).unwrap().unwrap();
        for at in 0..value.len() {
            let mut altered = value.clone();
            altered[at] ^= 1;
            let mut rows = whole.clone();
            rows.put(MANIFEST_TABLE, &key, &altered).unwrap();
            assert!(refused(&rows), "byte {at}");
        }
    }
    let mut swapped = whole.clone();
    let one = whole
        .row(MANIFEST_TABLE, &segment_key(slot(1)))
        .unwrap()
        .unwrap();
    swapped
        .put(MANIFEST_TABLE, &segment_key(slot(2)), &one)
        .unwrap();
    put_head(&mut swapped, &Head::empty(), CommitSeq::new(5)).unwrap();
    assert!(
        refused(&swapped),
        "a row does not open at another slot, whoever signs the head"
    );
}

#[test]
fn plain_rows_are_checked() {
    let good = row(1).encode();
    assert_eq!(SegmentRow::decode(slot(1), 3, &good).unwrap(), older(1));
    assert_eq!(SegmentRow::decode(slot(1), 2, &good).unwrap(), older(1));
    for (at, byte) in [(1, 17), (1, 0), (2, 9), (6, 0)] {
        let mut bad = good.clone();
        bad[at] = byte;
        assert!(SegmentRow::decode(slot(1), 2, &bad).is_err(), "byte {at}");
    }
    assert!(SegmentRow::decode(slot(1), 2, &good[1..]).is_err());
    let first = SegmentRow::decode(slot(1), 1, &good[..good.len() - 4]).unwrap();
    assert_eq!(
        first,
        older(1),
        "before rows said so, there was one analyzer"
    );
    let longer = [good.as_slice(), &[0]].concat();
    assert!(SegmentRow::decode(slot(1), 2, &longer).is_err());
    assert!(Head::decode(&[]).is_err());
}

#[test]
fn a_row_is_removed_once_and_the_watermark_never_falls() {
    let mut rows = written();
    remove_segment(&mut rows, slot(2)).unwrap();
    assert!(matches!(
        remove_segment(&mut rows, slot(2)),
        Err(IndexError::Stale)
    ));
    let before = read_head(&rows).unwrap();
    let head = put_head(&mut rows, &before, CommitSeq::new(2)).unwrap();
    assert_eq!(
        (head.watermark, head.segments, head.generation),
        (CommitSeq::new(5), 2, 2)
    );
}

/// Halves hold what the whole held, each dossier in one.
#[test]
fn partitions_split_cleanly() {
    for number in 0..1000 {
        let dossier = DossierNumber::new(number).unwrap();
        let mut holding = Partition::WHOLE;
        for _ in 0..6 {
            let halves = holding.split();
            let inside: Vec<_> = halves.iter().filter(|half| half.holds(dossier)).collect();
            assert_eq!(inside.len(), 1);
            holding = *inside[0];
        }
    }
    let low = Partition { bits: 1, prefix: 0 };
    let held = (0..1000)
        .filter(|number| low.holds(DossierNumber::new(*number).unwrap()))
        .count();
    assert!((400..600).contains(&held), "{held}");
}
