//! A sealed file gives back what was written, page borders or not, within its budget.

use super::{SealedFile, SealedWriter, damage};
use crate::budget::Budget;
use crate::directory::{SegmentKeys, damaged_file};
use crate::testing::{Keys, Scratch, slot};
use base::OsEntropy;
use base::disk::{DiskFile, OpenMode};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tantivy::HasLen;
use tantivy::directory::{FileHandle, TerminatingWrite};
use vault::PAGE_BYTES;

fn write(scratch: &Scratch, name: &str, content: &[u8]) -> Arc<dyn DiskFile> {
    let disk = scratch.disk();
    let _ = disk.remove(name);
    let file = disk.open(name, OpenMode::CreateNew).unwrap();
    let key = Keys::shared().key(slot(1)).unwrap();
    let mut writer = SealedWriter::create(file, name, &key, &OsEntropy, Box::new(|_| {})).unwrap();
    for chunk in content.chunks(1000) {
        writer.write_all(chunk).unwrap();
    }
    writer.terminate().unwrap();
    disk.open(name, OpenMode::Read).unwrap()
}

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at * 31 % 251).unwrap())
        .collect()
}

#[test]
fn every_length_comes_back() {
    let scratch = Scratch::new("sealed");
    let key = Keys::shared().key(slot(1)).unwrap();
    let budget = Budget::new(usize::MAX);
    for length in [
        0,
        1,
        PAGE_BYTES - 1,
        PAGE_BYTES,
        PAGE_BYTES + 1,
        PAGE_BYTES * 40 + 7,
    ] {
        let bytes = content(length);
        let file = write(&scratch, "file", &bytes);
        let sealed = SealedFile::open(file, "file", &key, &budget).unwrap();
        assert_eq!(sealed.len(), length);
        assert_eq!(sealed.read_bytes(0..length).unwrap().as_slice(), bytes);
        let half = length / 2;
        assert_eq!(
            sealed.read_bytes(half..length).unwrap().as_slice(),
            &bytes[half..]
        );
        sealed.verify().unwrap();
    }
}

/// Nothing of the plaintext is in the file.
#[test]
fn the_file_shows_nothing() {
    let scratch = Scratch::new("sealed-canary");
    let canary = b"canari-de-la-mine".repeat(500);
    write(&scratch, "file", &canary);
    let file = std::fs::read(scratch.path().join("file")).unwrap();
    assert!(!file.windows(6).any(|bytes| bytes == b"canari"));
}

/// Above the budget, files nobody reads let go; what is being read stays.
#[test]
fn the_budget_holds() {
    let scratch = Scratch::new("sealed-budget");
    let key = Keys::shared().key(slot(1)).unwrap();
    let budget = Budget::new(PAGE_BYTES * 20);
    let open: Vec<Arc<SealedFile>> = (0..8)
        .map(|number| {
            let name = format!("file{number}");
            let file = write(&scratch, &name, &content(PAGE_BYTES * 10));
            SealedFile::open(file, &name, &key, &budget).unwrap()
        })
        .collect();
    let held = open[0].read_bytes(0..PAGE_BYTES).unwrap();
    for file in &open {
        file.read_bytes(0..PAGE_BYTES * 10).unwrap();
        let used = budget.used().load(Ordering::Relaxed);
        assert!(used <= PAGE_BYTES * 30, "{used}");
    }
    assert_eq!(held.as_slice(), &content(PAGE_BYTES * 10)[..PAGE_BYTES]);
    drop(held);
    budget.purge();
    assert_eq!(budget.used().load(Ordering::Relaxed), 0);
}

/// Another key, another name, a cut and a flipped bit are damage of that file.
#[test]
fn damage_is_told() {
    let scratch = Scratch::new("sealed-damage");
    let keys = Keys::shared();
    let (key, other) = (keys.key(slot(1)).unwrap(), keys.key(slot(2)).unwrap());
    let budget = Budget::new(usize::MAX);
    let told = |failed: std::io::Error| damaged_file(&failed).map(str::to_owned);
    let name = || Some("file".to_owned());
    let file = || write(&scratch, "file", &content(PAGE_BYTES * 3));
    assert_eq!(
        told(
            SealedFile::open(file(), "file", &other, &budget)
                .err()
                .unwrap()
        ),
        name()
    );
    let renamed = SealedFile::open(file(), "elif", &key, &budget)
        .err()
        .unwrap();
    assert_eq!(told(renamed), Some("elif".to_owned()));
    let path = scratch.path().join("file");
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        std::fs::write(&path, &bytes).unwrap();
        let file = scratch.disk().open("file", OpenMode::Read).unwrap();
        let read = SealedFile::open(file, "file", &key, &budget)
            .and_then(|sealed| sealed.read_bytes(0..PAGE_BYTES * 3).map(|_| ()));
        assert_eq!(told(read.err().unwrap()), name(), "byte {at}");
    }
    assert_eq!(told(damage("file")), name());
}
