//! One suite for directories, run over tantivy's in memory, over its plain one on disk when
//! there is one, and over ours; and what only ours does.

use super::{SegmentDirectory, SegmentKeys, slot_of};
use crate::budget::Budget;
use crate::testing::{Keys, Scratch, slot};
use base::OsEntropy;
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

fn sealed(scratch: &Scratch, number: u32) -> SegmentDirectory {
    let key = Keys::shared().key(slot(number)).unwrap();
    let budget = Budget::new(usize::MAX);
    SegmentDirectory::new(
        scratch.path(),
        slot(number),
        key,
        Arc::new(OsEntropy),
        budget,
    )
}

#[test]
fn directories_conform() {
    conformance(&RamDirectory::create());
    let scratch = Scratch::new("directory");
    conformance(&sealed(&scratch, 3));
}

/// Only segment files reach the disk, under the slot's name; nothing is deleted from below.
#[test]
fn only_named_files_reach_the_disk() {
    let scratch = Scratch::new("directory-names");
    let directory = sealed(&scratch, 10);
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
    let names: Vec<_> = std::fs::read_dir(scratch.path())
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
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}
