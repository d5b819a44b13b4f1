//! The engine as its hosts use it: deposits, readers, crashes, erasure.

mod bench;
mod deposits;
mod erasure;
mod readers;
