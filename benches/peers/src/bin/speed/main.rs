//! Lists, fetches, searches, counts and deposits of Liasse and of others, side by side.
//!
//! ```sh
//! cargo build --release -p liasse-bench-peers --features mmap,sqlcipher --bin speed
//! target/release/speed load STORES      # fills what is not filled yet
//! target/release/speed grow STORES OUT  # the same for Liasse alone: OUT/growth.csv, growth.svg
//! target/release/speed ask STORES OUT   # OUT/speed.csv, OUT/speed.svg and the table
//! ```
//! `--patients N` and `--documents N` make a smaller or larger world, `--only PART` takes those
//! whose name holds it, `--work PART` only the works whose name holds it (the others keep their
//! figures). A load ends without closing its stores, so that the next opening is one
//! after a crash. Answers are compared with a plain scan before anything is timed. Figures of one
//! run take the place of the same engine's in `OUT/speed.csv`, so that engines may be asked in
//! turns. Who is lacking here is said aloud.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

mod figures;
mod growth;
mod timed;

use bench_peers::flags;
use bench_peers::peer::Fault;
use bench_peers::speed::{Contender, Engine, Kept, Liasse, Scan, World};
use figures::{Figure, Figures};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What was asked for.
struct Wish {
    act: Act,
    stores: PathBuf,
    world: World,
    only: String,
    work: String,
}

enum Act {
    Load,
    Grow(PathBuf),
    Ask(PathBuf),
}

