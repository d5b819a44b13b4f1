//! `verify`: the whole store against itself, with its keys.
//!
//! An audit with all keys and without a notebook; see `audit`. Invariants: nothing is mended, and
//! nothing is written, not even when the store needs recovery; findings name the invariant that
//! does not hold.

use crate::answer::Report;
use crate::audit::{AuditRequest, Auditor, Depth};
use crate::core::Core;
use crate::engine::{Engine, Options, RootKey};
use crate::error::Result;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

impl Engine {
    /// Checks a whole store without changing it, also beside a process that writes it. A store
    /// whose last writer did not close it is recovered in memory.
    ///
    /// # Errors
    /// As [`Engine::open`], but for damage: that is a finding, unless not even the catalog opens.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as the other verbs that open a store"
    )]
    pub fn verify(directory: &Path, root: RootKey, options: Options) -> Result<Report> {
        let auditor = Auditor::open(directory, Depth::Full, Some(&root), &options)?;
        auditor.require_depth()?;
        report(&auditor)
    }
}

/// Checks an open store.
pub(crate) fn check(core: &Arc<Core>) -> Result<Report> {
    report(&Auditor::of_core(core)?)
}

fn report(auditor: &Auditor) -> Result<Report> {
    let mut on = |_| ControlFlow::Continue(());
    let audited = auditor.audit(AuditRequest::default(), &mut on)?;
    Ok(Report {
        dossiers: audited.checked("dossiers, by their rows"),
        documents: audited.checked("documents, opened"),
        entries: audited.checked("entries of the log"),
        segments: audited.checked("index segments, opened"),
        findings: audited.findings,
    })
}
