//! Memory that calls may take, said before they take it.
//!
//! For: deposits and searches, whose need can be told from what was asked, and deposits that were
//! begun and not waited for. Not for: what the engine keeps between calls, which its own limits
//! bound. Invariants: a call whose need does not fit is refused before it has begun; what a call
//! was granted is given back when it ends, what waits when its ticket does not wait any more. A
//! process that is forked off keeps the limit and begins with nothing granted, since what holds
//! the grants it found does not give them back there.
//! An allocation that fails all the same ends the process, as in all Rust programs.

#![allow(unsafe_code, reason = "exports a function")]

use crate::error::Fault;
use crate::fork::PerProcess;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most memory in bytes that the deposits and searches under way, and the tickets of deposits
/// that nobody has waited for, may need together, in all engines of the process; 0, which it is
/// at first, for any. One that does not fit gets LIASSE_E_BUDGET: wait for a ticket, then try
/// again. Returns what it was before. A process that is forked off keeps it, and starts from none.
#[unsafe(no_mangle)]
pub extern "C" fn liasse_memory_limit(bytes: u64) -> u64 {
    all().limit.swap(bytes, Ordering::Relaxed)
}

/// What a deposit of so many bytes takes while it waits for its commit.
pub(crate) fn waiting(bytes: usize) -> u64 {
    let kept = WAITING_TIMES.saturating_mul(wide(bytes));
    kept.saturating_add(WAITING_BYTES)
}

/// A grant of no memory.
pub(crate) fn nothing() -> Granted<'static> {
    Granted {
        budget: all(),
        need: 0,
    }
}

/// A search that answers with at most so many documents.
pub(crate) fn search(hits: usize, most: u64) -> Result<Granted<'static>, Fault> {
    let need = HIT_BYTES.saturating_mul(wide(hits));
    all().grant(need.saturating_add(SEARCH_BYTES), most, "search")
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Memory that calls under way may need together.
struct Budget {
    limit: AtomicU64,
    granted: AtomicU64,
}

impl Budget {
    const fn new(limit: u64) -> Self {
        Self {
            limit: AtomicU64::new(limit),
            granted: AtomicU64::new(0),
        }
    }

    /// Grants a call what it needs; `most` is the call's own limit, 0 for any.
    fn grant(&self, need: u64, most: u64, what: &str) -> Result<Granted<'_>, Fault> {
        if most != 0 && need > most {
            return Err(Fault::budget(what));
        }
        let limit = self.limit.load(Ordering::Relaxed);
        let fits = |granted: u64| {
            let sum = granted.checked_add(need)?;
            (limit == 0 || sum <= limit).then_some(sum)
        };
        self.granted
            .try_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .map_err(|_| Fault::budget(what))?;
        Ok(Granted { budget: self, need })
    }
}

/// Memory a call may take while it lasts.
pub(crate) struct Granted<'a> {
    budget: &'a Budget,
    need: u64,
}

impl Granted<'_> {
    /// Grows to what a deposit of so many bytes needs, its text among them.
    pub(crate) fn deposit(&mut self, bytes: usize, most: u64) -> Result<(), Fault> {
        let need = DEPOSIT_TIMES.saturating_mul(wide(bytes));
        self.up_to(need.saturating_add(DEPOSIT_BYTES), most, "deposit")
    }

    /// Grows to so much, which `most` bounds as a whole.
    fn up_to(&mut self, need: u64, most: u64, what: &str) -> Result<(), Fault> {
        if most != 0 && need > most {
            return Err(Fault::budget(what));
        }
        let mut more = self.budget.grant(need.saturating_sub(self.need), 0, what)?;
        self.need += std::mem::take(&mut more.need);
        Ok(())
    }

    /// Gives back all but so much.
    pub(crate) fn down_to(mut self, need: u64) -> Self {
        let less = self.need.saturating_sub(need);
        self.need -= less;
        self.budget.granted.fetch_sub(less, Ordering::Relaxed);
        self
    }

    /// Both as one.
    pub(crate) fn and(mut self, mut other: Self) -> Self {
        self.need += std::mem::take(&mut other.need);
        self
    }
}

impl Drop for Granted<'_> {
    fn drop(&mut self) {
        self.budget.granted.fetch_sub(self.need, Ordering::Relaxed);
    }
}

/// The budget of this process.
fn all() -> &'static Budget {
    ALL.get(|before| Budget::new(before.map_or(0, |it| it.limit.load(Ordering::Relaxed))))
}

static ALL: PerProcess<Budget> = PerProcess::new();
/// A deposit is copied by parsing, compressing and sealing, and its words are analysed.
const DEPOSIT_TIMES: u64 = 12;
/// What the smallest deposit needs.
const DEPOSIT_BYTES: u64 = 4 << 20;
/// What waits for its commit is compressed and sealed, beside its entry and its words.
const WAITING_TIMES: u64 = 4;
/// What the smallest of it takes.
const WAITING_BYTES: u64 = 64 << 10;
/// The entry and the snippet of one hit, with the text it was cut from.
const HIT_BYTES: u64 = 16 << 10;
/// What the smallest search needs.
const SEARCH_BYTES: u64 = 8 << 20;

#[cfg(test)]
mod tests;
