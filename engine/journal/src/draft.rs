//! Drafts: entries made ready for the log, and the opening of what they seal.
//!
//! For: callers' threads, which seal before the committer appends. Invariants: a trace is
//! sealed under a key derived from the patient's audit key and the key of its class and month,
//! so that destroying either closes it; words are sealed under the dossier's data key and bound
//! to the trace beside them; both are bound to the store and to the clear head of the entry.

use crate::entry::{Entry, EntryWriter, FACT, Header, TRACE, WORDS};
use crate::error::JournalError;
use crate::fact::Fact;
use crate::recorded::Subject;
use crate::trace::{Act, Decision, Trace, Words};
use base::{AuditHandle, CursorError, Entropy, StoreId, Table};
use thiserror::Error;
use vault::{DossierKey, EntryKey, OpenError, Place};

/// An entry that waits to be appended, and the subjects it is a proof for.
#[derive(Clone)]
pub struct Draft {
    entry: Entry,
    subjects: Vec<Subject>,
}

/// What a trace is sealed with.
#[derive(Clone, Copy)]
pub struct TraceSeal<'a> {
    /// The store.
    pub store: StoreId,
    /// The audit handle the entry bears in clear.
    pub handle: AuditHandle,
    /// The entry key: `patient.entry_key(period)`, both of [`vault::AuditKey`], the period
    /// being that of the trace's class and month.
    pub key: &'a EntryKey,
    /// Where nonces come from.
    pub entropy: &'a dyn Entropy,
}

/// Words and the data key they are sealed under.
#[derive(Clone, Copy)]
pub struct WordsSeal<'a> {
    /// What the actor wrote.
    pub words: &'a Words,
    /// The dossier's data key.
    pub key: &'a DossierKey,
}

/// Why a sealed part of an entry could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// The entry has no such part.
    #[error("the entry has no such sealed part")]
    NoPart,
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It opens, but says nothing this version understands.
    #[error("the sealed part cannot be read: {0}")]
    Content(#[from] CursorError),
}

impl Draft {
    /// The entry that says `fact` in clear, about what `handle` stands for.
    ///
    /// # Errors
    /// [`JournalError::TooLong`] when a text of the fact is.
    pub fn fact(fact: &Fact, handle: Option<AuditHandle>) -> Result<Self, JournalError> {
        let header = Header {
            kind: fact.kind(),
            class: fact.kind().class(),
            hour: fact.at(),
            handle,
        };
        let mut writer = EntryWriter::new(&header, 1 << FACT);
        writer.part(&fact.encode()?)?;
        Ok(Self {
            entry: writer.finish()?,
            subjects: Vec::new(),
        })
    }

    /// The entry of `trace`, with the words that belong to it.
    ///
    /// # Errors
    /// [`JournalError::TooLong`] when the trace does not fit an entry,
    /// [`JournalError::NoEntropy`].
    pub fn trace(
        seal: &TraceSeal<'_>,
        trace: &Trace,
        words: Option<&WordsSeal<'_>>,
    ) -> Result<Self, JournalError> {
        Self::compose(seal, trace, words, None)
    }

    /// The entry of `trace` that also says `fact` in clear: a step of an erasure and who asked
    /// for it.
    ///
    /// # Errors
    /// As [`Draft::trace`]; [`JournalError::Bug`] when the two are not of one kind.
    pub fn trace_with_fact(
        seal: &TraceSeal<'_>,
        trace: &Trace,
        words: Option<&WordsSeal<'_>>,
        fact: &Fact,
    ) -> Result<Self, JournalError> {
        if fact.kind() != trace.act.kind() {
            return Err(base::Bug::new("a fact and a trace in one entry are of one kind").into());
        }
        Self::compose(seal, trace, words, Some(fact))
    }

