//! In what order is the work done: request, expression, plan, ranking.
//!
//! For: `liasse`. Not for: deciding who sees what, reading rows, or knowing how the index keeps
//! its words. Invariants: query cannot write; nothing here depends on a hidden document.

mod boost;
mod columns;
mod dates;
mod fhir;
mod filter;
#[cfg(test)]
mod ground;
mod json;
mod lower;
mod plan;
mod profile;
mod question;
mod rank;
mod run;
pub mod syntax;
mod tally;
mod written;

pub use boost::{Boosts, Recency};
pub use columns::{Coded, Columns, Record};
pub use fhir::fhir;
pub use json::json;
pub use lower::{
    QueryError, SYSTEM_AUTHOR, SYSTEM_CLASS, SYSTEM_STRUCTURE, SYSTEM_TYPE, expression,
};
pub use plan::{Pass, Passes, Plan, PlanError, Planner, finds_nothing};
pub use profile::Profile;
pub use question::{
    Comparison, Facet, Field, Grouping, Order, Position, Question, Span, Step, Token, Wanted,
};
pub use rank::{Ranked, TopK};
pub use run::{Census, Found, RunError, Watch, Wish, census, run};
pub use tally::Counts;
pub use written::{Written, WrittenError};
