//! A passphrase keeps the contract and commits to itself.

use super::super::conformance::conformance;
use super::*;
use crate::testing::Scratch;
use base::OsEntropy;

const CHEAP: PassphraseCost = PassphraseCost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};

#[test]
fn conforms() {
    let scratch = Scratch::new("passphrase-conforms");
    let path = scratch.path("passphrase");
    Passphrase::create(&path, b"correct horse", CHEAP, &OsEntropy).unwrap();
    let mut reopen = || -> Result<Box<dyn Kms>, KmsError> {
        Ok(Box::new(Passphrase::open(&path, b"correct horse")?))
    };
    conformance(&mut reopen, &OsEntropy).unwrap();
}

#[test]
fn a_wrong_passphrase_is_told_before_anything_is_unwrapped() {
    let scratch = Scratch::new("passphrase-wrong");
    let path = scratch.path("passphrase");
    Passphrase::create(&path, b"correct horse", CHEAP, &OsEntropy).unwrap();
    for wrong in [&b"correct horsf"[..], b"", b"correct horse "] {
        assert_eq!(
            Passphrase::open(&path, wrong).err(),
            Some(KmsError::WrongPassphrase)
        );
    }
}

#[test]
fn a_cost_out_of_bounds_is_refused_before_it_is_spent() {
    for cost in [
        PassphraseCost {
            memory_kib: u32::MAX,
            ..CHEAP
        },
        PassphraseCost {
            passes: u32::MAX,
            ..CHEAP
        },
        PassphraseCost {
            lanes: 100,
            ..CHEAP
        },
        PassphraseCost {
            memory_kib: 0,
            ..CHEAP
        },
    ] {
        assert!(matches!(
            stretch(b"x", &[0; 16], cost),
            Err(KmsError::Damaged { .. })
        ));
    }
}

/// Why a passphrase is not erasure: an old copy of the file and the passphrase are the old root.
#[test]
fn an_old_copy_of_the_file_and_the_passphrase_are_the_old_root() {
    let scratch = Scratch::new("passphrase-old-copy");
    let path = scratch.path("passphrase");
    let kms = Passphrase::create(&path, b"correct horse", CHEAP, &OsEntropy).unwrap();
    kms.load(StoreId::from_bytes([1; 16]), Use::Create).unwrap();
    let secret = Secret::random(&OsEntropy).unwrap();
    let wrapped = kms.wrap(Epoch::FIRST, b"c", &secret, &OsEntropy).unwrap();
    let copy = std::fs::read(&path).unwrap();
    kms.stage(Writer::NOBODY, Epoch::new(2), &OsEntropy)
        .unwrap();
    kms.activate(Writer::NOBODY, Epoch::new(2)).unwrap();
    kms.destroy(Writer::NOBODY, Epoch::FIRST, &OsEntropy)
        .unwrap();
    assert!(kms.unwrap(Epoch::FIRST, b"c", &wrapped).is_err());
    std::fs::write(&path, copy).unwrap();
    let thief = Passphrase::open(&path, b"correct horse").unwrap();
    assert!(thief.unwrap(Epoch::FIRST, b"c", &wrapped).unwrap().expose() == secret.expose());
    assert_eq!(thief.forgetting(), Forgetting::Never);
}
