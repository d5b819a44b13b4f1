//! Which dossiers the last commits changed.
//!
//! For: what is kept between two searches of a session. Invariants: a dossier changed by a
//! commit is told to whoever asks from before it; what is no longer known is said so.

use base::{CommitSeq, DossierNumber};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The last commits' changes.
pub(crate) struct Changes {
    ring: Mutex<Ring>,
}

struct Ring {
    /// The last commit of which nothing is known.
    before: CommitSeq,
    commits: VecDeque<(CommitSeq, Vec<DossierNumber>)>,
    dossiers: usize,
}

impl Changes {
    /// Nothing is known of `before` and what went before it.
    pub(crate) fn new(before: CommitSeq) -> Self {
        Self {
            ring: Mutex::new(Ring {
                before,
                commits: VecDeque::new(),
                dossiers: 0,
            }),
        }
    }

    /// Says what a commit changed; said before readers see the commit.
    pub(crate) fn add(&self, seq: CommitSeq, dossiers: Vec<DossierNumber>) {
        let mut ring = self.ring();
        ring.dossiers += dossiers.len();
        ring.commits.push_back((seq, dossiers));
        while ring.dossiers > DOSSIERS_MAX || ring.commits.len() > COMMITS_MAX {
            let Some((seq, dossiers)) = ring.commits.pop_front() else {
                return;
            };
            ring.dossiers -= dossiers.len();
            ring.before = seq;
        }
    }

    /// The dossiers changed by commits after `seq`; `None` when not all are known any more.
    pub(crate) fn since(&self, seq: CommitSeq) -> Option<Vec<DossierNumber>> {
        let ring = self.ring();
        if seq < ring.before {
            return None;
        }
        let first = ring.commits.partition_point(|(held, _)| *held <= seq);
        let commits = ring.commits.range(first..);
        Some(commits.flat_map(|(_, dossiers)| dossiers.clone()).collect())
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Most commits remembered.
const COMMITS_MAX: usize = 65_536;
/// Most changed dossiers remembered.
const DOSSIERS_MAX: usize = 65_536;

#[cfg(test)]
mod tests;
