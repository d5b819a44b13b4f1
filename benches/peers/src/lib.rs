//! What the benches against others' work have in common.
//!
//! For: `benches/*.rs`, each behind a feature of its own that brings its peers, for example
//! `cargo bench -p liasse-bench-peers --features aead`. Not for: the engine, which depends on none
//! of them; and not built by `cargo xtask test`, which turns no feature on. Figures that were kept
//! stand in `docs/benchmarks.md`.

mod build;
mod least;

pub use build::flags;
pub use least::least;
