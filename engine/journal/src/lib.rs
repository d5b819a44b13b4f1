//! Who did what, provably: events, Merkle log, proofs, checkpoints.
//!
//! For: recording what happened so that nobody can alter it unnoticed, and proving it to those
//! who do not hold the store. Not for: deciding who may read a trace, opening keys, or knowing
//! where rows lie. Invariants: an entry is appended once and never changed; what concerns a
//! person is sealed under her audit key, what she or her doctor wrote under her data key; the
//! log can be checked without any key.

pub mod access_proof;
pub mod anchor;
pub mod checkpoint;
pub mod cosignature;
pub mod draft;
pub mod entry;
pub mod error;
pub mod export;
pub mod fact;
pub mod fhir;
pub mod fuzzing;
mod history;
pub mod kind;
pub mod log;
pub mod note;
pub mod origin;
pub mod outbox;
pub mod proof;
pub mod recorded;
pub mod retention;
pub mod signature;
#[cfg(test)]
mod testing;
mod text;
mod tile;
pub mod trace;
pub mod verify;
mod wire;

pub use access_proof::AccessProof;
pub use anchor::{Anchor, AnchorFailure, Unanchored};
pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use cosignature::{Cosignature, WitnessError, WitnessRequest};
pub use draft::{Draft, TraceSeal, UnsealError, WordsSeal};
pub use entry::{Entry, Header};
pub use error::{JournalError, LogPlace};
pub use export::FileSink;
pub use fact::{CheckDepth, Commit, ErasureStage, Fact};
pub use fhir::{Observer, audit_events, ndjson};
pub use kind::{Class, Kind};
pub use log::Log;
pub use note::{Algorithm, NoteError, NoteSigner, VaultSigner, VerifierKey};
pub use origin::Origin;
pub use outbox::{Moment, NotNoted, Outbox, Rejected, Unadmitted, WaitMark};
pub use proof::{Consistency, Inclusion, ProofError, Prover};
pub use recorded::{Appended, Durable, Pending, Recorded, Strength, Subject};
pub use retention::{PERIOD_SLOTS, Period};
pub use signature::Signed;
pub use text::{base64, from_base64};
pub use trace::{
    Act, Agent, ConsentMatter, Decision, DossierChange, Relation, RelationChange, Secrecy, Trace,
    Verb, Words, Writing,
};
pub use verify::{Finding, Progress, Verification, verify_all, verify_from};
