//! The thief's view: every copy of the rows ever made, and every key that still exists.
//!
//! A random history of erasures, aborted attempts, crashes and re-opens is played over a key
//! tree; after each step the rows are copied. Then a thief who holds all copies and the key file
//! as it is tries every root he has on every top record he saw, and every key he finds on every
//! version of every row it could belong to. He must open what lives and nothing that was
//! forgotten.

use super::node::{Address, Child, Keys, derived_child};
use super::top::Top;
use super::{Finished, Grove, KeyTree, Opened, Slot, TABLE, TOP_ROW};
use crate::kms::{KeyFile, Kms};
use crate::leaf::DossierKey;
use crate::place::Place;
use crate::secret::Secret;
use crate::testing::Scratch;
use base::rows::MapRows;
use base::{Entropy, OsEntropy, RowRead, SeededEntropy, StoreId, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

const STORE: StoreId = StoreId::from_bytes([5; 16]);
const PLACE: Place<'static> = Place {
    store: STORE,
    table: Table::new("heads"),
    row: b"row",
    version: 1,
    codec: 0,
    dictionary: 0,
};
/// Slots near one another and far apart, so that paths are shared in every way.
const SLOTS: [u32; 12] = [
    0,
    1,
    2,
    63,
    64,
    65,
    8191,
    8192,
    1 << 20,
    40_000_000,
    68_000_000,
    Slot::COUNT - 1,
];

/// What a patient's slot sealed, and whether that was forgotten since.
struct Record {
    slot: Slot,
    sealed: Vec<u8>,
    living: bool,
}

type OpenKms = Box<dyn Fn() -> Box<dyn Kms>>;

struct History {
    open_kms: OpenKms,
    rows: MapRows,
    copies: Vec<MapRows>,
    records: Vec<Record>,
}

impl History {
    /// Begins with a KMS that serves no store yet.
    fn begin(open_kms: OpenKms) -> Self {
        let mut rows = MapRows::new();
        KeyTree::create(&mut rows, &*open_kms(), STORE, &OsEntropy).unwrap();
        let mut history = Self {
            open_kms,
            rows,
            copies: vec![],
            records: vec![],
        };
        for slot in SLOTS {
            history.seal(Slot::new(slot).unwrap());
        }
        history
    }

    fn kms(&self) -> Box<dyn Kms> {
        (self.open_kms)()
    }

    fn open(&self) -> Opened {
        KeyTree::open(&self.rows, &*self.kms(), STORE).unwrap()
    }

    fn seal(&mut self, slot: Slot) {
        let key = self.open().tree().dossier_key(&self.rows, slot).unwrap();
        let sealed = key.seal(&PLACE, b"words of a patient", &OsEntropy).unwrap();
        self.records.push(Record {
            slot,
            sealed,
            living: true,
        });
        self.copies.push(self.rows.clone());
    }

    /// Completes what a crash left, as the engine does when it opens; no receipt before.
    fn settle(&mut self) {
        loop {
            self.copies.push(self.rows.clone());
            let kms = self.kms();
            match self.open() {
                Opened::Ready(_) => return,
                Opened::Activate(rotation) => {
                    drop(rotation.activate(&self.rows, &*kms).ok().unwrap());
                }
                Opened::Destroy(retiring) => {
                    drop(retiring.destroy(&*kms, &OsEntropy).ok().unwrap());
                }
                Opened::RotateAgain(tree) => {
                    let stage = tree.stage(&*kms, &OsEntropy).unwrap();
                    drop(
                        stage
                            .replace(&mut self.rows, &[], &*kms, &OsEntropy)
                            .unwrap(),
                    );
                }
            }
        }
    }

    /// An attempt whose transaction is lost; the thief finds its rows in a free page.
    fn abort(&mut self, slots: &[(Grove, Slot)]) {
        let kms = self.kms();
        let mut rows = self.rows.clone();
        let stage = self.open().tree().stage(&*kms, &OsEntropy).unwrap();
        drop(stage.replace(&mut rows, slots, &*kms, &OsEntropy).unwrap());
        self.copies.push(rows);
    }

