//! The same documents into Liasse: keys, rules, index and journal on.

use crate::Failure;
use crate::bare::{ALONE, BATCH};
use crate::meter::{Figures, Meter, percentile};
use crate::papers::{LATER_PATIENT, Paper, Papers, later_papers, papers_from};
use liasse::{
    Deposit, Engine, Options, Outcome, Purpose, RootKey, SearchRequest, Session, SessionRequest,
    Ticket, new_key_file,
};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// From one thread, a hundred deposits being committed while the next hundred is handed over.
pub(crate) fn ingest(folder: &Path, documents: usize) -> Result<Figures, Failure> {
    let mut papers = Papers::open(folder)?;
    let store = folder.join("store");
    new_key_file(&folder.join("key"))?;
    let engine = Engine::create(&store, key(folder), Options::default())?;
    let doctor = engine.session(physician())?;
    let meter = Meter::start()?;
    let mut before = Vec::new();
    loop {
        let hundred = papers.some(BATCH)?;
        before = hundred_of(&doctor, &hundred, before)?;
        if hundred.is_empty() {
            break;
        }
    }
    let figures = meter.stop(documents)?;
    drop(doctor);
    engine.close()?;
    Ok(figures)
}

/// Hands over a hundred deposits and waits for those handed over before.
fn hundred_of(
    doctor: &Session,
    hundred: &[Paper],
    before: Vec<Ticket<liasse::Deposited>>,
) -> Result<Vec<Ticket<liasse::Deposited>>, Failure> {
    let begun = hundred.iter().map(|paper| begin(doctor, paper));
    let begun = begun.collect::<Result<Vec<_>, _>>()?;
    for ticket in before {
        expect_kept(ticket.wait()?.outcome)?;
    }
    Ok(begun)
}

/// Eight threads, each with 64 deposits outstanding, into a store of their own.
pub(crate) fn threads(folder: &Path, documents: usize) -> Result<Figures, Failure> {
    let store = folder.join("threads");
    new_key_file(&folder.join("threads.key"))?;
    let root = RootKey::File(folder.join("threads.key"));
    let engine = Engine::create(&store, root, Options::default())?;
    let left = Mutex::new(Papers::open(folder)?);
    let meter = Meter::start()?;
    let work = || -> Result<(), String> {
        let doctor = engine
            .session(physician())
            .map_err(|error| error.to_string())?;
        let mut waiting: VecDeque<Ticket<liasse::Deposited>> = VecDeque::new();
        loop {
            let next = left
                .lock()
                .map(|mut left| left.next().map_err(|it| it.to_string()));
            let Some(paper) = next.map_err(|_| "a thread panicked")?? else {
                break;
            };
            waiting.push_back(begin(&doctor, &paper).map_err(|error| error.to_string())?);
            if waiting.len() >= OUTSTANDING
                && let Some(first) = waiting.pop_front()
            {
                first.wait().map_err(|error| error.to_string())?;
            }
        }
        for ticket in waiting {
            ticket.wait().map_err(|error| error.to_string())?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| Err("a thread panicked".to_owned()))
        })
    })?;
    let figures = meter.stop(documents)?;
    engine.close()?;
    Ok(figures)
}

/// One deposit after the other, each waited for, into the full store.
pub(crate) fn alone(folder: &Path) -> Result<Figures, Failure> {
    let engine = open(folder)?;
    let doctor = engine.session(physician())?;
    let times = alone_from(&doctor, LATER_PATIENT)?;
    drop(doctor);
    engine.close()?;
    Ok(Figures::default()
        .set("p50_ms", percentile(&times, 50))
        .set("p99_ms", percentile(&times, 99)))
}

