//! What a plan was and what running it did, for whoever runs the store.
//!
//! For: finding out why a search is slow. Not for: actors; its numbers speak of what is hidden.
//! Invariant: nothing of a document, a patient or the question's words is in it.

use crate::plan::{Access, Estimates, Plan};
use crate::run::Found;
use serde::Serialize;
use std::time::Duration;

/// How a question was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// What led: `nothing`, `columns`, `permission-first` or `query-first`.
    pub access: &'static str,
    /// What the plan was chosen by.
    pub estimates: Estimates,
    /// The metadata was asked before the index.
    pub narrowed: bool,
    /// Scores were computed.
    pub scored: bool,
    /// Answers and counts were made in one walk.
    pub one_walk: bool,
    /// The passes that were run, in their order.
    pub passes: Vec<PassRun>,
    /// What running it met.
    pub met: Met,
    /// How long each part took, in microseconds.
    pub micros: Micros,
}

/// A pass that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PassRun {
    /// Its name.
    pub name: &'static str,
    /// Whether it changed the plan.
    pub changed: bool,
    /// How long it took.
    pub micros: u64,
}

/// What running a plan met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Met {
    /// Documents looked at, whoever may see them.
    pub looked_at: u64,
    /// Documents that answered.
    pub answered: u64,
    /// Documents of the page.
    pub returned: u64,
}

/// How long the parts took, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Micros {
    /// Asking the rules what may be shown.
    pub rules: u64,
    /// Planning.
    pub planning: u64,
    /// Running.
    pub running: u64,
}

impl Profile {
    /// What a plan did, when asking the rules took `rules`.
    #[must_use]
    pub fn of(plan: &Plan, found: &Found, rules: Duration) -> Self {
        let passes = plan.steps.iter().map(|step| PassRun {
            name: step.pass.name(),
            changed: step.changed,
            micros: micros(step.took),
        });
        Self {
            access: match plan.access {
                Access::Nothing => "nothing",
                Access::Columns => "columns",
                Access::PermissionFirst => "permission-first",
                Access::QueryFirst => "query-first",
            },
            estimates: plan.estimates,
            narrowed: plan.narrowed,
            scored: plan.scored,
            one_walk: plan.one_walk,
            passes: passes.collect(),
            met: Met {
                looked_at: found.looked_at,
                answered: found.answered,
                returned: found.ranked.len() as u64,
            },
            micros: Micros {
                rules: micros(rules),
                planning: micros(plan.took),
                running: micros(found.took),
            },
        }
    }

    /// The same in lines.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Estimates {
            permitted,
            postings,
        } = self.estimates;
        let Met {
            looked_at,
            answered,
            returned,
        } = self.met;
        let mut lines = vec![
            format!("access {}", self.access),
            format!("estimated {permitted} permitted, {postings} postings"),
            format!("met {looked_at} looked at, {answered} answered, {returned} returned"),
        ];
        let said = [
            (self.narrowed, "metadata before the index"),
            (self.scored, "scores"),
            (self.one_walk, "answers and counts in one walk"),
        ];
        let said = said.into_iter().filter(|(holds, _)| *holds);
        lines.extend(said.map(|(_, text)| text.to_owned()));
        lines.extend(self.passes.iter().map(|pass| {
            let changed = if pass.changed { "changed" } else { "left" };
            let PassRun { name, micros, .. } = pass;
            format!("pass {name} {changed} the plan in {micros} us")
        }));
        let Micros {
            rules,
            planning,
            running,
        } = self.micros;
        lines.push(format!(
            "rules {rules} us, planning {planning} us, running {running} us"
        ));
        lines
    }

    /// The same as one JSON object.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!(self)
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
