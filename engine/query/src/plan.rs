//! The plan of a question, and the passes that make it better.
//!
//! For: `run`, and for EXPLAIN. Not for: rules; the columns a plan runs over hold only what may
//! be shown. Invariants: any subset of the passes gives the same answers; a plan is checked after
//! each pass; no pass looks at a document.

mod passes;

pub use passes::{Pass, Passes, finds_nothing};

use crate::filter;
use crate::lower::{self, QueryError};
use crate::question::{Question, Span};
use crate::syntax::{self, Node};
use base::Bug;
use index::{Expr, Searcher, Synonyms};
use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

/// How the documents that answer are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// None can answer.
    Nothing,
    /// The columns alone say which answer.
    Columns,
    /// The documents that may be shown lead, and the index is asked for each.
    PermissionFirst,
    /// The words lead, and each document found is looked up among those that may be shown.
    QueryFirst,
}

/// How a question is answered.
pub struct Plan {
    pub(crate) question: Question,
    pub(crate) node: Option<Node>,
    said: Option<Expr>,
    pub(crate) expr: Option<Expr>,
    pub(crate) access: Access,
    /// The metadata is asked before the index, not behind it.
    pub(crate) narrowed: bool,
    pub(crate) scored: bool,
    /// Answers and counts are made in one walk.
    pub(crate) one_walk: bool,
    pub(crate) estimates: Estimates,
    pub(crate) steps: Vec<Step>,
    /// How long planning took.
    pub(crate) took: Duration,
}

/// What a plan is chosen by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Estimates {
    /// Documents that may be shown.
    permitted: u64,
    /// Documents that the words may find, whoever may see them.
    postings: u64,
}

/// A pass that was run.
pub(crate) struct Step {
    pub(crate) pass: Pass,
    pub(crate) changed: bool,
}

/// What a question is planned with.
pub struct Planner<'a> {
    /// The index.
    pub searcher: &'a Searcher,
    /// Forms that mean the same.
    pub synonyms: Option<Arc<Synonyms>>,
    /// How many documents may be shown.
    pub permitted: u64,
    /// Which passes are run.
    pub passes: Passes,
}

impl Planner<'_> {
    /// Plans a question.
    ///
    /// # Errors
    /// [`QueryError`] when its words are no query.
    pub fn plan(&self, question: Question) -> Result<Plan, PlanError> {
        let begun = Moment::now();
        let node = match question.words.trim() {
            "" => None,
            text => Some(syntax::parse(text).map_err(QueryError::from)?),
        };
        let mut plan = Plan {
            access: node
                .as_ref()
                .map_or(Access::Columns, |_| Access::QueryFirst),
            said: None,
            expr: None,
            question,
            node,
            narrowed: false,
            scored: true,
            one_walk: false,
            estimates: Estimates {
                permitted: self.permitted,
                postings: 0,
            },
            steps: Vec::new(),
            took: Duration::ZERO,
        };
        plan.said = plan.lowered(self)?;
        plan.expr.clone_from(&plan.said);
        for pass in Pass::ALL {
            if self.passes.has(pass) {
                let changed = pass.run(&mut plan, self)?;
                plan.check()?;
                plan.steps.push(Step { pass, changed });
            }
        }
        plan.took = begun.elapsed();
        Ok(plan)
    }
}

/// Why a question cannot be planned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Its words are no query.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] index::IndexError),
    /// A pass broke the plan.
    #[error(transparent)]
    Bug(#[from] Bug),
}

impl Plan {
    /// What the words say, whatever the passes made of them: snippets mark it.
    #[must_use]
    pub const fn said(&self) -> Option<&Expr> {
        self.said.as_ref()
    }

    /// The question it answers.
    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.question
    }

    fn lowered(&self, planner: &Planner<'_>) -> Result<Option<Expr>, QueryError> {
        let node = self.node.as_ref();
        node.map(|node| lower::lowered(node, planner.synonyms.clone()))
            .transpose()
    }

    /// What must hold after every pass.
    fn check(&self) -> Result<(), Bug> {
        let worded = matches!(self.access, Access::PermissionFirst | Access::QueryFirst);
        let contradiction = self.access == Access::Nothing;
        let holds = worded == (self.expr.is_some() && !contradiction)
            && self.expr.is_some() == self.node.is_some()
            && (!contradiction || filter::contradicts(&self.question.wanted));
        if holds {
            Ok(())
        } else {
            Err(Bug::new("a pass left a plan that cannot be run"))
        }
    }

    pub(crate) fn limit_created(&mut self, span: Span) {
        self.question.wanted.created = self.question.wanted.created.and(span);
    }
}

#[cfg(test)]
mod tests;
