//! What an audit tells: plain owned values, without anything of a document.
//!
//! Invariant: handles and numbers stand for patients; no name, no identity, no motive, no query.

use super::Sample;
use crate::answer::Finding;
use crate::error::Error;
use base::{AuditHandle, Digest, Instant};
use std::collections::BTreeMap;

/// How deep an audit goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Without any key.
    #[default]
    Keyless,
    /// With the keys of traces; no document and no dossier is opened.
    AuditKeys,
    /// With all keys.
    Full,
}

/// Where an audit stopped, and can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditMark {
    /// The number of the step.
    pub step: usize,
    /// What comes next in it.
    pub at: u64,
}

/// How far an audit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditProgress {
    /// The name of the step.
    pub step: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// How much there is.
    pub total: u64,
    /// Where to go on when it stops here.
    pub mark: AuditMark,
}

/// The size and root of the log that was audited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogState {
    /// The name of the log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
}

impl Default for LogState {
    fn default() -> Self {
        Self {
            origin: String::new(),
            size: 0,
            root: Digest::ZERO,
        }
    }
}

/// What was looked at, and of how much.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Covered {
    /// What.
    pub what: &'static str,
    /// How many were checked.
    pub checked: u64,
    /// How many there are.
    pub of: u64,
}

/// What was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// What.
    pub what: &'static str,
    /// Why.
    pub why: String,
}

/// Something an auditor should know that breaks no invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remark {
    /// Where.
    pub place: String,
    /// What.
    pub what: String,
}

/// A span from which traces may be missing: the engine ended uncleanly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GapSpan {
    /// The entry that names it.
    pub entry: u64,
    /// Its beginning.
    pub from: Instant,
    /// Its end; `None` when it is not known.
    pub to: Option<Instant>,
}

/// The entries of one erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// The entry that says it is begun.
    pub begun: Option<u64>,
    /// The entry that says the keys are destroyed: receipt 1.
    pub destroyed: Option<u64>,
    /// The entry that says the index was rewritten: receipt 2.
    pub rewritten: Option<u64>,
}

/// Who broke the glass, when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GlassBroken {
    /// The entry.
    pub entry: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// With which profession.
    pub profession: String,
    /// For which structure.
    pub structure: String,
    /// Whose dossier, as the log calls it.
    pub handle: AuditHandle,
}

/// What the traces say, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accesses {
    /// Traces that were opened.
    pub opened: u64,
    /// Traces whose keys were destroyed when their time was over.
    pub past: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Accesses by day, as `2026-01-31`: what was opened, searched or handed out.
    pub days: BTreeMap<String, u64>,
    /// Accesses by profession.
    pub professions: BTreeMap<String, u64>,
    /// Accesses by purpose.
    pub purposes: BTreeMap<String, u64>,
    /// All acts, by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Each bris de glace.
    pub glass: Vec<GlassBroken>,
}

/// What came of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything at this depth was looked at, and nothing found.
    Clean,
    /// Something was found.
    Findings,
    /// Nothing was found, and not everything could be looked at.
    NotFully,
    /// Nothing was found, and an erasure is under way.
    Erasing,
}

/// What an audit found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AuditReport {
    /// The store.
    pub store: String,
    /// How deep it went.
    pub depth: Depth,
    /// The log that was audited.
    pub log: LogState,
    /// The last commit.
    pub commit: u64,
    /// When it was made.
    pub committed: Instant,
    /// What is wrong, with its place.
    pub findings: Vec<Finding>,
    /// How many more findings there were.
    pub more: u64,
    /// What was looked at.
    pub covered: Vec<Covered>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
    /// What else is worth knowing.
    pub remarks: Vec<Remark>,
    /// Erasures that were begun and not concluded.
    pub erasing: u64,
    /// The spans from which traces may be missing.
    pub gaps: Vec<GapSpan>,
    /// Erasures, by the audit handle of what was erased.
    pub erased: BTreeMap<AuditHandle, Vec<Erased>>,
    /// What the traces say; `None` when they could not be opened.
    pub accesses: Option<Accesses>,
    /// Which dossiers were to be opened, when it was not all.
    pub sample: Option<Sample>,
    /// Where it was told to stop.
    pub stopped: Option<AuditMark>,
    /// What every row of the catalog hashed to when it was stopped, for the run that goes on.
    pub rows: Option<Digest>,
    /// Bytes of the store that were checked, each counted once however often it was read.
    pub bytes: u64,
    /// Why the first step ended that did not come to its end.
    pub(crate) failed: Option<Error>,
    /// Every entry of the log was read.
    pub(super) log_read: bool,
    /// A step did not come to its end, in this run or in an earlier one.
    pub(super) cut_short: bool,
}

