//! In what order is the work done: request, expression, plan, ranking.
//!
//! For: `liasse`. Not for: deciding who sees what, reading rows, or knowing how the index keeps
//! its words. Invariants: query cannot write; nothing here depends on a hidden document.

mod dates;
mod lower;
mod rank;
pub mod syntax;

pub use lower::{
    QueryError, SYSTEM_AUTHOR, SYSTEM_CLASS, SYSTEM_STRUCTURE, SYSTEM_TYPE, expression,
};
pub use rank::{Ranked, TopK};
