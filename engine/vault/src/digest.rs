//! Hashing: the only door to BLAKE3.
//!
//! For: digests of public bytes (state tree, manifests), bucket choice, and the one keyed
//! function that every key of this crate derives from. Invariant: every input is framed by its
//! length, so that no two lists of parts hash alike; the domain comes first.

use crate::secret::Secret;
use base::Digest;

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

/// A secret derived from `key`.
pub(crate) fn derive_secret(key: &Secret, label: &'static str, parts: &[&[u8]]) -> Secret {
    let mut secret = Secret::zero();
    derive(key, label, parts, secret.bytes_mut());
    secret
}

fn frame(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    hasher.update(&length.to_le_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests;
