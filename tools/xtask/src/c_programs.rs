//! The C programs of `bindings/c/tests`: compiled strictly, linked with the static library, run.
//!
//! For: proof that the header and the library serve a C compiler as they are shipped.
//! Invariants: a warning is a failure; each program gets an empty folder of its own as its first
//! argument and passes by exit code 0.

use crate::step;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCES: &str = "bindings/c/tests";
const INCLUDE: &str = "bindings/c/include";
const STRICT: &[&str] = &["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g"];

/// What the Rust standard library needs from the system; `rustc --print native-static-libs`.
const SYSTEM: &[&str] = &[
    "-lgcc_s",
    "-lutil",
    "-lrt",
    "-lpthread",
    "-lm",
    "-ldl",
    "-lc",
];

/// How a compiled program is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    Nothing,
    Valgrind,
}

/// Compiles and runs every program.
pub(crate) fn run(root: &Path, under: Under) -> Result<(), String> {
    let sources = sources(root)?;
    if sources.is_empty() {
        return Err(format!("{SOURCES} holds no C program"));
    }
    let mut build = step::plain(&step::cargo(), root);
    build.args(["build", "--package", "liasse-c"]);
    step::output(build)?;
    let target = target(root)?;
    let programs = target.join("c-programs");
    std::fs::create_dir_all(&programs).map_err(|error| error.to_string())?;
    for source in &sources {
        let name = source
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let program = programs.join(&name);
        compile(root, source, &program, &target)?;
        execute(root, &program, under).map_err(|why| format!("{name}.c: {why}"))?;
        println!("c: {name}.c passes");
    }
    Ok(())
}

fn sources(root: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(root.join(SOURCES));
    let entries = entries.map_err(|error| format!("{SOURCES}: {error}"))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut sources: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|one| one == "c"))
        .collect();
    sources.sort();
    Ok(sources)
}

fn compile(root: &Path, source: &Path, program: &Path, target: &Path) -> Result<(), String> {
    let mut command = compiler(root);
    command
        .args(STRICT)
        .arg("-I")
        .arg(root.join(INCLUDE))
        .arg(source);
    command
        .arg(target.join("debug/libliasse_c.a"))
        .args(SYSTEM)
        .arg("-o")
        .arg(program);
    step::output(command).map(|_| ())
}

fn compiler(root: &Path) -> Command {
    let name = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    step::plain(&name, root)
}

fn execute(root: &Path, program: &Path, under: Under) -> Result<(), String> {
    let folder = program.with_extension("folder");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut command = match under {
        Under::Nothing => step::plain(&program.to_string_lossy(), root),
        Under::Valgrind => {
            let mut command = step::plain("valgrind", root);
            command
                .args(["--quiet", "--leak-check=full", "--error-exitcode=9"])
                .arg(program);
            command
        }
    };
    command.arg(&folder);
    let outcome = step::output(command).map(|_| ());
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

/// The folder that cargo builds into.
fn target(root: &Path) -> Result<PathBuf, String> {
    let mut command = step::plain(&step::cargo(), root);
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: serde_json::Value =
        serde_json::from_str(&step::output(command)?).map_err(|error| error.to_string())?;
    let folder = metadata["target_directory"].as_str();
    folder
        .map(PathBuf::from)
        .ok_or_else(|| "cargo metadata names no target folder".to_owned())
}
