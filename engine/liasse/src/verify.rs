//! `verify`: the whole store against itself, with its keys.
//!
//! An audit with all keys and without a notebook; see `audit`. Invariants: nothing is mended, and
//! nothing is written, not even when the store needs recovery; findings name the invariant that
//! does not hold.

use crate::answer::Report;
use crate::audit::{AuditRequest, Auditor, Depth};
use crate::engine::{Engine, Options, RootKey, Shared};
use crate::error::{Code, Error, Result};
use crate::group::Group;
use journal::{CheckDepth, Fact};
use std::ops::ControlFlow;
use std::path::Path;
use store::Spending;

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
        for _ in 0..TIMES {
            let auditor = Auditor::open(directory, Depth::Full, Some(&root), &options)?;
            auditor.require_depth()?;
            if let Some(report) = report(&auditor)? {
                return Ok(report);
            }
        }
        Err(overtaken())
    }
}

/// Checks an open store, and has its log told.
pub(crate) fn check(shared: &Shared) -> Result<Report> {
    let report = report(&Auditor::of_core(&shared.core)?)?.ok_or_else(overtaken)?;
    let findings = report.findings.len() as u64;
    let tell = move |group: &mut Group<'_>| {
        let at = group.now();
        let depth = CheckDepth::Full;
        group.tell(&Fact::Checked {
            at,
            depth,
            findings,
        })
    };
    let told = shared.submit(Spending::Reserve, tell, |_, _| Ok(()));
    match told.wait() {
        // A store in which something is wrong may take no entry, and that is what is asked.
        Err(error) if findings == 0 => Err(error),
        Ok(()) | Err(_) => Ok(report),
    }
}

fn overtaken() -> Error {
    Error::new(
        Code::Busy,
        "a writer took away what was to be looked at",
        "check again, or check a backup",
    )
}

/// What a check found; `None` when it could not look at everything beside a writer.
fn report(auditor: &Auditor) -> Result<Option<Report>> {
    let mut on = |_| ControlFlow::Continue(());
    let mut audited = auditor.audit(AuditRequest::default(), &mut on)?;
    if let Some(error) = audited
        .failed
        .take()
        .filter(|_| audited.findings.is_empty())
    {
        return Err(error);
    }
    if audited.findings.is_empty() && audited.is_overtaken() {
        return Ok(None);
    }
    Ok(Some(Report {
        dossiers: audited.checked("dossiers, by their rows"),
        documents: audited.checked("documents, opened"),
        entries: audited.checked("entries of the log"),
        segments: audited.checked("index segments, opened"),
        findings: audited.findings,
    }))
}

/// How often a store is checked whose writer takes something away meanwhile.
const TIMES: usize = 3;