/// Milliseconds of each of some deposits, of the patients from this one on, in their order.
fn alone_from(doctor: &Session, patient: u64) -> Result<Vec<f64>, Failure> {
    let mut times = Vec::new();
    for paper in papers_from(patient).take(ALONE) {
        let since = Instant::now();
        let deposit = Deposit::new(&paper.form).opening();
        expect_kept(doctor.deposit(&deposit)?.outcome)?;
        times.push(since.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Bytes on disk for each document, before and after compact and shrink.
pub(crate) fn size(folder: &Path) -> Result<Figures, Failure> {
    let before = per_document(folder)?;
    let engine = open(folder)?;
    engine.compact(0)?;
    engine.close()?;
    Engine::shrink(&folder.join("store"))?;
    let after = per_document(folder)?;
    Ok(Figures::default()
        .set("before", before.0)
        .set("bytes", after.0)
        .set("journal", after.1))
}

/// Bytes of each document but for the journal, and of its part of the journal. Those of a closed
/// store: while it is open its catalog may be twice as long, in pages that were never written.
fn per_document(folder: &Path) -> Result<(f64, f64), Failure> {
    let engine = open(folder)?;
    let stats = engine.stats()?;
    engine.close()?;
    let count = f64::from(u32::try_from(stats.documents)?);
    let kilobytes = |bytes: u64| u32::try_from(bytes / 1024).map(f64::from);
    let journal = stats.bytes.iter().find(|(kind, _)| *kind == "journal");
    let journal = kilobytes(journal.map_or(0, |(_, bytes)| *bytes))?;
    let all = kilobytes(length(&folder.join("store"))?)?;
    Ok(((all - journal) * 1024.0 / count, journal * 1024.0 / count))
}

/// The bytes of all files of a folder.
fn length(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        bytes += if path.is_dir() {
            length(&path)?
        } else {
            path.metadata()?.len()
        };
    }
    Ok(bytes)
}

/// Deposits until somebody kills the process; says when there is something to lose.
pub(crate) fn deposit_until_killed(folder: &Path) -> Result<Figures, Failure> {
    let engine = open(folder)?;
    let doctor = engine.session(physician())?;
    let mut waiting: VecDeque<_> = VecDeque::new();
    for (number, paper) in later_papers().skip(ALONE).enumerate() {
        waiting.push_back(begin(&doctor, &paper)?);
        if waiting.len() > BATCH
            && let Some(first) = waiting.pop_front()
        {
            first.wait()?;
        }
        if number == KILLED_AFTER {
            println!("now");
        }
    }
    Err("nobody killed it".into())
}

/// Opens what the killed process left, and searches once.
pub(crate) fn reopen(folder: &Path) -> Result<Figures, Failure> {
    let since = Instant::now();
    let engine = open(folder)?;
    let opened = since.elapsed().as_secs_f64() * 1e3;
    let panel = engine.session(SessionRequest {
        purpose: Purpose::Panel,
        ..physician()
    })?;
    let since = Instant::now();
    panel.count(&SearchRequest::new("radiographie"))?;
    let searched = since.elapsed().as_secs_f64() * 1e3;
    drop(panel);
    engine.close()?;
    Ok(Figures::default()
        .set("open_ms", opened)
        .set("search_ms", searched))
}

fn begin(doctor: &Session, paper: &Paper) -> liasse::Result<Ticket<liasse::Deposited>> {
    doctor.begin_deposit(&Deposit::new(&paper.form).opening())
}

fn expect_kept(outcome: Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Kept => Ok(()),
        Outcome::AlreadyPresent => Err("a document was there".into()),
    }
}

fn open(folder: &Path) -> Result<Engine, Failure> {
    let store = folder.join("store");
    Ok(Engine::open(&store, key(folder), Options::default())?)
}

fn key(folder: &Path) -> RootKey {
    RootKey::File(folder.join("key"))
}

fn physician() -> SessionRequest {
    SessionRequest {
        actor: "899900000001".to_owned(),
        profession: "medecin".to_owned(),
        speciality: None,
        structure: Some("structure".to_owned()),
        purpose: Purpose::Care,
        patient: None,
        secret: false,
    }
}

const THREADS: usize = 8;
const OUTSTANDING: usize = 64;
const KILLED_AFTER: usize = 2_000;
