//! Auditing a store: reading only, with as many keys as the auditor was given.
//!
//! For: `liasse-audit`, `Engine::verify`, and hosts that audit their own stores. Steps, in this
//! order: the log and the notebook; what the last commit binds; dossiers, bodies and files
//! against that; traces; then, with all keys, what lies inside the seals. Invariants: nothing is
//! mended and nothing of the store is written, not even when it needs recovery; no finding holds
//! content; what could not be looked at is said.

mod beside;
mod certificate;
mod check;
mod export;
mod files;
mod inside;
mod notebook;
mod open;
mod proof;
mod report;
mod sample;
mod signed;
mod traces;

pub(crate) use check::continues;

pub use certificate::{Certificate, CertificateFacts, CertifiedCommit};
pub use export::{Witness, with_cosignatures};
pub use notebook::Notebook;
pub use proof::{EntryFacts, Proved, check_proof};
pub use report::{
    Accesses, AuditMark, AuditProgress, AuditReport, Covered, Depth, Erased, GapSpan, GlassBroken,
    LogState, Remark, Skipped, Verdict,
};

pub use sample::Sample;

use crate::answer::Finding;
use crate::core::Core;
use crate::error::{Class, Error, Result};
use base::{RowRead, StoreId};
use journal::Log;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use store::{Catalog, RollProof, Snapshot};
use vault::{AuditKey, AuditKeys, KeyTree, Slot};

/// Whether somebody goes on with the store that is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its last writer closed it.
    Closed,
    /// A writer has it open.
    InUse,
    /// Its last writer ended without closing it, and nobody has opened it since.
    Left,
    /// It was brought together from a backup, of a store that was open.
    Backup,
}

impl Standing {
    /// Why what nothing names may be about to be named; `None` when it may not.
    pub(crate) const fn unrest(self) -> Option<&'static str> {
        match self {
            Self::Closed => None,
            Self::InUse => Some("the store is in use"),
            Self::Left => Some("the store was not closed"),
            Self::Backup => Some("the store was in use when the backup was taken"),
        }
    }
}

/// A store, open for being audited.
pub struct Auditor {
    catalog: Arc<Catalog>,
    rows: Arc<Snapshot>,
    store: StoreId,
    /// A process has it open, or was killed while it had.
    pub(crate) standing: Standing,
    keys: Keys,
    /// The engine over it, for what only all keys open.
    core: Option<Arc<Core>>,
    /// Why there is none, though all keys were to be used.
    shut: Option<Error>,
    /// What the catalog was made of, when it came out of a backup.
    rolls: Vec<RollProof>,
    /// What was found while it was opened.
    found: Vec<Finding>,
    proving: Mutex<proof::Proving>,
}

/// The keys there are.
enum Keys {
    /// None was given.
    None,
    /// The one that was given opens nothing.
    Wrong(Error),
    /// Those of traces and no others.
    Traces(AuditKeys),
    /// The tree, and whether a root is being replaced.
    Open(Arc<KeyTree>, Turning),
}

impl Keys {
    /// What opens traces, if anything does.
    fn of_traces(&self) -> Option<TraceKeys<'_>> {
        match self {
            Self::None | Self::Wrong(_) => None,
            Self::Traces(keys) => Some(TraceKeys::Alone(keys)),
            Self::Open(tree, _) => Some(TraceKeys::Tree(tree)),
        }
    }
}

/// The keys of traces, wherever they are from.
#[derive(Clone, Copy)]
enum TraceKeys<'k> {
    Alone(&'k AuditKeys),
    Tree(&'k KeyTree),
}

impl TraceKeys<'_> {
    fn audit_key(self, rows: &dyn RowRead, slot: Slot) -> Result<AuditKey> {
        Ok(match self {
            Self::Alone(keys) => keys.audit_key(rows, slot)?,
            Self::Tree(tree) => tree.audit_key(rows, slot)?,
        })
    }
}

/// Whether a root is being replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turning {
    No,
    Yes,
}

/// What to audit.
#[derive(Default)]
#[non_exhaustive]
pub struct AuditRequest<'a> {
    /// The checkpoints of earlier audits.
    pub notebook: Option<&'a Notebook>,
    /// Of dossiers, open only some.
    pub sample: Option<Sample>,
    /// Go on where an earlier audit stopped, with what it had found; see
    /// [`Auditor::goes_on_from`].
    pub resume: Option<(AuditMark, AuditReport)>,
}

/// What hears how far an audit is, and may stop it.
pub type AuditListener<'a> = dyn FnMut(AuditProgress) -> ControlFlow<()> + 'a;

impl Auditor {
    /// Audits the store.
    ///
    /// # Errors
    /// What keeps the audit from beginning. What keeps a step from its end, damage or the system,
    /// is in the report, with what all others found.
    pub fn audit(
        &self,
        request: AuditRequest<'_>,
        listener: &mut AuditListener<'_>,
    ) -> Result<AuditReport> {
        check::run(self, request, listener)
    }

    /// Refuses to go on without the key that was given.
    ///
    /// # Errors
    /// Why it does not open the store.
    pub fn require_keys(&self) -> Result<()> {
        match &self.keys {
            Keys::Wrong(error) => Err(error.clone()),
            Keys::None | Keys::Traces(_) | Keys::Open(..) => Ok(()),
        }
    }

    /// Refuses to go on less deep than was asked, unless damage that was found is the reason.
    pub(crate) fn require_depth(&self) -> Result<()> {
        let why = match &self.keys {
            Keys::Wrong(error) => Some(error),
            Keys::None | Keys::Traces(_) | Keys::Open(..) => self.shut.as_ref(),
        };
        match why {
            Some(error) if error.class() != Class::Corrupt => Err(error.clone()),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether an earlier run of this audit is gone on with: one of this depth and this sample,
    /// of a log to which nothing was added since. Over another state of the store, what the
    /// earlier run looked at may have changed behind it, and the audit begins anew.
    #[must_use]
    pub fn goes_on_from(&self, earlier: &AuditReport, sample: Option<Sample>) -> bool {
        let Ok(log) = Log::open(&*self.rows) else {
            return false;
        };
        let then = &earlier.log;
        (log.origin().as_str(), log.size(), log.root()) == (&then.origin, then.size, then.root)
            && (earlier.depth, earlier.sample) == (self.depth(), sample)
    }

    /// The pages of a notebook that contradict the log as it is, or one another; the evidence of
    /// each is kept.
    ///
    /// # Errors
    /// Damage of the log; what the folder of the notebook gives.
    pub fn contradictions(&self, notebook: &Notebook) -> Result<Vec<Finding>> {
        check::contradictions(&Log::open(&*self.rows)?, &*self.rows, notebook)
    }

    /// How deep this audit can go.
    #[must_use]
    pub const fn depth(&self) -> Depth {
        match (&self.core, &self.keys) {
            (Some(_), _) => Depth::Full,
            (None, Keys::Traces(_) | Keys::Open(..)) => Depth::AuditKeys,
            (None, Keys::None | Keys::Wrong(_)) => Depth::Keyless,
        }
    }

    /// Audits an open engine.
    pub(crate) fn of_core(core: &Arc<Core>) -> Result<Self> {
        let view = core.view()?;
        Ok(Self {
            catalog: Arc::clone(&core.catalog),
            rows: Arc::clone(&view.rows),
            store: core.store,
            standing: Standing::InUse,
            keys: Keys::Open(Arc::clone(&view.keys), Turning::No),
            core: Some(Arc::clone(core)),
            shut: None,
            rolls: Vec::new(),
            found: Vec::new(),
            proving: Mutex::default(),
        })
    }
}
