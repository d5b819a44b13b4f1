//! The chores of the repository: `cargo xtask CHORE`.
//!
//! For: checks and builds that contributors and the pipeline run, without a tool to install
//! first. Not for: anything a user of Liasse needs.
//! Invariant: every chore is repeatable by hand from the commands it prints.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore speaks to the person at the terminal"
)]

mod dependencies;
mod fuzz;
mod header;
mod leaks;
mod licences;
mod simulate;
mod step;
mod suite;
mod targets;
mod tidy;

use liasse_xtask::{abi, install};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask CHORE

  tidy       check the rules of the house: floors, doors, lengths, headers, links
  test       everything a contribution must pass
  nightly    what takes longer: slow tests, optimised tests, valgrind, fuzzing
  licences   check the licence of every dependency against deny.toml
  dependencies
             compare docs/dependencies.md with what is linked into a host (--write replaces it)
  header     compare the committed C header with the code (--write replaces it)
  abi        compare the C library's binary interface with the one committed (--write replaces it)
  cinstall [--prefix P] [--destdir D] [--profile R] [--target T]
             build the C library and install it: .so, .a, header, pkg-config, CMake, manual
  targets    check the C library for systems that this machine is not
  simulate [--seconds N] [--states M] [--seed S] [--run R] [--canary NAME]
             crash, fail and rot a whole engine; explores 60 s from a fresh seed
  leaks      plant leaks in a copy of the engine; the comparison of twins must catch each
  fuzz TARGET MINUTES
             fuzz one parser with the nightly compiler
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let outcome = match words.as_slice() {
        ["tidy"] => tidy::run(&root),
        ["test"] => suite::test(&root),
        ["nightly"] => suite::nightly(&root),
        ["licences"] => licences::run(&root),
        ["dependencies"] => dependencies::run(&root, header::Mode::Check),
        ["dependencies", "--write"] => dependencies::run(&root, header::Mode::Write),
        ["header"] => header::run(&root, header::Mode::Check),
        ["header", "--write"] => header::run(&root, header::Mode::Write),
        ["abi"] => in_folder(|folder| abi::check(&root, &abi::header(&root)?, folder)),
        ["abi", "--write"] => in_folder(|folder| abi::write(&root, &abi::header(&root)?, folder)),
        ["cinstall", words @ ..] => install::run(&root, words),
        ["fuzz", target, minutes] => match minutes.parse() {
            Ok(minutes) => fuzz::run(&root, target, minutes),
            Err(_) => Err(format!("{minutes} is no number of minutes")),
        },
        ["targets"] => targets::run(&root),
        ["leaks"] => leaks::run(&root),
        ["simulate", words @ ..] => simulate::run(&root, words),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Does a chore that needs a folder for a while.
fn in_folder(chore: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("liasse-xtask-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let outcome = chore(&folder);
    let removed = std::fs::remove_dir_all(&folder);
    outcome.and(removed.map_err(|error| format!("{}: {error}", folder.display())))
}

/// The folder of the workspace, wherever the chore was started from.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
