//! Guards: which relations to a dossier a predicate cannot hold without.
//!
//! For: whole-store requests, which start from the dossiers an actor is related to. Invariant:
//! a guard is a necessary condition, never a sufficient one; candidates it gives are decided by
//! the whole predicate.

use super::{Predicate, Test};
use crate::facts::Relations;

impl Predicate {
    /// Relations of which one must hold for the predicate to hold; `None` when it may hold
    /// without any.
    pub(crate) fn guard(&self) -> Option<Relations> {
        match self {
            Self::Never => Some(Relations::NONE),
            Self::Always | Self::Not(_) => None,
            Self::Test(Test::Relation(relation)) => Some(Relations::NONE.with(*relation)),
            Self::Test(_) => None,
            Self::All(parts) => {
                let guards = parts.iter().filter_map(Self::guard);
                guards.min_by_key(|guard| guard.iter().count())
            }
            Self::Any(parts) => parts
                .iter()
                .try_fold(Relations::NONE, |sum, part| Some(sum.union(part.guard()?))),
        }
    }
}
