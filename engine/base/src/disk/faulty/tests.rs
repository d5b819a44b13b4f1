//! Proves that the faulty disk loses exactly what no sync made durable.

use super::*;

fn read(disk: &FaultyDisk, name: &str) -> Option<Vec<u8>> {
    let file = disk.open(name, OpenMode::Read).ok()?;
    let mut out = vec![0; usize::try_from(file.length().unwrap()).unwrap()];
    file.read_at(0, &mut out).unwrap();
    Some(out)
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_may_lose_the_rest() {
    let disk = FaultyDisk::new();
    disk.start_recording();
    let file = disk.open("a", OpenMode::CreateNew).unwrap();
    file.write_at(0, b"kept").unwrap();
    file.sync().unwrap();
    disk.sync_folder("").unwrap();
    disk.mark(7);
    file.write_at(4, b"pending").unwrap();
    let (nothing, mark) = disk.after_power_cut(disk.events(), Crash::KeepNothing);
    assert_eq!(read(&nothing, "a").unwrap(), b"kept");
    assert_eq!(mark, Some(7));
    let (all, _) = disk.after_power_cut(disk.events(), Crash::KeepAll);
    assert_eq!(read(&all, "a").unwrap(), b"keptpending");
    let (unnamed, mark) = disk.after_power_cut(3, Crash::KeepNothing);
    assert_eq!(read(&unnamed, "a"), None);
    assert_eq!(mark, None);
}

#[test]
fn a_torn_write_keeps_some_sectors() {
    let disk = FaultyDisk::new();
    let file = disk.open("a", OpenMode::CreateNew).unwrap();
    file.write_at(0, &[1; 4096]).unwrap();
    disk.start_recording();
    file.write_at(0, &[2; 4096]).unwrap();
    let mut torn = 0;
    for seed in 0..40 {
        let (after, _) = disk.after_power_cut(1, Crash::Seeded(seed));
        let bytes = read(&after, "a").unwrap();
        for sector in bytes.chunks(512) {
            assert!(sector.iter().all(|byte| *byte == sector[0]));
        }
        torn += usize::from(bytes.contains(&1) && bytes.contains(&2));
    }
    assert!(torn > 3, "{torn}");
}

#[test]
fn a_failed_sync_never_makes_its_writes_durable_but_leaves_them_readable() {
    let disk = FaultyDisk::new();
    let file = disk.open("a", OpenMode::CreateNew).unwrap();
    disk.sync_folder("").unwrap();
    disk.start_recording();
    file.write_at(0, b"lost").unwrap();
    disk.set_plan(FaultPlan {
        sync_fails_at: Some(1),
        ..FaultPlan::default()
    });
    file.sync().unwrap_err();
    file.sync().unwrap();
    assert_eq!(read(&disk, "a").unwrap(), b"lost");
    let (after, _) = disk.after_power_cut(disk.events(), Crash::KeepAll);
    assert_eq!(read(&after, "a").unwrap(), b"");
    disk.drop_cache("a").unwrap();
    assert_eq!(read(&disk, "a").unwrap(), b"");
}

#[test]
fn a_full_disk_refuses_growth_and_takes_it_again_later() {
    let disk = FaultyDisk::new();
    let file = disk.open("a", OpenMode::CreateNew).unwrap();
    disk.set_plan(FaultPlan {
        capacity: Some(6),
        ..FaultPlan::default()
    });
    file.write_at(0, b"four").unwrap();
    assert_eq!(
        file.write_at(4, b"more").unwrap_err().kind(),
        io::ErrorKind::StorageFull
    );
    // What fitted was written, as a system does.
    assert_eq!(disk.free_bytes().unwrap(), 0);
    assert_eq!(read(&disk, "a").unwrap(), b"fourmo");
    disk.set_plan(FaultPlan::default());
    file.write_at(4, b"more").unwrap();
}

/// A folder's own name is durable after a sync of the folder above it, and only then is what lies
/// in it.
#[test]
fn a_folder_nobody_made_durable_goes_with_all_that_lies_in_it() {
    let disk = FaultyDisk::new();
    disk.start_recording();
    let lost = disk.open("a/b", OpenMode::CreateNew).err().unwrap();
    assert_eq!(lost.kind(), io::ErrorKind::NotFound);
    disk.create_folder("a").unwrap();
    disk.open("a/b", OpenMode::CreateNew).unwrap();
    disk.sync_folder("a").unwrap();
    let (after, _) = disk.after_power_cut(disk.events(), Crash::KeepNothing);
    assert_eq!(after.files(), []);
    disk.sync_folder("").unwrap();
    let (after, _) = disk.after_power_cut(disk.events(), Crash::KeepNothing);
    assert_eq!(after.files(), [("a/b".to_owned(), 0)]);
    assert!(disk.remove_folder("a").is_err());
    disk.remove("a/b").unwrap();
    disk.remove_folder("a").unwrap();
    assert!(disk.list("a").is_err());
    let (after, _) = disk.after_power_cut(disk.events(), Crash::KeepNothing);
    assert_eq!(after.list("a").unwrap(), ["b"]);
}

#[test]
fn a_stale_page_is_what_was_there_before() {
    let disk = FaultyDisk::new();
    let file = disk.open("a", OpenMode::CreateNew).unwrap();
    file.write_at(0, &[1; 1024]).unwrap();
    let older = disk.copy();
    file.write_at(0, &[2; 1024]).unwrap();
    assert!(disk.make_stale(&older, "a", 512, 512).unwrap());
    assert!(!disk.make_stale(&older, "a", 512, 512).unwrap());
    let bytes = read(&disk, "a").unwrap();
    assert_eq!((bytes[511], bytes[512]), (2, 1));
}

#[test]
fn a_read_fails_once_and_a_sync_may_find_no_space() {
    let disk = FaultyDisk::new();
    let file = disk.open("a", OpenMode::CreateNew).unwrap();
    disk.sync_folder("").unwrap();
    file.write_at(0, b"late").unwrap();
    disk.start_recording();
    file.write_at(0, b"lost").unwrap();
    disk.set_plan(FaultPlan {
        sync_full_at: Some(1),
        unread_at: Some(2),
        ..FaultPlan::default()
    });
    let told = file.sync().unwrap_err();
    assert_eq!(told.kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.touches(), [Touch::Sync]);
    let mut out = [0; 4];
    file.read_at(0, &mut out).unwrap();
    assert_eq!(
        file.read_at(0, &mut out).unwrap_err().raw_os_error(),
        Some(5)
    );
    file.read_at(0, &mut out).unwrap();
    assert_eq!(&out, b"lost");
    assert_eq!(disk.reads(), 3);
    // The first of them is told.
    let (touch, name) = (Touch::Sync, "a".to_owned());
    assert_eq!(disk.strike(), Some(Strike { touch, name }));
    disk.set_plan(FaultPlan::default());
    assert_eq!(
        (disk.strike(), disk.touches(), disk.reads()),
        (None, vec![], 0)
    );
    let (after, _) = disk.after_power_cut(disk.events(), Crash::KeepAll);
    assert_eq!(read(&after, "a").unwrap(), b"late");
}
