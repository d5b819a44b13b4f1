//! Proves that a file reads and is written the same while its cache is emptied and after.

use super::*;
use crate::disk::{Disk, FolderDisk, OpenMode};
use std::fs;
use std::path::PathBuf;

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let name = format!("liasse-passing-{}-{name}", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, bytes).expect("it is written");
    path
}

/// `None` where the file system lets nobody pass by.
fn passing(path: &Path) -> Option<Passing> {
    let direct = system::open_direct(path).expect("it is there");
    direct.map(Passing::by)
}

fn bytes(length: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().step_by(3).take(length).collect()
}

#[test]
fn what_is_read_past_the_cache_is_what_the_file_holds() {
    let whole = bytes(3 * 4096 + 100);
    let path = file("read", &whole);
    let Some(passing) = passing(&path) else {
        return;
    };
    for (from, length) in [
        (0, 0),
        (0, 1),
        (0, 4096),
        (5, 8192),
        (4095, 2),
        (4096, 8192),
        (12_288, 100),
        (12_300, 88),
        (0, whole.len()),
    ] {
        let mut out = vec![0; length];
        assert!(passing.read_at(from as u64, &mut out).unwrap());
        assert_eq!(out, whole[from..from + length], "{length} at {from}");
    }
    for (from, length) in [(12_300, 89), (12_388, 1), (50_000, 1), (0, whole.len() + 1)] {
        let passing = self::passing(&path).unwrap();
        let mut out = vec![0; length];
        assert!(
            !passing.read_at(from, &mut out).unwrap(),
            "{length} at {from}"
        );
        assert!(passing.is_over(), "an ordinary read may follow");
        let read = system::read_at(&File::open(&path).unwrap(), from, &mut out);
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
    passing.empty().unwrap();
    assert!(!passing.read_at(0, &mut [0]).unwrap(), "it is over");
    fs::remove_file(path).unwrap();
}

#[test]
fn what_is_written_beside_is_read_and_nothing_else_changes() {
    let mut whole = bytes(3 * 4096 + 100);
    let path = file("written", &whole);
    let Some(passing) = passing(&path) else {
        return;
    };
    let both = File::options().read(true).write(true).open(&path).unwrap();
    for (at, length, new) in [
        (0, 320, 1),
        (4000, 200, 2),
        (4096, 4096, 3),
        (8191, 2, 4),
        (12_300, 88, 5),
        (12_380, 5000, 6),
        (20_000, 10, 7),
    ] {
        let new = vec![new; length];
        if !passing.write_at(&both, at as u64, &new).unwrap() {
            system::write_at(&both, at as u64, &new).unwrap();
        }
        whole.resize(whole.len().max(at + length), 0);
        whole[at..at + length].copy_from_slice(&new);
        let mut out = vec![0; whole.len()];
        assert!(passing.read_at(0, &mut out).unwrap());
        assert!(out == whole, "{length} at {at}");
    }
    assert_eq!(fs::read(&path).unwrap(), whole);
    fs::remove_file(path).unwrap();
}

/// Whoever empties the cache of a file reads it at once, as it is, by every handle.
#[test]
fn a_file_is_read_while_its_cache_is_emptied() {
    let whole = bytes(1 << 20);
    let path = file("disk", &whole);
    let (folder, name) = (path.parent().unwrap(), path.file_name().unwrap());
    let (disk, name) = (FolderDisk::new(folder), name.to_str().unwrap());
    for round in 0..50 {
        disk.drop_cache(name).unwrap();
        let one = disk.open(name, OpenMode::Write).unwrap();
        let other = disk.open(name, OpenMode::Read).unwrap();
        one.write_at(100, &[round]).unwrap();
        let mut out = vec![0; whole.len()];
        other.read_at(0, &mut out).unwrap();
        assert_eq!(out[100], round);
        assert!(out[101..] == whole[101..]);
    }
    disk.remove(name).unwrap();
    assert!(disk.drop_cache(name).is_err(), "it is not there");
}
