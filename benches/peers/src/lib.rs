//! What the benches against others' work have in common.
//!
//! For: `src/bin/*.rs` and `benches/*.rs`. What many of them use is always built; what one of
//! them needs stands behind a feature of that bench, for example
//! `cargo bench -p liasse-bench-peers --features aead`. Not for: the engine, which depends on none
//! of them. Figures that were kept stand in `docs/benchmarks.md`.

mod build;
mod least;
pub mod peer;
pub mod picture;
pub mod relevance;
pub mod speed;

pub use build::flags;
pub use least::least;
