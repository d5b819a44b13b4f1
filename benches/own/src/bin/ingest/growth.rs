//! How the cost of a deposit grows with the store: figures at each doubling, as CSV and a picture.
//!
//! For: `docs/benchmarks.md`. Invariant: making the documents is in no figure: it is timed alone
//! before, and taken off the processor time.

use crate::Failure;
use crate::bare::BATCH;
use crate::meter::{Figures, Meter, percentile};
use crate::ours::{alone_from, hundred_of, key, physician};
use crate::papers::{LATER_PATIENT, papers_from};
use liasse::{Engine, Options, new_key_file};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// One row of figures.
struct Row {
    documents: usize,
    processor_us: f64,
    rate: f64,
    alone_p50_ms: f64,
    alone_p99_ms: f64,
    bytes: f64,
    resident_mb: f64,
}

/// Fills a store, and writes `growth.csv` and `growth.svg` beside it.
pub(crate) fn growth(folder: &Path, documents: usize) -> Result<Figures, Failure> {
    let store = folder.join("growth");
    new_key_file(&folder.join("key"))?;
    let engine = Engine::create(&store, key(folder), Options::default())?;
    let doctor = engine.session(physician())?;
    let making_us = making(SAMPLE)?;
    let mut papers = papers_from(0);
    let mut rows: Vec<Row> = Vec::new();
    let mut filled = 0;
    let mut next = documents >> DOUBLINGS;
    while filled < documents {
        let (meter, from) = (Meter::start()?, filled);
        let mut busy = Duration::ZERO;
        let mut before = Vec::new();
        while filled < next {
            let hundred: Vec<_> = papers.by_ref().take(BATCH).collect();
            let since = Instant::now();
            before = hundred_of(&doctor, &hundred, before)?;
            busy += since.elapsed();
            filled += hundred.len();
        }
        let since = Instant::now();
        hundred_of(&doctor, &[], before)?;
        busy += since.elapsed();
        let figures = meter.stop(filled - from)?;
        let times = alone_from(&doctor, LATER_PATIENT * (rows.len() as u64 + 1))?;
        let bytes: u64 = engine.stats()?.bytes.iter().map(|(_, bytes)| bytes).sum();
        rows.push(Row {
            documents: filled,
            processor_us: figures.get("cpu_us")? - making_us,
            rate: f64::from(u32::try_from(filled - from)?) / busy.as_secs_f64(),
            alone_p50_ms: percentile(&times, 50),
            alone_p99_ms: percentile(&times, 99),
            bytes: bytes as f64 / filled as f64,
            resident_mb: figures.get("resident_mb")?,
        });
        next *= 2;
    }
    drop(doctor);
    engine.close()?;
    std::fs::write(folder.join("growth.csv"), csv(&rows)?)?;
    std::fs::write(folder.join("growth.svg"), picture(&rows)?)?;
    Ok(Figures::default().set("rows", rows.len() as f64))
}

/// Processor time for making one document.
fn making(count: usize) -> Result<f64, Failure> {
    let meter = Meter::start()?;
    let made = papers_from(LATER_PATIENT - 1_000_000).take(count).count();
    meter.stop(made)?.get("cpu_us")
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
        let points =
            points.map(|(at, row)| format!("{:.0},{:.1}", across(at), up(of(row) / first)));
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

/// How often the store doubles while it is measured.
const DOUBLINGS: usize = 5;
const SAMPLE: usize = 5_000;
