//! The suites: what a contribution must pass, and what runs by night.
//!
//! For: the order of steps, cheap ones first. Invariant: no step needs a tool that Rust and a C
//! compiler do not bring; what a machine lacks is said aloud, never skipped in silence.

use crate::step::{self, Step};
use crate::{licences, tidy};
use std::path::Path;

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
    ]
}

/// What takes longer than a contributor should wait.
pub(crate) fn nightly(root: &Path) -> Result<(), String> {
    let steps = [
        Step::cargo("slow tests", "test --workspace").with("LIASSE_NIGHTLY", "1"),
        Step::cargo("optimised tests", "test --workspace --release"),
    ];
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
