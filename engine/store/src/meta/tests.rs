//! Proves that counters and segment rows are read back and that other bytes are refused.

use super::*;

#[test]
fn counters_are_read_back_and_grow() {
    let mut counters = Counters::start(Instant::from_millis(5));
    assert_eq!(counters.take(Counter::Dossier), 0);
    assert_eq!(counters.take(Counter::Dossier), 1);
    assert_eq!(counters.take(Counter::SegmentSlot), 0);
    assert_eq!(counters.take_segment(), 1);
    counters.commit = CommitSeq::new(9);
    let bytes = counters.to_bytes();
    assert_eq!(bytes.len(), COUNTERS_BYTES);
    assert_eq!(Counters::from_bytes(&bytes), Ok(counters));
    assert_eq!(counters.last_dossier().map(DossierNumber::number), Some(1));
}

#[test]
fn other_versions_reserved_bits_and_lengths_are_refused() {
    let bytes = Counters::start(Instant::from_millis(5)).to_bytes();
    for changed in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[changed] ^= 0x10;
        assert_eq!(Counters::from_bytes(&damaged), Err(Malformed));
    }
    assert_eq!(Counters::from_bytes(&bytes[..79]), Err(Malformed));
    assert_eq!(
        Counters::from_bytes(&[bytes.as_slice(), &[0]].concat()),
        Err(Malformed)
    );
}

#[test]
fn segment_rows_are_read_back_and_contradictions_refused() {
    let row = SegmentRow {
        end: 100,
        dead: 40,
        state: SegmentState::Full,
        chain: chained(Digest::ZERO, Digest::from_bytes([7; 32])),
    };
    assert_eq!(SegmentRow::from_bytes(7, &row.to_bytes(7)), Ok(row));
    let of_another = SegmentRow::from_bytes(8, &row.to_bytes(7));
    assert_eq!(of_another, Err(Malformed));
    let more_dead_than_written = SegmentRow { dead: 101, ..row };
    assert_eq!(
        SegmentRow::from_bytes(7, &more_dead_than_written.to_bytes(7)),
        Err(Malformed)
    );
}