    /// The entry.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// What it will be a proof for.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    pub(crate) fn into_parts(self) -> (Entry, Vec<Subject>) {
        (self.entry, self.subjects)
    }

    fn compose(
        seal: &TraceSeal<'_>,
        trace: &Trace,
        words: Option<&WordsSeal<'_>>,
        fact: Option<&Fact>,
    ) -> Result<Self, JournalError> {
        let parts =
            u8::from(fact.is_some()) << FACT | 1 << TRACE | u8::from(words.is_some()) << WORDS;
        let header = Header {
            kind: trace.act.kind(),
            class: trace.class(),
            hour: trace.at,
            handle: Some(seal.handle),
        };
        let mut writer = EntryWriter::new(&header, parts);
        if let Some(fact) = fact {
            writer.part(&fact.encode()?)?;
        }
        let place = trace_place(seal.store, writer.bound());
        let sealed = seal.key.seal(&place, &trace.encode()?, seal.entropy)?;
        writer.part(&sealed)?;
        if let Some(words) = words {
            let row = words_row(writer.bound(), &sealed);
            let place = words_place(seal.store, &row);
            let plain = words.words.encode()?;
            writer.part(&words.key.seal(&place, &plain, seal.entropy)?)?;
        }
        Ok(Self {
            entry: writer.finish()?,
            subjects: subjects(trace),
        })
    }
}

impl Entry {
    /// Opens its trace.
    ///
    /// # Errors
    /// [`UnsealError`].
    pub fn open_trace(&self, store: StoreId, key: &EntryKey) -> Result<Trace, UnsealError> {
        let sealed = self.sealed_trace().ok_or(UnsealError::NoPart)?;
        let plain = key.open(&trace_place(store, self.bound()), sealed)?;
        let trace = Trace::decode(&plain)?;
        let header = self.header();
        if trace.act.kind() != header.kind || trace.class() != header.class {
            return Err(CursorError::Value.into());
        }
        Ok(trace)
    }

    /// Opens its words.
    ///
    /// # Errors
    /// [`UnsealError`].
    pub fn open_words(&self, store: StoreId, key: &DossierKey) -> Result<Words, UnsealError> {
        let sealed = self.sealed_words().ok_or(UnsealError::NoPart)?;
        let row = words_row(self.bound(), self.sealed_trace().unwrap_or_default());
        let plain = key.open(&words_place(store, &row), sealed)?;
        Ok(Words::decode(&plain)?)
    }
}

/// What a trace is a proof for: the dossier, and the documents whose content was shown.
fn subjects(trace: &Trace) -> Vec<Subject> {
    match trace.decision {
        Decision::Deny => return Vec::new(),
        Decision::Permit => {}
    }
    let shown: &[_] = match &trace.act {
        Act::Counted { .. } => return vec![Subject::Aggregate(trace.agent.session)],
        Act::Denied { .. } => return Vec::new(),
        Act::Queried { documents, .. } | Act::Disclosed { documents } => documents,
        Act::Accessed { .. }
        | Act::BrokeGlass
        | Act::Wrote { .. }
        | Act::Flagged { .. }
        | Act::StatusSet { .. }
        | Act::Consented { .. }
        | Act::Related { .. }
        | Act::DossierChanged { .. }
        | Act::Erased { .. } => &[],
    };
    let Some(dossier) = trace.dossier else {
        return Vec::new();
    };
    let documents = shown.iter().map(|id| Subject::Document(dossier, *id));
    std::iter::once(Subject::Dossier(dossier))
        .chain(documents)
        .collect()
}

fn trace_place(store: StoreId, bound: &[u8]) -> Place<'_> {
    Place {
        store,
        table: Table::new("journal_trace"),
        row: bound,
        version: 0,
        codec: 0,
        dictionary: 0,
    }
}

fn words_place(store: StoreId, row: &[u8]) -> Place<'_> {
    Place {
        table: Table::new("journal_words"),
        ..trace_place(store, row)
    }
}

/// The clear head of the entry and the nonce of the trace beside the words.
fn words_row(bound: &[u8], sealed_trace: &[u8]) -> Vec<u8> {
    let nonce = sealed_trace.get(..NONCE_BYTES).unwrap_or_default();
    [bound, nonce].concat()
}

const NONCE_BYTES: usize = 24;

#[cfg(test)]
pub(crate) mod tests;
