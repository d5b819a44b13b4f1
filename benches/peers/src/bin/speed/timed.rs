//! What is timed: questions first, then what changes a store, and the limits of the disk.

use crate::figures::Figure;
use base::{Clock, SystemClock};
use bench_peers::peer::Fault;
use bench_peers::speed::{COMMON, Engine, OTHER, RARE, Scan, World, word_of};
use std::cell::Cell;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Work that is timed.
type Work<'a> = &'a dyn Fn(&mut dyn Engine) -> Result<(), Fault>;

/// Questions, none of which changes the store.
pub(crate) fn questions(
    engine: &mut dyn Engine,
    scan: &Scan,
    world: &World,
    wanted: &str,
) -> Result<Vec<Figure>, Fault> {
    let patients: Vec<u32> = world.some_patients().collect();
    let others: Vec<u32> = (0..world.panel())
        .filter(|it| !patients.contains(it))
        .collect();
    let bodies = scan.bodies();
    let turn = Cell::new(0);
    let one = |of: &[u32]| {
        turn.set(turn.get() + 1);
        of.get(turn.get() % of.len().max(1)).copied().unwrap_or(0)
    };
    let works: [(&'static str, usize, Work<'_>); 8] = [
        ("list one dossier, first time", others.len(), &|it| {
            it.list(one(&others)).map(drop)
        }),
        ("list one dossier", CALLS_MAX, &|it| {
            it.list(one(&patients)).map(drop)
        }),
        ("fetch one body", CALLS_MAX, &|it| {
            it.fetch(one(&bodies)).map(drop)
        }),
        ("two words in a dossier", CALLS_MAX, &|it| {
            it.inside(one(&patients), [COMMON, OTHER]).map(drop)
        }),
        ("top 10, rare word", CALLS_MAX, &|it| it.top(RARE).map(drop)),
        ("top 10, common word", CALLS_MAX, &|it| {
            it.top(COMMON).map(drop)
        }),
        ("count, common word", CALLS_MAX, &|it| {
            it.count(COMMON).map(drop)
        }),
        ("facets, common word", CALLS_MAX, &|it| {
            it.facets(COMMON).map(drop)
        }),
    ];
    let mut figures = Vec::new();
    let works = works.into_iter().filter(|(work, ..)| work.contains(wanted));
    for (work, most, call) in works {
        figures.push(sample(most, || call(engine))?.figure(work));
    }
    Ok(figures)
}

/// Deposits that are searchable at once, and erasures.
pub(crate) fn changes(engine: &mut dyn Engine, world: &World) -> Result<Vec<Figure>, Fault> {
    let second = u64::try_from(SystemClock.now().millis())? / 1000;
    // Numbers that no earlier run has used.
    let first = u32::try_from(second % 10_000_000 * u64::try_from(DEPOSITS)?)?;
    let next = Cell::new(0);
    let mut fresh = Vec::new();
    for nth in 0..u32::try_from(DEPOSITS)? {
        fresh.push(world.fresh(first + nth));
    }
    let one = || {
        next.set(next.get() + 1);
        fresh.get(next.get() - 1).ok_or("no fresh document")
    };
    let deposits = sample(DEPOSITS, || engine.deposit(one()?))?;
    let name = engine.name();
    for it in fresh.iter().take(next.get()) {
        // The fused bitmap of the bare program is not kept up to date.
        if engine.top(&word_of(it.number))? != [it.number] && !name.contains("fused") {
            return Err(format!("{name}: a document that was deposited is not found").into());
        }
    }
    let mut figures = vec![
        deposits.figure("one durable deposit"),
        Figure::of("one durable deposit, p99", "us", deposits.at(99)),
    ];
    let left = world.patients - world.panel();
    let from = u32::try_from(second % u64::from(left))?;
    let turn = Cell::new(0);
    let mut receipts = Vec::new();
    let erasures = sample(ERASURES, || {
        turn.set(turn.get() + 1);
        let patient = world.panel() + (from + turn.get() * 37) % left;
        let receipt = engine.erase(patient)?;
        receipts.extend(receipt.map(|it| it.as_secs_f64() * 1e6));
        Ok(())
    })?;
    if !receipts.is_empty() {
        receipts.sort_unstable_by(f64::total_cmp);
        let receipts = Sampled(receipts);
        figures.push(receipts.figure("erase one patient, to receipt 1"));
        figures.push(erasures.figure("erase one patient, index and all"));
    }
    Ok(figures)
}

/// What the disk and the cipher take: no engine that does as much can take less.
pub(crate) fn limits(stores: &Path) -> Result<Vec<Figure>, Fault> {
    let path = stores.join("synced");
    let mut file = File::create(&path)?;
    let bytes = [7; 16 << 10];
    let syncs = sample(100, || {
        file.write_all(&bytes)?;
        Ok(file.sync_data()?)
    })?;
    std::fs::remove_file(&path)?;
    Ok(vec![syncs.figure("limit: write 16 KiB, fdatasync")])
}

/// How long each of many calls took, in microseconds, the shortest first.
struct Sampled(Vec<f64>);

impl Sampled {
    fn at(&self, percent: usize) -> f64 {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or(0.0)
    }

    fn figure(&self, work: &str) -> Figure {
        Figure {
            least: self.at(0),
            ..Figure::of(work, "us", self.at(50))
        }
    }
}

fn sample(most: usize, mut work: impl FnMut() -> Result<(), Fault>) -> Result<Sampled, Fault> {
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < most && (begun.elapsed() < SPENT || times.len() < CALLS_MIN.min(most)) {
        let call = Instant::now();
        work()?;
        times.push(call.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(Sampled(times))
}

const SPENT: Duration = Duration::from_millis(1_500);
const CALLS_MIN: usize = 5;
const CALLS_MAX: usize = 20_000;
const DEPOSITS: usize = 200;
const ERASURES: usize = 10;
