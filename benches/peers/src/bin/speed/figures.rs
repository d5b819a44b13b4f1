//! Figures of all engines, kept in one file from run to run.

use bench_peers::peer::Fault;
use bench_peers::picture::{Bar, bars};
use std::fmt::Write as _;
use std::path::Path;

/// One figure.
#[derive(Clone)]
pub(crate) struct Figure {
    pub(crate) work: String,
    pub(crate) unit: String,
    pub(crate) median: f64,
    pub(crate) least: f64,
}

impl Figure {
    /// One that was measured once.
    pub(crate) fn of(work: &str, unit: &str, value: f64) -> Self {
        Self {
            work: work.to_owned(),
            unit: unit.to_owned(),
            median: value,
            least: value,
        }
    }
}

/// Figures, each with its engine.
#[derive(Default)]
pub(crate) struct Figures(Vec<(String, Figure)>);

impl Figures {
    /// Those of earlier runs; none when there is no such file.
    pub(crate) fn read(file: &Path) -> Result<Self, Fault> {
        let Ok(text) = std::fs::read_to_string(file) else {
            return Ok(Self::default());
        };
        let mut figures = Vec::new();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(';').collect();
            let [engine, work, unit, median, least] = fields.as_slice() else {
                return Err(format!("{}: no line of figures: {line}", file.display()).into());
            };
            let figure = Figure {
                median: median.parse()?,
                least: least.parse()?,
                ..Figure::of(work, unit, 0.0)
            };
            figures.push(((*engine).to_owned(), figure));
        }
        Ok(Self(figures))
    }

    /// Puts an engine's figures in the place of its earlier ones of the same work.
    pub(crate) fn replace(&mut self, engine: &str, figures: Vec<Figure>) {
        let again = |it: &Figure| figures.iter().any(|figure| figure.work == it.work);
        self.0.retain(|(held, it)| held != engine || !again(it));
        let named = figures.into_iter().map(|it| (engine.to_owned(), it));
        self.0.extend(named);
    }

    pub(crate) fn write(&self, file: &Path) -> Result<(), Fault> {
        // The names hold commas.
        let mut csv = "engine;work;unit;median;least\n".to_owned();
        for (engine, it) in &self.0 {
            let Figure {
                work,
                unit,
                median,
                least,
            } = it;
            writeln!(csv, "{engine};{work};{unit};{median:.2};{least:.2}")?;
        }
        Ok(std::fs::write(file, csv)?)
    }

    /// What took how long, as a picture.
    pub(crate) fn picture(&self) -> Result<String, Fault> {
        let timed = self.0.iter().filter(|(_, it)| it.unit == "us");
        let drawn: Vec<Bar<'_>> = timed
            .map(|(engine, it)| Bar {
                group: &it.work,
                name: engine,
                value: it.median,
            })
            .collect();
        Ok(bars("microseconds, median", &drawn)?)
    }

    /// A line for each work, a column for each engine; the least in brackets.
    pub(crate) fn table(&self) -> String {
        let mut engines: Vec<&str> = Vec::new();
        let mut works: Vec<(&str, &str)> = Vec::new();
        for (engine, it) in &self.0 {
            if !engines.contains(&engine.as_str()) {
                engines.push(engine);
            }
            if !works.contains(&(&it.work, &it.unit)) {
                works.push((&it.work, &it.unit));
            }
        }
        let mut table = format!("| work | {} |\n", engines.join(" | "));
        table += &format!("|---|{}\n", "---|".repeat(engines.len()));
        for (work, unit) in works {
            table += &format!("| {work} ({unit}) |");
            for engine in &engines {
                let of = |(held, it): &&(String, Figure)| held == engine && it.work == work;
                let figure = self.0.iter().find(of);
                let text = figure.map_or("-".to_owned(), |(_, it)| {
                    format!("{:.1} ({:.1})", it.median, it.least)
                });
                table += &format!(" {text} |");
            }
            table.push('\n');
        }
        table
    }
}
