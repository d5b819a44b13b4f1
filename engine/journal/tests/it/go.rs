//! Proves that Go's sumdb, written by others, verifies our checkpoints, an inclusion, a
//! consistency and every tile, and re-derives the root from the exported entries; and that it
//! refuses them altered.
//!
//! Needs the Debian packages golang-1.19-go and golang-golang-x-mod-dev; without them it warns
//! that it was skipped, and passes. On a CI machine that has Go it fails without the other.

use base::rows::MapRows;
use base::{CommitSeq, Digest, Instant, SeededEntropy, StoreId};
use journal::{
    Algorithm, Checkpoint, Commit, Draft, Fact, Log, NoteSigner, Origin, SignedCheckpoint,
    VaultSigner,
};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

const STORE: StoreId = StoreId::from_bytes([7; 16]);

#[test]
fn go_verifies_what_we_export() {
    let go = GO.into_iter().find(|path| Path::new(path).exists());
    let sumdb = Path::new(SUMDB).exists();
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let verify = match able(go, sumdb, ci) {
        Able::To(go) => build(go),
        Able::Not => {
            eprintln!(
                "WARNING: SKIPPED: Go does not verify the journal here: \
                 apt-get install golang-1.19-go golang-golang-x-mod-dev"
            );
            return;
        }
        Able::Fails => panic!("Go is here and sumdb is not: apt-get install {MODULE}"),
    };
    let key = vault::SigningKey::random(&SeededEntropy::new(1)).unwrap();
    let origin = Origin::of_store(STORE, 0);
    let signer = VaultSigner::new(origin.as_str(), Algorithm::Ed25519, &key).unwrap();
    let vkey = signer.verifier_key().to_string();
    for (older, newer, index) in [
        (1, 2, 0),
        (255, 257, 256),
        (300, 1000, 511),
        (256, 70_000, 9),
    ] {
        let folder = Folder::new(&format!("{older}-{newer}"));
        export(&folder.path, &origin, &signer, (older, newer, index));
        let told = run(&verify, &folder.path, &vkey);
        assert_eq!(told, Ok("verified\n".to_owned()), "{older} to {newer}");
    }
    let folder = Folder::new("altered");
    export(&folder.path, &origin, &signer, (300, 1000, 511));
    for name in [
        "checkpoint",
        "tile/entries/001",
        "tile/0/002",
        "inclusion",
        "consistency",
    ] {
        let path = folder.path.join(name);
        let whole = std::fs::read(&path).unwrap();
        let mut altered = whole.clone();
        altered[20] ^= 1;
        std::fs::write(&path, altered).unwrap();
        assert!(
            run(&verify, &folder.path, &vkey).is_err(),
            "{name} was altered"
        );
        std::fs::write(&path, whole).unwrap();
    }
    assert!(run(&verify, &folder.path, &vkey).is_ok());
    println!("Go's sumdb verified four logs, and refused five altered files");
}

/// Writes the files of a log of `newer` entries as the verifier expects them.
fn export(
    folder: &Path,
    origin: &Origin,
    signer: &dyn NoteSigner,
    (older, newer, index): (u64, u64, u64),
) {
    let mut rows = MapRows::new();
    let mut log = Log::create(&mut rows, origin.clone()).unwrap();
    let _ = log.append(&mut rows, commits(0, older)).unwrap();
    let first = Checkpoint::of(&log).sign(signer).unwrap();
    let _ = log.append(&mut rows, commits(older, newer)).unwrap();
    let signed: SignedCheckpoint = Checkpoint::of(&log).sign(signer).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    log.export(&rows, 0, &signed, &mut |name, bytes| {
        write(name, bytes);
        ControlFlow::Continue(())
    })
    .unwrap();
    write("older", first.text().as_bytes());
    write("index", index.to_string().as_bytes());
    let inclusion = log.prove_inclusion(&rows, index, newer).unwrap();
    write("inclusion", lines(&inclusion.hashes).as_bytes());
    let consistency = log.prove_consistency(&rows, older, newer).unwrap();
    write("consistency", lines(&consistency.hashes).as_bytes());
}

fn commits(from: u64, to: u64) -> Vec<Draft> {
    (from..to)
        .map(|seq| {
            let digest = Digest::from_bytes([5; 32]);
            let commit = Commit {
                store: STORE,
                seq: CommitSeq::new(seq),
                at: Instant::from_millis(1_700_000_000_000),
                epoch: 1,
                format: 1,
                state: digest,
                keys: digest,
                manifest: digest,
                policy: digest,
                rows: digest,
            };
            Draft::fact(&Fact::Commit(commit), None).unwrap()
        })
        .collect()
}

fn lines(hashes: &[Digest]) -> String {
    use base64::Engine;
    let encode = |hash: &Digest| base64::prelude::BASE64_STANDARD.encode(hash.as_bytes());
    hashes.iter().map(|hash| encode(hash) + "\n").collect()
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

/// A machine that was made to run this test does not pass over it.
#[test]
fn go_without_its_module_fails_on_a_ci_machine_and_is_warned_of_elsewhere() {
    assert_eq!(able(Some("go"), true, true), Able::To("go"));
    assert_eq!(able(Some("go"), false, true), Able::Fails);
    assert_eq!(able(Some("go"), false, false), Able::Not);
    assert_eq!(able(None, true, true), Able::Not);
}

/// Builds the verifier.
fn build(go: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/go/verify.go");
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

fn run(verify: &Path, folder: &Path, vkey: &str) -> Result<String, String> {
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

struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("journal-go-{}-{name}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
