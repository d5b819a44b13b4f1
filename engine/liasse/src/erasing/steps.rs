//! How the steps of an erasure are committed: by the committer, or at open, before there is one.

use crate::core::Core;
use crate::engine::Shared;
use crate::error::Result;
use crate::group::Group;
use journal::Log;
use std::sync::Arc;
use store::Spending;

/// Commits steps one by one, each in a group of its own.
pub(crate) trait Steps {
    /// What the step works on.
    fn core(&self) -> &Arc<Core>;

    /// Commits a step; what it gave, and where its entries stand in the journal.
    fn alone<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
    ) -> Result<(T, Entries)>;
}

/// Where the entries of a step stand in the journal.
#[derive(Clone, Copy)]
pub(crate) struct Entries(u64);

impl Entries {
    /// The entry that was the group's draft number `at`.
    pub(crate) fn of(self, at: usize) -> u64 {
        self.0 + at as u64
    }
}

/// Steps of an open engine.
impl Steps for &Shared {
    fn core(&self) -> &Arc<Core> {
        &self.core
    }

    fn alone<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
    ) -> Result<(T, Entries)> {
        let ticket = self.submit_alone(Spending::Reserve, work, |value, committed| {
            Ok((value, Entries(committed.entry(0))))
        });
        ticket.wait()
    }
}

/// Steps of an engine that is being opened.
pub(crate) struct AtOpen<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) log: &'a mut Log,
}

impl Steps for AtOpen<'_> {
    fn core(&self) -> &Arc<Core> {
        self.core
    }

    fn alone<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
    ) -> Result<(T, Entries)> {
        let transaction = self
            .core
            .catalog
            .begin(Spending::Reserve, self.core.clock.now())?;
        let mut group = Group::new(self.core, transaction, Vec::new())?;
        let value = work(&mut group)?;
        let committed = group.commit(self.log)?;
        Ok((value, Entries(committed.entry(0))))
    }
}