impl AuditReport {
    /// What came of it.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        if !self.findings.is_empty() {
            Verdict::Findings
        } else if !self.skipped.is_empty() || self.stopped.is_some() {
            Verdict::NotFully
        } else if self.erasing > 0 {
            Verdict::Erasing
        } else {
            Verdict::Clean
        }
    }

    /// Whether a step ended before its time, because of damage or of the system.
    #[must_use]
    pub const fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Whether every entry of the log was read: until then, that no gap and no erasure is told
    /// says nothing.
    #[must_use]
    pub const fn has_read_log(&self) -> bool {
        self.log_read
    }

    /// Number and instant of the last commit, once it was looked for and found.
    #[must_use]
    pub fn last_commit(&self) -> Option<(u64, Instant)> {
        (self.commit > 0).then_some((self.commit, self.committed))
    }

    /// Whether a writer beside the audit took away what was to be looked at: another audit may
    /// see everything.
    #[must_use]
    pub fn is_overtaken(&self) -> bool {
        self.skipped.iter().any(|it| it.why == OVERTAKEN)
    }

    /// How many of what a step covers were checked.
    #[must_use]
    pub fn checked(&self, what: &str) -> u64 {
        let known = self.covered.iter().find(|it| it.what == what);
        known.map_or(0, |it| it.checked)
    }

    /// Adds a page of the notebook that is not believed.
    pub fn doubt(&mut self, page: &str) {
        let what = "is no checkpoint, or the key of the log did not sign it";
        self.find("J11", format!("page {page}"), what);
    }

    /// Adds a finding of an earlier run of the same audit; `None` when there is no such
    /// invariant.
    pub fn again(&mut self, invariant: &str, place: &str, what: &str) -> Option<()> {
        let known = INVARIANTS.iter().find(|known| **known == invariant)?;
        self.find(known, place, what);
        Some(())
    }

    /// Adds what an earlier run of the same audit could not look at.
    pub fn skip_again(&mut self, what: &str, why: &str) {
        if let Some(known) = super::check::step_named(what) {
            self.skip(known, why);
        }
    }

    /// Adds what an earlier run of the same audit remarked.
    pub fn remark_again(&mut self, place: &str, what: &str) {
        self.remark(place, what);
    }

    /// Says that a step of an earlier run did not come to its end.
    pub const fn cut_short_again(&mut self) {
        self.cut_short = true;
    }

    /// Adds what an earlier run of the same audit covered.
    pub fn cover_again(&mut self, what: &str, checked: u64, of: u64) {
        if let Some(known) = COVERED.iter().find(|known| **known == what) {
            self.cover(known, checked, of);
        }
    }

    pub(super) fn find(&mut self, invariant: &'static str, place: impl Into<String>, what: &str) {
        let (place, what) = (place.into(), what.to_owned());
        let finding = Finding {
            invariant,
            place,
            what,
        };
        // A step that an earlier run of this audit made is made again where later ones lean on it.
        if self.findings.contains(&finding) {
            return;
        }
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Whether a finding is kept that names this invariant at this place.
    pub(super) fn names(&self, invariant: &str, place: &str) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|it| it.invariant == invariant && it.place == place)
    }

    pub(super) fn cover(&mut self, what: &'static str, checked: u64, of: u64) {
        match self.covered.iter_mut().find(|it| it.what == what) {
            Some(known) => {
                known.checked = known.checked.saturating_add(checked);
                known.of = of;
            }
            None => self.covered.push(Covered { what, checked, of }),
        }
    }

    /// Says what a step covers that is made whole in each run.
    pub(super) fn cover_whole(&mut self, what: &'static str, checked: u64, of: u64) {
        match self.covered.iter_mut().find(|it| it.what == what) {
            Some(known) => (known.checked, known.of) = (checked, of),
            None => self.covered.push(Covered { what, checked, of }),
        }
    }

    pub(super) fn skip(&mut self, what: &'static str, why: impl Into<String>) {
        let why = why.into();
        let skipped = Skipped { what, why };
        if !self.skipped.contains(&skipped) {
            self.skipped.push(skipped);
        }
    }

    pub(super) fn overtaken(&mut self, step: &'static str) {
        self.skip(step, OVERTAKEN);
    }

    pub(super) fn remark(&mut self, place: impl Into<String>, what: impl Into<String>) {
        let (place, what) = (place.into(), what.into());
        let remark = Remark { place, what };
        if self.remarks.len() < FINDINGS_MAX && !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// What a finding can name.
const INVARIANTS: [&str; 25] = [
    "J1", "J2", "J3", "J4", "J6", "J8", "J11", "J12", "J13", "S5", "S6", "S7", "S8", "S10", "S11",
    "S13", "S19", "V3", "V5", "V6", "V9", "X1", "X2", "X3", "X12",
];
/// What a run of an audit covers.
const COVERED: [&str; 13] = [
    "the log, by its signature",
    "catalog files, by their signatures",
    "entries of the log",
    "pages of the notebook",
    "dossiers, by their rows",
    "bytes of bodies",
    "index files, by their bytes",
    "traces, by their keys",
    "dossiers, opened",
    "documents, opened",
    "items of sealed units",
    "index segments, opened",
    "pages of the catalog",
];
/// Why a step did not look at everything beside a writer.
const OVERTAKEN: &str = "a writer took files away meanwhile: audit the store again, or a backup";
/// Findings and remarks that are kept one by one.
const FINDINGS_MAX: usize = 1000;
