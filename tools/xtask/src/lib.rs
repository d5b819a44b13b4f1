//! The chores that tests of other rooms use too.
//!
//! For: `cargo xtask cinstall` and `abi`, and the tests of what they do. Not for: chores that only
//! people call; those are the program's own.

pub mod abi;
pub mod install;
