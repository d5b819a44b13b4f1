//! A KMS that was lent keeps the contract, and none of it is reached once it was taken back.

use super::super::KeyFile;
use super::super::conformance::conformance;
use super::*;
use crate::testing::Scratch;
use base::OsEntropy;

const STORE: StoreId = StoreId::from_bytes([1; 16]);

#[test]
fn a_lent_kms_keeps_the_contract() {
    let scratch = Scratch::new("lent-conformance");
    let path = scratch.path("root.key");
    KeyFile::create(&path, &OsEntropy).unwrap();
    let mut reopen = || -> Result<Box<dyn Kms>, KmsError> {
        Ok(Box::new(Lent::new(Arc::new(KeyFile::open(&path)?))))
    };
    conformance(&mut reopen, &OsEntropy).unwrap();
}

#[test]
fn a_kms_that_was_taken_back_is_let_go_of_and_unreachable() {
    let scratch = Scratch::new("lent-back");
    let path = scratch.path("root.key");
    KeyFile::create(&path, &OsEntropy).unwrap();
    let file: Arc<dyn Kms> = Arc::new(KeyFile::open(&path).unwrap());
    let gone = Arc::downgrade(&file);
    let lent = Lent::new(file);
    assert!(lent.load(STORE, Use::Create).is_ok());
    drop(lent.take_back());
    assert!(gone.upgrade().is_none());
    assert!(lent.take_back().is_none());
    let told = lent.load(STORE, Use::Open).map(drop);
    assert!(
        matches!(told, Err(KmsError::Unreachable { .. })),
        "{told:?}"
    );
    assert_eq!(lent.kind(), "key file");
}
