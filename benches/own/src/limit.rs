//! What no engine on this machine can beat: measured in the same run, beside each group.

use crate::ground::Failure;
use base::{OsEntropy, StoreId, Table};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use vault::{BodyKey, Place};

/// A file that grows by appends, each made durable: the least a durable deposit costs.
pub struct Appender {
    file: File,
}

impl Appender {
    /// A new file in a folder, which should lie on the store's disk.
    ///
    /// # Errors
    /// What the system gives.
    pub fn create(folder: &Path) -> Result<Self, Failure> {
        Ok(Self {
            file: File::create_new(folder.join("append"))?,
        })
    }

    /// Appends and waits until it is durable.
    ///
    /// # Errors
    /// What the system gives.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes)?;
        Ok(self.file.sync_data()?)
    }
}

/// Sealed bytes to be opened: the least a read costs.
pub struct SealedBytes {
    key: BodyKey,
    sealed: Vec<u8>,
}

impl SealedBytes {
    /// Seals so many bytes.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new(length: usize) -> Result<Self, Failure> {
        let key = BodyKey::random(&OsEntropy)?;
        let sealed = key.seal_body(&PLACE, &vec![0x5a; length], &OsEntropy)?;
        Ok(Self { key, sealed })
    }

    /// Opens them; how many there are.
    ///
    /// # Errors
    /// Never, unless the memory is broken.
    pub fn open(&self) -> Result<usize, Failure> {
        Ok(self.key.open_body(&PLACE, &self.sealed)?.len())
    }
}

const PLACE: Place<'static> = Place {
    store: StoreId::from_bytes([7; 16]),
    table: Table::new("bench"),
    row: b"bench",
    version: 1,
    codec: 0,
    dictionary: 0,
};
