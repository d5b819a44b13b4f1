//! Proves that a gap is neither narrower nor wider than what may be missing, whatever became of
//! the clock, and that a note is believed only of the life and the run that it was made in.

use super::*;
use base::RowWrite;
use base::SeededEntropy;
use base::disk::{FaultyDisk, FolderDisk};
use base::rows::MapRows;
use vault::{KeyFile, Slot};

const RUN: [u8; 16] = [3; 16];
const LIFE: Life = Life([5; 16]);
const STORE: StoreId = StoreId::from_bytes([7; 16]);

fn at(millis: i64) -> Instant {
    Instant::from_millis(1_000_000 + millis)
}

fn moment(clock: i64, told: i64) -> Moment {
    Moment {
        clock: at(clock),
        told: at(told),
    }
}

/// The gap over what was left, when the last commit was at 0 and the clock says so much.
fn span(left: Left, clock: i64) -> (Instant, Instant) {
    let (oldest, last) = (at(0), at(0));
    left.span(Opening {
        oldest,
        last,
        clock: at(clock),
    })
}

/// A key tree in rows, and its root in a file.
struct Ground {
    rows: MapRows,
    keys: Arc<KeyTree>,
    entropy: Arc<dyn Entropy>,
    folder: std::path::PathBuf,
}

