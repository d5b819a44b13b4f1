//! `liasse-simulator`: explores crash states and says what it found, in one last line of JSON.
//!
//! Exit status: 0 when every state is one that may be, 1 when one is not, 2 for wrong words.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it speaks to the person at the terminal"
)]

use base::{Entropy, OsEntropy};
use simulator::canary::{self, Canary};
use simulator::{Report, simulate};
use std::process::ExitCode;

const USAGE: &str = "\
liasse-simulator [--seconds N] [--seed S]   explore for N seconds (60), from a fresh seed
                 [--states M]               and on until M states were judged, at most five times
                                            as long; fewer are a failure, and
                                            so is a fault of the disk that struck nothing
liasse-simulator --run R                    explore every state of one run
liasse-simulator --canary NAME              plant a fault, which must be found:
                                            commit-without-sync, bodies-without-sync,
                                            head-of-another
";

/// What was asked for.
struct Asked {
    seconds: u64,
    seed: u64,
    states: u64,
    run: Option<u64>,
    canary: Option<Canary>,
}

fn main() -> ExitCode {
    // A panic of a library over damaged bytes is caught and judged; it need not be told twice.
    std::panic::set_hook(Box::new(|_| ()));
    let words: Vec<String> = std::env::args().skip(1).collect();
    let asked = match Asked::of(&words) {
        Ok(asked) => asked,
        Err(why) => {
            eprint!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let report = match asked.explore() {
        Ok(report) => report,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", report.text(asked.run.unwrap_or(asked.seed)));
    let exploring = asked.run.is_none() && asked.canary.is_none();
    if exploring && report.states() < asked.states {
        eprintln!("fewer than {} states were judged", asked.states);
        return ExitCode::FAILURE;
    }
    let missed = report.missed();
    if exploring && asked.states > 0 && !missed.is_empty() {
        eprintln!("struck nothing: {}", missed.join(", "));
        return ExitCode::FAILURE;
    }
    if report.failures() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Asked {
    fn of(words: &[String]) -> Result<Self, String> {
        let mut fresh = [0; 4];
        let drawn = OsEntropy.fill(&mut fresh);
        drawn.map_err(|error| error.to_string())?;
        let mut asked = Self {
            seconds: 60,
            seed: u64::from(u32::from_le_bytes(fresh)),
            states: 0,
            run: None,
            canary: None,
        };
        for pair in words.chunks(2) {
            let [name, value] = pair else {
                return Err(format!("{} has no value", pair.concat()));
            };
            let number = || value.parse().map_err(|_| format!("{value} is no number"));
            match name.as_str() {
                "--seconds" => asked.seconds = number()?,
                "--seed" => asked.seed = number()?,
                "--states" => asked.states = number()?,
                "--run" => asked.run = Some(number()?),
                "--canary" => asked.canary = Some(value.parse()?),
                other => return Err(format!("{other} is not known")),
            }
        }
        Ok(asked)
    }

    fn explore(&self) -> Result<Report, String> {
        if let Some(canary) = self.canary {
            return canary::find(canary, self.seed);
        }
        if let Some(run) = self.run {
            return Ok(simulate::one_run(run));
        }
        println!("seed {}", self.seed);
        Ok(simulate::for_seconds(self.seed, self.seconds, self.states))
    }
}
