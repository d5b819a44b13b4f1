//! Proves that an upgrade goes from format to format, that a power cut at any write leaves a store
//! of one of them whole, and that going on from there comes to the same.

use super::*;
use crate::catalog::{Catalog, OPEN_MARK};
use crate::testing::{NOW, STORE, options};
use base::disk::{Crash, FaultyDisk, OpenMode};
use std::io::ErrorKind;
use std::sync::Arc;

/// A closed store of format 1.
fn store() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let catalog = Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, options()).unwrap();
    catalog.close().unwrap();
    assert!(!has(&disk, OPEN_MARK));
    disk
}

fn has(disk: &dyn Disk, name: &str) -> bool {
    disk.list("").unwrap().iter().any(|it| it == name)
}

/// Writes a file whole, whatever an attempt before has left of it.
fn leave(disk: &dyn Disk, name: &str) -> Result<(), StoreError> {
    let file = match disk.open(name, OpenMode::CreateNew) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            disk.open(name, OpenMode::Write)?
        }
        other => other?,
    };
    file.write_at(0, WRITTEN)?;
    file.sync()?;
    Ok(disk.sync_folder("")?)
}

fn to_2(disk: &dyn Disk) -> Result<(), StoreError> {
    leave(disk, "of-2")
}

fn to_3(disk: &dyn Disk) -> Result<(), StoreError> {
    assert_written(disk, "of-2");
    leave(disk, "of-3")
}

fn assert_written(disk: &dyn Disk, name: &str) {
    let file = disk.open(name, OpenMode::Read).unwrap();
    let mut bytes = vec![0; WRITTEN.len()];
    file.read_at(0, &mut bytes).unwrap();
    assert_eq!(bytes, WRITTEN, "{name}");
}

/// The store's format; what that promises is there.
fn format_of(disk: &dyn Disk) -> u32 {
    let version = Format::read_up_to(3, disk).unwrap().version;
    if version >= 2 {
        assert_written(disk, "of-2");
    }
    if version >= 3 {
        assert_written(disk, "of-3");
    }
    version
}

#[test]
fn a_store_goes_up_format_by_format_and_stays_there() {
    let disk = store();
    let raised = raise(&disk, 3, &[to_2, to_3]);
    assert_eq!(raised, Ok(Upgraded { from: 1, to: 3 }));
    assert_eq!(format_of(&disk), 3);
    let again = raise(&disk, 3, &[to_2, to_3]);
    assert_eq!(again, Ok(Upgraded { from: 3, to: 3 }));
    let refused = Err(StoreError::NewerFormat { found: 3, known: 1 });
    assert_eq!(upgrade_on(&disk), refused);
}

#[test]
fn a_power_cut_at_any_write_leaves_a_format_whole_and_the_rest_to_be_done_again() {
    let disk = store();
    disk.start_recording();
    raise(&disk, 3, &[to_2, to_3]).unwrap();
    let mut seen = [0; 4];
    for events in 0..=disk.events() {
        let seeded = (0..4).map(|seed| Crash::Seeded(seed * 97 + events as u64));
        for crash in seeded.chain([Crash::KeepNothing, Crash::KeepAll]) {
            let (cut, _) = disk.after_power_cut(events, crash);
            let from = format_of(&cut);
            seen[from as usize] += 1;
            let raised = raise(&cut, 3, &[to_2, to_3]);
            assert_eq!(raised, Ok(Upgraded { from, to: 3 }), "{events} {crash:?}");
            assert_eq!(format_of(&cut), 3);
        }
    }
    assert!(seen[1] > 0 && seen[2] > 0 && seen[3] > 0, "{seen:?}");
}

#[test]
fn a_format_that_no_step_leads_from_is_refused_as_it_is() {
    let disk = store();
    let refused = raise(&disk, 3, &[to_2]);
    assert_eq!(refused, Err(StoreError::OlderFormat { found: 2 }));
    assert_eq!(format_of(&disk), 2);
    let mut none = Format::read_up_to(2, &disk).unwrap();
    none.version = 0;
    none.write_unfinished(&disk).unwrap();
    Format::finish(&disk).unwrap();
    let refused = raise(&disk, 3, &[to_2, to_3]);
    assert_eq!(refused, Err(StoreError::OlderFormat { found: 0 }));
}

/// A store that somebody has open is not upgraded under her.
#[test]
fn a_store_that_is_open_is_not_upgraded() {
    let folder = crate::testing::Folder::new();
    let catalog = Catalog::create(&folder.0, STORE, NOW, options()).unwrap();
    let disk = FolderDisk::new(&folder.0);
    let refused = raise(&disk, 3, &[to_2, to_3]);
    assert_eq!(refused, Err(StoreError::LockedElsewhere));
    assert_eq!(format_of(&disk), 1);
    catalog.close().unwrap();
    raise(&disk, 3, &[to_2, to_3]).unwrap();
    assert_eq!(format_of(&disk), 3);
}

#[test]
fn each_older_format_has_its_step() {
    assert_eq!(STEPS.len() + 1, FORMAT_VERSION as usize);
}

const WRITTEN: &[u8] = b"what the step writes";
