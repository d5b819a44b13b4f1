//! A whole engine over one disk that loses power, fails, fills up, forgets and rots.
//!
//! For: proving that nothing acknowledged is lost and nothing erased comes back, at every write
//! and sync and every call to the key store. Not for: speed, or anything a host uses.
//!
//! A *run* is a seeded list of acts (deposits alone, together and as submissions, replacements,
//! masks, grants, broken glass, reads, erasures of dossiers, of documents and of both in a batch,
//! turns of the root, compactions, backups, reopenings) on a real engine over `FaultyDisk`,
//! beside a model in plain maps. A *state* is a disk that a fault left, opened again and compared
//! with the model through the verbs of the facade, in authorised sessions. Everything is chosen
//! by the seed. One run in eight has a sink, one in eight several deposits at once and two syncs:
//! there the engine's own threads decide the order of events. One in eight has a catalog that is
//! locked against other processes. A write that finds no space has written what fitted.
//!
//! ```text
//! fault \ place       catalog         body segments   index files     key store     backup, sink
//! power cut           repaired (1)    repaired (1)    repaired (2)    repaired (3)  restores (9)
//! cut in creation     repaired or no store (10)       -               repaired (3)  -
//! cut in recovery     repaired (1)    repaired (1)    repaired (2)    repaired (3)  -
//! sync fails          poisoned (4)    poisoned (4)    refused (5)     refused (5)   refused (5)
//! EIO, writing        poisoned (4)    poisoned (4)    refused (5)     refused (5)   refused (5)
//! EIO, reading        poisoned (4)    refused (5)     refused (5)     refused (5)   refused (5)
//! ENOSPC              refused, works on (6)           refused (5)     refused (5)   refused (5)
//! ENOSPC at a sync    poisoned (4)    poisoned (4)    refused (5)     refused (5)   refused (5)
//! call lost           -               -               -               completed (3) -
//! bit flip            refused with its place (7)                      refused (7)   -
//! stale page          found by check (8)              refused (7)     refused (7)   -
//! store lost          -               -               -               -             restored (9)
//! ```
//! `-`: not simulated; the tests of `engine/liasse` and `engine/vault` have damaged backups, and
//! a sink that fails.
//!
//! 1. The state before the act or after it, whole: two-phase commits, bodies synced first (S1,
//!    S2), tails cut and orphans removed by the first transaction (S8).
//! 2. A file that the manifest does not name is removed at open; the tail is analysed again.
//! 3. A rotation is staged, committed, activated, destroyed; opening the store finds which, and
//!    completes it. An erasure's mark is in the catalog; opening completes the erasure.
//! 4. The engine answers nothing more until it is opened again; then the state before the act or
//!    after it is there, also when the page cache still shows what was never written (S3).
//! 5. The act is refused and nothing of it is there; what was begun is completed at open.
//! 6. The answer is certain, and the same process works on (S4).
//! 7. Never another answer than what was kept: tags, checksums and the state tree name the place.
//! 8. A page of an older commit is well sealed. What the dossier's versions do not show, the
//!    engine's check does: the journal's last entry binds the state tree (X1). The topmost page
//!    brings an older store back whole: the pages' checksums tell, before an engine writes (S19).
//! 9. The store is removed, and restored from the backup and the sink of the same disk: one of
//!    the states since the backup, nothing that was erased, lost bytes named (X12).
//! 10. An empty store, or none that says so and whose folder takes a new one (S18).

mod act;
pub mod canary;
mod creation;
mod dice;
mod disk;
mod explore;
mod faults;
mod judge;
mod keys;
mod look;
mod model;
pub mod moments;
mod play;
mod record;
mod report;
mod restore;
mod rot;
pub mod simulate;

pub use report::Report;
