//! Proves that nobody opens a store between the end of its catalog and the end of its mark, and
//! what is read of one that was not closed.

use super::*;
use crate::catalog::opening::CATALOG;
use base::disk::{DiskFile, FolderDisk};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc::channel;

/// A folder of which somebody is told what is about to be done with its files.
struct Watched<F> {
    disk: FolderDisk,
    about_to: F,
}

impl<F: Fn(&str, &str) + Send + Sync + 'static> Watched<F> {
    fn at(folder: &Path, about_to: F) -> Arc<dyn Disk> {
        let disk = FolderDisk::new(folder);
        Arc::new(Self { disk, about_to })
    }
}

impl<F: Fn(&str, &str) + Send + Sync> Disk for Watched<F> {
    fn open(&self, name: &str, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        (self.about_to)("open", name);
        self.disk.open(name, mode)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.create_folder(folder)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        (self.about_to)("remove", name);
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
        (self.about_to)("drop", name);
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
    let (tell, told) = channel();
    let path = folder.0.clone();
    // Somebody else opens the store as its mark is about to be removed.
    let disk = Watched::at(&folder.0, move |act, name| {
        if (act, name) == ("remove", OPEN_MARK) {
            let other = Catalog::open(&path, options());
            tell.send(other.err()).unwrap();
        }
    });
    let before = Catalog::open_on(disk, options()).unwrap();
    put(&before, b"k", b"v").unwrap();
    before.close().unwrap();
    let answers: Vec<_> = told.try_iter().collect();
    assert_eq!(answers, [Some(StoreError::LockedElsewhere)]);
    let mark = folder.0.join(OPEN_MARK);
    assert!(!mark.exists());
    let behind = Catalog::open(&folder.0, options()).unwrap();
    assert_eq!(get(&behind, b"k").unwrap(), b"v");
    assert!(mark.exists());
    behind.close().unwrap();
    assert!(!mark.exists());
}

/// What the cache holds of a catalog whose last sync failed looks written, and is not.
#[test]
fn a_catalog_that_was_not_closed_is_read_from_the_medium() {
    let folder = Folder::new();
    let close = Catalog::create(&folder.0, STORE, NOW, options())
        .unwrap()
        .close();
    close.unwrap();
    let opened = |folder: &Path| {
        let (tell, told) = channel();
        let disk = Watched::at(folder, move |act, name| {
            if name == CATALOG {
                tell.send(act.to_owned()).unwrap();
            }
        });
        let catalog = Catalog::open_on(disk, options()).unwrap();
        (catalog, told.try_iter().collect::<Vec<_>>())
    };
    let (catalog, acts) = opened(&folder.0);
    assert!(!acts.contains(&"drop".to_owned()), "{acts:?}");
    put(&catalog, b"k", b"v").unwrap();
    catalog.close().unwrap();
    // A process that is killed takes no mark away.
    fs::write(folder.0.join(OPEN_MARK), b"").unwrap();
    let (catalog, acts) = opened(&folder.0);
    let at = |act: &str| acts.iter().position(|it| it == act);
    assert!(at("drop").is_some() && at("drop") < at("open"), "{acts:?}");
    assert_eq!(get(&catalog, b"k").unwrap(), b"v");
    catalog.close().unwrap();
}
