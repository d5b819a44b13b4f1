//! Traces: how a session's acts become entries of the journal.
//!
//! For: every verb that reads or changes. Invariants: the trace of a read exists before what
//! was read is released; a dossier's traces are sealed under its audit key and the key of their
//! class and month, words under its data key.

use crate::error::{Error, Result};
use base::{AuditHandle, Entropy, Instant, RowRead, StoreId};
use journal::{
    Act, Agent, Decision, Draft, PERIOD_SLOTS, Period, Trace, TraceSeal, Words, WordsSeal,
};
use vault::{AuditKey, DossierKey, KeyTree, Slot};

/// Whose traces: the handle that stands in clear, the slot of the audit key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuditPlace {
    pub(crate) handle: AuditHandle,
    pub(crate) slot: u32,
}

impl AuditPlace {
    /// Where traces stand that concern no single dossier.
    pub(crate) const fn of_store(store: StoreId) -> Self {
        Self {
            handle: AuditHandle::from_bytes(*store.as_bytes()),
            slot: STORE_SLOT,
        }
    }
}

/// Where keys and rows are read from while traces are sealed.
pub(crate) struct Recorder<'a> {
    pub(crate) store: StoreId,
    pub(crate) rows: &'a dyn RowRead,
    pub(crate) keys: &'a KeyTree,
    pub(crate) entropy: &'a dyn Entropy,
}

/// One trace, before it is sealed.
pub(crate) struct Line<'a> {
    pub(crate) place: AuditPlace,
    pub(crate) trace: Trace,
    pub(crate) words: Option<(&'a DossierKey, Words)>,
}

impl Recorder<'_> {
    /// Seals a trace.
    pub(crate) fn draft(&self, line: &Line<'_>) -> Result<Draft> {
        let patient = self.keys.audit_key(self.rows, slot(line.place.slot)?)?;
        let period = self.period_key(line.trace.class(), line.trace.at)?;
        let seal = TraceSeal {
            store: self.store,
            handle: line.place.handle,
            key: &patient.entry_key(&period),
            entropy: self.entropy,
        };
        let words = line
            .words
            .as_ref()
            .map(|(key, words)| WordsSeal { words, key });
        Ok(Draft::trace(&seal, &line.trace, words.as_ref())?)
    }

    /// The key of a class and month of traces.
    pub(crate) fn period_key(&self, class: journal::Class, at: Instant) -> Result<AuditKey> {
        let period = Period {
            class,
            month: at.month(),
        };
        let slot = period.slot()?;
        Ok(self.keys.audit_key(self.rows, slot)?)
    }
}

/// The trace of an act.
pub(crate) fn trace(
    at: Instant,
    dossier: base::DossierId,
    agent: &Agent,
    pack: &str,
    decision: Decision,
    act: Act,
) -> Trace {
    Trace {
        at,
        dossier: Some(dossier),
        agent: agent.clone(),
        decision,
        pack: pack.to_owned(),
        act,
    }
}

/// The trace of an act over many dossiers, or over none.
pub(crate) fn trace_of_store(
    at: Instant,
    agent: &Agent,
    pack: &str,
    decision: Decision,
    act: Act,
) -> Trace {
    let (agent, pack) = (agent.clone(), pack.to_owned());
    Trace {
        at,
        dossier: None,
        agent,
        decision,
        pack,
        act,
    }
}

/// The slot of a patient's audit key, given the number the store counted for it. The last slots
/// are those of the classes and months.
pub(crate) fn patient_slot(counted: u64) -> Result<u32> {
    let number = u32::try_from(counted)
        .ok()
        .and_then(|n| n.checked_add(STORE_SLOT + 1));
    number
        .filter(|n| *n < Slot::COUNT - PERIOD_SLOTS)
        .ok_or_else(too_many)
}

/// The slot with this number.
pub(crate) fn slot(number: u32) -> Result<Slot> {
    Slot::new(number).map_err(|_| too_many())
}

fn too_many() -> Error {
    Error::new(
        crate::error::Code::Limit,
        "the store has given out all its keys",
        "open another store for further dossiers",
    )
}

/// The slot of the key of traces that concern no single dossier.
pub(crate) const STORE_SLOT: u32 = 0;
