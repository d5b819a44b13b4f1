//! When the file of an emptied body segment may go.
//!
//! Invariant: a file goes only once no snapshot that names its segment is alive and nobody
//! pins segments; after a crash in between the sweep removes it, for the catalog no longer
//! names it.

use crate::snapshot::Snapshot;
use base::CommitSeq;
use std::sync::{Arc, Weak};

/// Snapshots that are alive and segments that wait for them.
#[derive(Default)]
pub(crate) struct Reclaim {
    issued: Vec<(CommitSeq, Weak<Snapshot>)>,
    doomed: Vec<(u32, CommitSeq)>,
    pins: usize,
}

impl Reclaim {
    /// Notes a snapshot that was published.
    pub(crate) fn issued(&mut self, snapshot: &Arc<Snapshot>) {
        let commit = snapshot.counters().commit;
        self.issued.push((commit, Arc::downgrade(snapshot)));
    }

    /// Notes that `commit` took the segment out of the catalog.
    pub(crate) fn doom(&mut self, segment: u32, commit: CommitSeq) {
        self.doomed.push((segment, commit));
    }

    pub(crate) fn pin(&mut self) {
        self.pins += 1;
    }

    pub(crate) fn unpin(&mut self) {
        self.pins = self.pins.saturating_sub(1);
    }

    /// The oldest commit that a living snapshot shows.
    pub(crate) fn oldest_reader(&mut self) -> Option<CommitSeq> {
        self.issued
            .retain(|(_, snapshot)| snapshot.strong_count() > 0);
        self.issued.iter().map(|(commit, _)| *commit).min()
    }

    /// The emptied segments whose files are still there.
    pub(crate) fn held(&self) -> Vec<u32> {
        self.doomed.iter().map(|(segment, _)| *segment).collect()
    }

    /// The segments whose files may go now.
    pub(crate) fn take_free(&mut self) -> Vec<u32> {
        if self.pins > 0 {
            return Vec::new();
        }
        let oldest = self.oldest_reader();
        let waits = |commit: CommitSeq| oldest.is_some_and(|oldest| oldest < commit);
        let (waiting, free) = std::mem::take(&mut self.doomed)
            .into_iter()
            .partition(|(_, commit)| waits(*commit));
        self.doomed = waiting;
        free.into_iter().map(|(segment, _)| segment).collect()
    }
}
