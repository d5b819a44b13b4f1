//! The chores that tests of other rooms use too.
//!
//! For: `cargo xtask cinstall` and the test of what it installs. Not for: chores that only people
//! call; those are the program's own.

pub mod install;
