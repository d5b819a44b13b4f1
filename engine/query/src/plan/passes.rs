//! The passes, each with a name and a switch.

use super::{Access, Plan, PlanError, Planner};
use crate::dates;
use crate::filter;
use crate::lower::QueryError;
use crate::question::{Order, Question, Span, Wanted};
use crate::syntax::{self, Field, Node};

/// A change of a plan that changes no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Dates that every answer must have become a condition on the columns.
    HoistDates,
    /// What contradicts itself finds nothing, without looking.
    Contradiction,
    /// No score is computed where none orders the answers or is shown.
    Unscored,
    /// Conditions on the metadata are asked before the index.
    Narrow,
    /// The shorter of permitted documents and postings leads.
    Access,
    /// Answers and counts are made in one walk.
    OneWalk,
}

impl Pass {
    /// In the order they run.
    pub const ALL: [Self; 6] = [
        Self::HoistDates,
        Self::Contradiction,
        Self::Unscored,
        Self::Narrow,
        Self::Access,
        Self::OneWalk,
    ];

    /// Its name, for EXPLAIN and to switch it off.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HoistDates => "hoist-dates",
            Self::Contradiction => "contradiction",
            Self::Unscored => "unscored",
            Self::Narrow => "narrow",
            Self::Access => "access",
            Self::OneWalk => "one-walk",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::HoistDates => 1,
            Self::Contradiction => 1 << 1,
            Self::Unscored => 1 << 2,
            Self::Narrow => 1 << 3,
            Self::Access => 1 << 4,
            Self::OneWalk => 1 << 5,
        }
    }

    /// Runs it; tells whether it changed the plan.
    pub(super) fn run(self, plan: &mut Plan, planner: &Planner<'_>) -> Result<bool, PlanError> {
        match self {
            Self::HoistDates => hoist_dates(plan, planner),
            Self::Contradiction => Ok(contradiction(plan)),
            Self::Unscored => Ok(unscored(plan)),
            Self::Narrow => Ok(narrow(plan)),
            Self::Access => access(plan, planner),
            Self::OneWalk => Ok(one_walk(plan)),
        }
    }
}

/// Which passes are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    bits: u8,
}

impl Passes {
    /// All of them.
    pub const ALL: Self = Self {
        bits: (1 << Pass::ALL.len()) - 1,
    };
    /// None.
    pub const NONE: Self = Self { bits: 0 };

    /// The same without one.
    #[must_use]
    pub const fn without(self, pass: Pass) -> Self {
        Self {
            bits: self.bits & !pass.bit(),
        }
    }

    /// The same with one.
    #[must_use]
    pub const fn with(self, pass: Pass) -> Self {
        Self {
            bits: self.bits | pass.bit(),
        }
    }

    /// Whether a pass is run.
    #[must_use]
    pub const fn has(self, pass: Pass) -> bool {
        self.bits & pass.bit() != 0
    }
}

fn hoist_dates(plan: &mut Plan, planner: &Planner<'_>) -> Result<bool, PlanError> {
    let Some((spans, rest)) = plan.node.as_ref().and_then(hoisted) else {
        return Ok(false);
    };
    plan.node = rest;
    for span in spans {
        plan.limit_created(span);
    }
    plan.expr = plan.lowered(planner)?;
    if plan.expr.is_none() {
        plan.access = Access::Columns;
    }
    Ok(true)
}

/// The dates that every answer must have, and what is asked beside them; `None` without any.
fn hoisted(node: &Node) -> Option<(Vec<Span>, Option<Node>)> {
    let parts = if let Node::And(parts) = node {
        parts.as_slice()
    } else {
        std::slice::from_ref(node)
    };
    let (dates, rest): (Vec<_>, Vec<_>) = parts.iter().partition(|part| span_of(part).is_some());
    // What only excludes needs something to exclude from.
    let excludes = rest.iter().all(|part| matches!(part, Node::Not(_)));
    if dates.is_empty() || (excludes && !rest.is_empty()) {
        return None;
    }
    let spans = dates.into_iter().filter_map(span_of).collect();
    let mut rest: Vec<Node> = rest.into_iter().cloned().collect();
    let rest = if rest.len() > 1 {
        Some(Node::And(rest))
    } else {
        rest.pop()
    };
    Some((spans, rest))
}

/// Whether the passes tell by the question alone that nothing answers it: then nothing needs to
/// be looked at.
///
/// # Errors
/// [`QueryError`] when its words are no query.
pub fn finds_nothing(question: &Question, passes: Passes) -> Result<bool, QueryError> {
    if !passes.has(Pass::Contradiction) {
        return Ok(false);
    }
    let mut wanted = question.wanted.clone();
    let words = question.words.trim();
    if passes.has(Pass::HoistDates) && !words.is_empty() {
        let node = syntax::parse(words)?;
        for span in hoisted(&node).map(|(spans, _)| spans).unwrap_or_default() {
            wanted.created = wanted.created.and(span);
        }
    }
    Ok(filter::contradicts(&wanted))
}

fn span_of(node: &Node) -> Option<Span> {
    let Node::Field {
        field: Field::Date,
        value,
    } = node
    else {
        return None;
    };
    let (from, to) = dates::range(value)?;
    Some(Span { from, to })
}

fn contradiction(plan: &mut Plan) -> bool {
    if !filter::contradicts(&plan.question.wanted) {
        return false;
    }
    plan.access = Access::Nothing;
    true
}

fn unscored(plan: &mut Plan) -> bool {
    let wanted = plan.question.order == Order::Relevance && plan.question.limit > 0;
    plan.scored = wanted && plan.expr.is_some();
    !plan.scored
}

fn narrow(plan: &mut Plan) -> bool {
    plan.narrowed = plan.question.wanted != Wanted::default();
    plan.narrowed
}

fn access(plan: &mut Plan, planner: &Planner<'_>) -> Result<bool, PlanError> {
    let (Access::QueryFirst, Some(expr)) = (plan.access, &plan.expr) else {
        return Ok(false);
    };
    plan.estimates.postings = planner.searcher.estimate(expr)?;
    if plan.estimates.postings.saturating_mul(QUERY_FIRST_GAIN) < plan.estimates.permitted {
        return Ok(false);
    }
    plan.access = Access::PermissionFirst;
    Ok(true)
}

const fn one_walk(plan: &mut Plan) -> bool {
    plan.one_walk = true;
    true
}

/// A posting looked up among the permitted costs about as much as so many permitted documents
/// that the index leaps over.
const QUERY_FIRST_GAIN: u64 = 4;
