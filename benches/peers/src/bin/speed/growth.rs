//! How what Liasse takes grows with the store: figures at marks on the way, as CSV and a picture.
//!
//! For: `docs/benchmarks.md`. Invariants: making the documents is in no figure: it is timed alone
//! before, and taken off the processor time. What is loaded is the world that is asked afterwards.

use bench_peers::peer::Fault;
use bench_peers::speed::{Engine as _, Liasse, World};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

/// What was measured between one mark and the next.
struct Row {
    documents: u32,
    processor_us: f64,
    rate: f64,
    alone_p50_ms: f64,
    alone_p99_ms: f64,
    bytes: f64,
    resident_mb: f64,
}

/// Loads the world, and writes `growth.csv` and `growth.svg` at each mark.
pub(crate) fn load(engine: &mut Liasse, world: &World, out: &Path) -> Result<(), Fault> {
    std::fs::create_dir_all(out)?;
    let making = making(engine, world)?;
    let mut rows = Vec::new();
    let mut filled = 0;
    let last = [world.documents];
    for mark in MARKS
        .iter()
        .filter(|mark| **mark < world.documents)
        .chain(&last)
    {
        rows.push(until(engine, world, filled..*mark, making)?);
        filled = *mark;
        std::fs::write(out.join("growth.csv"), csv(&rows)?)?;
        std::fs::write(out.join("growth.svg"), picture(&rows)?)?;
    }
    engine.end_load(world)
}

/// Takes in so many, the last of them one by one.
fn until(
    engine: &mut Liasse,
    world: &World,
    numbers: Range<u32>,
    making: f64,
) -> Result<Row, Fault> {
    let alone = numbers.end.saturating_sub(ALONE).max(numbers.start);
    let (begun, before) = (Instant::now(), spent(engine)?);
    engine.take_in(world, numbers.start..alone)?;
    let (took, after) = (begun.elapsed(), spent(engine)?);
    let count = f64::from(alone - numbers.start).max(1.0);
    let mut times = Vec::new();
    for number in alone..numbers.end {
        let document = world.document(number);
        let call = Instant::now();
        engine.deposit(&document)?;
        times.push(call.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| {
        times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or(0.0)
    };
    let bytes = engine.bytes().ok_or("no bytes")? as f64;
    Ok(Row {
        documents: numbers.end,
        processor_us: (after - before).as_secs_f64() * 1e6 / count - making,
        rate: count / took.as_secs_f64(),
        alone_p50_ms: at(50),
        alone_p99_ms: at(99),
        bytes: bytes / f64::from(numbers.end),
        resident_mb: resident_megabytes()?,
    })
}

fn spent(engine: &mut Liasse) -> Result<Duration, Fault> {
    Ok(engine.processor().ok_or("no processor time to be had")?)
}

/// Microseconds of the processor for making one document.
fn making(engine: &mut Liasse, world: &World) -> Result<f64, Fault> {
    let before = spent(engine)?;
    let made: usize = (0..SAMPLE)
        .map(|number| engine.form(&world.document(number)).len())
        .sum();
    std::hint::black_box(made);
    Ok((spent(engine)? - before).as_secs_f64() * 1e6 / f64::from(SAMPLE))
}

/// The most that was resident so far.
fn resident_megabytes() -> Result<f64, Fault> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<f64>()? / 1024.0)
}

fn csv(rows: &[Row]) -> Result<String, std::fmt::Error> {
    let mut out =
        "documents,processor_us,documents_per_s,alone_p50_ms,alone_p99_ms,bytes,resident_mb\n"
            .to_owned();
    for row in rows {
        writeln!(
            out,
            "{},{:.0},{:.0},{:.2},{:.2},{:.0},{:.0}",
            row.documents,
            row.processor_us,
            row.rate,
            row.alone_p50_ms,
            row.alone_p99_ms,
            row.bytes,
            row.resident_mb
        )?;
    }
    Ok(out)
}

/// Each figure over the documents, both logarithmic, as multiples of its first.
fn picture(rows: &[Row]) -> Result<String, std::fmt::Error> {
    type Figure = (&'static str, &'static str, fn(&Row) -> f64);
    let figures: [Figure; 5] = [
        ("processor a document", "#2f8f5b", |row| row.processor_us),
        ("one deposit alone, p50", "#4f7cac", |row| row.alone_p50_ms),
        ("one deposit alone, p99", "#c98b2b", |row| row.alone_p99_ms),
        ("bytes a document", "#8a8a8a", |row| row.bytes),
        ("most memory resident", "#a5532a", |row| row.resident_mb),
    ];
    let mut body = String::new();
    let across = |at: usize| 70.0 + at as f64 * 110.0;
    let up = |times: f64| 230.0 - 50.0 * times.max(0.1).log2();
    for (at, row) in rows.iter().enumerate() {
        let thousands = row.documents / 1000;
        writeln!(
            body,
            "<text x=\"{:.0}\" y=\"330\">{thousands} k</text>",
            across(at) - 15.0
        )?;
    }
    for times in [0.5, 1.0, 2.0, 4.0, 8.0] {
        let y = up(times);
        writeln!(
            body,
            "<path d=\"M60 {y:.0}H720\" stroke=\"#ddd\"/>\
             <text x=\"8\" y=\"{:.0}\">{times} x</text>",
            y + 4.0
        )?;
    }
    for (line, (name, colour, of)) in figures.iter().enumerate() {
        let first = rows.first().map_or(1.0, of);
        let points = rows.iter().enumerate();
        let points = points.map(|(at, row)| {
            format!(
                "{:.0},{:.1}",
                across(at),
                up(of(row) / first.max(f64::MIN_POSITIVE))
            )
        });
        let points = points.collect::<Vec<_>>().join(" ");
        writeln!(
            body,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" \
             stroke-width=\"2\"/>\
             <text x=\"70\" y=\"{}\" fill=\"{colour}\">{name}</text>",
            20 + 14 * line
        )?;
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"740\" height=\"345\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"740\" height=\"345\" \
         fill=\"#fff\"/>\n{body}</svg>\n"
    ))
}

/// Where figures are taken.
const MARKS: [u32; 6] = [100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000];
/// Deposits that are waited for one by one, before each mark.
const ALONE: u32 = 500;
const SAMPLE: u32 = 50_000;
