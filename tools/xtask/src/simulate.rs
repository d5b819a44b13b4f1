//! `cargo xtask simulate`: the simulator, with the flags that the tests were built with.

use crate::step;
use std::path::Path;

/// Runs the simulator with these words.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<(), String> {
    let mut command = step::plain(&step::cargo(), root);
    command.args(["run", "--quiet", "--package", "liasse-simulator", "--"]);
    let status = command.args(words).status();
    let status = status.map_err(|error| format!("cargo does not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the simulator: {status}"))
    }
}
