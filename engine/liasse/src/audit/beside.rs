//! A writer beside an audit: what it took out of the store since the audit began.
//!
//! For: files that are not there any more. They are not missing, and nobody has looked at them:
//! they are told as skipped. Invariant: a newer state is believed once its log goes on from the
//! one that is audited, its last commit binds it, and the keys that are known signed it.

use super::check::Check;
use crate::error::Result;
use base::CommitSeq;
use journal::{Log, Signed};
use std::collections::BTreeSet;
use store::Snapshot;

/// The files that a newer state names.
pub(super) struct Newer {
    commit: CommitSeq,
    names: BTreeSet<String>,
}

impl Check<'_> {
    /// Whether a writer beside this audit has taken a file out of the store since it began; then
    /// the step is told as one that did not look at everything. Asked only once it was not found,
    /// or is not what it was.
    pub(super) fn has_left(&mut self, step: &'static str, name: &str) -> bool {
        let gone = |newer: &Newer| !newer.names.contains(name);
        // What left never comes back, so that the newer state that is known may be enough.
        let mut left = self.newer.as_ref().is_some_and(gone);
        if !left && let Ok(Some(newer)) = self.newer_state() {
            left = gone(&newer);
            self.newer = Some(newer);
        }
        if left {
            self.report.overtaken(step);
        }
        left
    }

    /// A state that the writer made since, unless it is known already or not to be believed.
    fn newer_state(&self) -> Result<Option<Newer>> {
        let now = self.auditor.catalog.snapshot()?;
        let commit = now.counters().commit;
        let known = self.newer.as_ref().map(|it| it.commit);
        let known = known.unwrap_or(self.auditor.rows.counters().commit);
        if commit <= known || !self.is_believed(&now)? {
            return Ok(None);
        }
        let bodies = now.segments()?.into_iter();
        let mut names: BTreeSet<_> = bodies.map(|(it, _)| store::segment_file(it)).collect();
        let index = index::manifest_files(&*now)?.into_iter();
        names.extend(index.map(|name| format!("index/{name}")));
        Ok(Some(Newer { commit, names }))
    }

    /// Whether a state is what became of the one that is audited. Whoever writes files can make
    /// one up that names nothing.
    fn is_believed(&self, now: &Snapshot) -> Result<bool> {
        let Some(then) = &self.log else {
            return Ok(false);
        };
        let log = Log::open(now)?;
        if log.origin() != then.origin() || log.root_at(now, then.size())? != then.root() {
            return Ok(false);
        }
        for key in &self.log_keys {
            if log.signed_by(now, key)? != Signed::Truly {
                return Ok(false);
            }
        }
        let Some((entry, commit)) = log.last_commit(now)? else {
            return Ok(false);
        };
        let (sum, _) = store::row_sum_and_bytes(now)?;
        let differences = super::check::differences(self.auditor.store, now, &commit, sum)?;
        Ok(entry + 1 == log.size() && differences.is_empty())
    }
}
