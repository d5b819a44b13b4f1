//! `cargo xtask header`: the C header, generated from `bindings/c` and compared with the one
//! that is committed.
//!
//! Not for: what the header says; that is written beside the functions and in `cbindgen.toml`.
//! Invariant: checking never writes; `--write` is the only way to change the committed header.

use std::path::Path;

const CRATE: &str = "bindings/c";
const HEADER: &str = "bindings/c/include/liasse.h";

/// Whether to compare the committed header or to replace it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Check,
    Write,
}

/// Generates the header and compares or replaces the committed one.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    let wanted = generate(root)?;
    let path = root.join(HEADER);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed == wanted {
        println!("header: {HEADER} says what the code says");
        return Ok(());
    }
    if mode == Mode::Check {
        let line = first_difference(&committed, &wanted);
        return Err(format!(
            "{HEADER}:{line}: header: differs from the code; run `cargo xtask header --write`"
        ));
    }
    let folder = path.parent().unwrap_or(root);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, wanted))
        .map_err(|error| format!("{HEADER}: {error}"))?;
    println!("header: {HEADER} written");
    Ok(())
}

fn generate(root: &Path) -> Result<String, String> {
    let folder = root.join(CRATE);
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))
        .map_err(|error| format!("{CRATE}/cbindgen.toml: {error}"))?;
    let builder = cbindgen::Builder::new()
        .with_crate(&folder)
        .with_config(config);
    let bindings = builder
        .generate()
        .map_err(|error| format!("cbindgen: {error}"))?;
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    String::from_utf8(bytes).map_err(|_| "cbindgen wrote no UTF-8".to_owned())
}

fn first_difference(one: &str, other: &str) -> usize {
    let pairs = one.lines().zip(other.lines());
    let same = pairs.take_while(|(one, other)| one == other).count();
    same + 1
}

#[cfg(test)]
mod tests;
