//! Go's sumdb as a command that verifies the files of a log: built where the Debian packages
//! golang-1.19-go and golang-golang-x-mod-dev are, warned of as skipped where they are not.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The verifier, built once for each crate that asks; nothing, and a warning, where it cannot be.
#[allow(clippy::print_stderr, reason = "says aloud what is skipped")]
pub(crate) fn verifier() -> Option<PathBuf> {
    let go = GO.into_iter().find(|path| Path::new(path).exists());
    let sumdb = Path::new(SUMDB).exists();
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let able = able(go, sumdb, ci);
    assert_ne!(
        able,
        Able::Fails,
        "Go is here and sumdb is not: apt-get install {MODULE}"
    );
    if let Able::To(go) = able {
        return Some(build(go));
    }
    eprintln!(
        "WARNING: SKIPPED: Go does not verify the journal here: \
         apt-get install golang-1.19-go {MODULE}"
    );
    None
}

/// A machine that was made to run this test does not pass over it.
#[test]
fn go_without_its_module_fails_on_a_ci_machine_and_is_warned_of_elsewhere() {
    assert_eq!(able(Some("go"), true, true), Able::To("go"));
    assert_eq!(able(Some("go"), false, true), Able::Fails);
    assert_eq!(able(Some("go"), false, false), Able::Not);
    assert_eq!(able(None, true, true), Able::Not);
}

/// Whether Go can verify here.
#[derive(Debug, PartialEq, Eq)]
enum Able {
    /// This Go can.
    To(&'static str),
    /// It cannot, which is warned of.
    Not,
    /// It cannot where it was meant to.
    Fails,
}

fn able(go: Option<&'static str>, sumdb: bool, ci: bool) -> Able {
    match go {
        Some(go) if sumdb => Able::To(go),
        Some(_) if ci => Able::Fails,
        Some(_) | None => Able::Not,
    }
}

/// Builds the verifier.
fn build(go: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/journal");
    let source = source.join("testdata/go/verify.go");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let binary = target.join("journal-verify");
    let status = Command::new(go)
        .arg("build")
        .arg("-o")
        .arg(&binary)
        .arg(source)
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOCACHE", target.join("go-cache"))
        .env("GOFLAGS", "")
        .status()
        .unwrap();
    assert!(
        status.success(),
        "Go is here, and does not build the verifier"
    );
    binary
}

/// What the verifier says of the files in a folder.
pub(crate) fn run(verify: &Path, folder: &Path, vkey: &str) -> Result<String, String> {
    let output = Command::new(verify).arg(folder).arg(vkey).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

const GO: [&str; 2] = ["/usr/lib/go-1.19/bin/go", "/usr/bin/go"];
const MODULE: &str = "golang-golang-x-mod-dev";
const SUMDB: &str = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog";
