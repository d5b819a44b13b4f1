//! Readers beside a writer: how long a list, a fetch and a search take, and how many there are,
//! alone and while documents are deposited as fast as they are taken.
//!
//! `cargo run --release -p liasse-bench-own --bin readers -- [SECONDS]`, ten for each half when
//! unset. One thread reads, one deposits with a hundred under way, the engine's own commits.
//! Nothing here fails by being slow.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use bench_own::{Failure, Fresh, Ground, Held};
use liasse::{Deposit, SearchRequest, Statuses};
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
    let stop = AtomicBool::new(false);
    let (beside, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&ground, &stop).map_err(|why| why.to_string()));
        let beside = read(&ground, spent);
        stop.store(true, Ordering::Relaxed);
        (beside, writer.join())
    });
    let beside = beside?;
    let written = written.map_err(|_| "the writer panicked")??;
    println!("\n| work | alone p50 | p99 | beside a writer p50 | p99 | slowest |");
    println!("|---|---|---|---|---|---|");
    for (work, alone, beside) in [
        ("list", &alone.lists, &beside.lists),
        ("fetch", &alone.fetches, &beside.fetches),
        ("search in a dossier", &alone.searches, &beside.searches),
        ("search over a panel", &alone.panels, &beside.panels),
    ] {
        let at = |times: &[Duration], share: usize| {
            let at = (times.len() * share / 100).min(times.len().saturating_sub(1));
            times.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
        };
        println!(
            "| {work} (us) | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            at(alone, 50),
            at(alone, 99),
            at(beside, 50),
            at(beside, 99),
            at(beside, 100)
        );
    }
    let (before, now) = (alone.calls(), beside.calls());
    println!(
        "\n{:.0} calls a second alone, {:.0} beside {:.0} deposits a second: {:.1} % fewer",
        rate(before, spent),
        rate(now, spent),
        rate(written, spent),
        100.0 - 100.0 * rate(now, spent) / rate(before, spent)
    );
    Ok(())
}

/// How long each call took, the shortest first.
#[derive(Default)]
struct Taken {
    lists: Vec<Duration>,
    fetches: Vec<Duration>,
    searches: Vec<Duration>,
    panels: Vec<Duration>,
}

impl Taken {
    fn calls(&self) -> usize {
        self.lists.len() + self.fetches.len() + self.searches.len() + self.panels.len()
    }
}

/// Reads one dossier after the other for so long.
fn read(ground: &Ground, spent: Duration) -> Result<Taken, Failure> {
    let mut taken = Taken::default();
    let begun = Instant::now();
    let panel = ground.common().limit(10);
    for held in ground.dossiers().iter().cycle() {
        if begun.elapsed() >= spent {
            break;
        }
        one(ground, held, &panel, &mut taken)?;
    }
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
fn write(ground: &Ground, stop: &AtomicBool) -> Result<usize, Failure> {
    let (fresh, mut waiting, mut kept) = (Fresh::new(), VecDeque::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        let cda = fresh.cda();
        waiting.push_back(ground.care().begin_deposit(&Deposit::new(&cda).opening())?);
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

fn rate(calls: usize, spent: Duration) -> f64 {
    let calls = u32::try_from(calls).map_or(f64::MAX, f64::from);
    calls / spent.as_secs_f64()
}

const UNDER_WAY: usize = 100;
