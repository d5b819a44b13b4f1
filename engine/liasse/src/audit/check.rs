//! The steps of an audit that need no key, and their order.
//!
//! Invariants: a step that is stopped says where to go on, and one that cannot be gone on with
//! comes to its end first; each run comes further than the one before; what a run makes again is
//! covered and found once; the log is checked before anything is compared with what it says.

use super::report::{AuditMark, AuditProgress, AuditReport, LogState};
use super::{AuditListener, AuditRequest, Auditor, Depth, Keys, Notebook, Turning};
use crate::answer::Finding;
use crate::error::{Error, Result};
use base::{Digest, RowRead, StoreId, Table};
use journal::{Checkpoint, Commit, Fact, Log, VerifierKey};
use std::ops::ControlFlow;
use store::{Damage, Snapshot};

/// An audit under way.
pub(super) struct Check<'a> {
    pub(super) auditor: &'a Auditor,
    pub(super) request: AuditRequest<'a>,
    pub(super) report: AuditReport,
    pub(super) log: Option<Log>,
    pub(super) known: super::traces::Known,
    /// The keys of the log that are known.
    pub(super) log_keys: Vec<VerifierKey>,
    /// What a writer beside this audit has made of the store meanwhile.
    pub(super) newer: Option<super::beside::Newer>,
    listener: &'a mut AuditListener<'a>,
    step: usize,
    run: Run,
}

/// What a run may do when its listener wishes it to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    /// Go on: nothing was done since an earlier run stopped.
    Fresh,
    /// Go on: an earlier run made this step.
    Again,
    /// Stop.
    Free,
    /// Stop once the step is at its end.
    Leaving,
}

/// Whether a step came to its end; if not, where it goes on.
pub(super) type Step = ControlFlow<u64>;

