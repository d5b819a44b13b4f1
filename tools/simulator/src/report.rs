//! What was explored, and what was found.
//!
//! Invariants: a state is counted when it was judged; the last line printed is one JSON object.

use crate::faults::DiskFault;
use crate::rot::Outcome;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Kinds of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// After a power cut.
    PowerCut,
    /// After a power cut while the store was made.
    Creation,
    /// Restored from a backup and a sink after the store was lost.
    Restore,
    /// After a power cut during the recovery from one.
    Recovery,
    /// After an operation that failed.
    Fault,
    /// With a flipped bit.
    BitFlip,
    /// With a page of an older commit.
    StalePage,
}

/// A state that may not be.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) run: u64,
    pub(crate) kind: Kind,
    pub(crate) place: String,
    pub(crate) what: String,
}

/// Counts and failures.
#[derive(Default)]
pub struct Report {
    runs: u64,
    kinds: BTreeMap<Kind, u64>,
    outcomes: BTreeMap<(Kind, Outcome), u64>,
    /// How often a fault struck a place.
    strikes: BTreeMap<(DiskFault, &'static str), u64>,
    failures: Vec<Failure>,
}

impl Report {
    pub(crate) fn count(&mut self, kind: Kind) {
        *self.kinds.entry(kind).or_default() += 1;
    }

    pub(crate) fn outcome(&mut self, kind: Kind, outcome: Outcome) {
        *self.outcomes.entry((kind, outcome)).or_default() += 1;
    }

    /// Counts a fault that struck the file or folder of this name.
    pub(crate) fn struck(&mut self, fault: DiskFault, name: &str) {
        let known = PLACES.iter().find(|(begin, _)| name.starts_with(begin));
        let place = known.map_or(OTHER, |(_, place)| *place);
        *self.strikes.entry((fault, place)).or_default() += 1;
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    pub(crate) fn ran(&mut self) {
        self.runs += 1;
    }

    /// Takes in what another thread found.
    pub(crate) fn join(&mut self, other: Self) {
        self.runs += other.runs;
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (strike, count) in other.strikes {
            *self.strikes.entry(strike).or_default() += count;
        }
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.failures.extend(other.failures);
    }

    /// How many states were judged.
    #[must_use]
    pub fn states(&self) -> u64 {
        self.kinds.values().sum()
    }

    /// How many of them may not be.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failures.len()
    }

    /// The faults that struck nothing.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        let struck = |fault| self.strikes.keys().any(|(it, _)| *it == fault);
        let missed = DiskFault::ALL.into_iter().filter(|it| !struck(*it));
        missed.map(|it| format!("{it:?}")).collect()
    }

    /// The report in words; the last line is for programs.
    #[must_use]
    pub fn text(&self, seed: u64) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{text}");
        };
        for failure in self.failures.iter().take(FAILURES_SHOWN) {
            let Failure {
                run,
                kind,
                place,
                what,
            } = failure;
            line(format!("FAILED {kind:?}: {place}\n  {what}"));
            line(format!("  replay: cargo xtask simulate --run {run}"));
        }
        line(format!("{} runs", self.runs));
        for (kind, count) in &self.kinds {
            line(format!("  {kind:?}: {count} states"));
        }
        for ((kind, outcome), count) in &self.outcomes {
            line(format!("    {kind:?}, {outcome:?}: {count}"));
        }
        for fault in DiskFault::ALL {
            let of = |place| self.strikes.get(&(fault, place)).copied().unwrap_or(0);
            let places = PLACES.iter().map(|(_, place)| *place).chain([OTHER]);
            let counted: Vec<_> = places.map(|it| format!("{it} {}", of(it))).collect();
            line(format!("    {fault:?} struck: {}", counted.join(", ")));
        }
        let (states, failures) = (self.states(), self.failures());
        line(format!(
            "{{\"states\": {states}, \"failures\": {failures}, \"seed\": {seed}}}"
        ));
        out
    }
}

/// What the names of places begin with.
const PLACES: [(&str, &str); 6] = [
    ("store/catalog", "catalog"),
    ("store/body", "bodies"),
    ("store/index", "index"),
    ("keys", "key store"),
    ("sink", "sink"),
    ("backup", "backup"),
];
/// The store's other files and folders.
const OTHER: &str = "others";
const FAILURES_SHOWN: usize = 10;
