//! Proves that a sync keeps track of what is written while it runs, and of what it failed on.

use super::*;
use base::disk::{Crash, FaultPlan, FaultyDisk};
use std::fs::File;
use std::sync::OnceLock;

/// A disk that writes one more frame in the middle of the first sync of a segment.
struct Meddling {
    disk: FaultyDisk,
    bodies: Arc<OnceLock<Arc<BodyFiles>>>,
}

struct MeddlingFile {
    file: Arc<dyn DiskFile>,
    bodies: Arc<OnceLock<Arc<BodyFiles>>>,
    done: OnceLock<()>,
}

impl Disk for Meddling {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(MeddlingFile {
            file: self.disk.open(name, mode)?,
            bodies: Arc::clone(&self.bodies),
            done: OnceLock::new(),
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.create_folder(folder)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.remove_folder(folder)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_folder(folder)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }

    fn drop_cache(&self, name: &str) -> io::Result<()> {
        self.disk.drop_cache(name)
    }

    fn lock_handle(&self, _: &str, _: OpenMode) -> io::Result<Option<File>> {
        Ok(None)
    }
}

impl DiskFile for MeddlingFile {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, out)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(offset, bytes)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()?;
        if self.done.set(()).is_ok()
            && let Some(bodies) = self.bodies.get()
        {
            bodies.write(1, 40, b"during").unwrap();
        }
        Ok(())
    }
}

#[test]
fn what_is_written_during_a_sync_is_synced_by_the_next() {
    let disk = FaultyDisk::new();
    let hook = Arc::new(OnceLock::new());
    let meddling = Meddling {
        disk: disk.clone(),
        bodies: Arc::clone(&hook),
    };
    let store = StoreId::from_bytes([1; 16]);
    let bodies = Arc::new(BodyFiles::new(Arc::new(meddling), store));
    assert!(hook.set(Arc::clone(&bodies)).is_ok());
    disk.start_recording();
    bodies.create(1).unwrap();
    bodies.write(1, 32, b"before").unwrap();
    let durable = || {
        let (disk, _) = disk.after_power_cut(disk.events(), Crash::KeepNothing);
        let file = disk.open("body/00000001.seg", OpenMode::Read);
        file.map_or(0, |file| file.length().unwrap())
    };
    assert_eq!(durable(), 0);
    bodies.sync().unwrap();
    assert_eq!(durable(), 38);
    bodies.sync().unwrap();
    assert_eq!(durable(), 46);
}

#[test]
fn what_a_sync_failed_on_stays_due() {
    let disk = FaultyDisk::new();
    let store = StoreId::from_bytes([1; 16]);
    let bodies = BodyFiles::new(Arc::new(disk.clone()), store);
    bodies.create(1).unwrap();
    disk.set_plan(FaultPlan {
        sync_fails_at: Some(1),
        ..FaultPlan::default()
    });
    bodies.sync().unwrap_err();
    let before = disk.operations();
    bodies.sync().unwrap();
    assert_eq!(
        disk.operations(),
        before + 3,
        "the segment and both folders"
    );
}
