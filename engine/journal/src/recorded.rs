//! Proofs that a trace exists: what policy asks for before it releases a value.
//!
//! For: `policy::Cleared::release`. Invariants: a [`Recorded`] is made here only, out of an
//! append that is committed or of a draft that waits in an [`crate::Outbox`]; it is neither
//! `Clone` nor `Copy`; it names the subjects its traces name, and covers nothing else.

use crate::error::JournalError;
use crate::log::Log;
use base::{Digest, DocumentId, DossierId, RowRead, SessionId};
use std::marker::PhantomData;
use std::ops::Range;

/// What a trace says was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// The state of a dossier and the metadata of its documents.
    Dossier(DossierId),
    /// The content of a document.
    Document(DossierId, DocumentId),
    /// A number counted over many dossiers in this session.
    Aggregate(SessionId),
}

/// The trace is on disk.
pub enum Durable {}

/// The trace waits for the commit of the current group.
pub enum Pending {}

/// How sure it is that a trace will be found.
pub trait Strength: sealed::Sealed {}

impl Strength for Durable {}
impl Strength for Pending {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Durable {}
    impl Sealed for super::Pending {}
}

/// The proof that what was shown of some subjects is traced.
#[must_use = "a trace is recorded so that something may be released"]
pub struct Recorded<S: Strength> {
    subjects: Vec<Subject>,
    strength: PhantomData<S>,
}

impl<S: Strength> Recorded<S> {
    pub(crate) fn new(mut subjects: Vec<Subject>) -> Self {
        subjects.sort_unstable();
        subjects.dedup();
        Self {
            subjects,
            strength: PhantomData,
        }
    }

    /// Whether `subject` is among those the traces name.
    #[must_use]
    pub fn covers(&self, subject: &Subject) -> bool {
        self.subjects.binary_search(subject).is_ok()
    }

    /// The subjects the traces name, in order.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// One proof of what several prove.
    pub fn joined(proofs: impl IntoIterator<Item = Self>) -> Self {
        let subjects = proofs.into_iter().flat_map(|proof| proof.subjects);
        Self::new(subjects.collect())
    }
}

impl From<Recorded<Durable>> for Recorded<Pending> {
    fn from(durable: Recorded<Durable>) -> Self {
        Self {
            subjects: durable.subjects,
            strength: PhantomData,
        }
    }
}

/// Entries appended in a transaction that may not be committed yet.
#[must_use = "an append proves something only once its transaction is committed"]
pub struct Appended {
    range: Range<u64>,
    root: Digest,
    subjects: Vec<Vec<Subject>>,
}

impl Appended {
    pub(crate) const fn new(range: Range<u64>, root: Digest, subjects: Vec<Vec<Subject>>) -> Self {
        Self {
            range,
            root,
            subjects,
        }
    }

    /// The indexes of the entries.
    #[must_use]
    pub const fn range(&self) -> &Range<u64> {
        &self.range
    }

    /// The root of the log behind them.
    #[must_use]
    pub const fn root(&self) -> Digest {
        self.root
    }

    /// One proof for each draft, in their order, once `committed`, a state of the catalog read
    /// after the commit, holds the entries.
    ///
    /// # Errors
    /// [`JournalError::Stale`] when it does not, and what the rows give.
    pub fn durable(self, committed: &dyn RowRead) -> Result<Vec<Recorded<Durable>>, JournalError> {
        let log = Log::read_head(committed)?;
        // INVARIANT(J5): nothing is called durable that a fresh reader does not find.
        let there =
            log.size() >= self.range.end && log.root_at(committed, self.range.end)? == self.root;
        if !there {
            return Err(JournalError::Stale);
        }
        Ok(self.subjects.into_iter().map(Recorded::new).collect())
    }
}

#[cfg(test)]
mod tests;
