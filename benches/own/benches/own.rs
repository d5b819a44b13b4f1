//! Liasse measured beside the limits of the machine: deposit, list, fetch, search.
//!
//! `cargo bench -p liasse-bench-own -- --quick` takes about a minute once it is built; without
//! `--quick` the numbers are worth keeping. `LIASSE_BENCH_FOLDER` says where the store lies;
//! else it lies in cargo's target folder. Run it on a quiet machine; nothing here fails by being
//! slow. Each group ends with a limit, measured in the same run: `limit/..` is what the disk or
//! the cipher alone costs for as many bytes.

#![expect(clippy::print_stdout, reason = "says what was measured")]

use bench_own::{Appender, Failure, Fresh, Ground, SealedBytes};
use criterion::{BatchSize, Criterion, Throughput};
use liasse::{Deposit, DocumentId, SearchRequest, Statuses};
use std::path::PathBuf;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let ground = Ground::make(&folder())?;
    println!("store: {}", ground.describe()?);
    list(&mut criterion, &ground)?;
    fetch(&mut criterion, &ground)?;
    search(&mut criterion, &ground);
    deposit(&mut criterion, &ground)?;
    criterion.final_summary();
    Ok(())
}

/// Deposits come last: they add to the store.
fn deposit(criterion: &mut Criterion, ground: &Ground) -> Result<(), Failure> {
    let fresh = Fresh::new();
    let bytes = fresh.cda().len();
    let mut group = criterion.benchmark_group("deposit");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1));
    group.bench_function("one, durable and searchable", |bench| {
        let take = |cda: Vec<u8>| {
            let taken = ground.care().deposit(&Deposit::new(&cda).opening());
            taken.expect("a fresh document is taken")
        };
        bench.iter_batched(|| fresh.cda(), take, BatchSize::SmallInput);
    });
    group.throughput(Throughput::Elements(IN_FLIGHT as u64));
    group.bench_function("a hundred in flight", |bench| {
        let many = || -> Vec<_> { (0..IN_FLIGHT).map(|_| fresh.cda()).collect() };
        let take = |cdas: Vec<Vec<u8>>| {
            let begin = |cda: &Vec<u8>| ground.care().begin_deposit(&Deposit::new(cda).opening());
            let tickets: Result<Vec<_>, _> = cdas.iter().map(begin).collect();
            for ticket in tickets.expect("fresh documents are taken") {
                ticket.wait().expect("a fresh document is kept");
            }
        };
        bench.iter_batched(many, take, BatchSize::PerIteration);
    });
    let mut appender = Appender::create(ground.folder())?;
    let like = vec![0x5a; bytes];
    group.throughput(Throughput::Elements(1));
    group.bench_function("limit: append as many bytes, fdatasync", |bench| {
        bench.iter(|| appender.append(&like).expect("the disk takes it"));
    });
    group.finish();
    Ok(())
}

fn list(criterion: &mut Criterion, ground: &Ground) -> Result<(), Failure> {
    let first = &ground.dossiers()[0];
    let mut group = criterion.benchmark_group("list");
    group.bench_function("50 documents, the same dossier", |bench| {
        bench.iter(|| {
            let entries = ground.care().entries(&first.patient, Statuses::Approved);
            entries.expect("the dossier is open").len()
        });
    });
    let mut dossiers = ground.dossiers().iter().cycle();
    group.bench_function("one dossier after the other", |bench| {
        bench.iter(|| {
            let held = dossiers.next().expect("a cycle has no end");
            let entries = ground.care().entries(&held.patient, Statuses::Approved);
            entries.expect("the dossier is open").len()
        });
    });
    let sealed = SealedBytes::new(LISTING_BYTES)?;
    group.bench_function("limit: open 2.1 kB", |bench| {
        bench.iter(|| sealed.open().expect("it opens"));
    });
    group.finish();
    Ok(())
}

fn fetch(criterion: &mut Criterion, ground: &Ground) -> Result<(), Failure> {
    let all = ground.dossiers().iter().flat_map(|held| &held.documents);
    let documents: Vec<DocumentId> = all.copied().collect();
    let bytes = ground.care().fetch(documents[0])?.len();
    let mut group = criterion.benchmark_group("fetch");
    let mut next = documents.iter().cycle();
    group.bench_function("one document after the other", |bench| {
        bench.iter(|| {
            let document = next.next().expect("a cycle has no end");
            ground
                .care()
                .fetch(*document)
                .expect("the document is open")
                .len()
        });
    });
    let sealed = SealedBytes::new(bytes)?;
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("limit: open as many bytes as the first has", |bench| {
        bench.iter(|| sealed.open().expect("it opens"));
    });
    group.finish();
    Ok(())
}

fn search(criterion: &mut Criterion, ground: &Ground) {
    let mut group = criterion.benchmark_group("search");
    let mut dossiers = ground.dossiers().iter().cycle();
    group.bench_function("two words in one dossier", |bench| {
        bench.iter(|| {
            let held = dossiers.next().expect("a cycle has no end");
            let request = SearchRequest::new(&held.two_words).of(held.patient.clone());
            ground
                .care()
                .search(&request)
                .expect("the dossier is open")
                .len()
        });
    });
    for (name, request) in [("rare", ground.rare()), ("common", ground.common())] {
        group.bench_function(format!("top 10 over all patients, {name} word"), |bench| {
            bench.iter(|| {
                ground
                    .panel()
                    .search(&request)
                    .expect("they are open")
                    .len()
            });
        });
        group.bench_function(format!("count over all patients, {name} word"), |bench| {
            bench.iter(|| ground.panel().count(&request).expect("they are open"));
        });
    }
    group.finish();
}

fn folder() -> PathBuf {
    let chosen = std::env::var_os("LIASSE_BENCH_FOLDER").map(PathBuf::from);
    chosen.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")))
}

/// Deposits that wait for their commit at the same time.
const IN_FLIGHT: usize = 100;
/// What a listing of 50 documents comes to, packed.
const LISTING_BYTES: usize = 2100;
