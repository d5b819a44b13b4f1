//! The rules R1 to R27, one table each: given, who, what is seen.
//!
//! Written to be read beside `docs/rules.md`, without knowing the code. Both packs are asked
//! unless a rule differs between them.

mod care;
mod emergency;
mod life;
mod patient;
mod scene;
mod write;