type Work = fn(&mut Check<'_>, u64) -> Result<Step>;

/// The steps, by name.
const STEPS: [(&str, Work); 9] = [
    ("log", |check, from| check.log(from)),
    ("commit", |check, from| check.bound(from)),
    ("dossiers", |check, from| check.dossiers(from)),
    ("bodies", |check, from| check.bodies(from)),
    ("files", |check, from| check.files(from)),
    ("traces", |check, from| check.traces(from)),
    ("seals", |check, from| check.seals(from)),
    ("index", |check, from| check.index(from)),
    ("pages", |check, from| check.catalog_pages(from)),
];

pub(super) fn run(
    auditor: &Auditor,
    mut request: AuditRequest<'_>,
    listener: &mut AuditListener<'_>,
) -> Result<AuditReport> {
    let earlier = match request.resume.take() {
        Some((mark, report)) if auditor.goes_on_from(&report, request.sample) => {
            Some((mark, report))
        }
        Some(_) | None => None,
    };
    let (mark, report) = earlier.unwrap_or_else(|| {
        let report = AuditReport {
            findings: auditor.found.clone(),
            ..AuditReport::default()
        };
        (AuditMark { step: 0, at: 0 }, report)
    });
    let mut relay = |progress: AuditProgress| listener(progress);
    let mut check = Check {
        auditor,
        request,
        report,
        log: None,
        known: super::traces::Known::default(),
        log_keys: Vec::new(),
        newer: None,
        listener: &mut relay,
        step: 0,
        run: Run::Fresh,
    };
    check.begin();
    check.read_log()?;
    check.same_rows()?;
    if let Err(error) = check.outside() {
        check.failed(OUTSIDE, error);
    }
    check.steps(mark);
    if check.report.stopped.is_some() && check.report.rows.is_none() {
        check.report.rows = Some(store::rows_digest(&auditor.rows)?);
    }
    Ok(check.report)
}

impl Check<'_> {
    /// Takes the steps from the mark on, until one is to go on in another turn.
    fn steps(&mut self, mark: AuditMark) {
        for (number, (step, work)) in STEPS.iter().enumerate() {
            // What the traces tell is needed behind them, and is not kept between runs; what the
            // last commit binds costs little, and may have been changed since.
            let again = number < mark.step && [COMMIT, TRACES].contains(&number);
            if number < mark.step && !again {
                continue;
            }
            self.step = number;
            let from = if number == mark.step { mark.at } else { 0 };
            let (run, more, bytes) = (self.run, self.report.more, self.report.bytes);
            if again {
                self.run = Run::Again;
            }
            let made = work(self, from);
            if again {
                (self.run, self.report.more, self.report.bytes) = (run, more, bytes);
            }
            match made {
                Ok(ControlFlow::Continue(())) if self.run == Run::Leaving => {
                    let step = number + 1;
                    self.report.stopped = Some(AuditMark { step, at: 0 });
                    break;
                }
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(at)) => {
                    self.report.stopped = Some(AuditMark { step: number, at });
                    break;
                }
                // What the other steps find is told all the same.
                Err(error) => self.failed(step, error),
            }
        }
    }

    /// Tells how far the step is; `Break` when the audit is to stop before `at`.
    pub(super) fn tell(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        let step = STEPS.get(self.step).map_or("", |(name, _)| name);
        let mark = AuditMark {
            step: self.step,
            at: done,
        };
        let told = (self.listener)(AuditProgress {
            step,
            done,
            total,
            mark,
        });
        match self.run {
            Run::Again => ControlFlow::Continue(()),
            Run::Fresh => {
                self.run = Run::Free;
                ControlFlow::Continue(())
            }
            Run::Free | Run::Leaving => told,
        }
    }

    /// Tells how far a step is that cannot be gone on with: it comes to its end, and the audit
    /// stops behind it.
    pub(super) fn tell_whole(&mut self, done: u64, total: u64) {
        if self.tell(done, total).is_break() {
            self.run = Run::Leaving;
        }
    }

    /// A step could not be gone on with: by damage, which is a finding, or by the system.
    pub(super) fn failed(&mut self, step: &'static str, error: Error) {
        if let Some(found) = super::open::finding_of(&error) {
            self.report
                .find(found.invariant, found.place.clone(), &found.what);
        }
        let why = format!("it ended before its time: {}", error.message());
        self.report.skip(step, why);
        self.report.failed.get_or_insert(error);
        self.report.cut_short = true;
    }

    fn begin(&mut self) {
        self.report.stopped = None;
        self.report.failed = None;
        self.report.log_read = false;
        self.report.sample = self.request.sample;
        self.report.store = self.auditor.store.to_string();
        self.report.depth = self.auditor.depth();
        match &self.auditor.keys {
            Keys::Wrong(error) => {
                let why = error.message().to_owned();
                self.report.skip("traces", why.clone());
                self.report.skip("seals", why.clone());
                self.report.skip("index", why);
            }
            Keys::Open(_, Turning::Yes) => self.report.erasing = 1,
            Keys::Open(_, Turning::No) | Keys::Traces(_) | Keys::None => {}
        }
        if let Some(error) = &self.auditor.shut {
            self.report.skip("seals", error.message());
            self.report.skip("index", error.message());
        }
    }

    /// The log is that of the earlier run, so that no commit came between: the rows that the
    /// earlier one looked at are there still.
    fn same_rows(&mut self) -> Result<()> {
        let Some(then) = self.report.rows else {
            return Ok(());
        };
        let now = store::rows_digest(&self.auditor.rows)?;
        if now != then {
            let what = "was changed since an earlier turn of this audit, by no commit";
            self.report.find("X1", "catalog.redb", what);
        }
        self.report.rows = Some(now);
        Ok(())
    }

    fn read_log(&mut self) -> Result<()> {
        let rows = &*self.auditor.rows;
        match Log::open(rows) {
            Ok(log) => {
                self.report.log = LogState {
                    origin: log.origin().as_str().to_owned(),
                    size: log.size(),
                    root: log.root(),
                };
                self.log = Some(log);
            }
            Err(error) => self.report.find("J3", "the journal", &error.to_string()),
        }
        Ok(())
    }

    /// The log is what its tree says, and continues what the notebook holds.
    fn log(&mut self, from: u64) -> Result<Step> {
        let rows = std::sync::Arc::clone(&self.auditor.rows);
        let mut stopped = None;
        let verified = journal::verify_from(&*rows, from, &mut |progress| {
            let told = self.tell(progress.checked, progress.total);
            if told.is_break() {
                stopped = Some(progress.checked);
            }
            told
        });
        let verified = match verified {
            Ok(verified) => verified,
            Err(error) => {
                self.report.find("J3", "the journal", &error.to_string());
                return Ok(Step::Continue(()));
            }
        };
        for finding in &verified.findings {
            self.report
                .find(invariant_of(finding), "the journal", &finding.to_string());
        }
        self.report.more += verified.more;
        self.report.bytes += verified.bytes;
        let checked = verified.to - verified.from;
        self.report
            .cover("entries of the log", checked, verified.size);
        if let Some(at) = stopped {
            return Ok(Step::Break(at));
        }
        Ok(Step::Continue(()))
    }

    /// What this run was given from outside the store, its key and the notebook, against the log:
    /// in every run, since an earlier one need not have had them.
    fn outside(&mut self) -> Result<()> {
        let stale = |it: &super::Skipped| it.what == SIGNATURES || it.what == OUTSIDE;
        self.report.skipped.retain(|it| !stale(it));
        self.report.remarks.retain(|it| it.place != NOTEBOOK);
        if let Some(log) = self.log.clone() {
            self.log_keys = self.keys_of_log()?;
            self.log_signature(&log)?;
            self.pages(&log)?;
            self.signatures()?;
        }
        Ok(())
    }

    /// Compares the log with the pages of the notebook.
    fn pages(&mut self, log: &Log) -> Result<()> {
        let Some(notebook) = self.request.notebook else {
            let what = "none was given: an exchange of the whole store is not seen";
            self.report.remark(NOTEBOOK, what);
            return Ok(());
        };
        if notebook.is_empty() {
            let what = "it held no page yet: an exchange of the whole store is not seen";
            self.report.remark(NOTEBOOK, what);
        }
        for found in contradictions(log, &*self.auditor.rows, notebook)? {
            self.report.find(found.invariant, found.place, &found.what);
        }
        let pages = notebook.pages.len() as u64;
        self.report
            .cover_whole("pages of the notebook", pages, pages);
        Ok(())
    }

    /// What the last commit entry binds is what is there.
    fn bound(&mut self, _: u64) -> Result<Step> {
        let auditor = self.auditor;
        let rows = &*auditor.rows;
        let last = self.log.as_ref().map(|log| log.last_commit(rows));
        let Some(Ok(Some((entry, commit)))) = last else {
            self.report
                .find("X1", "the journal", "no entry binds the catalog");
            return Ok(Step::Continue(()));
        };
        self.report.commit = commit.seq.number();
        self.report.committed = commit.at;
        let size = self.log.as_ref().map_or(0, Log::size);
        if entry + 1 != size {
            let what = "entries follow the last commit, which no commit wrote";
            self.report.find("X1", format!("entry {}", entry + 1), what);
        }
        let (sum, bytes) = store::row_sum_and_bytes(rows)?;
        self.report.bytes += bytes;
        for (place, found) in differences(auditor.store, rows, &commit, sum)? {
            self.report.find("X1", place, found);
        }
        if let Some(core) = &auditor.core
            && core.policies.in_force().digest() != commit.policy
        {
            self.report.find("X1", "the policies", BOUND);
        }
        let counters = rows.counters();
        if counters.commit != commit.seq || counters.instant != commit.at {
            let what = "number or instant are not those of the last commit";
            self.report.find("S13", "catalog.redb, table meta", what);
        }
        if let Keys::Open(keys, _) = &auditor.keys {
            if let Err(error) = keys.verify(rows) {
                self.report.find("V9", "the key tree", &error.to_string());
            }
            if keys.epoch().number() != commit.epoch {
                self.report.find(
                    "X1",
                    "the key tree",
                    "is of another epoch than the journal binds",
                );
            }
        }
        if count(rows, Table::new("row_sum"))? != 1 {
            let what = "holds rows that nothing binds";
            self.report.find("X1", "table row_sum", what);
        }
        let under_way = count(rows, Table::new("erasures"))?;
        self.report.erasing = self.report.erasing.max(under_way);
        Ok(Step::Continue(()))
    }

    /// Every row of every dossier is what the state tree says.
    fn dossiers(&mut self, _: u64) -> Result<Step> {
        let rows = std::sync::Arc::clone(&self.auditor.rows);
        let total = rows.counters().dossiers();
        let verified = rows.verify_dossiers(&mut |number| {
            if number.number() % 1024 == 0 {
                self.tell_whole(number.number(), total);
            }
        })?;
        for damage in &verified.damage {
            if let Damage::Dossier { number, table } = damage {
                let what = format!("a row of the table {table} is missing, altered or older");
                let place = format!("dossier {}", number.number());
                self.report.find("S5", place, &what);
            } else if let Damage::Table { table } = damage {
                let invariant = if *table == "state_tree" { "S6" } else { "S5" };
                let what = "rows contradict each other, or no dossier names them";
                self.report.find(invariant, format!("table {table}"), what);
            }
        }
        self.report.bytes += verified.bytes;
        let seen = verified.dossiers;
        self.report.cover("dossiers, by their rows", seen, seen);
        Ok(Step::Continue(()))
    }

    /// Whether this audit opens as much.
    pub(super) fn reaches(&self, depth: Depth) -> bool {
        self.auditor.depth() >= depth
    }
}

