//! Liasse keeps medical dossiers inside a host's own process: one key per patient, one
//! full-text index, access rules that are part of the query plan, and a trace of every read.
//!
//! Begin with [`Engine`]; a host asks through a [`Session`]. `docs/architecture.md` says how
//! the rooms below fit together.
//!
//! Invariants: nothing leaves this crate that the rules did not clear and the journal did not
//! record; nothing is acknowledged before it is durable.

mod anchor;
mod answer;
mod ask;
mod audit;
mod backup;
mod census;
mod changes;
mod claim;
mod committer;
mod core;
mod engine;
mod erasing;
mod error;
mod facts;
mod gaps;
mod grants;
#[cfg(test)]
mod ground;
mod group;
mod heads;
mod kept_words;
mod measure;
mod names;
mod options;
mod paper;
mod promise;
mod recorder;
mod relations;
mod request;
mod root;
mod roots;
mod rules;
mod session;
mod shared;
mod shelf;
mod shown;
mod signer;
mod signing;
mod stats;
mod tail;
mod translate;
mod unindexed;
mod upkeep;
mod verb;
mod verify;
mod words;

pub use anchor::{Anchor, FileAnchor};
pub use answer::{
    Answer, Change, Changed, Changes, Compacted, Cosigned, DataPoint, Deposited, DocumentEntry,
    Explanation, Finding, Highlight, HistoryLine, Hit, KeptReceipt, MyDossier, MyDossiers, Outcome,
    PackInForce, PointKind, Purged, Receipt, Rechecks, Reindexed, Report, Rotated, Shrunk,
    SinkStats, Snippet, Stats, Upgraded, Work,
};
pub use ask::{
    Absent, Declaration, Deposit, Erasure, FlagChange, Grant, Matricule, Matter, Party,
    SessionRequest, Since, Stated, Statement, Statuses, Target,
};
pub use audit::{
    Accesses, AuditListener, AuditMark, AuditProgress, AuditReport, AuditRequest, Auditor,
    Certificate, CertificateFacts, CertifiedCommit, Covered, Depth, EntryFacts, Erased, GapSpan,
    GlassBroken, LogState, Notebook, Proved, Remark, Sample, Skipped, Verdict, Witness,
    check_proof, with_cosignatures,
};
pub use backup::{
    Backup, BackupReport, DirectorySink, Lost, Progress, Refreshed, Restored, Sink, Sinks, Sources,
    Waiver, promote, refresh, refresh_on,
};
pub use base::code::UnknownCode;
pub use base::disk::{Disk, DiskFile, FolderDisk, OpenMode};
pub use base::entropy::NoEntropy;
pub use base::id::NotAnId;
pub use base::{
    AuditHandle, Availability, Clock, Consent, Digest, DocumentId, DossierId, Entropy, EntryId,
    FixedClock, Flags, Instant, OsEntropy, Purpose, SeededEntropy, StoreId, SystemClock,
};
pub use committer::Ticket;
pub use engine::{Engine, Options, RootKey, new_key_file};
pub use error::{Class, Code, Error, Result};
pub use index::{Damaged, Said};
pub use options::LostTraces;
pub use policy::Agreement;
pub use query::{
    Boosts, Comparison, Counts, Facet, Field, Grouping, Order, Pass, Passes, Question, Recency,
    Span, Step, Token, Wanted,
};
pub use request::{SearchRequest, Snippets};
pub use rules::Recheck;
pub use session::Session;
pub use signer::CheckpointSigner;
pub use store::{Masking, Options as StoreOptions, RepresentativeRole};
pub use vault::{
    Destruction, Epoch, Forgetting, Ground, Kms, KmsError, KmsState, Named, NamedSecrets, Secret,
    Staging, Use, Writer,
};
pub use verb::reindex::Reindex;
pub use verb::retain::TraceClass;
pub use words::WordTables;

/// Longest document in bytes that can be deposited.
pub const DEPOSIT_BYTES_MAX: u64 = base::limit::XML_BYTES_MAX as u64;
/// Most documents of a submission.
pub const SUBMISSION_DOCUMENTS_MAX: usize = base::limit::SUBMISSION_DOCUMENTS_MAX;
/// Most bytes of the documents and texts of a submission together.
pub const SUBMISSION_BYTES_MAX: usize = base::limit::SUBMISSION_BYTES_MAX;
/// The version of this engine.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
