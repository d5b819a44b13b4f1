//! `check`: the audit itself, with progress, a state to go on from, and the reports.
//!
//! Invariant: the state holds what the report holds, and nothing of a document.

use crate::args::Check;
use crate::output::{self, Fault, complain, line};
use crate::{html, json};
use liasse::{
    AuditMark, AuditProgress, AuditReport, AuditRequest, Auditor, Depth, DirectorySink, Notebook,
    Options, OsEntropy, Sample, Sink, Sources, Verdict,
};
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Audits a store, or a backup of one.
pub(crate) fn run(asked: &Check) -> Result<u8, Fault> {
    asked
        .html
        .as_deref()
        .map_or(Ok(()), output::vacant_or_page)?;
    let (mut notebook, unread) = match &asked.notebook {
        Some(folder) => {
            output::notebook_there(folder)?;
            let (notebook, unread) = Notebook::open(folder)?;
            (Some(notebook), unread)
        }
        None => (None, Vec::new()),
    };
    for page in &unread {
        complain(&format!("the page {page} of the notebook is not believed"));
    }
    let mut watch = Watch::new(asked.seconds.map(Duration::from_secs));
    let mut audit = |auditor: &Auditor| turn(asked, auditor, notebook.as_ref(), &mut watch);
    let (auditor, mut report) = seen_whole(&mut || opened(asked), &mut audit)?;
    watch.end();
    for page in unread {
        report.doubt(&page);
    }
    keep_state(asked, &report)?;
    if let Some(notebook) = &mut notebook
        && report.verdict() != Verdict::Findings
        && report.stopped.is_none()
        && !report.is_cut_short()
    {
        notebook.add(&auditor.unsigned_checkpoint()?)?;
    }
    tell(asked, &report, watch.begun.elapsed())?;
    Ok(exit(&report))
}

/// Audits a store, and a few times what it has become where a writer took away what was to be
/// looked at.
fn seen_whole<A>(
    open: &mut dyn FnMut() -> Result<A, Fault>,
    audit: &mut dyn FnMut(&A) -> Result<AuditReport, Fault>,
) -> Result<(A, AuditReport), Fault> {
    let mut auditor = open()?;
    let mut report = audit(&auditor)?;
    for _ in 0..TIMES_MORE {
        let whole = !report.is_overtaken() || report.verdict() == Verdict::Findings;
        if whole || report.stopped.is_some() {
            break;
        }
        complain("a writer took files away meanwhile: what the store has become is audited");
        auditor = open()?;
        report = audit(&auditor)?;
    }
    Ok((auditor, report))
}

fn opened(asked: &Check) -> Result<Auditor, Fault> {
    let root = output::root(&asked.root)?;
    let depth = depth(asked, root.is_some())?;
    let options = Options::default();
    Ok(match (&asked.backup, &asked.traces.audit_key_file) {
        (None, None) => Auditor::open(&asked.store, depth, root.as_ref(), &options)?,
        (None, Some(file)) => Auditor::open_with_audit_key(&asked.store, file, &options)?,
        (Some(_), Some(_)) => {
            return Err(Fault::input(
                "check the backup with --keyless first, then the folder it was brought to with \
                 --audit-key-file",
            ));
        }
        (Some(backup), None) => {
            let sinks = asked.sink.iter();
            let sinks = sinks.map(|sink| Arc::new(DirectorySink::new(sink)) as Arc<dyn Sink>);
            let sources = Sources::new(backup, sinks.collect()).without_sinks();
            Auditor::open_backup(&sources, &asked.store, (depth, root.as_ref()), &options)?
        }
    })
}

/// Audits as far as the time lasts, from where an earlier run stopped.
fn turn(
    asked: &Check,
    auditor: &Auditor,
    notebook: Option<&Notebook>,
    watch: &mut Watch,
) -> Result<AuditReport, Fault> {
    let mut request = AuditRequest::default();
    request.notebook = notebook;
    let earlier = earlier(asked)?;
    request.sample = sample(asked, earlier.as_ref())?;
    match earlier {
        Some((_, report)) if !auditor.goes_on_from(&report, request.sample) => {
            complain(ANEW);
            request.sample = sample(asked, None)?;
        }
        earlier => request.resume = earlier,
    }
    Ok(auditor.audit(request, &mut |progress| watch.hear(progress))?)
}

const fn exit(report: &AuditReport) -> u8 {
    match report.verdict() {
        Verdict::Clean => 0,
        Verdict::Findings => output::EXIT_FINDINGS,
        Verdict::NotFully => output::EXIT_NOT_FULLY,
        Verdict::Erasing => output::EXIT_ERASING,
    }
}

fn depth(asked: &Check, with_key: bool) -> Result<Depth, Fault> {
    let depth = depth_asked(asked, with_key)?;
    if depth < Depth::Full && asked.sample.is_some() {
        return Err(Fault::input(
            "--sample is of the dossiers that are opened, which takes the store's key: give \
             --key-file FILE or --passphrase-env VAR and no --keyless, or leave it out",
        ));
    }
    Ok(depth)
}

