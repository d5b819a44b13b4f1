//! What the journal does as a whole, seen from outside: an independent verifier believes it,
//! and it is fast enough.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod go;
mod speed;
mod verifier;
