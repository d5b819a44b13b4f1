//! Proves that a proof file convinces of its own entry and of nothing else.

use super::*;
use crate::checkpoint::Checkpoint;
use crate::note::{Algorithm, NoteSigner, VaultSigner};
use crate::testing::{log_of, origin};
use base::SeededEntropy;
use vault::SigningKey;

#[test]
fn a_proof_file_holds_for_its_entry_and_no_altered_byte_of_it_does() {
    let (log, rows) = log_of(300);
    let key = SigningKey::random(&SeededEntropy::new(1)).unwrap();
    let signer = VaultSigner::new(origin().as_str(), Algorithm::Ed25519, &key).unwrap();
    let signed = Checkpoint::of(&log).sign(&signer).unwrap();
    let verifier = signer.verifier_key();
    let entry = log.entry(&rows, 123).unwrap();
    let proof = AccessProof::new(&Prover::new(log.clone()), &rows, 123, signed.clone()).unwrap();
    let text = proof.text();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 123\n"));
    let opened = AccessProof::open(&text, entry.bytes(), &verifier).unwrap();
    assert_eq!(
        (opened.index(), opened.checkpoint()),
        (123, signed.checkpoint())
    );
    let other = log.entry(&rows, 124).unwrap();
    let refused = AccessProof::open(&text, other.bytes(), &verifier);
    assert_eq!(refused.err(), Some(ProofError::False));
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        if let Ok(altered) = String::from_utf8(bytes) {
            assert!(
                AccessProof::open(&altered, entry.bytes(), &verifier).is_err(),
                "{at}"
            );
        }
        if let Some(cut) = text.get(..at) {
            assert!(
                AccessProof::open(cut, entry.bytes(), &verifier).is_err(),
                "cut {at}"
            );
        }
    }
    for number in ["0123", "+123", " 123", "123 "] {
        let padded = text.replacen("123", number, 1);
        let refused = AccessProof::open(&padded, entry.bytes(), &verifier);
        assert_eq!(refused.err(), Some(ProofError::Malformed), "{number}");
    }
    let extra = text.replacen("index", "extra YWJj\nindex", 1);
    assert!(AccessProof::open(&extra, entry.bytes(), &verifier).is_ok());
    let odd = extra.replacen("YWJj", "!!", 1);
    let refused = AccessProof::open(&odd, entry.bytes(), &verifier).err();
    assert_eq!(refused, Some(ProofError::Malformed));
    assert!(AccessProof::new(&Prover::new(log.clone()), &rows, 300, signed).is_err());
}