fn depth_asked(asked: &Check, with_key: bool) -> Result<Depth, Fault> {
    if asked.traces.audit_key_file.is_some() {
        if asked.keyless || asked.full {
            return Err(Fault::input(
                "--audit-key-file opens traces: no more, no less",
            ));
        }
        return Ok(Depth::AuditKeys);
    }
    if asked.keyless {
        return Ok(Depth::Keyless);
    }
    if !with_key && (asked.audit_keys || asked.full) {
        return Err(Fault::input(
            "give --key-file FILE, or --passphrase-env VAR with a passphrase in VAR",
        ));
    }
    Ok(if asked.audit_keys {
        Depth::AuditKeys
    } else if with_key {
        Depth::Full
    } else {
        Depth::Keyless
    })
}

/// Where an earlier run stopped.
fn earlier(asked: &Check) -> Result<Option<(AuditMark, AuditReport)>, Fault> {
    let Some(path) = asked.state.as_ref().filter(|path| path.exists()) else {
        return Ok(None);
    };
    let text = output::read(path)?;
    let state = json::state(&text).ok_or_else(|| {
        Fault::input(format!(
            "{} is no state of an audit; remove it to begin anew",
            path.display()
        ))
    })?;
    Ok(Some(state))
}

/// The sample that was asked for: by the seed that was given, by that of the run to go on with, or
/// by one that nobody knows yet.
fn sample(
    asked: &Check,
    earlier: Option<&(AuditMark, AuditReport)>,
) -> Result<Option<Sample>, Fault> {
    let Some(dossiers) = asked.sample else {
        return Ok(None);
    };
    let before = earlier.and_then(|(_, report)| report.sample);
    let seed = asked.seed.or_else(|| before.map(Sample::seed));
    Ok(Some(match seed {
        Some(seed) => Sample::again(dossiers, seed),
        None => Sample::draw(dossiers, &OsEntropy)?,
    }))
}

fn keep_state(asked: &Check, report: &AuditReport) -> Result<(), Fault> {
    let Some(path) = &asked.state else {
        return Ok(());
    };
    if report.stopped.is_some() {
        return output::write(path, json::report(report).to_string().as_bytes());
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Fault::file(path, &error))
        }
        _ => Ok(()),
    }
}

fn tell(asked: &Check, report: &AuditReport, took: Duration) -> Result<(), Fault> {
    if let Some(path) = &asked.html {
        output::write_page(path, &html::page(report))?;
    }
    if asked.json {
        line(&json::report(report).to_string());
        return Ok(());
    }
    for finding in &report.findings {
        let (invariant, place, what) = (finding.invariant, &finding.place, &finding.what);
        line(&format!("{invariant}  {place}: {what}"));
    }
    if report.more > 0 {
        line(&format!("and {} more findings", report.more));
    }
    for skipped in &report.skipped {
        line(&format!("skipped  {}: {}", skipped.what, skipped.why));
    }
    for remark in &report.remarks {
        line(&format!("note  {}: {}", remark.place, remark.what));
    }
    if let Some(sample) = report.sample {
        line(&format!(
            "sample  about {} dossiers, by the seed {:016x}",
            sample.dossiers(),
            sample.seed()
        ));
    }
    for covered in &report.covered {
        let (what, checked, of) = (covered.what, covered.checked, covered.of);
        line(&format!("checked  {what}: {checked} of {of}"));
    }
    let last = report.last_commit();
    let last = last.map_or(
        "the last commit not looked at".to_owned(),
        |(number, at)| format!("commit {number} of {at}"),
    );
    line(&format!(
        "{}: log {} of {} entries, root {}, {last}",
        words(report),
        report.log.origin,
        report.log.size,
        report.log.root,
    ));
    let rate = report.bytes as f64 / took.as_secs_f64().max(0.001) / 1e6;
    complain(&format!(
        "{} bytes in {took:.1?}: {rate:.0} MB/s",
        report.bytes
    ));
    Ok(())
}

/// The verdict in words.
pub(crate) const fn words(report: &AuditReport) -> &'static str {
    match report.verdict() {
        Verdict::Clean => "clean",
        Verdict::Findings => "NOT CLEAN",
        Verdict::NotFully => "nothing found, and not everything could be checked",
        Verdict::Erasing => "nothing found, and an erasure is under way",
    }
}

/// What shows the progress, and ends the audit when its time is over.
struct Watch {
    begun: Instant,
    limit: Option<Duration>,
    told: Instant,
    shown: bool,
}

impl Watch {
    fn new(limit: Option<Duration>) -> Self {
        let begun = Instant::now();
        Self {
            begun,
            limit,
            told: begun,
            shown: false,
        }
    }

    fn hear(&mut self, progress: AuditProgress) -> ControlFlow<()> {
        if self.told.elapsed() > SHOWN_EVERY && std::io::stderr().is_terminal() {
            self.told = Instant::now();
            self.shown = true;
            let AuditProgress {
                step, done, total, ..
            } = progress;
            let _ = write!(std::io::stderr(), "\r{step}: {done} of {total}        ");
        }
        match self.limit {
            Some(limit) if self.begun.elapsed() >= limit => ControlFlow::Break(()),
            Some(_) | None => ControlFlow::Continue(()),
        }
    }

    fn end(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r");
        }
    }
}

const ANEW: &str = "the state is of another log, of one that has grown since, of another depth or \
                    another sample: the audit begins anew";
const SHOWN_EVERY: Duration = Duration::from_millis(200);
/// How often a store is audited again whose writer took something away meanwhile.
const TIMES_MORE: usize = 2;

#[cfg(test)]
mod tests;
