//! What the benches stand on: a store full of specimen dossiers, and the limits of the machine.
//!
//! For: `benches/own.rs`, run by `cargo bench -p liasse-bench-own -- --quick` in about a minute,
//! or without `--quick` for numbers to be kept. Not for: comparing with other engines; that is
//! `benches/peers`. Invariant: what is measured is checked once before it is measured.

mod ground;
mod limit;

pub use ground::{Failure, Fresh, Ground, Held, of_others};
pub use limit::{Appender, SealedBytes};
