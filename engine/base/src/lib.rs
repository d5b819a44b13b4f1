//! What things are called: the nouns every other room shares.
//!
//! For: ids, instants, limits, codes, byte cursors, document sets, the traits of rows, clock,
//! entropy and disk, `Bug`.
//! Not for: anything that knows what a document says, who may read it, or where it lies.
//! Invariant: no I/O but the system's clock, random source and files, each behind a trait.

pub mod bug;
pub mod bytes;
pub mod code;
pub mod disk;
pub mod entropy;
pub mod id;
pub mod instant;
pub mod limit;
pub mod rows;
pub mod set;

pub use bug::Bug;
pub use bytes::{Cursor, CursorError};
pub use code::{Availability, Consent, Flags, Purpose};
pub use entropy::{Entropy, OsEntropy, SeededEntropy};
pub use id::{
    AuditHandle, CommitSeq, Digest, DocumentId, DocumentNumber, DossierId, DossierNumber, EntryId,
    Ordinal, SessionId, StoreId,
};
pub use instant::{Clock, FixedClock, Instant, SystemClock};
pub use rows::{Row, RowError, RowRead, RowWrite, Table, Visitor};
pub use set::{DocumentSeek, DocumentSet, DossierSet, leap};
