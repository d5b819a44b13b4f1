//! Fuzzing by libFuzzer with the nightly compiler, without cargo-fuzz.
//!
//! For: `cargo xtask nightly` and `cargo xtask fuzz TARGET MINUTES`. Not for: the bodies of the
//! targets; those are functions of the crates and also run in their tests.
//! Invariant: a crash leaves its input under `fuzz/artifacts` and fails the chore.

use crate::step;
use std::path::{Path, PathBuf};

/// The fuzz targets: the files of `fuzz/fuzz_targets`.
pub(crate) fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("fuzz_targets: {error}"))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let names = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What libFuzzer needs to see of the code: edges, counters, comparisons, bad addresses.
const FLAGS: &str = "--cfg fuzzing -Zsanitizer=address -Cdebug-assertions -Coverflow-checks \
    -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Runs one target for some minutes, from its seeds and what earlier runs kept.
pub(crate) fn run(root: &Path, target: &str, minutes: u32) -> Result<(), String> {
    let targets = targets(root)?;
    if !targets.iter().any(|known| known == target) {
        let known = targets.join(", ");
        return Err(format!("{target} is no fuzz target; there are {known}"));
    }
    build(root, target)?;
    let fuzz = root.join("fuzz");
    let corpus = fuzz.join("corpus").join(target);
    let artifacts = fuzz.join("artifacts").join(target);
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let mut command = step::plain(&program(root, target).to_string_lossy(), root);
    command.arg(&corpus);
    let seeds = fuzz.join("seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.arg(format!("-max_total_time={}", minutes * 60));
    command.args([
        "-rss_limit_mb=2048",
        "-timeout=20",
        "-print_final_stats=1",
        "-verbosity=0",
    ]);
    let status = command.status().map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(());
    }
    Err(format!(
        "{target}: {status}; the input lies in fuzz/artifacts/{target}"
    ))
}

fn build(root: &Path, target: &str) -> Result<(), String> {
    // The same versions as the engine's; cargo adds what only fuzzing needs.
    std::fs::copy(root.join("Cargo.lock"), root.join("fuzz/Cargo.lock"))
        .map_err(|error| format!("Cargo.lock: {error}"))?;
    let mut command = step::plain("cargo", root);
    let words = "+nightly build --release --manifest-path fuzz/Cargo.toml --target-dir fuzz/target";
    command.args(words.split(' ')).args(["--target", TRIPLE]);
    command.args(["--bin", target, "--features", target]);
    command.env("RUSTFLAGS", FLAGS);
    // Set by the outer cargo; they would choose its compiler.
    for outer in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR"] {
        command.env_remove(outer);
    }
    step::output(command)
        .map(|_| ())
        .map_err(|why| format!("{why}\nfuzzing needs a nightly Rust and a C++ compiler"))
}

fn program(root: &Path, target: &str) -> PathBuf {
    root.join("fuzz/target")
        .join(TRIPLE)
        .join("release")
        .join(target)
}
