//! ChaCha20-Poly1305 of RFC 8439, by either of two libraries.
//!
//! For: everything here that is sealed. Not for: where keys and nonces come from. Without the
//! feature `aws-lc` it is `chacha20poly1305`, all of it Rust; with it `aws-lc-rs`, which is faster
//! and brings C and assembly. Invariants: both make the same bytes; bytes whose tag does not hold
//! are wiped, so that nobody reads what was not checked; key schedules are wiped when dropped.

#[cfg(feature = "aws-lc")]
mod native;
#[cfg(any(test, not(feature = "aws-lc")))]
mod portable;

#[cfg(feature = "aws-lc")]
pub(crate) use native::Cipher;
#[cfg(not(feature = "aws-lc"))]
pub(crate) use portable::Cipher;

pub(crate) const NONCE_BYTES: usize = 12;
pub(crate) const TAG_BYTES: usize = 16;

#[cfg(test)]
mod tests;
