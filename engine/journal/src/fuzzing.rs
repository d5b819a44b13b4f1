//! Bodies of the fuzz targets: always compiled, run by libFuzzer and by a seeded driver.
//!
//! Invariant: whatever the bytes, no parser panics, and what it accepts it writes back byte by
//! byte. A broken promise panics, which is how a fuzzer learns of it.

use crate::access_proof::AccessProof;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::cosignature::WitnessRequest;
use crate::entry::Entry;
use crate::log::{HEAD, HEAD_KEY, Log};
use crate::note::{Algorithm, VerifierKey};
use crate::proof::{Consistency, Inclusion};
use crate::trace::{Trace, Words};
use base::rows::MapRows;
use base::{Digest, RowWrite};

/// The bytes of an entry.
pub fn entry(data: &[u8]) {
    if let Ok(entry) = Entry::from_bytes(data.to_vec()) {
        assert_eq!(entry.bytes(), data);
        let fact = entry.fact().map(|fact| fact.encode());
        assert!(
            !matches!(fact, Some(Err(_))),
            "a fact that was read can be written"
        );
        let _ = (entry.previous(), entry.sealed_trace(), entry.sealed_words());
    }
}

/// The bytes of a trace and of words, as they come out of a seal.
pub fn trace(data: &[u8]) {
    if let Ok(trace) = Trace::decode(data) {
        assert_eq!(trace.encode().as_deref(), Ok(data));
        let _ = (trace.class(), trace.act.documents());
    }
    if let Ok(words) = Words::decode(data) {
        assert_eq!(words.encode().as_deref(), Ok(data));
    }
}

/// The head row of a log.
pub fn head(data: &[u8]) {
    let mut rows = MapRows::new();
    if rows.put(HEAD, HEAD_KEY, data).is_ok() {
        let _ = Log::open(&rows);
        let _ =
            crate::verify::verify_from(&rows, u64::MAX, &mut |_| std::ops::ControlFlow::Break(()));
    }
}

/// The body of a checkpoint, a signed note and a verifier key.
pub fn checkpoint(data: &[u8]) {
    if let Ok(checkpoint) = Checkpoint::from_body(data) {
        assert_eq!(checkpoint.body().as_bytes(), data);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Some(key) = any_key() {
        assert!(
            SignedCheckpoint::open(text, &key).is_err(),
            "nobody signed it"
        );
    }
}

/// The text of a proof and of a witness request, and proofs made of any hashes.
pub fn proof(data: &[u8]) {
    if let (Ok(text), Some(key)) = (std::str::from_utf8(data), any_key()) {
        assert!(
            AccessProof::open(text, b"", &key).is_err(),
            "nobody signed it"
        );
        assert!(
            WitnessRequest::open(text, &key).is_err(),
            "nobody signed it"
        );
    }
    let Some((numbers, rest)) = data.split_first_chunk::<24>() else {
        return;
    };
    let number = |at: usize| {
        let bytes = numbers
            .get(at..at + 8)
            .and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u64::from_le_bytes)
    };
    let hashes: Vec<_> = rest
        .as_chunks::<32>()
        .0
        .iter()
        .map(|hash| Digest::from_bytes(*hash))
        .collect();
    let Ok(origin) = crate::Origin::new("fuzz.example") else {
        return;
    };
    let checkpoint = |size| Checkpoint {
        origin: origin.clone(),
        size,
        root: Digest::ZERO,
    };
    let inclusion = Inclusion {
        index: number(0),
        size: number(8),
        hashes: hashes.clone(),
    };
    assert!(inclusion.verify(rest, &checkpoint(number(8))).is_err());
    let consistency = Consistency {
        from: number(0),
        to: number(16),
        hashes,
    };
    let (older, newer) = (checkpoint(number(0)), checkpoint(number(16)));
    let same = number(0) == number(16);
    assert!(same || consistency.verify(&older, &newer).is_err());
}

/// The example key of Go's sumdb/note, whose seed is not ours.
fn any_key() -> Option<VerifierKey> {
    let public = [
        0x1a, 0x5c, 0xd9, 0x07, 0x14, 0x3c, 0x38, 0x4c, 0x41, 0xe8, 0x30, 0xc5, 0xbc, 0xe1, 0x2a,
        0xa8, 0x81, 0x7e, 0xc5, 0x64, 0x9a, 0xaa, 0xbf, 0x2c, 0x31, 0x38, 0x8b, 0x35, 0xb2, 0xd7,
        0x44, 0xd6,
    ];
    VerifierKey::new("PeterNeumann", Algorithm::Ed25519, public).ok()
}

#[cfg(test)]
mod tests;
