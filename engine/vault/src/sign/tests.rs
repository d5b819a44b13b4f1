//! Signatures are Ed25519 of RFC 8032, and the seed survives its seal.

use super::*;
use base::{OsEntropy, StoreId, Table};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};

const PLACE: Place<'static> = Place {
    store: StoreId::from_bytes([1; 16]),
    table: Table::new("units"),
    row: b"signer",
    version: 0,
    codec: 0,
    dictionary: 0,
};

fn unit() -> UnitKey {
    UnitKey::new(Secret::from_bytes(&[1; 32]))
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn agrees_with_rfc_8032_test_2() {
    let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = SigningKey::from_seed(&Secret::from_bytes(seed.first_chunk().unwrap()));
    let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_eq!(key.public().to_vec(), public);
    let expected = hex(concat!(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ));
    assert_eq!(key.sign(&[0x72]).to_vec(), expected);
}

#[test]
fn a_seed_survives_its_seal_and_opens_nowhere_else() {
    let key = SigningKey::random(&OsEntropy).unwrap();
    let sealed = key.seal(&unit(), &PLACE, &OsEntropy).unwrap();
    let again = SigningKey::open(&unit(), &PLACE, &sealed).unwrap();
    let signature = Signature::from_bytes(&again.sign(b"note"));
    VerifyingKey::from_bytes(&key.public())
        .unwrap()
        .verify(b"note", &signature)
        .unwrap();
    let elsewhere = Place {
        row: b"other",
        ..PLACE
    };
    assert_eq!(
        SigningKey::open(&unit(), &elsewhere, &sealed).err(),
        Some(OpenError::Tampered)
    );
    let short = unit().seal(&PLACE, &[1; 31], &OsEntropy).unwrap();
    assert_eq!(
        SigningKey::open(&unit(), &PLACE, &short).err(),
        Some(OpenError::Truncated)
    );
    let long = unit().seal(&PLACE, &[1; 33], &OsEntropy).unwrap();
    assert_eq!(
        SigningKey::open(&unit(), &PLACE, &long).err(),
        Some(OpenError::UnknownVersion)
    );
}
