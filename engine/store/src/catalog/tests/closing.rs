//! Proves that nobody opens a store between the end of its catalog and the end of its mark.

use super::*;
use base::disk::{DiskFile, FolderDisk};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A folder in which somebody else opens the store as its mark is about to be removed.
struct Hurried {
    folder: PathBuf,
    disk: FolderDisk,
    answers: Mutex<Vec<Option<StoreError>>>,
}

impl Hurried {
    fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            disk: FolderDisk::new(folder),
            answers: Mutex::default(),
        }
    }
}

impl Disk for Hurried {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.open(name, mode)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.create_folder(folder)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        if name == OPEN_MARK {
            let other = Catalog::open(&self.folder, options());
            self.answers.lock().unwrap().push(other.err());
        }
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

    fn lock_handle(&self, name: &str, mode: OpenMode) -> io::Result<Option<File>> {
        self.disk.lock_handle(name, mode)
    }

    fn hold(&self, name: &str) -> io::Result<Option<File>> {
        self.disk.hold(name)
    }
}

#[test]
fn a_store_is_opened_once_the_mark_of_the_one_before_is_gone() {
    let folder = Folder::new();
    Catalog::create(&folder.0, STORE, NOW, options())
        .unwrap()
        .close()
        .unwrap();
    let hurried = Arc::new(Hurried::at(&folder.0));
    let disk: Arc<dyn Disk> = Arc::<Hurried>::clone(&hurried);
    let before = Catalog::open_on(disk, options()).unwrap();
    put(&before, b"k", b"v").unwrap();
    before.close().unwrap();
    let answers = hurried.answers.lock().unwrap();
    assert_eq!(*answers, [Some(StoreError::LockedElsewhere)]);
    let mark = folder.0.join(OPEN_MARK);
    assert!(!mark.exists());
    let behind = Catalog::open(&folder.0, options()).unwrap();
    assert_eq!(get(&behind, b"k").unwrap(), b"v");
    assert!(mark.exists());
    behind.close().unwrap();
    assert!(!mark.exists());
}
