//! Proves that a gap is no wider than what may be missing, and that a note is believed only
//! while the system still runs.

use super::*;
use base::disk::{FaultyDisk, FolderDisk};

const RUN: [u8; 16] = [3; 16];

fn at(millis: i64) -> Instant {
    Instant::from_millis(1_000_000 + millis)
}

#[test]
fn a_gap_is_no_wider_than_what_may_be_missing() {
    let widest = (at(0), at(90_000));
    assert_eq!(Left::Nothing.span(widest), widest);
    assert_eq!(Left::NoneWaiting.span(widest), (at(0), at(0)));
    assert_eq!(Left::Since(at(70)).span(widest), (at(70), at(120)));
    // Killed and opened again at once, or under a clock that was set back.
    assert_eq!(Left::Since(at(70)).span((at(0), at(80))), (at(70), at(80)));
    assert_eq!(Left::Since(at(70)).span((at(0), at(9))), (at(70), at(70)));
}

#[test]
fn a_note_is_believed_in_its_own_run_alone() {
    for since in [None, Some(at(7))] {
        let note = encode(RUN, since);
        assert_eq!(note.len(), NOTE_BYTES);
        let left = since.map_or(Left::NoneWaiting, Left::Since);
        assert_eq!(parse(&note, RUN), left);
        assert_eq!(parse(&note, [4; 16]), Left::Nothing);
        for changed in 0..note.len() {
            let mut torn = note.clone();
            torn[changed] ^= 1;
            assert_eq!(parse(&torn, RUN), Left::Nothing);
        }
    }
}

#[test]
fn a_disk_without_a_run_keeps_no_note() {
    let disk: Arc<dyn Disk> = Arc::new(FaultyDisk::new());
    let (left, mark) = take_over(&disk);
    assert!(left == Left::Nothing && mark.is_none());
}

#[test]
fn what_one_engine_notes_the_next_one_reads() {
    let folder = std::env::temp_dir().join(format!("liasse-gaps-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let disk: Arc<dyn Disk> = Arc::new(FolderDisk::new(&folder));
    disk.open(store::OPEN_MARK, OpenMode::CreateNew).unwrap();
    let (left, mark) = take_over(&disk);
    assert_eq!(left, Left::Nothing);
    mark.unwrap().note(Some(at(5))).unwrap();
    let (left, mark) = take_over(&disk);
    assert_eq!(left, Left::Since(at(5)));
    // It stands there until the next engine says otherwise.
    assert_eq!(take_over(&disk).0, Left::Since(at(5)));
    mark.unwrap().note(None).unwrap();
    assert_eq!(take_over(&disk).0, Left::NoneWaiting);
    std::fs::remove_dir_all(&folder).unwrap();
}
