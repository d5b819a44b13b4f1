//! Durable ingest beside bare redb and tantivy, and beside append and fdatasync, in one run.
//!
//! `cargo run --release -p liasse-bench-own --bin ingest -- [--documents N] [--folder F]` prints a
//! table. Each measure runs in a process of its own, so that memory and processor time are its
//! alone. For: the figures of `docs/benchmarks.md`. Not for: reads, which is `benches/own.rs`, and
//! growth, which is `speed grow` of the peers' bench. Invariants: both sides are
//! given the same texts, in the same order; what is measured for Liasse is durable, searchable,
//! traced and under policy when it is counted.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "says what was measured"
)]

mod bare;
mod meter;
mod ours;
mod papers;

use meter::Figures;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

type Failure = Box<dyn std::error::Error>;

/// What was asked for.
struct Asked {
    documents: usize,
    folder: PathBuf,
    /// Which measure this process is for; none: all, each in a process of its own.
    measure: Option<String>,
}

fn main() -> ExitCode {
    match Asked::read().and_then(|asked| asked.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

impl Asked {
    fn read() -> Result<Self, Failure> {
        let mut asked = Self {
            documents: 20_000,
            folder: std::env::temp_dir(),
            measure: None,
        };
        let words: Vec<String> = std::env::args().skip(1).collect();
        for pair in words.chunks(2) {
            let [name, value] = pair else {
                return Err(format!("{} has no value", pair.concat()).into());
            };
            match name.as_str() {
                "--documents" => asked.documents = value.parse()?,
                "--folder" => asked.folder = PathBuf::from(value),
                "--measure" => asked.measure = Some(value.clone()),
                other => return Err(format!("{other} is not known").into()),
            }
        }
        Ok(asked)
    }

    fn run(&self) -> Result<(), Failure> {
        if let Some(measure) = &self.measure {
            let figures = self.measure(measure)?;
            println!("{}", figures.line());
            return Ok(());
        }
        let folder = self
            .folder
            .join(format!("liasse-ingest-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let ran = self.all(&folder);
        std::fs::remove_dir_all(&folder)?;
        ran
    }

    fn measure(&self, measure: &str) -> Result<Figures, Failure> {
        let (folder, documents) = (&self.folder, self.documents);
        match measure {
            "papers" => {
                let median = papers::write(folder, documents)?;
                Ok(Figures::default().set("median", f64::from(u32::try_from(median)?)))
            }
            "append" => bare::append(folder, documents),
            "bare" => bare::ingest(folder, documents),
            "ours" => ours::ingest(folder, documents),
            "threads" => ours::threads(folder, documents),
            "alone" => ours::alone(folder),
            "fsync" => bare::fsync(folder),
            "size" => ours::size(folder),
            "killed" => ours::deposit_until_killed(folder),
            "reopen" => ours::reopen(folder),
            other => Err(format!("no measure {other}").into()),
        }
    }

    /// Runs a measure in a process of its own.
    fn apart(&self, measure: &str, folder: &std::path::Path) -> Result<Figures, Failure> {
        let output = self.command(measure, folder)?.output()?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{measure}: {told}").into());
        }
        Figures::parse(&String::from_utf8_lossy(&output.stdout))
    }

    fn command(&self, measure: &str, folder: &std::path::Path) -> Result<Command, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--documents", &self.documents.to_string()]);
        command.arg("--folder").arg(folder);
        command.args(["--measure", measure]);
        Ok(command)
    }

    fn all(&self, folder: &std::path::Path) -> Result<(), Failure> {
        let apart = |measure: &str| {
            eprintln!("measuring {measure}");
            self.apart(measure, folder)
        };
        let papers = apart("papers")?;
        let append = apart("append")?;
        let bare = apart("bare")?;
        let ours = apart("ours")?;
        let size = apart("size")?;
        let alone = apart("alone")?;
        let fsync = apart("fsync")?;
        let threads = apart("threads")?;
        self.kill(folder)?;
        let reopen = apart("reopen")?;
        println!(
            "{} documents, median {} B of text",
            self.documents,
            papers.get("median")?
        );
        Self::rates([
            ("append 100, fdatasync", &append),
            ("redb durable per 100, tantivy committed at the end", &bare),
            ("Liasse, 100 in flight", &ours),
            (
                "Liasse, 8 threads with 64 deposits outstanding each",
                &threads,
            ),
        ])?;
        let rate = |figures: &Figures| figures.get("rate");
        let of = |one: f64, other: f64| one / other.max(f64::MIN_POSITIVE);
        println!(
            "documents/s, ours of bare: {:.2}",
            of(rate(&ours)?, rate(&bare)?)
        );
        let cpu = of(ours.get("cpu_us")?, bare.get("cpu_us")?);
        println!("processor per document, ours of bare: {cpu:.2}");
        println!(
            "64 outstanding of 100 in flight: {:.2}",
            of(rate(&threads)?, rate(&ours)?)
        );
        println!(
            "one deposit alone: p50 {:.2} ms, p99 {:.2} ms; append and fdatasync: p50 {:.2} ms, \
             p99 {:.2} ms",
            alone.get("p50_ms")?,
            alone.get("p99_ms")?,
            fsync.get("p50_ms")?,
            fsync.get("p99_ms")?
        );
        println!(
            "reopened after kill -9: {:.1} ms, then the first search {:.1} ms",
            reopen.get("open_ms")?,
            reopen.get("search_ms")?
        );
        println!(
            "bytes per document after compact, journal apart: {:.0} (before: {:.0}; journal {:.0})",
            size.get("bytes")?,
            size.get("before")?,
            size.get("journal")?
        );
        Ok(())
    }

    fn rates(rows: [(&str, &Figures); 4]) -> Result<(), Failure> {
        println!("| | documents/s | processor per document | resident at most |");
        println!("|---|---|---|---|");
        for (name, figures) in rows {
            println!(
                "| {name} | {:.0} | {:.0} us | {:.0} MB |",
                figures.get("rate")?,
                figures.get("cpu_us")?,
                figures.get("resident_mb")?
            );
        }
        Ok(())
    }

    /// Has a process deposit, and kills it.
    fn kill(&self, folder: &std::path::Path) -> Result<(), Failure> {
        use std::io::BufRead;
        let mut command = self.command("killed", folder)?;
        let mut child = command.stdout(std::process::Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        std::io::BufReader::new(out).read_line(&mut line)?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }
}
