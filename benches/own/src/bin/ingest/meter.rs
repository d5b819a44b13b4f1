//! Time, processor time and memory of this process, and how figures go to the parent.

use crate::Failure;
use std::collections::BTreeMap;
use std::time::Instant;

/// Figures by name.
#[derive(Default)]
pub(crate) struct Figures(BTreeMap<String, f64>);

impl Figures {
    pub(crate) fn set(mut self, name: &str, figure: f64) -> Self {
        self.0.insert(name.to_owned(), figure);
        self
    }

    pub(crate) fn get(&self, name: &str) -> Result<f64, Failure> {
        let found = self.0.get(name).copied();
        found.ok_or_else(|| format!("no figure {name}").into())
    }

    pub(crate) fn line(&self) -> String {
        let pairs = self
            .0
            .iter()
            .map(|(name, figure)| format!("{name}={figure}"));
        pairs.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn parse(line: &str) -> Result<Self, Failure> {
        let mut figures = Self::default();
        for pair in line.split_whitespace() {
            let (name, figure) = pair.split_once('=').ok_or("no figure")?;
            figures = figures.set(name, figure.parse()?);
        }
        Ok(figures)
    }
}

/// Runs since it was made.
pub(crate) struct Meter {
    since: Instant,
    ticks: f64,
}

impl Meter {
    pub(crate) fn start() -> Result<Self, Failure> {
        Ok(Self {
            since: Instant::now(),
            ticks: processor_seconds()?,
        })
    }

    /// Documents a second, processor time for each, and the most memory that was resident.
    pub(crate) fn stop(&self, documents: usize) -> Result<Figures, Failure> {
        let count = f64::from(u32::try_from(documents)?);
        let seconds = self.since.elapsed().as_secs_f64();
        let processor = processor_seconds()? - self.ticks;
        Ok(Figures::default()
            .set("rate", count / seconds)
            .set("cpu_us", processor * 1e6 / count)
            .set("resident_mb", resident_megabytes()?))
    }
}

/// The value below which so many hundredths lie.
pub(crate) fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let at = sorted.len().saturating_sub(1) * hundredths / 100;
    sorted.get(at).copied().unwrap_or(0.0)
}

/// Processor seconds of all threads, from /proc.
fn processor_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(')').ok_or("no stat")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let field =
        |at: usize| -> Result<f64, Failure> { Ok(fields.get(at).ok_or("a short stat")?.parse()?) };
    Ok((field(11)? + field(12)?) / TICKS_PER_SECOND)
}

fn resident_megabytes() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<f64>()? / 1024.0)
}

/// What Linux counts processor time in, on every machine of today.
const TICKS_PER_SECOND: f64 = 100.0;
