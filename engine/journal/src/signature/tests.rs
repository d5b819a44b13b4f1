//! Proves that the signature of a log fits that log at that size and no other.

use super::*;
use crate::note::Algorithm;
use crate::origin::Origin;
use crate::testing::{STORE, facts, log_of};
use crate::verify::{Finding, verify_all};
use base::SeededEntropy;

fn key(seed: u64) -> SigningKey {
    SigningKey::random(&SeededEntropy::new(seed)).unwrap()
}

fn public(key: &SigningKey) -> VerifierKey {
    VerifierKey::new("log", Algorithm::Ed25519, key.public()).unwrap()
}

#[test]
fn a_log_bears_the_signature_of_its_own_size_and_root() {
    let (mut log, mut rows) = log_of(5);
    let own = key(1);
    assert_eq!(log.signed_by(&rows, &public(&own)), Ok(Signed::Not));
    assert_eq!(Log::bears_signature(&rows), Ok(false));
    log.sign(&mut rows, &own).unwrap();
    assert_eq!(log.signed_by(&rows, &public(&own)), Ok(Signed::Truly));
    assert_eq!(log.signed_by(&rows, &public(&key(2))), Ok(Signed::Falsely));
    assert!(verify_all(&rows).unwrap().is_clean());
    // Of what the log was before, or would be with other entries, it says nothing.
    let (shorter, _) = log_of(4);
    assert_eq!(shorter.signed_by(&rows, &public(&own)), Ok(Signed::Falsely));
    let _ = log.append(&mut rows, facts(9, 1)).unwrap();
    assert_eq!(log.signed_by(&rows, &public(&own)), Ok(Signed::Falsely));
    log.sign(&mut rows, &own).unwrap();
    log.rename(&mut rows, Origin::of_store(STORE, 1)).unwrap();
    assert_eq!(log.signed_by(&rows, &public(&own)), Ok(Signed::Falsely));
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_signature_is_noticed() {
    let (log, mut rows) = log_of(3);
    let own = key(1);
    log.sign(&mut rows, &own).unwrap();
    let whole = rows.row(HEAD, SIGNATURE_KEY).unwrap().unwrap();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut altered = whole.clone();
            altered[at] ^= 1 << bit;
            rows.put(HEAD, SIGNATURE_KEY, &altered).unwrap();
            assert_eq!(log.signed_by(&rows, &public(&own)), Ok(Signed::Falsely));
        }
        rows.put(HEAD, SIGNATURE_KEY, &whole[..at]).unwrap();
        assert_eq!(log.signed_by(&rows, &public(&own)), Ok(Signed::Falsely));
    }
    rows.put(HEAD, &[2], &whole).unwrap();
    let found = verify_all(&rows).unwrap().findings;
    assert_eq!(found, [Finding::Head], "a third row beside the head");
}
