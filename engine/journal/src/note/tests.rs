//! Proves that keys are read as they are written, and only true signatures of known keys count.

use super::*;
use base::SeededEntropy;

fn key(seed: u64) -> vault::SigningKey {
    vault::SigningKey::random(&SeededEntropy::new(seed)).unwrap()
}

#[test]
fn verifier_keys_are_read_as_they_are_written() {
    for algorithm in [Algorithm::Ed25519, Algorithm::CosignatureV1] {
        let verifier = VerifierKey::new("log.example/a", algorithm, key(1).public()).unwrap();
        let text = verifier.to_string();
        assert_eq!(text.parse::<VerifierKey>().unwrap(), verifier);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let altered = String::from_utf8(bytes).unwrap();
            assert!(
                altered.parse::<VerifierKey>() != Ok(verifier.clone()),
                "{altered}"
            );
            assert!(text[..at].parse::<VerifierKey>().is_err());
        }
    }
    // The example key of Go's golang.org/x/mod/sumdb/note.
    let go = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(go.parse::<VerifierKey>().unwrap().to_string(), go);
    for name in ["", "a b", "a+b"] {
        let named = VerifierKey::new(name, Algorithm::Ed25519, key(1).public());
        assert_eq!(named.err(), Some(NoteError::NotAKey));
    }
}

#[test]
fn a_signature_counts_for_its_own_key_and_text_only() {
    let signing = key(2);
    let signer = VaultSigner::new("log.example", Algorithm::Ed25519, &signing).unwrap();
    let signature = signer.sign(b"text\n").unwrap();
    let verifier = signer.verifier_key();
    assert!(verifier.verify_raw(b"text\n", &signature));
    assert!(!verifier.verify_raw(b"Text\n", &signature));
    assert!(!verifier.verify_raw(b"text\n", &signature[..63]));
    let other = VerifierKey::new("log.example", Algorithm::Ed25519, key(3).public()).unwrap();
    assert!(!other.verify_raw(b"text\n", &signature));
}
