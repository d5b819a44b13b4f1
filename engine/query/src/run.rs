//! Running a plan over the documents that may be shown.
//!
//! Invariants: nothing is looked at but the columns and what the index says of documents in
//! them; a run that is cancelled, or passes its time, answers nothing.

use crate::boost::Boosted;
use crate::columns::Columns;
use crate::filter::Filter;
use crate::plan::{Access, Plan};
use crate::question::Order;
use crate::rank::{Ranked, TopK};
use crate::tally::{Counts, Tally};
use base::{DocumentSet, Ordinal};
use index::{Expr, IndexError, Scores, Searcher};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Moment};
use thiserror::Error;

/// What answers a question, before the answers' content is read.
pub struct Found {
    /// The answers, in order.
    pub ranked: Vec<Ranked>,
    /// Whether more stand behind them.
    pub more: bool,
    /// How many documents answer.
    pub total: u64,
    /// What they were counted by.
    pub facets: Vec<Counts>,
    /// How many over time, the earliest first.
    pub timeline: Vec<(String, u64)>,
    /// Documents that answer.
    pub answered: u64,
    /// How long it took.
    pub took: Duration,
}

/// Which documents stand behind each number of an answer.
pub struct Census {
    /// Those that answer.
    pub total: DocumentSet,
    /// Those in each group of each facet.
    pub facets: Vec<(String, Vec<(String, DocumentSet)>)>,
    /// Those of each step of time, the earliest first.
    pub timeline: Vec<(String, DocumentSet)>,
}

/// When a run has to stop.
#[derive(Clone, Copy, Default)]
pub struct Watch<'a> {
    /// Another thread's wish.
    pub cancelled: Option<&'a dyn Wish>,
    /// The latest moment.
    pub deadline: Option<Moment>,
}

/// Somebody's wish that a run end.
pub trait Wish {
    /// Whether it was uttered.
    fn uttered(&self) -> bool;
}

impl Wish for AtomicBool {
    fn uttered(&self) -> bool {
        self.load(Ordering::Relaxed)
    }
}

/// Why a run gave no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// It was cancelled.
    #[error("the query was cancelled")]
    Cancelled,
    /// It took too long.
    #[error("the query took longer than its time")]
    Late,
}

impl Watch<'_> {
    /// Goes on, unless it has to stop.
    ///
    /// # Errors
    /// [`RunError::Cancelled`], [`RunError::Late`].
    pub fn go_on(&self) -> Result<(), RunError> {
        self.stop().map_or(Ok(()), Err)
    }

    fn stop(&self) -> Option<RunError> {
        if self.cancelled.is_some_and(Wish::uttered) {
            return Some(RunError::Cancelled);
        }
        let late = self.deadline.is_some_and(|at| Moment::now() >= at);
        late.then_some(RunError::Late)
    }
}

/// Runs a plan.
///
/// # Errors
/// [`RunError`].
pub fn run(
    plan: &Plan,
    columns: &Columns,
    searcher: &Searcher,
    watch: Watch<'_>,
) -> Result<Found, RunError> {
    let begun = Moment::now();
    // Asked before and behind the walk too: whether a wish to stop is heard must not depend on
    // how many documents there were to look at.
    watch.go_on()?;
    let question = &plan.question;
    let mut top = TopK::new(question.order, question.limit, question.after.as_ref());
    let mut tally = Tally::<u64>::new(question, columns);
    let mut walk = Walk {
        plan,
        columns,
        searcher,
        watch,
        looked_at: 0,
    };
    let counts = question.counts();
    let boosted = Boosted::new(&question.boosts, columns);
    let mut answered = 0;
    let mut offer = |nth, score| {
        answered += 1;
        // A score that orders nothing is not shown, whether or not it was computed.
        let score = match question.order {
            Order::Relevance if question.boosts.is_none() => score,
            Order::Relevance => boosted.score(nth, score),
            Order::Newest | Order::Oldest => 0,
        };
        // A row is read where it may be among the best: from one to the next it is far in memory.
        if top.wants(score, || columns.created(nth))
            && let Some(ranked) = columns.ranked(nth, score)
        {
            top.offer(ranked);
        }
    };
    if plan.one_walk {
        walk.each(&mut |nth, score| {
            offer(nth, score);
            if counts {
                tally.add(nth);
            }
        })?;
    } else {
        walk.each(&mut offer)?;
        if counts {
            walk.each(&mut |nth, _| tally.add(nth))?;
        }
    }
    watch.go_on()?;
    let tallied = tally.finish();
    let facets = tallied.facets.into_iter();
    Ok(Found {
        more: top.has_more(),
        ranked: top.into_sorted(),
        total: tallied.total,
        facets: facets
            .map(|(name, groups)| Counts { name, groups })
            .collect(),
        timeline: tallied.timeline,
        answered,
        took: begun.elapsed(),
    })
}

