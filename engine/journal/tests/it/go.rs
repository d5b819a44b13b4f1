//! Proves that Go's sumdb, written by others, verifies our checkpoints, an inclusion, a
//! consistency and every tile, and re-derives the root from the exported entries; and that it
//! refuses them altered.

use crate::verifier::{run, verifier};
use base::rows::MapRows;
use base::{CommitSeq, Digest, Instant, SeededEntropy, StoreId};
use journal::{
    Algorithm, Checkpoint, Commit, Draft, Fact, Log, NoteSigner, Origin, SignedCheckpoint,
    VaultSigner,
};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const STORE: StoreId = StoreId::from_bytes([7; 16]);

#[test]
fn go_verifies_what_we_export() {
    let Some(verify) = verifier() else {
        return;
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
