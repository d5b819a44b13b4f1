//! The public relevance set, answered by our index and by others, judged side by side.
//!
//! `LIASSE_REAL_DATA=FOLDER cargo run --release -p liasse-bench-peers --bin relevance` reads
//! `FOLDER/search`; a folder given as an argument is read instead. Needs `python3` for the set's
//! own judge. Ends with 1 when our index misses a target.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use bench_peers::peer::{Chain, Fault, Liasse, Peer, Postgres, Server, Sqlite, Tantivy, Typed};
use bench_peers::relevance::{Figure, RelevanceSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    let data = std::env::var_os("LIASSE_REAL_DATA").map(|data| Path::new(&data).join("search"));
    let Some(folder) = given.or(data) else {
        eprintln!("SKIPPED: LIASSE_REAL_DATA is not set and no folder was given");
        return ExitCode::SUCCESS;
    };
    let scratch = std::env::temp_dir().join(format!("liasse-relevance-{}", std::process::id()));
    let judged = std::fs::create_dir_all(&scratch)
        .map_err(Fault::from)
        .and_then(|()| judge(&folder, &scratch));
    if let Err(error) = std::fs::remove_dir_all(&scratch) {
        eprintln!("{}: {error}", scratch.display());
    }
    match judged {
        Ok(columns) => {
            print(&columns);
            check(&columns)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// What one engine came to.
struct Column {
    name: &'static str,
    figures: Vec<Figure>,
}

fn judge(folder: &Path, scratch: &Path) -> Result<Vec<Column>, Fault> {
    let set = RelevanceSet::read(folder)?;
    let documents = &set.documents;
    let run = scratch.join("run.tsv");
    let mut columns = Vec::new();
    let mut add = |name, peer: &mut dyn Peer| -> Result<(), Fault> {
        let figures = set.judge(peer, &run)?;
        columns.push(Column { name, figures });
        Ok(())
    };
    let mut liasse = Liasse::load(scratch, documents)?;
    add(OURS[0], &mut liasse)?;
    add(OURS[1], &mut Typed(&mut liasse))?;
    let mut sqlite = Sqlite::create(&scratch.join("sqlite"))?;
    sqlite.load(documents)?;
    add("SQLite FTS5", &mut sqlite)?;
    match Server::start(scratch)? {
        Some(server) => {
            let mut postgres = Postgres::create(&server)?;
            postgres.load(documents)?;
            add("PostgreSQL french + unaccent", &mut postgres)?;
        }
        None => eprintln!("SKIPPED: PostgreSQL: no initdb; install the package postgresql"),
    }
    for (name, chain) in [
        ("tantivy default", Chain::Default),
        ("tantivy French stemmer", Chain::French),
        ("tantivy French, folded", Chain::FrenchFolded),
    ] {
        add(name, &mut Tantivy::load(chain, documents)?)?;
    }
    Ok(columns)
}

fn print(columns: &[Column]) {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    println!("| kind | n | measure | {} |", names.join(" | "));
    println!("|---|---|---|{}", "---|".repeat(columns.len()));
    let Some(first) = columns.first() else {
        return;
    };
    for figure in &first.figures {
        let values: Vec<String> = columns
            .iter()
            .map(|column| match value(column, &figure.kind) {
                Some(value) => format!("{value:.3}"),
                None => "-".to_owned(),
            })
            .collect();
        let Figure {
            kind,
            count,
            measure,
            ..
        } = figure;
        println!("| {kind} | {count} | {measure} | {} |", values.join(" | "));
    }
}

fn value(column: &Column, kind: &str) -> Option<f64> {
    let figure = column.figures.iter().find(|figure| figure.kind == kind)?;
    Some(figure.value)
}

/// Compares our columns with what was promised.
fn check(columns: &[Column]) -> ExitCode {
    let ours = columns.iter().filter(|column| OURS.contains(&column.name));
    let mut missed = 0;
    for (column, figure) in ours.flat_map(|it| it.figures.iter().map(move |figure| (it, figure))) {
        let least = match figure.kind.as_str() {
            "ALL set" => 0.95,
            "known-item" => 1.0,
            "known-typo" => 0.75,
            _ => 0.85,
        };
        if figure.value < least {
            let (name, kind, value) = (column.name, &figure.kind, figure.value);
            println!("missed: {name}, {kind} {value:.3}, at least {least}");
            missed += 1;
        }
    }
    if missed > 0 {
        return ExitCode::FAILURE;
    }
    println!("every target met");
    ExitCode::SUCCESS
}

/// Our index asked by its own expressions, and in the syntax of `docs/search.md`.
const OURS: [&str; 2] = ["liasse", "liasse, as typed"];
