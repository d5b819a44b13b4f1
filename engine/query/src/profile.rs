//! How much work a plan was, for whoever runs the store.
//!
//! For: finding out why a search is slow. Not for: what was met, which speaks of what is hidden.

use crate::plan::{Pass, Plan};
use crate::run::Found;
use std::time::Duration;

/// How a question was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The passes that were run, in their order, and whether each changed the plan.
    pub passes: Vec<(Pass, bool)>,
    /// Asking the rules what may be shown, in microseconds.
    pub rules: u64,
    /// Planning, in microseconds.
    pub planning: u64,
    /// Running, in microseconds.
    pub running: u64,
}

impl Profile {
    /// What a plan did, when asking the rules took `rules`.
    #[must_use]
    pub fn of(plan: &Plan, found: &Found, rules: Duration) -> Self {
        let passes = plan.steps.iter().map(|step| (step.pass, step.changed));
        Self {
            passes: passes.collect(),
            rules: micros(rules),
            planning: micros(plan.took),
            running: micros(found.took),
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
