//! Proves that a host signs checkpoints with keys of its own beside the store's, and that an
//! auditor who knows them takes nothing in without, nor a new one without the old one's word.

use crate::bench::{Folder, audited, deposit, doctor, key, options};
use base::SeededEntropy;
use liasse::{CheckpointSigner, Code, Depth, Engine, Notebook};
use std::fs;
use std::io;
use std::process::Command;
use std::sync::Arc;
use vault::SigningKey;

/// A device of the host's; it may be out of order, or hold another key than it says.
struct Device {
    key: SigningKey,
    says: [u8; 32],
    works: bool,
}

impl CheckpointSigner for Device {
    fn public_key(&self) -> [u8; 32] {
        self.says
    }

    fn sign(&self, lines: &[u8]) -> io::Result<[u8; 64]> {
        if self.works {
            Ok(self.key.sign(lines))
        } else {
            Err(io::Error::other("planted"))
        }
    }
}

fn signing(seed: u64) -> SigningKey {
    SigningKey::random(&SeededEntropy::new(seed)).unwrap()
}

fn device(seed: u64) -> Arc<dyn CheckpointSigner> {
    let (key, works) = (signing(seed), true);
    let says = key.public();
    Arc::new(Device { key, says, works })
}

/// A checkpoint of the store with these signers, and their verifier keys.
fn signed(
    folder: &Folder,
    by: &[Arc<dyn CheckpointSigner>],
) -> (liasse::Result<String>, Vec<String>) {
    let mut options = options();
    options.signers = by.to_vec();
    let store = folder.path("store");
    let engine = if store.exists() {
        Engine::open(&store, key(folder, "store"), options).unwrap()
    } else {
        liasse::new_key_file(&folder.path("store.key")).unwrap();
        let engine = Engine::create(&store, key(folder, "store"), options).unwrap();
        fs::create_dir(folder.path("notebook")).unwrap();
        let own = engine.checkpoint_key().unwrap();
        fs::write(folder.path("notebook/key"), own).unwrap();
        deposit(&doctor(&engine), 1, "A", "premier");
        engine
    };
    engine.settle().unwrap();
    let told = (engine.checkpoint(), engine.signer_keys().unwrap());
    engine.close().unwrap();
    told
}

fn notebook(folder: &Folder) -> Notebook {
    let (notebook, unread) = Notebook::open(&folder.path("notebook")).unwrap();
    assert!(unread.is_empty(), "{unread:?}");
    notebook
}

/// A host's key is taken in by the command, as an auditor would.
fn take_in(folder: &Folder, checkpoint: &str, host: &str) -> i32 {
    fs::write(folder.path("shown"), checkpoint).unwrap();
    fs::write(folder.path("host.key"), host).unwrap();
    let told = Command::new(env!("CARGO_BIN_EXE_liasse-audit"))
        .args([
            "host-key",
            "notebook",
            "--checkpoint",
            "shown",
            "--host-key",
            "host.key",
        ])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    told.status.code().unwrap()
}

#[test]
fn a_host_signs_checkpoints_with_its_own_keys_and_hands_over_from_one_to_the_next() {
    let folder = Folder::new();
    let (one, two, three) = (device(1), device(2), device(3));
    let (by_one, keys) = signed(&folder, &[Arc::clone(&one)]);
    let by_one = by_one.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(take_in(&folder, &by_one, &keys[0]), 0);
    assert!(notebook(&folder).add(&by_one).unwrap().is_some());
    // The store's key alone speaks for no page any more, whoever holds it.
    let root = key(&folder, "store");
    let alone = signed(&folder, &[]).0.unwrap();
    let offline = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
    let offline = offline.checkpoint().unwrap().0;
    for text in [
        &alone,
        &offline,
        &signed(&folder, &[Arc::clone(&two)]).0.unwrap(),
    ] {
        let refused = notebook(&folder).add(text).unwrap_err();
        assert_eq!(refused.code(), Code::Invalid);
    }
    // The next key on its own word is not taken, on that of the first it is.
    let (by_two, keys) = signed(&folder, &[Arc::clone(&two)]);
    assert_ne!(take_in(&folder, &by_two.unwrap(), &keys[0]), 0);
    let (by_both, keys) = signed(&folder, &[Arc::clone(&one), Arc::clone(&two)]);
    let by_both = by_both.unwrap();
    assert_ne!(
        take_in(&folder, &alone, &keys[1]),
        0,
        "it signed nothing of that"
    );
    assert_eq!(take_in(&folder, &by_both, &keys[1]), 0);
    let by_two = signed(&folder, &[two]).0.unwrap();
    assert!(notebook(&folder).add(&by_two).unwrap().is_some());
    let by_three = signed(&folder, &[three]).0.unwrap();
    assert!(notebook(&folder).add(&by_three).is_err());
    // A proof holds under the host's key as under the store's.
    let auditor = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
    let proved = auditor.prove(2, Some((&by_both, &keys[0]))).unwrap();
    let facts = liasse::check_proof(&proved.proof, &proved.entry, &keys[0]).unwrap();
    assert_eq!(facts.index, 2);
}

#[test]
fn a_checkpoint_leaves_only_when_each_signer_has_truly_signed() {
    let folder = Folder::new();
    let (key, works) = (signing(1), false);
    let says = key.public();
    let broken: Arc<dyn CheckpointSigner> = Arc::new(Device { key, says, works });
    let (key, works) = (signing(2), true);
    let mistaken: Arc<dyn CheckpointSigner> = Arc::new(Device { key, says, works });
    for signer in [broken, mistaken] {
        let told = signed(&folder, &[device(3), signer]).0;
        assert_eq!(told.unwrap_err().code(), Code::KeyStore);
    }
    assert!(signed(&folder, &[device(3)]).0.is_ok());
}
