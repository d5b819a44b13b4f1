//! One suite for directories, run over tantivy's plain one in memory and over ours, on a folder
//! and on a faulty disk; and what only ours does.

use super::{FOLDER, SegmentDirectory, SegmentKeys, slot_of};
use crate::budget::Budget;
use crate::testing::{Keys, Scratch, slot};
use base::OsEntropy;
use base::disk::{Crash, Disk, FaultPlan, FaultyDisk};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tantivy::directory::error::{OpenReadError, OpenWriteError};
use tantivy::directory::{RamDirectory, TerminatingWrite};
use tantivy::{Directory, HasLen};

/// What tantivy asks of a directory.
fn conformance(directory: &dyn Directory) {
    let path = Path::new("abc.idx");
    assert!(!directory.exists(path).unwrap());
    assert!(matches!(
        directory.open_read(path),
        Err(OpenReadError::FileDoesNotExist(_))
    ));
    let mut writer = directory.open_write(path).unwrap();
    writer.write_all(b"hello ").unwrap();
    writer.write_all(&[7; 10_000]).unwrap();
    writer.flush().unwrap();
    writer.terminate().unwrap();
    directory.sync_directory().unwrap();
    assert!(directory.exists(path).unwrap());
    assert!(matches!(
        directory.open_write(path),
        Err(OpenWriteError::FileAlreadyExists(_) | OpenWriteError::IoError { .. })
    ));
    let slice = directory.open_read(path).unwrap();
    assert_eq!(slice.len(), 10_006);
    assert_eq!(slice.read_bytes().unwrap().as_slice()[..7], *b"hello \x07");
    assert_eq!(slice.slice(6..8).read_bytes().unwrap().as_slice(), [7, 7]);
    assert!(slice.slice(3..3).read_bytes().unwrap().is_empty());
    let meta = Path::new("meta.json");
    assert!(matches!(
        directory.atomic_read(meta),
        Err(OpenReadError::FileDoesNotExist(_))
    ));
    directory.atomic_write(meta, b"one").unwrap();
    directory.atomic_write(meta, b"two").unwrap();
    assert_eq!(directory.atomic_read(meta).unwrap(), b"two");
    let empty = Path::new("abc.pos");
    directory.open_write(empty).unwrap().terminate().unwrap();
    assert_eq!(directory.open_read(empty).unwrap().len(), 0);
}

fn sealed(disk: Arc<dyn Disk>, number: u32) -> SegmentDirectory {
    let key = Keys::shared().key(slot(number)).unwrap();
    let budget = Budget::new(usize::MAX);
    SegmentDirectory::new(disk, slot(number), key, Arc::new(OsEntropy), budget)
}

#[test]
fn directories_conform() {
    conformance(&RamDirectory::create());
    let scratch = Scratch::new("directory");
    conformance(&sealed(scratch.disk(), 3));
    let disk = FaultyDisk::new();
    disk.create_folder(FOLDER).unwrap();
    conformance(&sealed(Arc::new(disk), 3));
}

/// What a terminated file and a synced directory hold outlives a power cut; a file that is not
/// terminated does not open, and a write that fails is told.
#[test]
fn a_directory_keeps_what_it_synced() {
    let disk = FaultyDisk::new();
    disk.create_folder(FOLDER).unwrap();
    disk.start_recording();
    let directory = sealed(Arc::new(disk.clone()), 4);
    let mut writer = directory.open_write(Path::new("abc.idx")).unwrap();
    writer.write_all(&[7; 10_000]).unwrap();
    writer.terminate().unwrap();
    directory.sync_directory().unwrap();
    let mut writer = directory.open_write(Path::new("abc.pos")).unwrap();
    writer.write_all(&[7; 200_000]).unwrap();
    writer.flush().unwrap();
    for crash in [Crash::KeepNothing, Crash::KeepAll, Crash::Seeded(3)] {
        let (after, _) = disk.after_power_cut(disk.events(), crash);
        let directory = sealed(Arc::new(after), 4);
        let kept = directory.open_read(Path::new("abc.idx")).unwrap();
        assert_eq!(kept.read_bytes().unwrap().as_slice(), [7; 10_000]);
        assert!(directory.open_read(Path::new("abc.pos")).is_err());
    }
    // The first operation is the file's name; then its header and its pages.
    for (at, kind) in [(2, "term"), (3, "fast")] {
        disk.set_plan(FaultPlan {
            full_at: Some(at),
            ..FaultPlan::default()
        });
        let path = format!("abc.{kind}");
        let written = directory.open_write(Path::new(&path)).map(|mut writer| {
            writer.write_all(&[7; 200_000])?;
            writer.terminate()
        });
        assert!(!matches!(written, Ok(Ok(()))), "operation {at}");
    }
}

/// Only segment files reach the disk, under the slot's name; nothing is deleted from below.
#[test]
fn only_named_files_reach_the_disk() {
    let scratch = Scratch::new("directory-names");
    let directory = sealed(scratch.disk(), 10);
    directory
        .atomic_write(Path::new(".managed.json"), b"x")
        .unwrap();
    directory
        .atomic_write(Path::new("meta.json"), b"x")
        .unwrap();
    assert!(directory.open_write(Path::new("abc.exe")).is_err());
    directory
        .open_write(Path::new("whatever.term"))
        .unwrap()
        .terminate()
        .unwrap();
    directory.delete(Path::new("whatever.term")).unwrap();
    let folder = scratch.path().join(FOLDER);
    let names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["0000000a.term"]);
    assert_eq!(slot_of("0000000a.term"), Some(slot(10)));
    for foreign in [
        "0000000a.exe",
        "a.term",
        "zzzzzzzz.term",
        "ffffffff.idx",
        "notes.txt",
        "",
    ] {
        assert_eq!(slot_of(foreign), None, "{foreign}");
    }
    directory.remove().unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}
