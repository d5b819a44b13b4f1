//! May this actor see this?
//!
//! For: packs of Cedar rules, sessions, the predicate they come down to, the gate of a dossier,
//! and `Cleared`, the only form in which content leaves the engine.
//! Not for: reading records, planning, recording.
//! Invariants: what is not permitted is refused; a rule that could fail is not loaded; no
//! answer depends on anything hidden from the one it is given to.

mod action;
mod cache;
mod cleared;
mod decision;
mod dictionary;
mod error;
mod explain;
mod facts;
#[cfg(test)]
mod fixture;
pub mod fuzzing;
mod gathering;
mod inspect;
mod lens;
mod lower;
mod manifest;
mod matrix;
#[cfg(test)]
mod oracle;
mod pack;
mod policies;
mod predicate;
mod schema;
mod second;

pub use action::{Action, Agreement, Motive, Version, Whom};
pub use cache::SessionCache;
pub use cleared::{Cleared, Persons, WrongProof};
pub use decision::{Decision, Outcome, RuleSet};
pub use dictionary::{ClassOrdinal, Dictionary, ProfessionOrdinal, TypeOrdinal};
pub use error::{PackError, Reason};
pub use facts::{
    Consents, DocumentFacts, DossierFacts, DossierStatus, PROFESSION_PATIENT, Parties, Party,
    Relation, Relations, Secrecy, SessionFacts, Window, lapse_of, notice_of,
};
pub use gathering::Gathering;
pub use inspect::{
    Change, Direction, Excess, Finding, Gain, Situation, Unusual, bounds, check, diff, matrix_page,
    matrix_text,
};
pub use lens::{DossierLens, Gate, Lens, Reach, TraceFacts};
pub use matrix::{Cell, Effect, Matrix, Source};
pub use pack::{
    Pack, PackFiles, Rule, RuleNumber, builtin_files, faults, faults_of, faults_of_all,
};
pub use policies::Policies;
pub use predicate::block::Columns;
pub use predicate::sight::Sight;
pub use second::SecondOpinion;
