//! `cargo xtask targets`: whether the C library compiles for systems that this machine is not.
//!
//! For: seeing that code of one system slipped in, long before somebody builds there. Not for:
//! libraries, which `cinstall --target` makes. Invariant: a target that cannot be had is told.

use crate::step::{self, Step};
use std::path::Path;
use std::process::Command;

/// A target, the C compiler that some dependencies want for it, and how to get that.
const TARGETS: &[(&str, &str, &str)] = &[
    (
        "x86_64-pc-windows-gnu",
        "x86_64-w64-mingw32-gcc",
        "gcc-mingw-w64-x86-64",
    ),
    (
        "aarch64-unknown-linux-gnu",
        "aarch64-linux-gnu-gcc",
        "gcc-aarch64-linux-gnu, libc6-dev-arm64-cross",
    ),
];

/// Checks each target that can be had.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let mut steps = Vec::new();
    for (target, compiler, package) in TARGETS {
        if !has_library(target) {
            println!("SKIPPED: {target}, get it by `rustup target add {target}`");
        } else if !answers(compiler) {
            println!("SKIPPED: {target}, its C compiler is missing (Debian: {package})");
        } else {
            let words = format!("check --package liasse-c --lib --locked --target {target}");
            steps.push(Step::cargo(target, &words));
        }
    }
    step::run_all("targets", root, &steps)
}

/// Whether the toolchain has the standard library for a target.
fn has_library(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]);
    let said = rustc.output().map(|output| output.stdout);
    let folder = said.map(|said| String::from_utf8_lossy(&said).trim().to_owned());
    folder.is_ok_and(|folder| Path::new(&folder).is_dir())
}

fn answers(program: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests;
