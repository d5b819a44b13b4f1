//! The sealed record, version 1: key-committing authenticated encryption.
//!
//! ```text
//! nonce (24) | commitment (16) | ciphertext | tag (16)
//! message key (32) | commitment (16) = keyed BLAKE3 stream (key, label, nonce)
//! ciphertext, tag = ChaCha20-Poly1305 (message key, zero nonce, canonical place)
//! ```
//! See `docs/format.md`. The nonce is drawn at random and then hashed with the key, the place
//! and the plaintext, so that a random source that repeats itself (a cloned machine) cannot
//! make one message key seal two messages. Invariant: nothing is returned before the tag held.

use crate::cipher::Cipher;
pub(crate) use crate::cipher::TAG_BYTES;
use crate::digest::derive;
use crate::place::Place;
use crate::secret::{Plain, Secret};
use base::Entropy;
use base::entropy::NoEntropy;
use thiserror::Error;
use zeroize::Zeroizing;

/// Why sealed bytes do not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// They were sealed under another key, or their first 40 bytes were altered.
    #[error("the bytes were sealed under another key, or their header is damaged")]
    WrongKey,
    /// They were altered, or belong to another place.
    #[error("the sealed bytes were altered, or belong to another place")]
    Tampered,
    /// They are shorter than any sealed record, or end inside one.
    #[error("the sealed bytes are cut short")]
    Truncated,
    /// A version this engine does not know wrote them.
    #[error("the sealed bytes are of a version this engine does not know")]
    UnknownVersion,
}

/// How many bytes longer than its plaintext a sealed record is.
pub const RECORD_OVERHEAD_BYTES: usize = NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES;

/// Seals `plain` at `place`.
pub(crate) fn seal(
    key: &Secret,
    place: &Place<'_>,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, NoEntropy> {
    let aad = place.canonical(plain.len());
    seal_raw(key, SEAL_LABEL, &aad, plain, entropy)
}

/// Opens what [`seal`] made.
pub(crate) fn open(key: &Secret, place: &Place<'_>, sealed: &[u8]) -> Result<Plain, OpenError> {
    let plain_bytes = sealed
        .len()
        .checked_sub(RECORD_OVERHEAD_BYTES)
        .ok_or(OpenError::Truncated)?;
    open_raw(key, SEAL_LABEL, &place.canonical(plain_bytes), sealed)
}

pub(crate) fn seal_raw(
    key: &Secret,
    label: &'static str,
    aad: &[u8],
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, NoEntropy> {
    let nonce = hedged_nonce(key, aad, plain, entropy)?;
    Ok(seal_with_nonce(key, label, aad, plain, &nonce))
}

pub(crate) fn seal_with_nonce(
    key: &Secret,
    label: &'static str,
    aad: &[u8],
    plain: &[u8],
    nonce: &[u8; NONCE_BYTES],
) -> Vec<u8> {
    let (cipher, commitment) = message_cipher(key, label, nonce);
    let mut out = Vec::with_capacity(plain.len() + RECORD_OVERHEAD_BYTES);
    out.extend_from_slice(nonce);
    out.extend_from_slice(&commitment);
    out.extend_from_slice(plain);
    let tag = cipher.encrypt(&ZERO_NONCE, aad, &mut out[HEADER_BYTES..]);
    out.extend_from_slice(&tag);
    out
}

pub(crate) fn open_raw(
    key: &Secret,
    label: &'static str,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Plain, OpenError> {
    let (nonce, rest) = sealed.split_first_chunk().ok_or(OpenError::Truncated)?;
    let (commitment, rest) = rest.split_first_chunk().ok_or(OpenError::Truncated)?;
    let (body, tag) = rest.split_last_chunk().ok_or(OpenError::Truncated)?;
    let cipher = committed_cipher(key, label, nonce, commitment)?;
    let mut plain = Plain::new(body.to_vec());
    cipher.decrypt(&ZERO_NONCE, aad, plain.bytes_mut(), tag)?;
    Ok(plain)
}

/// The message cipher and the commitment to `key` that go with `nonce`.
pub(crate) fn message_cipher(
    key: &Secret,
    label: &'static str,
    nonce: &[u8; NONCE_BYTES],
) -> (Cipher, [u8; COMMITMENT_BYTES]) {
    committed(key, label, &[nonce])
}

/// A cipher and a commitment to the key that it derives from: one stream over `parts`.
pub(crate) fn committed(
    key: &Secret,
    label: &'static str,
    parts: &[&[u8]],
) -> (Cipher, [u8; COMMITMENT_BYTES]) {
    let mut stream = Zeroizing::new([0_u8; 32 + COMMITMENT_BYTES]);
    derive(key, label, parts, stream.as_mut_slice());
    let (message, rest) = stream.split_at(32);
    let (mut key, mut commitment) = (Zeroizing::new([0; 32]), [0; COMMITMENT_BYTES]);
    key.copy_from_slice(message);
    commitment.copy_from_slice(rest);
    (Cipher::new(&key), commitment)
}

/// As [`message_cipher`], when the commitment is the one expected.
pub(crate) fn committed_cipher(
    key: &Secret,
    label: &'static str,
    nonce: &[u8; NONCE_BYTES],
    expected: &[u8; COMMITMENT_BYTES],
) -> Result<Cipher, OpenError> {
    let (cipher, commitment) = message_cipher(key, label, nonce);
    if same(&commitment, expected) {
        Ok(cipher)
    } else {
        Err(OpenError::WrongKey)
    }
}

/// A cipher over `key` itself, for keys that seal under nonces of their own.
pub(crate) fn cipher(key: &Secret) -> Cipher {
    Cipher::new(key.expose())
}

/// Compares without telling by its time where the bytes differ.
pub(crate) fn same<const N: usize>(left: &[u8; N], right: &[u8; N]) -> bool {
    let difference = left
        .iter()
        .zip(right)
        .fold(0_u8, |sum, (l, r)| sum | (l ^ r));
    std::hint::black_box(difference) == 0
}

pub(crate) fn hedged_nonce(
    key: &Secret,
    aad: &[u8],
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<[u8; NONCE_BYTES], NoEntropy> {
    let drawn: [u8; NONCE_BYTES] = entropy.array()?;
    let mut nonce = [0; NONCE_BYTES];
    derive(key, NONCE_LABEL, &[&drawn, aad, plain], &mut nonce);
    Ok(nonce)
}

pub(crate) const NONCE_BYTES: usize = 24;
pub(crate) const COMMITMENT_BYTES: usize = 16;
pub(crate) const HEADER_BYTES: usize = NONCE_BYTES + COMMITMENT_BYTES;
pub(crate) const ZERO_NONCE: [u8; 12] = [0; 12];
pub(crate) const SEAL_LABEL: &str = "liasse seal v1";
const NONCE_LABEL: &str = "liasse nonce v1";

#[cfg(test)]
mod tests;
