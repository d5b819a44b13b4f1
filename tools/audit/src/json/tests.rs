//! Proves that an audit that is gone on with forgets nothing that an earlier run had told.

use super::*;

#[test]
fn a_state_is_read_as_it_was_written() {
    let mut told = AuditReport::default();
    told.depth = Depth::AuditKeys;
    told.stopped = Some(AuditMark { step: 3, at: 700 });
    told.log.origin = "liasse/7/0".to_owned();
    (told.log.size, told.commit, told.bytes, told.more) = (9, 8, 7, 6);
    (told.erasing, told.sample) = (2, Some(Sample::again(NonZeroU64::MIN, u64::MAX)));
    told.rows = Some(told.log.root);
    told.again("S5", "dossier 4", "is damaged")
        .expect("a finding");
    told.cover_again("bytes of bodies", 10, 20);
    told.skip_again("bodies", "it ended before its time: the disk");
    told.remark_again("entry 3", "the store was restored");
    told.cut_short_again();
    let (mark, read) = state(&report(&told).to_string()).expect("a state");
    assert_eq!(Some(mark), told.stopped);
    assert_eq!((&read.log, read.depth), (&told.log, told.depth));
    let numbers = |it: &AuditReport| (it.commit, it.bytes, it.more, it.erasing, it.sample);
    assert_eq!(numbers(&read), numbers(&told));
    assert_eq!(read.rows, told.rows);
    assert_eq!(read.findings, told.findings);
    assert_eq!(read.covered, told.covered);
    assert_eq!(read.skipped, told.skipped);
    assert_eq!(read.remarks, told.remarks);
    assert!(read.is_cut_short() && told.skipped.len() == 1);
    assert!(state("{}").is_none());
}
