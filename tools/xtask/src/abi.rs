//! `cargo xtask abi`: the binary interface of the C library, compared with the one committed.
//!
//! For: seeing that a function, an argument or a field changed before a program that was built
//! earlier finds out. Not for: what codes mean, which the header's own comparison shows.
//! Invariant: the snapshot says what the committed header says; checking never writes.

use crate::install::{self, output, read};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the snapshot lies.
const SNAPSHOT: &str = "bindings/c/abi/liasse.abi";

/// Compares a header's binary interface with the snapshot, working in a folder of the caller's.
///
/// # Errors
/// What differs, or what a tool said.
pub fn check(root: &Path, header: &str, folder: &Path) -> Result<(), String> {
    let built = stubs(header, folder)?;
    let mut abidiff = Command::new("abidiff");
    abidiff.arg("--no-show-locs");
    abidiff.arg(root.join(SNAPSHOT)).arg(built);
    let said = abidiff
        .output()
        .map_err(|error| format!("abidiff: {error}"))?;
    if said.status.success() {
        return Ok(());
    }
    let wrong = String::from_utf8_lossy(&said.stderr);
    let said = String::from_utf8_lossy(&said.stdout);
    Err(format!(
        "{SNAPSHOT}: abi: the binary interface changed; what only adds to it is committed by \
         `cargo xtask abi --write`, anything else wants a new version too\n{said}{wrong}"
    ))
}

/// Replaces the snapshot by what the header says.
///
/// # Errors
/// What a tool said.
pub fn write(root: &Path, header: &str, folder: &Path) -> Result<(), String> {
    let built = stubs(header, folder)?;
    let mut abidw = Command::new("abidw");
    abidw.args([
        "--no-show-locs",
        "--no-corpus-path",
        "--no-comp-dir-path",
        "--out-file",
    ]);
    output(abidw.arg(root.join(SNAPSHOT)).arg(built)).map(drop)
}

/// The header that is committed.
///
/// # Errors
/// What the disk said.
pub fn header(root: &Path) -> Result<String, String> {
    read(&root.join("bindings/c/include/liasse.h"))
}

/// A library that declares what a header does, and does nothing.
fn stubs(header: &str, folder: &Path) -> Result<PathBuf, String> {
    let source = folder.join("stubs.c");
    install::write(&folder.join("liasse.h"), header)?;
    install::write(&source, &bodies(header))?;
    let soname = install::soname(env!("CARGO_PKG_VERSION"));
    let library = folder.join(&soname);
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-g", "-w"]);
    // The snapshot names its source as this does, and no folder of the machine that wrote it.
    cc.arg(format!("-ffile-prefix-map={}=.", folder.display()));
    cc.arg(format!("-Wl,-soname,{soname}")).arg("-I");
    cc.arg(folder).arg(source).arg("-o").arg(&library);
    output(&mut cc)?;
    Ok(library)
}

/// Each function of a header with a body.
fn bodies(header: &str) -> String {
    let (_, code) = header.split_once("extern \"C\" {").unwrap_or_default();
    let code = code.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with('#')
    });
    let code = code.collect::<Vec<_>>().join("\n");
    let functions = code.split_inclusive(';').filter_map(|text| {
        let text = text.trim().strip_suffix(';')?;
        text.contains("liasse_")
            .then(|| format!("{text} {{ __builtin_trap(); }}\n"))
    });
    format!("#include <liasse.h>\n{}", functions.collect::<String>())
}

#[cfg(test)]
mod tests;