    /// Forgets `slots`; the process dies after `steps` of the steps that follow the commit.
    fn forget(&mut self, slots: &[(Grove, Slot)], steps: u8) {
        let kms = self.kms();
        let stage = self.open().tree().stage(&*kms, &OsEntropy).unwrap();
        let rotation = stage
            .replace(&mut self.rows, slots, &*kms, &OsEntropy)
            .unwrap();
        self.copies.push(self.rows.clone());
        if steps > 0 {
            let retiring = rotation.activate(&self.rows, &*kms).ok().unwrap();
            if steps > 1 {
                match retiring.destroy(&*kms, &OsEntropy).ok().unwrap() {
                    Finished::Forgotten(_) | Finished::RotateAgain(_) => {}
                }
            }
        }
        self.settle();
        for (_, slot) in slots {
            let forgotten = self
                .records
                .iter_mut()
                .filter(|record| record.slot == *slot);
            forgotten.for_each(|record| record.living = false);
            self.seal(*slot);
        }
    }

    fn play(&mut self, rounds: u32, entropy: &dyn Entropy) {
        for _ in 0..rounds {
            let draw: [u8; 5] = entropy.array().unwrap();
            let count = usize::from(draw[1] % 3) + 1;
            let slots: BTreeSet<u32> = draw[2..2 + count]
                .iter()
                .map(|byte| SLOTS[usize::from(*byte) % SLOTS.len()])
                .collect();
            let slots: Vec<_> = slots
                .iter()
                .map(|slot| (Grove::Dossier, Slot::new(*slot).unwrap()))
                .collect();
            match draw[0] % 4 {
                0 => self.abort(&slots),
                steps => self.forget(&slots, steps - 1),
            }
        }
        self.settle();
    }
}

/// What the thief has, and what he found.
struct Thief<'a> {
    versions: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    tried: BTreeSet<([u8; 6], [u8; 32])>,
    leaves: BTreeMap<u32, BTreeSet<[u8; 32]>>,
    kms: &'a dyn Kms,
}

impl<'a> Thief<'a> {
    fn with(copies: &[MapRows], kms: &'a dyn Kms) -> Self {
        let mut versions: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for copy in copies {
            copy.visit(TABLE, &[], &[255], &mut |key, value| {
                versions
                    .entry(key.to_vec())
                    .or_default()
                    .insert(value.to_vec());
                ControlFlow::Continue(())
            })
            .unwrap();
        }
        Self {
            versions,
            tried: BTreeSet::new(),
            leaves: BTreeMap::new(),
            kms,
        }
    }

    fn search(&mut self) -> usize {
        let tops = self.versions.get(TOP_ROW).cloned().unwrap_or_default();
        let opened: Vec<Top> = tops
            .iter()
            .filter_map(|top| Top::open(top, self.kms, STORE).ok())
            .collect();
        for top in &opened {
            for slot in SLOTS {
                self.follow(
                    Address::grove(Grove::Dossier),
                    &top.grove(Grove::Dossier).unwrap(),
                    slot,
                );
            }
        }
        opened.len()
    }

    /// Uses a key both ways it could be meant, whatever its parent says.
    fn follow(&mut self, address: Address, at: &Child, slot: u32) {
        let slot_of = Slot::new(slot).unwrap();
        let place = address.child_toward(slot_of);
        let key = at.secret();
        let mut children = vec![derived_child(key, place)];
        for row in self.versions.get(&address.row()[..]).into_iter().flatten() {
            if let Ok(keys) = Keys::open(STORE, address, key, row.clone()) {
                children.push(keys.child(place).unwrap().into_secret());
            }
        }
        for child in children {
            match address.child(place) {
                Some(below) => {
                    let new = (below.row(), *child.expose());
                    let known = self.tried.contains(&new);
                    if !known || SLOTS.contains(&slot) {
                        self.tried.insert(new);
                        self.follow(below, &Child::Kept(child), slot);
                    }
                }
                None => {
                    self.leaves.entry(slot).or_default().insert(*child.expose());
                }
            }
        }
    }