/// The name of a step, as it is told.
pub(super) fn step_named(name: &str) -> Option<&'static str> {
    let mut names = STEPS.iter().map(|(known, _)| *known);
    names.find(|known| *known == name)
}

/// Where the catalog differs from what a commit bound.
pub(super) fn differences(
    store: StoreId,
    rows: &Snapshot,
    commit: &Commit,
    sum: Digest,
) -> Result<Vec<(&'static str, &'static str)>> {
    let mut found = Vec::new();
    let mut compare = |place, same: bool, what| {
        if !same {
            found.push((place, what));
        }
    };
    let format = "is of another store than the journal";
    compare("FORMAT", store == commit.store, format);
    let state = store::state_tree::root(rows);
    compare("the state tree", state == Ok(commit.state), BOUND);
    let keys = vault::KeyTree::root_digest_in(rows);
    compare("the key tree", keys == Ok(commit.keys), BOUND);
    let manifest = index::manifest_digest(rows).ok();
    let same = manifest == Some(commit.manifest);
    compare("the index manifest", same, BOUND);
    compare("catalog.redb", sum == commit.rows, SUM);
    let kept = store::kept_row_sum(rows)?;
    compare("table row_sum", kept == Some(commit.rows), BOUND);
    Ok(found)
}

/// The pages of a notebook that the log is not the continuation of, and those that contradict one
/// another; the evidence of each is kept.
pub(super) fn contradictions(
    log: &Log,
    rows: &dyn RowRead,
    notebook: &Notebook,
) -> Result<Vec<Finding>> {
    let now = Checkpoint::of(log);
    let mut found = Vec::new();
    let mut find = |name: &str, what| {
        let (invariant, place) = ("J11", format!("page {name}"));
        found.push(Finding {
            invariant,
            place,
            what,
        });
    };
    for (name, page) in &notebook.pages {
        if let Some(wrong) = continues(log, rows, &page.checkpoint)? {
            let kept = notebook.keep_evidence(name, &now)?;
            find(name, format!("{wrong}; the evidence is kept in {kept}"));
        }
    }
    for (name, other) in notebook.forks() {
        let kept = notebook.keep_evidence(&name, &other)?;
        let what = format!("another page is of the same log and another root; see {kept}");
        find(&name, what);
    }
    Ok(found)
}

