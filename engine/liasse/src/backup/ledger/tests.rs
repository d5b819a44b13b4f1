//! Proves that a ledger is read back as it was written, and refused in any other form.

use super::*;
use base::disk::FaultyDisk;

fn ledger() -> Ledger {
    let held = |length, whole, digest| Held {
        length,
        whole,
        digest,
    };
    let digest = vault::digest("test", &[]);
    let files = [
        ("body/00000001.seg", held(77, true, None)),
        ("body/00000002.seg", held(0, false, None)),
        ("index/00000001.idx", held(9, true, Some(digest))),
    ];
    let files = files.into_iter();
    Ledger {
        sinks: vec!["0a0b the other house".to_owned()],
        store: Some(StoreId::from_bytes([3; 16])),
        files: files.map(|(name, held)| (name.to_owned(), held)).collect(),
    }
}

#[test]
fn a_ledger_is_read_back_and_absent_before_it_is_written() {
    let disk = FaultyDisk::new();
    assert!(Ledger::read(&disk).unwrap().store.is_none());
    ledger().write(&disk).unwrap();
    let read = Ledger::read(&disk).unwrap();
    assert_eq!((read.store, read.files), (ledger().store, ledger().files));
    Ledger::remove(&disk).unwrap();
    Ledger::remove(&disk).unwrap();
    assert!(Ledger::read(&disk).unwrap().files.is_empty());
}

#[test]
fn every_altered_ledger_is_refused() {
    let disk = FaultyDisk::new();
    ledger().write(&disk).unwrap();
    let length = disk.open(FILE, OpenMode::Read).unwrap().length().unwrap();
    for at in 0..length {
        disk.flip(FILE, at, u8::try_from(at % 7).unwrap()).unwrap();
        let told = Ledger::read(&disk);
        assert!(
            told.is_err_and(|it| it.code() == Code::Corrupt),
            "byte {at}"
        );
        disk.flip(FILE, at, u8::try_from(at % 7).unwrap()).unwrap();
    }
    disk.open(FILE, OpenMode::Write)
        .and_then(|file| file.set_length(length - 1))
        .unwrap();
    assert!(Ledger::read(&disk).is_err());
}
