//! Proves that a checkpoint is believed only as its own log signed it.

use super::*;
use crate::note::{Algorithm, VaultSigner};
use crate::testing::{log_of, origin};
use base::SeededEntropy;

fn signing(seed: u64) -> vault::SigningKey {
    vault::SigningKey::random(&SeededEntropy::new(seed)).unwrap()
}

#[test]
fn a_signed_checkpoint_opens_and_no_altered_byte_of_it_does() {
    let (log, _) = log_of(300);
    let key = signing(1);
    let signer = VaultSigner::new(origin().as_str(), Algorithm::Ed25519, &key).unwrap();
    let signed = Checkpoint::of(&log).sign(&signer).unwrap();
    let verifier = signer.verifier_key();
    let opened = SignedCheckpoint::open(signed.text(), &verifier).unwrap();
    assert_eq!(*opened.checkpoint(), Checkpoint::of(&log));
    assert_eq!(opened.text(), signed.text());
    let text = signed.text();
    for at in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        if let Ok(altered) = String::from_utf8(bytes) {
            assert!(
                SignedCheckpoint::open(&altered, &verifier).is_err(),
                "byte {at}"
            );
        }
        if let Some(cut) = text.get(..at) {
            assert!(
                SignedCheckpoint::open(cut, &verifier).is_err(),
                "cut at {at}"
            );
        }
    }
}

#[test]
fn only_the_key_with_the_name_of_the_log_speaks_for_it() {
    let (log, _) = log_of(3);
    let key = signing(1);
    let other = VaultSigner::new("other.example", Algorithm::Ed25519, &key).unwrap();
    let refused = Checkpoint::of(&log).sign(&other);
    assert_eq!(refused.err(), Some(NoteError::WrongName));
    let signer = VaultSigner::new(origin().as_str(), Algorithm::Ed25519, &key).unwrap();
    let text = Checkpoint::of(&log).sign(&signer).unwrap().to_string();
    let stranger = signing(2);
    let stranger = VaultSigner::new(origin().as_str(), Algorithm::Ed25519, &stranger).unwrap();
    let opened = SignedCheckpoint::open(&text, &stranger.verifier_key());
    assert_eq!(opened.err(), Some(NoteError::Unsigned));
}

#[test]
fn bodies_that_are_not_canonical_are_refused() {
    let (log, _) = log_of(3);
    let body = Checkpoint::of(&log).body();
    assert_eq!(
        Checkpoint::from_body(body.as_bytes()).unwrap(),
        Checkpoint::of(&log)
    );
    let size = |text: &str| body.replacen("\n3\n", &format!("\n{text}\n"), 1);
    for altered in [
        format!("{body}extension\n"),
        size("03"),
        size("+3"),
        size(""),
        size("-3"),
        size("18446744073709551615"),
        body.trim_end().to_owned(),
        body.replace('=', ""),
        String::new(),
    ] {
        assert!(
            Checkpoint::from_body(altered.as_bytes()).is_err(),
            "{altered}"
        );
    }
}

#[test]
fn a_checkpoint_of_another_log_under_the_same_key_is_refused() {
    let (log, _) = log_of(3);
    let key = signing(1);
    let signer = VaultSigner::new(origin().as_str(), Algorithm::Ed25519, &key).unwrap();
    let mut other = Checkpoint::of(&log);
    other.origin = Origin::new("other.example").unwrap();
    let verifier = signer.verifier_key();
    let signature = signer.sign(other.body().as_bytes()).unwrap();
    let line = Signature::new(verifier.name().to_owned(), verifier.id(), signature).unwrap();
    let note = Note::new(other.body().as_bytes(), &[line]).unwrap();
    let text = String::from_utf8(note.to_bytes()).unwrap();
    let opened = SignedCheckpoint::open(&text, &verifier);
    assert_eq!(opened.err(), Some(NoteError::WrongName));
}

/// A device that signs with another key than it names.
struct Mistaken(VerifierKey, vault::SigningKey);

impl NoteSigner for Mistaken {
    fn verifier_key(&self) -> VerifierKey {
        self.0.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, NoteError> {
        Ok(self.1.sign(message).to_vec())
    }
}

#[test]
fn a_second_key_signs_beside_the_first_and_only_truly() {
    let (log, _) = log_of(5);
    let (one, two, three) = (signing(1), signing(2), signing(3));
    let named = |key| VaultSigner::new(origin().as_str(), Algorithm::Ed25519, key).unwrap();
    let (first, second) = (named(&one), named(&two));
    let signed = Checkpoint::of(&log).sign(&first).unwrap();
    let both = signed.also_signed(&second).unwrap();
    assert!(both.text().starts_with(signed.text()));
    for key in [first.verifier_key(), second.verifier_key()] {
        assert!(SignedCheckpoint::open(both.text(), &key).is_ok());
    }
    let neither = SignedCheckpoint::open(both.text(), &named(&three).verifier_key());
    assert_eq!(neither.err(), Some(NoteError::Unsigned));
    let mistaken = Mistaken(second.verifier_key(), signing(3));
    assert_eq!(
        signed.also_signed(&mistaken).err(),
        Some(NoteError::FalseSignature)
    );
    let other = VaultSigner::new("log.example/b", Algorithm::Ed25519, &two).unwrap();
    assert_eq!(signed.also_signed(&other).err(), Some(NoteError::WrongName));
}
