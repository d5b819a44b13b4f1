//! A second reader of stores, written from `docs/format.md` alone.
//!
//! For: proving that the page is enough to read a store with the keys its owner has. Not for:
//! hosts, or anything that must be fast; it reads whole tables and whole files. Invariants: it
//! knows no crate of the engine; where it and the page disagree, the page is wrong.

pub mod archive;
pub mod catalog;
pub mod dossiers;
pub mod keys;
pub mod log;
pub mod reader;
pub mod seal;
pub mod segments;

pub use reader::Reader;