fn main() -> ExitCode {
    let wish = match wish() {
        Ok(wish) => wish,
        Err(why) => {
            eprintln!(
                "{why}\nspeed load STORES | speed grow STORES OUT | speed ask STORES OUT\n{OPTIONS}"
            );
            return ExitCode::from(2);
        }
    };
    let done = match &wish.act {
        Act::Load => load(&wish),
        Act::Grow(out) => grow(&wish, out),
        Act::Ask(out) => ask(&wish, out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn wish() -> Result<Wish, String> {
    let mut words = std::env::args().skip(1);
    let act = words.next().ok_or("what to do?")?;
    let mut path = || {
        let path = words.next().ok_or("a folder is missing")?;
        // Servers run elsewhere.
        std::path::absolute(path).map_err(|why| why.to_string())
    };
    let stores = path()?;
    let act = match act.as_str() {
        "load" => Act::Load,
        "grow" => Act::Grow(path()?),
        "ask" => Act::Ask(path()?),
        _ => return Err(format!("what is {act}?")),
    };
    let mut wish = Wish {
        act,
        stores,
        world: World {
            patients: 20_000,
            documents: 505_000,
        },
        only: String::new(),
        work: String::new(),
    };
    while let Some(word) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{word} needs a value"))?;
        let number = || value.parse().map_err(|_| format!("{value} is no number"));
        match word.as_str() {
            "--patients" => wish.world.patients = number()?,
            "--documents" => wish.world.documents = number()?,
            "--only" => wish.only = value,
            "--work" => wish.work = value,
            _ => return Err(format!("what is {word}?")),
        }
    }
    Ok(wish)
}

impl Wish {
    fn contenders(&self) -> impl Iterator<Item = Contender> {
        let wanted = |contender: &Contender| contender.name().contains(&self.only);
        Contender::ALL.into_iter().filter(wanted)
    }

    fn loaded(&self, contender: Contender) -> PathBuf {
        contender.folder(&self.stores).join("loaded")
    }
}

fn load(wish: &Wish) -> Result<(), Fault> {
    for contender in wish.contenders() {
        if wish.loaded(contender).exists() {
            continue;
        }
        let world = &wish.world;
        let begun = contender.begin(&contender.folder(&wish.stores), Kept::No, world)?;
        let Some(mut engine) = begun else {
            lacking(contender);
            continue;
        };
        eprintln!(
            "{}: loading {} documents",
            contender.name(),
            world.documents
        );
        let told = told(&mut *engine, world, |engine| engine.load(world))?;
        std::fs::write(wish.loaded(contender), told)?;
        if !contender.is_a_server() {
            // The next to open it finds what a process that was killed leaves.
            Box::leak(engine);
        }
    }
    Ok(())
}

fn grow(wish: &Wish, out: &Path) -> Result<(), Fault> {
    let (world, loaded) = (&wish.world, wish.loaded(Contender::Liasse));
    if loaded.exists() {
        return Err(format!(
            "{} is there: a store grows from its first document",
            loaded.display()
        )
        .into());
    }
    let folder = Contender::Liasse.folder(&wish.stores);
    std::fs::create_dir_all(&folder)?;
    let mut engine = Liasse::begin(&folder, Kept::No, world)?;
    let told = told(&mut engine, world, |engine| {
        growth::load(engine, world, out)
    })?;
    std::fs::write(loaded, told)?;
    // As after `load`.
    Box::leak(Box::new(engine));
    Ok(())
}

/// What loading took for each document: the time, and the processor's where it can be had.
fn told<E: Engine + ?Sized>(
    engine: &mut E,
    world: &World,
    load: impl FnOnce(&mut E) -> Result<(), Fault>,
) -> Result<String, Fault> {
    let (begun, before) = (Instant::now(), engine.processor());
    load(engine)?;
    let (took, after) = (begun.elapsed(), engine.processor());
    let spent = before.zip(after).map(|(before, after)| after - before);
    let each = |took: Duration| took.as_secs_f64() * 1e6 / f64::from(world.documents);
    let mut told = format!("{:.2}\n", each(took));
    if let Some(spent) = spent {
        told += &format!("{:.2}\n", each(spent));
    }
    Ok(told)
}

fn ask(wish: &Wish, out: &Path) -> Result<(), Fault> {
    std::fs::create_dir_all(out)?;
    let file = out.join("speed.csv");
    let mut figures = Figures::read(&file)?;
    let scan = Scan::of(wish.world);
    figures.replace("the disk", timed::limits(&wish.stores)?);
    for contender in wish.contenders() {
        let Ok(told) = std::fs::read_to_string(wish.loaded(contender)) else {
            eprintln!("{}: was not loaded", contender.name());
            continue;
        };
        let begun = Instant::now();
        let folder = contender.folder(&wish.stores);
        let Some(mut engine) = contender.begin(&folder, Kept::Yes, &wish.world)? else {
            lacking(contender);
            continue;
        };
        let opened = begun.elapsed();
        let mut kept = if wish.work.is_empty() {
            loading(&told, opened)
        } else {
            Vec::new()
        };
        scan.check(&mut *engine)?;
        eprintln!(
            "{}: its answers are those of a plain scan",
            contender.name()
        );
        let questions = timed::questions(&mut *engine, &scan, &wish.world, &wish.work)?;
        kept.extend(questions);
        if wish.work.is_empty() {
            if let Some(bytes) = engine.bytes() {
                let bytes = u32::try_from(bytes / u64::from(wish.world.documents))?;
                kept.push(Figure::of("disk, a document", "B", f64::from(bytes)));
            }
            kept.extend(timed::changes(&mut *engine, &wish.world)?);
        }
        figures.replace(contender.name(), kept);
        figures.write(&file)?;
    }
    std::fs::write(out.join("speed.svg"), figures.picture()?)?;
    let World {
        patients,
        documents,
    } = wish.world;
    println!("{patients} patients, {documents} documents, {}\n", flags());
    println!("{}", figures.table());
    Ok(())
}

/// What loading and opening took.
fn loading(told: &str, opened: Duration) -> Vec<Figure> {
    let works = ["ingest, a document", "ingest, a document, processor"];
    let told = told.lines().filter_map(|line| line.parse().ok());
    let loaded = works.iter().zip(told);
    let mut figures: Vec<Figure> = loaded
        .map(|(work, value)| Figure::of(work, "us", value))
        .collect();
    figures.push(Figure::of("open", "us", opened.as_secs_f64() * 1e6));
    figures
}

fn lacking(contender: Contender) {
    eprintln!(
        "SKIPPED: {}: not on this machine, or not in this build",
        contender.name()
    );
}

const OPTIONS: &str = "[--patients N] [--documents N] [--only PART] [--work PART]";
