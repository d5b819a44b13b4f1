//! The contract with tantivy's hidden calls: an upgrade that breaks one of these lines changes
//! what the index relies on.

use super::{build, merge, segment};
use crate::budget::Budget;
use crate::directory::{SegmentDirectory, SegmentKeys};
use crate::testing::{Keys, Scratch, document, ordinal, slot};
use base::OsEntropy;
use std::sync::Arc;
use tantivy::{BitSet, SegmentReader};

fn directory(scratch: &Scratch, number: u32) -> SegmentDirectory {
    let key = Keys::shared().key(slot(number)).unwrap();
    let budget = Budget::new(usize::MAX);
    SegmentDirectory::new(
        scratch.disk(),
        slot(number),
        key,
        Arc::new(OsEntropy),
        budget,
    )
}

fn ordinals(directory: &SegmentDirectory, documents: u32) -> Vec<u64> {
    let reader = SegmentReader::open(&segment(directory, documents).unwrap()).unwrap();
    assert_eq!(reader.max_doc(), documents);
    let column = reader.fast_fields().u64(super::ORDINAL).unwrap();
    (0..documents)
        .map(|slot| column.first(slot).unwrap())
        .collect()
}

/// Building writes six files, in document order, without locks or meta on disk; merging keeps
/// only what lives, sorted, and drops the terms of what does not.
#[test]
fn hidden_calls_keep_their_contract() {
    let scratch = Scratch::new("hidden");
    let (one, two, out) = (
        directory(&scratch, 1),
        directory(&scratch, 2),
        directory(&scratch, 3),
    );
    let documents = |first: u64| -> Vec<_> {
        (0..5_u64)
            .map(|step| {
                let text = format!("toux canari{}", first + step * 2);
                Arc::new(document(ordinal(first + step * 2, 0), 1, &text))
            })
            .collect()
    };
    assert_eq!(build(&one, &documents(0)).unwrap(), 5);
    assert_eq!(build(&two, &documents(1)).unwrap(), 5);
    assert_eq!(
        std::fs::read_dir(scratch.path().join("index"))
            .unwrap()
            .count(),
        12
    );
    assert!(ordinals(&one, 5).is_sorted());
    let mut alive = BitSet::with_max_value_and_full(5);
    alive.remove(1);
    let all = BitSet::with_max_value_and_full(5);
    let (first, second) = (segment(&one, 5).unwrap(), segment(&two, 5).unwrap());
    merge(&[(&first, alive), (&second, all)], &out).unwrap();
    let merged = ordinals(&out, 9);
    assert!(merged.is_sorted());
    assert!(!merged.contains(&ordinal(2, 0).value()));
    let reader = SegmentReader::open(&segment(&out, 9).unwrap()).unwrap();
    let body = reader
        .inverted_index(super::schema_field(crate::segment::Field::Body))
        .unwrap();
    assert!(body.terms().get(b"canari3").unwrap().is_some());
    assert!(
        body.terms().get(b"canari2").unwrap().is_none(),
        "a dead document's term is gone"
    );
}

/// Building twice under one name is refused: a file is written once.
#[test]
fn a_file_is_written_once() {
    let scratch = Scratch::new("hidden-twice");
    let documents = [Arc::new(document(ordinal(1, 0), 1, "toux"))];
    build(&directory(&scratch, 1), &documents).unwrap();
    assert!(build(&directory(&scratch, 1), &documents).is_err());
}
