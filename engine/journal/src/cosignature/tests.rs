//! Proves that a witness signs only what continues what it signed before, and that only its own
//! true word counts.

use super::*;
use crate::note::VaultSigner;
use crate::testing::{facts, log_of, origin};
use base::SeededEntropy;
use base::rows::MapRows;
use vault::SigningKey;

struct Hall {
    log: Log,
    rows: MapRows,
    log_key: SigningKey,
    witness_key: SigningKey,
}

impl Hall {
    fn new() -> Self {
        let (log, rows) = log_of(300);
        let key = |seed| SigningKey::random(&SeededEntropy::new(seed)).unwrap();
        Self {
            log,
            rows,
            log_key: key(1),
            witness_key: key(2),
        }
    }

    fn signer(&self) -> VaultSigner<'_> {
        VaultSigner::new(origin().as_str(), Algorithm::Ed25519, &self.log_key).unwrap()
    }

    fn witness(&self) -> VaultSigner<'_> {
        VaultSigner::new(
            "witness.example/w",
            Algorithm::CosignatureV1,
            &self.witness_key,
        )
        .unwrap()
    }

    fn signed(&self) -> SignedCheckpoint {
        Checkpoint::of(&self.log).sign(&self.signer()).unwrap()
    }

    fn request(&self, old: u64) -> String {
        let request = WitnessRequest::new(&self.log, &self.rows, old, self.signed());
        request.unwrap().text()
    }
}

fn noon() -> Instant {
    Instant::from_rfc3339("2026-01-31T12:00:00.700Z").unwrap()
}

#[test]
fn a_witness_follows_a_log_from_its_first_checkpoint_on() {
    let mut hall = Hall::new();
    let log_key = hall.signer().verifier_key();
    let first = WitnessRequest::open(&hall.request(0), &log_key).unwrap();
    let answer = first.cosign(None, &hall.witness(), noon()).unwrap();
    let last = first.checkpoint.checkpoint().clone();
    let witness = hall.witness().verifier_key();
    let cosigned = hall
        .signed()
        .with_cosignatures(&answer, &[&witness])
        .unwrap();
    let word = Cosignature {
        witness: witness.clone(),
        at: Instant::from_rfc3339("2026-01-31T12:00:00Z").unwrap(),
    };
    assert_eq!(cosigned.cosignatures(&[&witness]).unwrap(), [word]);
    let opened = SignedCheckpoint::open(cosigned.text(), &log_key).unwrap();
    assert_eq!(opened.text(), cosigned.text());

    let Hall { log, rows, .. } = &mut hall;
    let _ = log.append(rows, facts(300, 77)).unwrap();
    let second = WitnessRequest::open(&hall.request(300), &log_key).unwrap();
    assert!(second.cosign(Some(&last), &hall.witness(), noon()).is_ok());
    let conflict = Err(WitnessError::Conflict { size: 300 });
    let skipped = WitnessRequest::open(&hall.request(0), &log_key).unwrap();
    assert_eq!(
        skipped.cosign(Some(&last), &hall.witness(), noon()),
        conflict
    );
    let early = second.cosign(None, &hall.witness(), noon());
    assert_eq!(early, Err(WitnessError::Conflict { size: 0 }));
}

#[test]
fn a_forked_log_gets_no_signature() {
    let hall = Hall::new();
    let log_key = hall.signer().verifier_key();
    let mut last = Checkpoint::of(&hall.log);
    last.size = 250;
    last.root = hall.log.root_at(&hall.rows, 249).unwrap();
    let request = WitnessRequest::open(&hall.request(250), &log_key).unwrap();
    let forked = request.cosign(Some(&last), &hall.witness(), noon());
    assert_eq!(forked, Err(WitnessError::Forked(ProofError::False)));
    last.root = hall.log.root_at(&hall.rows, 250).unwrap();
    assert!(request.cosign(Some(&last), &hall.witness(), noon()).is_ok());
    last.origin = crate::Origin::new("other.example").unwrap();
    let other = request.cosign(Some(&last), &hall.witness(), noon());
    assert_eq!(other, Err(WitnessError::Forked(ProofError::OtherLog)));
}

#[test]
fn an_altered_answer_counts_for_nothing() {
    let hall = Hall::new();
    let log_key = hall.signer().verifier_key();
    let witness = hall.witness().verifier_key();
    let request = WitnessRequest::open(&hall.request(0), &log_key).unwrap();
    let answer = request.cosign(None, &hall.witness(), noon()).unwrap();
    for at in 0..answer.len() {
        let mut bytes = answer.clone().into_bytes();
        bytes[at] ^= 1;
        if let Ok(altered) = String::from_utf8(bytes) {
            let added = hall.signed().with_cosignatures(&altered, &[&witness]);
            assert!(added.is_err(), "byte {at}");
        }
    }
    let alone = hall.signed().cosignatures(&[&witness]);
    assert_eq!(alone.err(), Some(NoteError::Unsigned));
    let stranger = VerifierKey::new("stranger", Algorithm::CosignatureV1, hall.log_key.public());
    let unknown = hall
        .signed()
        .with_cosignatures(&answer, &[&stranger.unwrap()]);
    assert_eq!(unknown.err(), Some(NoteError::Unsigned));
}

#[test]
fn an_altered_request_is_refused() {
    let hall = Hall::new();
    let log_key = hall.signer().verifier_key();
    let request = hall.request(123);
    let mut last = Checkpoint::of(&hall.log);
    last.size = 123;
    last.root = hall.log.root_at(&hall.rows, 123).unwrap();
    for at in 0..request.len() {
        let mut bytes = request.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(altered) = String::from_utf8(bytes) else {
            continue;
        };
        let signed = WitnessRequest::open(&altered, &log_key)
            .map(|request| request.cosign(Some(&last), &hall.witness(), noon()));
        assert!(!matches!(signed, Ok(Ok(_))), "byte {at}");
    }
}
