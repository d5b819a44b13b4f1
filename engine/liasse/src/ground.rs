//! A store for a test inside the crate: a disk in memory, and the key file that opens it.

use crate::{Engine, Options, Result, RootKey, new_key_file};
use base::disk::{Disk, FaultyDisk};
use std::path::PathBuf;
use std::sync::Arc;
use store::{Catalog, Spending, Transaction};

/// A disk and a key file, which is removed at the end.
pub(crate) struct Ground {
    disk: Arc<FaultyDisk>,
    key: PathBuf,
}

impl Ground {
    /// A new one, whose key file bears the test's name.
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("liasse-{}-{name}-key", std::process::id());
        let key = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&key);
        new_key_file(&key).expect("a new key file");
        let disk = Arc::new(FaultyDisk::new());
        Self { disk, key }
    }

    /// A new one with a new store.
    pub(crate) fn with_store(name: &str) -> (Self, Engine) {
        let ground = Self::new(name);
        let engine = ground.create(Options::default());
        (ground, engine)
    }

    fn root(&self) -> RootKey {
        RootKey::File(self.key.clone())
    }

    pub(crate) fn create(&self, options: Options) -> Engine {
        let disk = Arc::clone(&self.disk) as Arc<dyn Disk>;
        Engine::create_on(disk, self.root(), options).expect("a store")
    }

    pub(crate) fn open(&self) -> Result<Engine> {
        let disk = Arc::clone(&self.disk) as Arc<dyn Disk>;
        Engine::open_on(disk, self.root(), Options::default())
    }

    /// Changes rows behind the engine's back.
    pub(crate) fn behind(&self, change: impl FnOnce(&mut Transaction)) {
        let disk = Arc::clone(&self.disk) as Arc<dyn Disk>;
        let catalog = Catalog::open_on(disk, store::Options::default()).expect("it opens");
        let now = catalog.snapshot().expect("rows").counters().instant;
        let mut transaction = catalog.begin(Spending::Reserve, now).expect("begun");
        change(&mut transaction);
        transaction.commit().expect("committed");
        catalog.close().expect("closed");
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.key);
    }
}
