//! Hashing: the only door to BLAKE3.
//!
//! For: digests of public bytes (state tree, manifests), bucket choice, and the one keyed
//! function that every key of this crate derives from. Invariant: every input is framed by its
//! length, so that no two lists of parts hash alike, but for a run, which is one part and alone
//! in its domain; the domain comes first.

use crate::secret::Secret;
use base::Digest;
use zeroize::Zeroizing;

/// The digest of `parts` in `domain`: BLAKE3 over each part behind its length (u64 LE).
#[must_use]
pub fn digest(domain: &'static str, parts: &[&[u8]]) -> Digest {
    let mut hasher = Hasher::new(domain);
    for part in parts {
        hasher.part(part);
    }
    hasher.finish()
}

/// A digest made part by part; equal to [`digest`] over the same parts.
pub struct Hasher {
    inner: blake3::Hasher,
}

impl Hasher {
    /// Starts a digest in `domain`.
    #[must_use]
    pub fn new(domain: &'static str) -> Self {
        let mut hasher = Self {
            inner: blake3::Hasher::new(),
        };
        hasher.part(domain.as_bytes());
        hasher
    }

    /// Adds one part.
    pub fn part(&mut self, bytes: &[u8]) {
        frame(&mut self.inner, bytes);
    }

    /// The digest of the parts so far.
    #[must_use]
    pub fn finish(&self) -> Digest {
        Digest::from_bytes(*self.inner.finalize().as_bytes())
    }

    /// Fills `out` from the parts so far; its first 32 bytes are their digest.
    pub(crate) fn stretch(&self, out: &mut [u8]) {
        self.inner.finalize_xof().fill(out);
    }
}

/// The digest of one long run of bytes that come in pieces, cut anywhere: BLAKE3 over the domain,
/// framed, and the bytes. No other digest is made in its domain.
#[derive(Clone)]
pub struct RunHasher {
    inner: blake3::Hasher,
}

impl RunHasher {
    /// Starts a digest in `domain`.
    #[must_use]
    pub fn new(domain: &'static str) -> Self {
        let mut inner = blake3::Hasher::new();
        frame(&mut inner, domain.as_bytes());
        Self { inner }
    }

    /// Adds the next bytes of the run.
    pub fn more(&mut self, bytes: &[u8]) {
        self.inner.update(bytes);
    }

    /// The digest of the run so far.
    #[must_use]
    pub fn finish(&self) -> Digest {
        Digest::from_bytes(*self.inner.finalize().as_bytes())
    }
}

/// Chooses the bucket of a sealed unit. Row keys hold buckets, so none derives from an INS
/// without this key.
pub struct BucketKey {
    key: Secret,
}

impl BucketKey {
    pub(crate) const fn new(key: Secret) -> Self {
        Self { key }
    }

    /// The bucket of `bytes` among the units of `kind`.
    #[must_use]
    pub fn bucket(&self, kind: u8, bytes: &[u8]) -> [u8; 16] {
        let mut out = [0; 16];
        derive(&self.key, "liasse bucket v1", &[&[kind], bytes], &mut out);
        out
    }
}

/// Fills `out` from the keyed BLAKE3 stream over `label` and `parts`, each behind its length.
pub(crate) fn derive(key: &Secret, label: &'static str, parts: &[&[u8]], out: &mut [u8]) {
    let mut hasher = blake3::Hasher::new_keyed(key.expose());
    frame(&mut hasher, label.as_bytes());
    for part in parts {
        frame(&mut hasher, part);
    }
    hasher.finalize_xof().fill(out);
}

/// A secret derived from `key`: the first 32 bytes of the same stream. Hashed at once, without
/// the state of a hasher, for the key tree does so four times at each look-up.
pub(crate) fn derive_secret(key: &Secret, label: &'static str, parts: &[&[u8]]) -> Secret {
    let mut input = Zeroizing::new([0_u8; SHORT_BYTES_MAX]);
    let mut secret = Secret::zero();
    match framed(input.as_mut_slice(), label, parts) {
        Some(length) => {
            let hash = blake3::keyed_hash(key.expose(), &input[..length]);
            secret.bytes_mut().copy_from_slice(hash.as_bytes());
        }
        None => derive(key, label, parts, secret.bytes_mut()),
    }
    secret
}

/// Writes what [`derive`] hashes; `None` when there is no room.
fn framed(out: &mut [u8], label: &str, parts: &[&[u8]]) -> Option<usize> {
    let mut at = 0;
    for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
        let length = u64::try_from(part.len()).ok()?.to_le_bytes();
        let end = at + length.len() + part.len();
        let (head, tail) = out.get_mut(at..end)?.split_at_mut(length.len());
        head.copy_from_slice(&length);
        tail.copy_from_slice(part);
        at = end;
    }
    Some(at)
}

fn frame(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    hasher.update(&length.to_le_bytes());
    hasher.update(bytes);
}

const SHORT_BYTES_MAX: usize = 128;

#[cfg(test)]
mod tests;
