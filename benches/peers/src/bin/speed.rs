//! Lists, fetches, searches and counts of Liasse and of others, side by side.
//!
//! `cargo run --release -p liasse-bench-peers --features sqlcipher --bin speed -- OUT` writes
//! `OUT/speed.csv`, `OUT/speed.svg` and prints the table; `--patients N` and `--documents N` make
//! a smaller or larger world, `--only PART` engines whose name holds it. Every answer is compared
//! with a plain scan before anything is timed. An engine that the machine lacks is said aloud.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use bench_peers::flags;
use bench_peers::peer::{Fault, Server};
use bench_peers::picture::{Bar, bars};
use bench_peers::speed::{
    Bare, COMMON, Cipher, Engine, Liasse, OTHER, Postgres, RARE, Sqlite, World, check,
};
use std::cell::Cell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What was asked for.
struct Wish {
    out: PathBuf,
    world: World,
    only: Option<String>,
}

/// One figure: microseconds of one call, or what its unit says.
struct Figure {
    engine: String,
    work: &'static str,
    unit: &'static str,
    median: f64,
    least: f64,
}

fn main() -> ExitCode {
    let wish = match wish() {
        Ok(wish) => wish,
        Err(why) => {
            eprintln!("{why}\nspeed OUT [--patients N] [--documents N] [--only PART]");
            return ExitCode::from(2);
        }
    };
    let scratch = std::env::temp_dir().join(format!("liasse-speed-{}", std::process::id()));
    let measured = std::fs::create_dir_all(&scratch)
        .map_err(Fault::from)
        .and_then(|()| measure(&wish, &scratch));
    if let Err(error) = std::fs::remove_dir_all(&scratch) {
        eprintln!("{}: {error}", scratch.display());
    }
    match measured.and_then(|figures| write(&wish, &figures)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn wish() -> Result<Wish, String> {
    let mut words = std::env::args().skip(1);
    let mut wish = Wish {
        out: PathBuf::from(words.next().ok_or("where to write?")?),
        world: World {
            patients: 20_000,
            documents: 505_000,
        },
        only: None,
    };
    while let Some(word) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{word} needs a value"))?;
        let number = || value.parse().map_err(|_| format!("{value} is no number"));
        match word.as_str() {
            "--patients" => wish.world.patients = number()?,
            "--documents" => wish.world.documents = number()?,
            "--only" => wish.only = Some(value),
            _ => return Err(format!("what is {word}?")),
        }
    }
    Ok(wish)
}

fn measure(wish: &Wish, scratch: &Path) -> Result<Vec<Figure>, Fault> {
    let world = &wish.world;
    let mut figures = Vec::new();
    let wanted = |name: &str| wish.only.as_ref().is_none_or(|part| name.contains(part));
    if wanted("bare") {
        all(&mut Bare::create(scratch)?, world, &mut figures)?;
    }
    if wanted("SQLite")
        && let Some(mut plain) = Sqlite::create(scratch, Cipher::None)?
    {
        all(&mut plain, world, &mut figures)?;
    }
    if wanted("SQLCipher") {
        match Sqlite::create(scratch, Cipher::Sqlcipher)? {
            Some(mut sealed) => all(&mut sealed, world, &mut figures)?,
            None => eprintln!("SKIPPED: SQLCipher: build with --features sqlcipher"),
        }
    }
    if wanted("PostgreSQL") {
        match Server::start(scratch)? {
            Some(server) => {
                let mut server = Postgres::create(&server).map(|it| (server, it))?;
                all(&mut server.1, world, &mut figures)?;
                server.1.declare_leakproof()?;
                timed(&mut server.1, world, &mut figures)?;
            }
            None => eprintln!("SKIPPED: PostgreSQL: no initdb; install the package postgresql"),
        }
    }
    if wanted("Liasse") {
        all(&mut Liasse::create(scratch)?, world, &mut figures)?;
    }
    Ok(figures)
}

/// Work that is timed.
type Work<'a> = &'a dyn Fn(&mut dyn Engine) -> Result<(), Fault>;

/// Loads an engine and times everything.
fn all(engine: &mut dyn Engine, world: &World, figures: &mut Vec<Figure>) -> Result<(), Fault> {
    let name = engine.name();
    eprintln!("{name}: loading {} documents", world.documents);
    let (begun, processor) = (Instant::now(), processor_time());
    engine.load(world)?;
    let documents = f64::from(world.documents);
    let each = |took: Duration| took.as_secs_f64() * 1e6 / documents;
    let mut figure = |work, unit, value| {
        figures.push(Figure {
            engine: name.clone(),
            work,
            unit,
            median: value,
            least: value,
        });
    };
    figure("ingest, a document", "us", each(begun.elapsed()));
    if let (Some(before), Some(now)) = (processor, processor_time()) {
        figure("ingest, processor", "us", each(now.saturating_sub(before)));
    }
    if let Some(bytes) = engine.bytes() {
        let bytes = u32::try_from(bytes / u64::from(world.documents))?;
        figure("disk, a document", "B", f64::from(bytes));
    }
    timed(engine, world, figures)
}

/// Checks an engine's answers, then times them.
fn timed(engine: &mut dyn Engine, world: &World, figures: &mut Vec<Figure>) -> Result<(), Fault> {
    let name = engine.name();
    check(engine, world)?;
    eprintln!("{name}: its answers are those of a plain scan");
    let patients: Vec<u32> = world.some_patients().collect();
    let bodies: Vec<u32> = patients
        .iter()
        .flat_map(|patient| engine.list(*patient))
        .filter_map(|listed| listed.first().map(|one| one.number))
        .collect();
    let turn = Cell::new(0);
    let one = |of: &[u32]| {
        turn.set(turn.get() + 1);
        of.get(turn.get() % of.len().max(1)).copied().unwrap_or(0)
    };
    let works: [(&str, Work<'_>); 7] = [
        ("list one dossier", &|it| it.list(one(&patients)).map(drop)),
        ("fetch one body", &|it| it.fetch(one(&bodies)).map(drop)),
        ("two words in a dossier", &|it| {
            it.inside(one(&patients), [COMMON, OTHER]).map(drop)
        }),
        ("top 10, rare word", &|it| it.top(RARE).map(drop)),
        ("top 10, common word", &|it| it.top(COMMON).map(drop)),
        ("count, common word", &|it| it.count(COMMON).map(drop)),
        ("facets, common word", &|it| it.facets(COMMON).map(drop)),
    ];
    for (work, call) in works {
        let (median, least) = sample(|| call(engine))?;
        figures.push(Figure {
            engine: name.clone(),
            work,
            unit: "us",
            median,
            least,
        });
    }
    Ok(())
}

/// The median and the least of many calls, in microseconds.
fn sample(mut work: impl FnMut() -> Result<(), Fault>) -> Result<(f64, f64), Fault> {
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < CALLS_MAX && (begun.elapsed() < SPENT || times.len() < CALLS_MIN) {
        let call = Instant::now();
        work()?;
        times.push(call.elapsed());
    }
    times.sort_unstable();
    let micros = |at: usize| times.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6);
    Ok((micros(times.len() / 2), micros(0)))
}

/// Processor time of this process and its threads; of a server it tells nothing.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// Prints the table, and writes it with its picture.
fn write(wish: &Wish, figures: &[Figure]) -> Result<(), Fault> {
    std::fs::create_dir_all(&wish.out)?;
    let mut csv = "engine,work,unit,median,least\n".to_owned();
    for it in figures {
        let Figure {
            engine,
            work,
            unit,
            median,
            least,
        } = it;
        writeln!(csv, "\"{engine}\",\"{work}\",{unit},{median:.2},{least:.2}")?;
    }
    std::fs::write(wish.out.join("speed.csv"), csv)?;
    let drawn = figures.iter().filter(|it| it.unit == "us");
    let drawn: Vec<Bar<'_>> = drawn
        .map(|it| Bar {
            group: it.work,
            name: &it.engine,
            value: it.median,
        })
        .collect();
    std::fs::write(
        wish.out.join("speed.svg"),
        bars("microseconds, median", &drawn)?,
    )?;
    let mut engines: Vec<&str> = Vec::new();
    let mut works: Vec<(&str, &str)> = Vec::new();
    for it in figures {
        if !engines.contains(&it.engine.as_str()) {
            engines.push(&it.engine);
        }
        if !works.contains(&(it.work, it.unit)) {
            works.push((it.work, it.unit));
        }
    }
    let World {
        patients,
        documents,
    } = wish.world;
    println!(
        "{patients} patients, {documents} documents, {}, medians\n",
        flags()
    );
    println!("| work | {} |", engines.join(" | "));
    println!("|---|{}", "---|".repeat(engines.len()));
    for (work, unit) in works {
        let mut line = format!("| {work} ({unit}) |");
        for engine in &engines {
            let figure = figures
                .iter()
                .find(|it| it.engine == *engine && it.work == work);
            let text = figure.map_or("-".to_owned(), |it| format!("{:.1}", it.median));
            write!(line, " {text} |")?;
        }
        println!("{line}");
    }
    Ok(())
}

const SPENT: Duration = Duration::from_secs(2);
const CALLS_MIN: usize = 5;
const CALLS_MAX: usize = 20_000;