impl Ground {
    fn new(name: &str) -> Self {
        let name = format!("liasse-gaps-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let kms = KeyFile::create(&folder.join("key"), &*entropy).unwrap();
        let mut rows = MapRows::new();
        let keys = KeyTree::create(&mut rows, &kms, STORE, &*entropy).unwrap();
        // The slot alone is asked for: whatever is sealed there.
        rows.put(ENGINE, b"signing", &[0; 4]).unwrap();
        Self {
            rows,
            keys,
            entropy,
            folder,
        }
    }

    fn unit(&self, slot: u32) -> UnitKey {
        let slot = Slot::new(slot).unwrap();
        self.keys.unit_key(&self.rows, slot).unwrap()
    }

    fn note(&self, since: Option<Moment>) -> Vec<u8> {
        encode(RUN, (&self.unit(0), (STORE, LIFE), &*self.entropy), since).unwrap()
    }

    fn take_over(&self, disk: &Arc<dyn Disk>) -> Taken {
        take_over(disk, &self.rows, &self.keys, (STORE, &self.entropy)).unwrap()
    }

    /// What one engine's rows say until the next one ends.
    fn runs(&mut self, life: Life) {
        self.rows.put(ENGINE, RUNNING, &life.row(None)).unwrap();
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_gap_is_as_wide_as_what_may_be_missing() {
    let waited = Left::Since(moment(70, 70));
    assert_eq!(span(waited, 90_000), (at(70), at(120)));
    assert_eq!(span(Left::NoneWaiting, 90_000), (at(0), at(0)));
    let reached = Left::Unknown(Some(at(70)));
    assert_eq!(span(Left::Unknown(None), 90_000), (at(0), at(90_000)));
    assert_eq!(span(reached, 90_000), (at(0), at(90_000)));
    let left = Left::Unknown(None).span(Opening {
        oldest: at(-30),
        last: at(0),
        clock: at(5),
    });
    assert_eq!(
        left,
        (at(-30), at(5)),
        "one waited longer than the last commit"
    );
}

/// Forward, back while the engine ran, and back between its end and the next opening.
#[test]
fn no_clock_that_was_set_narrows_a_gap() {
    let waited = Left::Since(moment(70, 70));
    for clock in [-3_600_000, 9, 70, 80, 119] {
        let set_back = (at(70), at(120));
        assert_eq!(span(waited, clock), set_back, "back across the restart");
    }
    assert_eq!(span(waited, 3_600_000), (at(70), at(120)), "forward");
    // Set back under a running engine: its traces bear the store's time, the host's list its own.
    // The two are never further apart where a trace waits than the bound
    // (`journal::what_waits_together_is_near_from_the_one_time_to_the_other`).
    let behind = Left::Since(moment(-40, 0));
    assert_eq!(span(behind, -30), (at(-40), at(10)));
    // The power was lost, and the clock stands before the last commit: no end is known.
    let unknown = (at(-400), Instant::MAX);
    assert_eq!(span(Left::Unknown(None), -400), unknown);
    assert_eq!(span(Left::Unknown(Some(at(70))), -400), unknown);
    // It stands behind it, and before what a note of that life says.
    let reached = Left::Unknown(Some(at(70)));
    assert_eq!(span(reached, 10), (at(0), at(120)));
}

#[test]
fn a_note_is_believed_in_its_own_run_and_life_alone() {
    let ground = Ground::new("note");
    let (own, other) = (ground.unit(0), ground.unit(1));
    for since in [None, Some(moment(7, 9))] {
        let note = ground.note(since);
        assert_eq!(note.len(), NOTE_BYTES);
        let left = since.map_or(Left::NoneWaiting, Left::Since);
        assert_eq!(parse(&note, &own, (STORE, LIFE)), Some((RUN, left)));
        assert_eq!(parse(&note, &own, (STORE, Life([6; 16]))), None);
        assert_eq!(parse(&note, &other, (STORE, LIFE)), None, "forged");
        let elsewhere = StoreId::from_bytes([8; 16]);
        assert_eq!(parse(&note, &own, (elsewhere, LIFE)), None);
        for changed in 0..note.len() {
            let mut torn = note.clone();
            torn[changed] ^= 1;
            assert_eq!(parse(&torn, &own, (STORE, LIFE)), None);
        }
    }
}

#[test]
fn a_disk_without_a_run_keeps_no_note() {
    let ground = Ground::new("none");
    let disk: Arc<dyn Disk> = Arc::new(FaultyDisk::new());
    let (left, mark, _) = ground.take_over(&disk);
    assert!(left == Left::Unknown(None) && mark.is_none());
}

#[test]
fn what_one_engine_notes_the_next_one_reads() {
    let mut ground = Ground::new("next");
    let disk: Arc<dyn Disk> = Arc::new(FolderDisk::new(&ground.folder));
    disk.open(store::OPEN_MARK, OpenMode::CreateNew).unwrap();
    let (left, mark, life) = ground.take_over(&disk);
    assert_eq!(left, Left::Unknown(None));
    mark.unwrap().note(Some(moment(5, 6))).unwrap();
    ground.runs(life);
    let (left, mark, next) = ground.take_over(&disk);
    assert_eq!(left, Left::Since(moment(5, 6)));
    // It stands there until the next engine says otherwise.
    assert_eq!(ground.take_over(&disk).0, Left::Since(moment(5, 6)));
    mark.unwrap().note(None).unwrap();
    assert_eq!(
        ground.take_over(&disk).0,
        Left::Unknown(None),
        "not its own"
    );
    ground.runs(next);
    assert_eq!(ground.take_over(&disk).0, Left::NoneWaiting);
    // Of a system that ran before, it says how far that had come.
    let unit = (&ground.unit(0), (STORE, next), &*ground.entropy);
    let earlier = encode([9; 16], unit, Some(moment(5, 8))).unwrap();
    let file = disk.open(store::OPEN_MARK, OpenMode::Write).unwrap();
    file.write_at(0, &earlier).unwrap();
    assert_eq!(ground.take_over(&disk).0, Left::Unknown(Some(at(8))));
    // The row of an engine of an earlier version names no life.
    ground.rows.put(ENGINE, RUNNING, &[1]).unwrap();
    assert_eq!(ground.take_over(&disk).0, Left::Unknown(None));
}

#[test]
fn the_row_of_an_engine_that_runs_is_read_as_it_was_written() {
    for waiting in [None, Some(at(4))] {
        let read = dead(&LIFE.row(waiting)).unwrap();
        assert_eq!((read.life, read.waited), (Some(LIFE), waiting));
    }
    let before = dead(&[&[1][..], &at(4).millis().to_le_bytes()].concat()).unwrap();
    assert_eq!((before.life, before.waited), (None, Some(at(4))));
    for damaged in [&[][..], &[2], &[3], &[1, 2], &[2; 18]] {
        assert!(dead(damaged).is_err());
    }
}