/// Which documents answer, by all that the plan's question counts them by: for whoever counts
/// something else than documents. No document is ranked.
///
/// # Errors
/// [`RunError`].
pub fn census(
    plan: &Plan,
    columns: &Columns,
    searcher: &Searcher,
    watch: Watch<'_>,
) -> Result<Census, RunError> {
    // Asked before and behind the walk, as in `run`: it looks at documents that are not counted.
    watch.go_on()?;
    let mut tally = Tally::<DocumentSet>::new(&plan.question, columns);
    let mut walk = Walk {
        plan,
        columns,
        searcher,
        watch,
        looked_at: 0,
    };
    walk.each(&mut |nth, _| tally.add(nth))?;
    watch.go_on()?;
    let tallied = tally.finish();
    Ok(Census {
        total: tallied.total,
        facets: tallied.facets,
        timeline: tallied.timeline,
    })
}

struct Walk<'a> {
    plan: &'a Plan,
    columns: &'a Columns,
    searcher: &'a Searcher,
    watch: Watch<'a>,
    looked_at: u64,
}

impl Walk<'_> {
    /// Calls `each` with the row's number and the score of every document that answers.
    fn each(&mut self, each: &mut dyn FnMut(usize, u64)) -> Result<(), RunError> {
        let filter = Filter::new(&self.plan.question.wanted, self.columns);
        let expr = match (self.plan.access, &self.plan.expr) {
            (Access::Nothing, _) => return Ok(()),
            (_, Some(expr)) => expr,
            (_, None) => return self.all(&filter, each),
        };
        // Where the documents that may be shown stand is kept; where those of a filter do is not,
        // so that only few of them are worth to be looked for.
        let narrowed = self.narrowed(&filter);
        self.found(expr, &filter, narrowed.as_deref(), each)
    }

    /// The few documents that the metadata leave, if the plan asks for them first.
    fn narrowed(&self, filter: &Filter<'_>) -> Option<Vec<Ordinal>> {
        if !self.plan.narrowed || self.plan.access != Access::PermissionFirst {
            return None;
        }
        let rows = self.columns.rows();
        let most = rows.len() / NARROWED_GAIN;
        let rows = rows.iter().enumerate();
        let let_through = rows.filter(|(nth, _)| filter.lets(self.columns, *nth));
        let few = let_through.map(|(_, row)| row.ordinal).take(most + 1);
        let few: Vec<_> = few.collect();
        (few.len() <= most).then_some(few)
    }

    fn all(
        &mut self,
        filter: &Filter<'_>,
        each: &mut dyn FnMut(usize, u64),
    ) -> Result<(), RunError> {
        for nth in 0..self.columns.rows().len() {
            if let Some(error) = self.look() {
                return Err(error);
            }
            if filter.lets(self.columns, nth) {
                each(nth, 0);
            }
        }
        Ok(())
    }

    fn found(
        &mut self,
        expr: &Expr,
        lets: &Filter<'_>,
        narrowed: Option<&[Ordinal]>,
        each: &mut dyn FnMut(usize, u64),
    ) -> Result<(), RunError> {
        let scores = if self.plan.scored {
            Scores::Wanted
        } else {
            Scores::Unwanted
        };
        let (columns, searcher) = (self.columns, self.searcher);
        let filter = match (self.plan.access, narrowed) {
            (Access::PermissionFirst, Some(few)) => index::Filter::Ordered(few),
            (Access::PermissionFirst, None) => return self.among(expr, lets, scores, each),
            (Access::QueryFirst, _) => index::Filter::All,
            (Access::Nothing | Access::Columns, _) => return Ok(()),
        };
        let mut stopped = None;
        searcher.search(expr, filter, scores, &mut |ordinal, score| {
            stopped = self.look();
            if stopped.is_some() {
                return ControlFlow::Break(());
            }
            if let Some(nth) = columns.nth(ordinal)
                && lets.lets(columns, nth)
            {
                each(nth, score);
            }
            ControlFlow::Continue(())
        })?;
        stopped.map_or(Ok(()), Err)
    }

    /// Looks among all that may be shown.
    fn among(
        &mut self,
        expr: &Expr,
        filter: &Filter<'_>,
        scores: Scores,
        each: &mut dyn FnMut(usize, u64),
    ) -> Result<(), RunError> {
        let (columns, searcher) = (self.columns, self.searcher);
        let standing = columns.standing();
        let mut stopped = None;
        searcher.search_among(expr, standing, scores, &mut |nth, score| {
            stopped = self.look();
            if stopped.is_some() {
                return ControlFlow::Break(());
            }
            if filter.lets(columns, nth) {
                each(nth, score);
            }
            ControlFlow::Continue(())
        })?;
        stopped.map_or(Ok(()), Err)
    }

    fn look(&mut self) -> Option<RunError> {
        self.looked_at += 1;
        if self.looked_at.is_multiple_of(LOOKS_BETWEEN_CHECKS) {
            return self.watch.stop();
        }
        None
    }
}

/// One document asked of the index by its ordinal costs as much as so many whose places are kept.
const NARROWED_GAIN: usize = 8;
/// Documents looked at before a run asks again whether it has to stop.
const LOOKS_BETWEEN_CHECKS: u64 = 256;

#[cfg(test)]
mod tests;
