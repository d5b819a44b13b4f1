//! What is read through the window is the file, wherever the window stands, and no more than the
//! window stays in memory.

use super::*;
use crate::budget::Budget;
use crate::directory::{SegmentDirectory, SegmentKeys};
use crate::testing::{Keys, Scratch, slot};
use base::OsEntropy;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;
use tantivy::Directory;
use tantivy::directory::TerminatingWrite;

const LENGTH: usize = 5 * WINDOW_BYTES + 1234;

#[test]
fn a_window_passes_over_the_whole_file() {
    let scratch = Scratch::new("passing");
    let key = Keys::shared().key(slot(1)).unwrap();
    let budget = Budget::new(usize::MAX);
    let used = budget.used();
    let directory =
        SegmentDirectory::new(scratch.disk(), slot(1), key, Arc::new(OsEntropy), budget);
    let plain: Vec<u8> = (0..=250).cycle().step_by(7).take(LENGTH).collect();
    let path = Path::new("any.idx");
    let mut writer = directory.open_write(path).unwrap();
    writer.write_all(&plain).unwrap();
    writer.terminate().unwrap();

    let file = directory.passing().open_read(path).unwrap();
    assert_eq!(file.len(), LENGTH);
    let mut last = None;
    let mut at = 0;
    for step in 1.. {
        let end = (at + step * 37 % 9000).min(LENGTH);
        let read = file.slice(at..end).read_bytes().unwrap();
        assert_eq!(read.as_slice(), &plain[at..end]);
        last = Some(read);
        assert!(used.load(Ordering::Relaxed) <= 2 * (WINDOW_BYTES + PAGE_BYTES));
        at = end;
        if at == LENGTH {
            break;
        }
    }
    // What was read before stays readable when the window has gone elsewhere.
    let far = file.slice(0..3 * WINDOW_BYTES).read_bytes().unwrap();
    assert_eq!(far.as_slice(), &plain[..3 * WINDOW_BYTES]);
    let last = last.unwrap();
    assert_eq!(last.as_slice(), &plain[LENGTH - last.len()..]);
    assert!(file.slice(LENGTH..LENGTH).read_bytes().unwrap().is_empty());
    drop((far, last, file));
    assert_eq!(used.load(Ordering::Relaxed), 0);
}
