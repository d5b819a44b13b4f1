//! One copy of a store changes its roots, the one last opened for writing; a crash between any
//! two steps of a claim leaves a store that opens.

use super::*;
use crate::kms::{Epoch, KeyFile};
use crate::testing::Scratch;
use crate::tree::{Finished, Grove, Opened, Slot};
use base::rows::MapRows;
use base::{OsEntropy, StoreId};

const STORE: StoreId = StoreId::from_bytes([5; 16]);
const HERE: Location = Location::from_bytes([1; 16]);
const ELSEWHERE: Location = Location::from_bytes([2; 16]);

struct Key {
    scratch: Scratch,
    kms: KeyFile,
}

fn key(name: &str) -> (Key, MapRows) {
    let scratch = Scratch::new(name);
    let kms = KeyFile::create(&scratch.path("key"), &OsEntropy).unwrap();
    let mut rows = MapRows::new();
    KeyTree::create(&mut rows, &kms, STORE, &OsEntropy).unwrap();
    (Key { scratch, kms }, rows)
}

impl Key {
    /// Another process's view of the same key file.
    fn again(&self) -> KeyFile {
        KeyFile::open(&self.scratch.path("key")).unwrap()
    }

    fn tree(&self, rows: &MapRows) -> Arc<KeyTree> {
        Arc::clone(KeyTree::open(rows, &self.again(), STORE).unwrap().tree())
    }

    fn claim(&self, rows: &MapRows, ground: Ground) -> Result<(Arc<KeyTree>, Claim), TreeError> {
        let tree = self.tree(rows);
        let claim = tree.claim(rows, &self.again(), Some(HERE), ground, &OsEntropy)?;
        Ok((tree, claim))
    }

    /// Opens for writing, all steps.
    fn open(&self, rows: &mut MapRows, ground: Ground) -> Result<Arc<KeyTree>, TreeError> {
        let (tree, claim) = self.claim(rows, ground)?;
        claim.put(rows)?;
        claim.make(rows, &self.again())?;
        Ok(tree)
    }

    /// A whole rotation; whether the older root went.
    fn rotate(&self, tree: &Arc<KeyTree>, rows: &mut MapRows) -> Result<Arc<KeyTree>, TreeError> {
        let stage = tree.stage(&self.kms, &OsEntropy)?;
        let slots = [(Grove::Dossier, Slot::new(7).unwrap())];
        let rotation = stage.replace(rows, &slots, &self.kms, &OsEntropy)?;
        let retiring = rotation.activate(rows, &self.kms).map_err(|it| it.error)?;
        let finished = retiring.destroy(&self.kms, &OsEntropy);
        match finished.map_err(|it| it.error)? {
            Finished::Forgotten(_) => Ok(self.tree(rows)),
            Finished::RotateAgain(tree) => Ok(tree),
        }
    }

    fn active(&self) -> Epoch {
        self.kms.load(STORE, Use::Open).unwrap().active
    }
}

fn halted(result: Result<impl Sized, TreeError>) {
    assert_eq!(
        result.err(),
        Some(TreeError::Kms(KmsError::OtherWriter)),
        "it is not the writer"
    );
}

/// A copy at the living epoch, opened while the original goes on, changes no root; nor does one
/// that was the writer and runs still, at any step of a rotation.
#[test]
fn a_stale_copy_cannot_destroy_a_live_root() {
    let (key, mut original) = key("claim-copy");
    drop(key.open(&mut original, Ground::Succession).unwrap());
    let copy = original.clone();
    let tree = key.open(&mut original, Ground::Succession).unwrap();
    let refused = key.claim(&copy, Ground::Succession).err();
    assert_eq!(refused, Some(TreeError::OtherCopy));
    // One that does not ask is refused by the key store.
    halted(key.rotate(&key.tree(&copy), &mut copy.clone()));
    let tree = key.rotate(&tree, &mut original).unwrap();
    assert!(tree.verify(&original).unwrap() > 0, "the original goes on");
    assert_eq!(key.active(), Epoch::new(2));
    assert!(matches!(
        KeyTree::open(&copy, &key.kms, STORE),
        Err(TreeError::OlderCopy { .. })
    ));
    // Each step of a rotation that had begun when another copy took over.
    drop(tree);
    for step in 0..3 {
        let mut rows = original.clone();
        let running = key.open(&mut rows, Ground::Succession).unwrap();
        let mut other = rows.clone();
        original = rows.clone();
        if step == 0 {
            key.open(&mut other, Ground::TakeOver).unwrap();
            halted(running.stage(&key.kms, &OsEntropy));
            original = other;
            continue;
        }
        let stage = running.stage(&key.kms, &OsEntropy).unwrap();
        let rotation = stage.replace(&mut rows, &[], &key.kms, &OsEntropy).unwrap();
        if step == 1 {
            key.open(&mut other, Ground::TakeOver).unwrap();
            halted(rotation.activate(&rows, &key.kms).map_err(|it| it.error));
            assert!(key.tree(&other).epoch() == key.active());
            original = other;
            continue;
        }
        let retiring = rotation.activate(&rows, &key.kms).ok().unwrap();
        let mut other = rows.clone();
        key.open(&mut other, Ground::TakeOver).unwrap();
        halted(
            retiring
                .destroy(&key.kms, &OsEntropy)
                .map_err(|it| it.error),
        );
        let opened = KeyTree::open(&other, &key.kms, STORE).unwrap();
        assert!(matches!(opened, Opened::Destroy(_)), "the other's to do");
    }
}

