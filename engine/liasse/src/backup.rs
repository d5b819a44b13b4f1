//! Backups: what leaves the disk so that its loss loses nothing.
//!
//! ```text
//! sink      where catalog files go: snapshots and deltas, as each commit makes them
//! ship      brings every sink up to date; an erasure waits for them
//! attached  which sinks a store has, by the id that each bears
//! lane      one sink: what waits for it, and who
//! line      whether what a sink holds is of the store's own past
//! runner    its thread: ships, reads back, prunes
//! take      a backup: segments, incrementally, then a catalog snapshot
//! ledger    what a backup's target holds for certain
//! rebuild   a directory that catalog files and segments are brought together in
//! promote   that directory becomes a store
//! mend      bodies that moved after the backup, found again; those that are lost, named
//! ```
//! Invariants: the root key is in none of it; a file has its name only when it is whole; an
//! older root is destroyed only after every configured sink can do without it.

mod attached;
mod lane;
pub(crate) mod ledger;
mod line;
mod mend;
mod promote;
mod rebuild;
mod runner;
mod ship;
mod sink;
mod take;

pub use mend::Lost;
pub use promote::{Restored, promote};
pub use rebuild::{Refreshed, Sources, refresh, refresh_on};
pub(crate) use ship::{Shipped, Shipping, Source};
pub use sink::{DirectorySink, Sink, Sinks, Waiver};
pub use take::{Backup, BackupReport, Progress};
