//! Derived keys need all they derive from.

use super::*;
use crate::seal::OpenError;
use base::{OsEntropy, StoreId, Table};

fn audit(byte: u8) -> AuditKey {
    AuditKey::new(Secret::from_bytes(&[byte; 32]))
}

const PLACE: Place<'static> = Place {
    store: StoreId::from_bytes([1; 16]),
    table: Table::new("entries"),
    row: b"1",
    version: 0,
    codec: 0,
    dictionary: 0,
};

/// Destroying the period's key or the patient's is enough to close an entry.
#[test]
fn an_entry_needs_the_patient_and_the_period() {
    let sealed = audit(1)
        .entry_key(&audit(2))
        .seal(&PLACE, b"who", &OsEntropy)
        .unwrap();
    let again = audit(1).entry_key(&audit(2));
    assert!(*again.open(&PLACE, &sealed).unwrap() == *b"who");
    for (patient, period) in [(1, 3), (3, 2), (2, 1), (1, 1)] {
        let other = audit(patient).entry_key(&audit(period));
        assert_eq!(other.open(&PLACE, &sealed).err(), Some(OpenError::WrongKey));
    }
    assert_eq!(
        audit(1).open(&PLACE, &sealed).err(),
        Some(OpenError::WrongKey)
    );
}

#[test]
fn a_unit_and_its_buckets_use_different_keys() {
    let unit = UnitKey::new(Secret::from_bytes(&[1; 32]));
    let direct = BucketKey::new(Secret::from_bytes(&[1; 32]));
    assert_ne!(unit.bucket_key().bucket(1, b"x"), direct.bucket(1, b"x"));
}
