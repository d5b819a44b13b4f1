//! The boundary as a C program meets it: the committed header, the library, three programs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panic and says aloud what it skips"
)]

mod abi;
mod aloud;
mod facade;
mod header;
mod hostile;
mod installed;
mod nulls;
mod parameters;
mod program;
mod versions;
mod workshop;
