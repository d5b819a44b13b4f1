//! What a session can be asked, one file per verb or family of verbs.

pub(crate) mod change;
pub(crate) mod compact;
mod cosigned;
mod declare;
pub(crate) mod deposit;
mod deposit_set;
pub(crate) mod entries;
pub(crate) mod erase;
pub(crate) mod explain;
pub(crate) mod fetch;
pub(crate) mod history;
pub(crate) mod link;
pub(crate) mod open;
mod points;
mod receipts;
mod refusal;
pub(crate) mod reindex;
pub(crate) mod retain;
mod revise;
mod rotate;
pub(crate) mod search;
mod since;
mod upgrade;