    fn opens(&self, record: &Record) -> bool {
        let keys = self.leaves.get(&record.slot.number()).into_iter().flatten();
        keys.map(|key| DossierKey::new(Secret::from_bytes(key)))
            .any(|key| key.open(&PLACE, &record.sealed).is_ok())
    }
}

/// A key file of a test's own, and where it lies.
fn key_file(name: &str) -> (OpenKms, PathBuf, Scratch) {
    let scratch = Scratch::new(name);
    let path = scratch.path("key");
    KeyFile::create(&path, &OsEntropy).unwrap();
    let of_kms = path.clone();
    (
        Box::new(move || Box::new(KeyFile::open(&of_kms).unwrap())),
        path,
        scratch,
    )
}

/// Plays a random history over a KMS and lets the thief try.
pub(crate) fn assert_thief_finds_nothing(open_kms: OpenKms) {
    let seed: [u8; 8] = (&OsEntropy as &dyn Entropy).array().unwrap();
    let seed = u64::from_le_bytes(seed);
    println!("seed {seed}");
    let mut history = History::begin(open_kms);
    let entropy = SeededEntropy::new(seed);
    while history.records.len() < SLOTS.len() + 8 {
        history.play(6, &entropy);
        assert_nothing_forgotten_opens(&history);
    }
}

fn assert_nothing_forgotten_opens(history: &History) {
    let kms = history.kms();
    let mut thief = Thief::with(&history.copies, &*kms);
    assert!(thief.search() > 0, "the living top record opens");
    for record in &history.records {
        let slot = record.slot.number();
        assert_eq!(thief.opens(record), record.living, "slot {slot}");
    }
    let living = history
        .records
        .iter()
        .filter(|record| record.living)
        .count();
    assert_eq!(living, SLOTS.len());
}

#[test]
fn every_copy_and_every_living_key_open_nothing_that_was_forgotten() {
    let (open_kms, _, _scratch) = key_file("forensics");
    assert_thief_finds_nothing(open_kms);
}

/// The thief of this test is able: with the older key file he opens what was forgotten since.
#[test]
fn with_an_older_key_file_the_thief_succeeds() {
    let (open_kms, path, _scratch) = key_file("forensics-able");
    let mut history = History::begin(open_kms);
    let older_key = std::fs::read(&path).unwrap();
    let slot = Slot::new(64).unwrap();
    history.forget(&[(Grove::Dossier, slot)], 2);
    assert_nothing_forgotten_opens(&history);
    std::fs::write(&path, older_key).unwrap();
    let kms = history.kms();
    let mut thief = Thief::with(&history.copies, &*kms);
    thief.search();
    let forgotten = history
        .records
        .iter()
        .find(|record| !record.living)
        .unwrap();
    assert!(thief.opens(forgotten));
}

/// Why a second rotation: without it, an aborted attempt's copy opens what was forgotten.
#[test]
fn without_the_second_rotation_the_thief_succeeds() {
    let (open_kms, _, _scratch) = key_file("forensics-once");
    let mut history = History::begin(open_kms);
    let slot = |number| (Grove::Dossier, Slot::new(number).unwrap());
    history.abort(&[slot(1)]);
    let kms = history.kms();
    let tree = Arc::clone(history.open().tree());
    let stage = tree.stage(&*kms, &OsEntropy).unwrap();
    let rotation = stage
        .replace(&mut history.rows, &[slot(64)], &*kms, &OsEntropy)
        .unwrap();
    let retiring = rotation.activate(&history.rows, &*kms).ok().unwrap();
    drop(retiring.destroy(&*kms, &OsEntropy).ok().unwrap());
    let mut thief = Thief::with(&history.copies, &*kms);
    thief.search();
    let forgotten = history
        .records
        .iter()
        .find(|record| record.slot.number() == 64)
        .unwrap();
    assert!(
        thief.opens(forgotten),
        "the first rotation alone is no receipt"
    );
    history.settle();
    let mut thief = Thief::with(&history.copies, &*kms);
    thief.search();
    let forgotten = history
        .records
        .iter()
        .find(|record| record.slot.number() == 64)
        .unwrap();
    assert!(!thief.opens(forgotten));
}
