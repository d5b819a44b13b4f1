//! Readers beside a writer: how long a list, a fetch and a search take, and how many there are,
//! alone and while documents are deposited as fast as they are taken: of other patients, then
//! of those who are read.
//!
//! `cargo run --release -p liasse-bench-own --bin readers -- [SECONDS]`, ten for each part when
//! unset. One thread reads, one deposits with a hundred under way, the engine's own commits. What
//! a call takes of the processor is told beside what it takes in all: with two cores the writer
//! leaves the reader less than one. Nothing here fails by being slow.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use bench_own::{Failure, Fresh, Ground, Held, of_others};
use liasse::{Deposit, SearchRequest, Session, Statuses};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn main() -> Result<(), Failure> {
    let seconds = std::env::args().nth(1);
    let seconds = seconds.map_or(Ok(10), |text| text.parse())?;
    let spent = Duration::from_secs(seconds);
    let ground = Ground::make(&std::env::temp_dir())?;
    println!("store: {}", ground.describe()?);
    read(&ground, spent / 4)?;
    let alone = read(&ground, spent)?;
    let others = beside(&ground, spent, &|stop| {
        write(ground.elsewhere(), of_others(), stop)
    })?;
    let same = beside(&ground, spent, &|stop| {
        let fresh = Fresh::new();
        let documents = std::iter::repeat_with(|| fresh.cda());
        write(ground.care(), documents, stop)
    })?;
    println!(
        "\n| us | alone p50 | p99 | beside a writer p50 | p99 | in the same dossiers p50 | p99 |"
    );
    println!("|---|---|---|---|---|---|---|");
    let of: [(&str, Times); 4] = [
        ("list", |taken| &taken.lists),
        ("fetch", |taken| &taken.fetches),
        ("search in a dossier", |taken| &taken.searches),
        ("search over a panel", |taken| &taken.panels),
    ];
    for (work, times) in of {
        let at = |taken: &Taken, share: usize| {
            let times = times(taken);
            let at = (times.len() * share / 100).min(times.len().saturating_sub(1));
            times.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
        };
        let columns = [&alone, &others.0, &same.0].map(|taken| {
            let (half, most) = (at(taken, 50), at(taken, 99));
            format!("{half:.0} | {most:.0}")
        });
        println!("| {work} | {} |", columns.join(" | "));
    }
    println!("\n| | calls/s | fewer | processor a call | deposits/s |");
    println!("|---|---|---|---|---|");
    for (name, taken, written) in [
        ("alone", &alone, 0),
        ("beside a writer", &others.0, others.1),
        ("in the same dossiers", &same.0, same.1),
    ] {
        let fewer = 100.0 - 100.0 * rate(taken.calls(), spent) / rate(alone.calls(), spent);
        println!(
            "| {name} | {:.0} | {fewer:.1} % | {:.0} us | {:.0} |",
            rate(taken.calls(), spent),
            taken.processor_us(),
            rate(written, spent)
        );
    }
    Ok(())
}

/// How long the calls of one kind took.
type Times = fn(&Taken) -> &[Duration];

/// Reads for so long while a thread writes; gives how many documents it wrote.
fn beside(
    ground: &Ground,
    spent: Duration,
    write: &(dyn Fn(&AtomicBool) -> Result<usize, Failure> + Sync),
) -> Result<(Taken, usize), Failure> {
    let stop = AtomicBool::new(false);
    let (taken, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&stop).map_err(|why| why.to_string()));
        let taken = read(ground, spent);
        stop.store(true, Ordering::Relaxed);
        (taken, writer.join())
    });
    Ok((taken?, written.map_err(|_| "the writer panicked")??))
}

/// How long each call took, the shortest first.
#[derive(Default)]
struct Taken {
    lists: Vec<Duration>,
    fetches: Vec<Duration>,
    searches: Vec<Duration>,
    panels: Vec<Duration>,
    /// Time of the processor that the reading thread took.
    processor: Duration,
}

impl Taken {
    fn processor_us(&self) -> f64 {
        let calls = u32::try_from(self.calls()).unwrap_or(u32::MAX);
        self.processor.as_secs_f64() * 1e6 / f64::from(calls.max(1))
    }

    fn calls(&self) -> usize {
        self.lists.len() + self.fetches.len() + self.searches.len() + self.panels.len()
    }
}

/// Reads one dossier after the other for so long.
fn read(ground: &Ground, spent: Duration) -> Result<Taken, Failure> {
    let mut taken = Taken::default();
    let begun = Instant::now();
    let before = processor()?;
    let panel = ground.common().limit(10);
    for held in ground.dossiers().iter().cycle() {
        if begun.elapsed() >= spent {
            break;
        }
        one(ground, held, &panel, &mut taken)?;
    }
    taken.processor = processor()?.saturating_sub(before);
    for times in [
        &mut taken.lists,
        &mut taken.fetches,
        &mut taken.searches,
        &mut taken.panels,
    ] {
        times.sort_unstable();
    }
    Ok(taken)
}

fn one(
    ground: &Ground,
    held: &Held,
    panel: &SearchRequest,
    taken: &mut Taken,
) -> Result<(), Failure> {
    let care = ground.care();
    let begun = Instant::now();
    care.entries(&held.patient, Statuses::Approved)?;
    let listed = Instant::now();
    taken.lists.push(listed - begun);
    if let Some(document) = held.documents.first() {
        care.fetch(*document)?;
    }
    let fetched = Instant::now();
    taken.fetches.push(fetched - listed);
    care.search(&SearchRequest::new(&held.two_words).of(held.patient.clone()))?;
    let searched = Instant::now();
    taken.searches.push(searched - fetched);
    ground.panel().search(panel)?;
    taken.panels.push(searched.elapsed());
    Ok(())
}

/// Deposits as fast as documents are taken; gives how many were.
fn write(
    session: &Session,
    documents: impl Iterator<Item = Vec<u8>>,
    stop: &AtomicBool,
) -> Result<usize, Failure> {
    let (mut waiting, mut kept) = (VecDeque::new(), 0);
    for cda in documents {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        waiting.push_back(session.begin_deposit(&Deposit::new(&cda).opening())?);
        if waiting.len() > UNDER_WAY
            && let Some(oldest) = waiting.pop_front()
        {
            oldest.wait()?;
            kept += 1;
        }
    }
    for ticket in waiting {
        ticket.wait()?;
    }
    Ok(kept)
}

/// Time of the processor that this thread took so far, in the clock's steps of 10 ms.
fn processor() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/thread-self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name of the thread")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64, Failure> { Ok(fields.next().ok_or("no time")?.parse()?) };
    Ok(Duration::from_millis((ticks()? + ticks()?) * 10))
}

fn rate(calls: usize, spent: Duration) -> f64 {
    let calls = u32::try_from(calls).map_or(f64::MAX, f64::from);
    calls / spent.as_secs_f64()
}

const UNDER_WAY: usize = 100;
