//! The suites: what a contribution must pass, and what runs by night.
//!
//! For: the order of steps, cheap ones first. Invariant: no step of `test` needs a tool that Rust
//! and a C compiler do not bring; what a machine lacks is said aloud, never skipped in silence.

use crate::header::Mode;
use crate::step::{self, Step};
use crate::{dependencies, fuzz, leaks, licences, tidy};
use std::path::Path;

/// A program, an argument it must take, and how to get it.
type Need = (&'static str, &'static str, &'static str);

const TEST_NEEDS: &[Need] = &[
    ("cc", "--version", "a C compiler (Debian: gcc, libc6-dev)"),
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

const NIGHTLY_NEEDS: &[Need] = &[
    ("c++", "--version", "a C++ compiler (Debian: g++)"),
    (
        "valgrind",
        "--version",
        "valgrind (Debian: valgrind, libc6-dbg)",
    ),
    (
        "rustup",
        "which --toolchain nightly rustc",
        "a nightly Rust (rustup toolchain install nightly)",
    ),
];

/// Optional features are looked at too; nothing else builds for checking only.
const CLIPPY: &str = "clippy --workspace --all-targets \
                      --features liasse-vault/pkcs11,liasse-vault/aws-lc -- -D warnings";

/// Another's program reads our log. Its output is shown: where Go is missing it says that it skips.
const GO: &str = "test --package liasse-journal --test it -- --nocapture go_verifies";

/// A browser looks at the page of an audit; its output is shown for the same reason.
const PAGE: &str = "test --package liasse-audit --bin liasse-audit -- --nocapture nothing_is_cut";

/// The optional features, apart, so that the tests of the workspace are built as plain cargo
/// builds them. The output about tokens is shown: where there is none to be had they say that
/// they skip.
const TOKEN: &str =
    "test --package liasse-vault --features pkcs11,aws-lc --lib -- --nocapture pkcs11";
const CIPHER: &str = "test --package liasse-vault --features pkcs11,aws-lc --lib -- \
                      cipher known_answers seal file body tree fuzz";
const FORENSIC_TOKEN: &str =
    "test --package liasse --features pkcs11 --test it -- --nocapture forensic_token";

/// Sees that what must not compile fails for the reason that stands beside it.
const RUSTDOC: &str = "tools/xtask/rustdoc.sh";

const FUZZ_MINUTES: u32 = 5;

/// Everything a contribution must pass.
pub(crate) fn test(root: &Path) -> Result<(), String> {
    let rustdoc = root.join(RUSTDOC);
    let steps = [
        Step::chore("tools", "cc --version", |root| check(root, TEST_NEEDS)),
        Step::cargo("format", "fmt --all --check"),
        Step::chore("tidy", "cargo xtask tidy", tidy::run),
        Step::chore("licences", "cargo xtask licences", licences::run),
        Step::chore("dependencies", "cargo xtask dependencies", |root| {
            dependencies::run(root, Mode::Check)
        }),
        Step::cargo("clippy", CLIPPY),
        Step::cargo("tests", "test --workspace").with("RUSTDOC", &rustdoc.to_string_lossy()),
        Step::cargo("log, by Go", GO).listening(),
        Step::cargo("page, by Chromium", PAGE).listening(),
        Step::cargo("token", TOKEN).listening(),
        Step::cargo("cipher", CIPHER),
        Step::cargo("token, forensic", FORENSIC_TOKEN).listening(),
    ];
    step::run_all("test", root, &steps)
}

/// What takes longer than a contributor should wait.
pub(crate) fn nightly(root: &Path) -> Result<(), String> {
    let unasserted = "test --workspace --config profile.dev.debug-assertions=false";
    let mut steps = vec![
        Step::chore("tools", "valgrind --version", |root| {
            check(root, NIGHTLY_NEEDS)
        }),
        Step::cargo("slow tests", "test --workspace").with("LIASSE_NIGHTLY", "1"),
        Step::cargo("without assertions", unasserted),
        Step::chore("leaks", "cargo xtask leaks", leaks::run),
    ];
    for target in fuzz::targets(root)? {
        let by_hand = format!("cargo xtask fuzz {target} {FUZZ_MINUTES}");
        let fuzz = move |root: &Path| fuzz::run(root, &target, FUZZ_MINUTES);
        steps.push(Step::chore("fuzzing", by_hand, fuzz));
    }
    step::run_all("nightly", root, &steps)
}

/// Says at once what is missing, instead of twenty minutes later.
fn check(root: &Path, needs: &[Need]) -> Result<(), String> {
    for (program, arguments, what) in needs {
        let mut command = step::plain(program, root);
        command.args(arguments.split(' '));
        step::output(command).map_err(|why| format!("{why}\ninstall {what}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