/// Why the log is not the continuation of a page, if it is not. After a restore the log has
/// another name, and its first entry says of which one it is the continuation.
pub(crate) fn continues(
    log: &Log,
    rows: &dyn RowRead,
    page: &Checkpoint,
) -> Result<Option<String>> {
    if page.origin == *log.origin() {
        return match log.compare(rows, page) {
            Ok(finding) => Ok(finding.map(|finding| finding.to_string())),
            Err(error) => Ok(Some(format!("cannot be compared: {error}"))),
        };
    }
    let mut restored = None;
    let read = log.entries(rows, 0..log.size(), &mut |_, entry| {
        if let Some(Fact::Restored { origin, size, .. }) = entry.fact()
            && origin == page.origin.as_str()
        {
            restored = Some(size);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    if read.is_err() {
        return Ok(Some("cannot be compared: the log is damaged".to_owned()));
    }
    Ok(match restored {
        None => Some("the checkpoint is of another log".to_owned()),
        Some(size) if page.size > size => Some(format!(
            "the store was restored to {size} entries of a log that had {} by then",
            page.size
        )),
        Some(_) if log.root_at(rows, page.size).ok() != Some(page.root) => {
            Some(format!("the log was forked before entry {}", page.size))
        }
        Some(_) => None,
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a room may learn new findings"
)]
const fn invariant_of(finding: &journal::Finding) -> &'static str {
    use journal::Finding as F;
    match finding {
        F::EntryUnreadable(_) => "J1",
        F::TileMissing { .. } | F::TileAltered { .. } | F::TileBeyond { .. } => "J2",
        F::Head => "J3",
        F::Chain(_) => "J4",
        F::CommitOrder(_) => "S13",
        _ => "J6",
    }
}

/// How many rows a table has.
fn count(rows: &dyn RowRead, table: Table) -> Result<u64> {
    let mut count = 0;
    rows.visit(table, &[], &[u8::MAX; 32], &mut |_, _| {
        count += 1;
        ControlFlow::Continue(())
    })?;
    Ok(count)
}

const BOUND: &str = "is not what the journal binds";
const SUM: &str = "its units, key nodes, segments or other rows are not those the journal binds";
const COMMIT: usize = 1;
const TRACES: usize = 5;
/// What is skipped when no key of the log is known.
pub(super) const SIGNATURES: &str = "signatures";
const OUTSIDE: &str = "the key and the notebook";
const NOTEBOOK: &str = "the notebook";