/// Who takes over is the writer from then on; the copy before it says so when it is opened.
#[test]
fn a_copy_takes_over_in_so_many_words() {
    let (key, mut original) = key("claim-take-over");
    drop(key.open(&mut original, Ground::Succession).unwrap());
    let mut copy = original.clone();
    drop(key.open(&mut original, Ground::Succession).unwrap());
    let tree = key.open(&mut copy, Ground::TakeOver).unwrap();
    key.rotate(&tree, &mut copy).unwrap();
    drop(key.open(&mut copy, Ground::Succession).unwrap());
    assert!(matches!(
        KeyTree::open(&original, &key.kms, STORE),
        Err(TreeError::OlderCopy { .. })
    ));
}

/// A copy opened before the original ever is again is told from it by where it lies.
#[test]
fn a_copy_that_lies_elsewhere_is_told_before_it_changes_anything() {
    let (key, mut original) = key("claim-elsewhere");
    drop(key.open(&mut original, Ground::Succession).unwrap());
    let mut copy = original.clone();
    let claim = |rows: &MapRows, location, ground| {
        let tree = key.tree(rows);
        tree.claim(rows, &key.kms, location, ground, &OsEntropy)
    };
    let told = claim(&copy, Some(ELSEWHERE), Ground::Succession).err();
    assert_eq!(told, Some(TreeError::Elsewhere));
    assert!(told.unwrap().to_string().contains("copied or moved"));
    drop(key.open(&mut original, Ground::Succession).unwrap());
    let told = claim(&copy, Some(ELSEWHERE), Ground::Succession).err();
    assert_eq!(told, Some(TreeError::OtherCopy), "now it is known which");
    let taken = claim(&copy, Some(ELSEWHERE), Ground::TakeOver).unwrap();
    taken.put(&mut copy).unwrap();
    taken.make(&copy, &key.kms).unwrap();
    assert!(claim(&copy, Some(ELSEWHERE), Ground::Succession).is_ok());
    assert_eq!(
        claim(&copy, Some(HERE), Ground::Succession).err(),
        Some(TreeError::Elsewhere)
    );
    assert!(claim(&copy, None, Ground::Succession).is_ok(), "not known");
}

/// Power fails after each step; the store opens again, for writing, and so it does when a call
/// to the key store that was given up is done late.
#[test]
fn a_crash_at_any_step_of_a_claim_leaves_a_store_that_opens() {
    let (key, mut rows) = key("claim-crash");
    drop(key.open(&mut rows, Ground::Succession).unwrap());
    let reopens = |rows: &MapRows| {
        let mut rows = rows.clone();
        let before = std::fs::read(key.scratch.path("key")).unwrap();
        for _ in 0..2 {
            let tree = key.open(&mut rows, Ground::Succession).unwrap();
            tree.stage(&key.kms, &OsEntropy).map(drop).unwrap();
        }
        std::fs::write(key.scratch.path("key"), before).unwrap();
    };
    let mut late = Vec::new();
    for _ in 0..2 * ASKED_MAX {
        let (_, claim) = key.claim(&rows, Ground::Succession).unwrap();
        let calls = (claim.seen, claim.fresh);
        reopens(&rows);
        claim.put(&mut rows).unwrap();
        reopens(&rows);
        late.push(calls);
    }
    // Any of those the row still names may be done late, before or within the next claim.
    for (from, to) in late.split_off(2 * ASKED_MAX - (ASKED_MAX - 1)) {
        let before = std::fs::read(key.scratch.path("key")).unwrap();
        let mut during = rows.clone();
        let (_, claim) = key.claim(&during, Ground::Succession).unwrap();
        claim.put(&mut during).unwrap();
        key.kms.hand_over(from, to).unwrap();
        reopens(&rows);
        assert_eq!(
            claim.make(&during, &key.kms).err(),
            Some(TreeError::OtherCopy)
        );
        reopens(&during);
        std::fs::write(key.scratch.path("key"), before).unwrap();
    }
    let (_, claim) = key.claim(&rows, Ground::Succession).unwrap();
    let refused = claim.make(&rows, &key.kms).err();
    assert_eq!(refused, Some(TreeError::NotCommitted));
    let (_, claim) = key.claim(&rows, Ground::Succession).unwrap();
    claim.put(&mut rows).unwrap();
    claim.make(&rows, &key.kms).unwrap();
    reopens(&rows);
}

/// A row that is cut, or of another version, is not taken for one.
#[test]
fn a_damaged_row_of_writers_is_told() {
    let row = probe_writers_seed();
    assert!(probe_writers(&row));
    for cut in 0..row.len() {
        assert!(!probe_writers(&row[..cut]), "cut at {cut}");
    }
    let mut newer = row.clone();
    newer[0] = 2;
    assert!(!probe_writers(&newer));
    assert!(!probe_writers(&[row, vec![0]].concat()));
}
