//! Proves that the simulated key stores keep the contract of every other.

use super::{KEYS, Ring};
use crate::disk::Folder;
use base::SeededEntropy;
use base::disk::FaultyDisk;
use std::sync::Arc;
use vault::kms::conformance::conformance;
use vault::{KeyFile, Kms};

#[test]
fn the_ring_conforms() {
    let disk = FaultyDisk::new();
    disk.start_recording();
    let mut ring = Arc::new(Ring::new(&disk, 1).unwrap());
    let mut reopen = || -> Result<Box<dyn Kms>, _> {
        // What a process finds after a power cut: the state at the last event.
        ring = Arc::new(ring.at(disk.events(), &disk));
        Ok(Box::new(Shared(Arc::clone(&ring))))
    };
    conformance(&mut reopen, &SeededEntropy::new(2)).unwrap();
}

#[test]
fn a_key_file_on_the_faulty_disk_conforms() {
    let disk = FaultyDisk::new();
    let folder = || Arc::new(Folder::new(&disk, KEYS).unwrap());
    let entropy = SeededEntropy::new(3);
    KeyFile::create_on(folder(), "key", &entropy).unwrap();
    let mut reopen =
        || -> Result<Box<dyn Kms>, _> { Ok(Box::new(KeyFile::open_on(folder(), "key")?)) };
    conformance(&mut reopen, &entropy).unwrap();
}

/// A ring that the suite may own.
struct Shared(Arc<Ring>);

impl Kms for Shared {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }
    fn forgetting(&self) -> vault::Forgetting {
        self.0.forgetting()
    }
    fn load(
        &self,
        store: base::StoreId,
        purpose: vault::Use,
    ) -> Result<vault::KmsState, vault::KmsError> {
        self.0.load(store, purpose)
    }
    fn hand_over(&self, from: vault::Writer, to: vault::Writer) -> Result<(), vault::KmsError> {
        self.0.hand_over(from, to)
    }
    fn stage(
        &self,
        writer: vault::Writer,
        next: vault::Epoch,
        entropy: &dyn base::Entropy,
    ) -> Result<vault::Staging, vault::KmsError> {
        self.0.stage(writer, next, entropy)
    }
    fn activate(&self, writer: vault::Writer, next: vault::Epoch) -> Result<(), vault::KmsError> {
        self.0.activate(writer, next)
    }
    fn destroy(
        &self,
        writer: vault::Writer,
        epoch: vault::Epoch,
        entropy: &dyn base::Entropy,
    ) -> Result<vault::Destruction, vault::KmsError> {
        self.0.destroy(writer, epoch, entropy)
    }
    fn wrap(
        &self,
        epoch: vault::Epoch,
        context: &[u8],
        secret: &vault::Secret,
        entropy: &dyn base::Entropy,
    ) -> Result<Vec<u8>, vault::KmsError> {
        self.0.wrap(epoch, context, secret, entropy)
    }
    fn unwrap(
        &self,
        epoch: vault::Epoch,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<vault::Secret, vault::KmsError> {
        self.0.unwrap(epoch, context, wrapped)
    }
}
