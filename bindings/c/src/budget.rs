//! Memory that calls may take, said before they take it.
//!
//! For: deposits and searches, whose need can be told from what was asked, and deposits that were
//! begun and not waited for. Not for: what the engine keeps between calls, which its own limits
//! bound. Invariants: a call whose need does not fit is refused before it has begun; what a call
//! was granted is given back when it ends, what waits when its ticket does not wait any more.
//! An allocation that fails all the same ends the process, as in all Rust programs.

#![allow(unsafe_code, reason = "exports a function")]

use crate::error::Fault;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most memory in bytes that the deposits and searches under way, and the tickets of deposits
/// that nobody has waited for, may need together, in all engines of the process; 0, which it is
/// at first, for any. One that does not fit gets LIASSE_E_BUDGET: wait for a ticket, then try
/// again. Returns what it was before.
#[unsafe(no_mangle)]
pub extern "C" fn liasse_memory_limit(bytes: u64) -> u64 {
    ALL.limit.swap(bytes, Ordering::Relaxed)
}

/// A deposit of so many bytes, its text among them.
pub(crate) fn deposit(bytes: usize, most: u64) -> Result<Granted<'static>, Fault> {
    let need = DEPOSIT_TIMES.saturating_mul(wide(bytes));
    ALL.grant(need.saturating_add(DEPOSIT_BYTES), most, "deposit")
}

/// What a deposit of so many bytes takes while it waits for its commit.
pub(crate) fn waiting(bytes: usize) -> u64 {
    let kept = WAITING_TIMES.saturating_mul(wide(bytes));
    kept.saturating_add(WAITING_BYTES)
}

/// A grant of no memory.
pub(crate) const fn nothing() -> Granted<'static> {
    Granted {
        budget: &ALL,
        need: 0,
    }
}

/// The longest document whose deposit fits into `most`; 0 is any.
pub(crate) fn deposit_bytes(most: u64) -> u64 {
    if most == 0 {
        u64::MAX
    } else {
        most.saturating_sub(DEPOSIT_BYTES) / DEPOSIT_TIMES
    }
}

/// A search that answers with at most so many documents.
pub(crate) fn search(hits: usize, most: u64) -> Result<Granted<'static>, Fault> {
    let need = HIT_BYTES.saturating_mul(wide(hits));
    ALL.grant(need.saturating_add(SEARCH_BYTES), most, "search")
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
    const fn new() -> Self {
        Self {
            limit: AtomicU64::new(0),
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

static ALL: Budget = Budget::new();
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
