//! The suites: what a contribution must pass, and what runs by night.
//!
//! For: the order of steps, cheap ones first. Invariant: no step needs a tool that Rust and a C
//! compiler do not bring; what a machine lacks is said aloud, never skipped in silence.

use crate::c_programs::{self, Under};
use crate::step::{self, Step};
use crate::{fuzz, header, licences, tidy};
use std::path::Path;

const FUZZ_MINUTES: u32 = 10;

/// Everything a contribution must pass.
pub(crate) fn test(root: &Path) -> Result<(), String> {
    step::run_all("test", root, &test_steps())
}

fn test_steps() -> Vec<Step> {
    vec![
        Step::chore("tools", "cc --version", tools),
        Step::cargo("format", "fmt --all --check"),
        Step::chore("tidy", "cargo xtask tidy", tidy::run),
        Step::chore("licences", "cargo xtask licences", licences::run),
        Step::cargo("clippy", "clippy --workspace --all-targets -- -D warnings"),
        Step::cargo("tests", "test --workspace"),
        Step::chore("header", "cargo xtask header", |root| {
            header::run(root, header::Mode::Check)
        }),
        Step::chore("C programs", "cargo xtask c", |root| {
            c_programs::run(root, Under::Nothing)
        }),
    ]
}

/// What takes longer than a contributor should wait.
pub(crate) fn nightly(root: &Path) -> Result<(), String> {
    let mut steps = vec![
        Step::cargo("slow tests", "test --workspace").with("LIASSE_NIGHTLY", "1"),
        Step::cargo("optimised tests", "test --workspace --release"),
        Step::chore("C under valgrind", "cargo xtask c --valgrind", |root| {
            c_programs::run(root, Under::Valgrind)
        }),
    ];
    steps.extend(fuzz::TARGETS.iter().map(|target| {
        let by_hand = format!("cargo xtask fuzz {target} {FUZZ_MINUTES}");
        Step::chore("fuzzing", by_hand, |root| {
            fuzz::run(root, target, FUZZ_MINUTES)
        })
    }));
    step::run_all("nightly", root, &steps)
}

/// Says at once what is missing, instead of twenty minutes later.
fn tools(root: &Path) -> Result<(), String> {
    let needed = [
        (
            "cc",
            "--version",
            "a C compiler (Debian: apt-get install gcc libc6-dev)",
        ),
        (
            "rustfmt",
            "--version",
            "rustfmt (rustup component add rustfmt)",
        ),
        (
            "clippy-driver",
            "--version",
            "clippy (rustup component add clippy)",
        ),
    ];
    for (program, argument, what) in needed {
        let mut command = step::plain(program, root);
        command.arg(argument);
        step::output(command).map_err(|why| format!("{why}\ninstall {what}"))?;
    }
    Ok(())
}
