//! The tree gives every slot its own key, forgets what it is told to, and survives a crash
//! between any two steps of a rotation.

use super::*;
use crate::kms::{Destruction, Forgetting, KeyFile};
use crate::place::Place;
use crate::testing::Scratch;
use base::OsEntropy;
use base::rows::MapRows;
use std::path::PathBuf;

const STORE: StoreId = StoreId::from_bytes([5; 16]);
const HEADS: Table = Table::new("heads");

struct Fixture {
    path: PathBuf,
    kms: KeyFile,
    rows: MapRows,
    tree: Arc<KeyTree>,
    _scratch: Scratch,
}

fn fixture(name: &str) -> Fixture {
    let scratch = Scratch::new(name);
    let path = scratch.path("key");
    let kms = KeyFile::create(&path, &OsEntropy).unwrap();
    let mut rows = MapRows::new();
    let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy).unwrap();
    Fixture {
        path,
        kms,
        rows,
        tree,
        _scratch: scratch,
    }
}

impl Fixture {
    fn rotate(&mut self, slots: &[(Grove, Slot)]) -> Forgotten {
        let stage = self.tree.stage(&self.kms, &OsEntropy).unwrap();
        let rotation = stage
            .replace(&mut self.rows, slots, &self.kms, &OsEntropy)
            .unwrap();
        self.tree = Arc::clone(rotation.tree());
        let retiring = rotation.activate(&self.rows, &self.kms).ok().unwrap();
        match retiring.destroy(&self.kms, &OsEntropy).ok().unwrap() {
            Finished::Forgotten(forgotten) => forgotten,
            Finished::RotateAgain(_) => panic!("nothing was staged before"),
        }
    }

    fn open(&self) -> Result<Opened, TreeError> {
        KeyTree::open(&self.rows, &KeyFile::open(&self.path).unwrap(), STORE)
    }

    fn seal(&self, slot: Slot) -> Vec<u8> {
        let key = self.tree.dossier_key(&self.rows, slot).unwrap();
        key.seal(&place(), b"words of a patient", &OsEntropy)
            .unwrap()
    }
}

fn place() -> Place<'static> {
    Place {
        store: STORE,
        table: HEADS,
        row: b"row",
        version: 1,
        codec: 0,
        dictionary: 0,
    }
}

fn slot(number: u32) -> Slot {
    Slot::new(number).unwrap()
}

fn opens(tree: &KeyTree, rows: &MapRows, slot: Slot, sealed: &[u8]) -> bool {
    tree.dossier_key(rows, slot)
        .is_ok_and(|key| key.open(&place(), sealed).is_ok())
}

/// National size: the last of 134 million slots costs no row until it is forgotten.
#[test]
fn a_tree_of_full_size_is_one_row() {
    let mut fixture = fixture("tree-size");
    let slots = [
        0,
        1,
        63,
        64,
        8191,
        8192,
        1 << 20,
        40_000_000,
        68_000_000,
        Slot::COUNT - 1,
    ];
    let sealed: Vec<_> = slots.map(|n| (slot(n), fixture.seal(slot(n)))).into();
    assert_eq!(fixture.tree.verify(&fixture.rows).unwrap(), 0);
    let forgotten = fixture.rotate(&[(Grove::Dossier, slot(40_000_000))]);
    assert_eq!(forgotten.epochs(), [Epoch::FIRST]);
    assert_eq!(forgotten.destruction(), Destruction::Done);
    assert_eq!(forgotten.forgetting(), Forgetting::BestEffort);
    assert_eq!(fixture.tree.verify(&fixture.rows).unwrap(), 4);
    let reopened = fixture.open().unwrap();
    for (slot, sealed) in &sealed {
        let kept = slot.number() != 40_000_000;
        assert_eq!(opens(&fixture.tree, &fixture.rows, *slot, sealed), kept);
        assert_eq!(
            opens(reopened.tree(), &fixture.rows, *slot, sealed),
            kept,
            "after an open"
        );
    }
    assert!(Slot::new(Slot::COUNT).is_err());
}

/// No two slots and no two groves share a key.
#[test]
fn keys_are_distinct() {
    let mut fixture = fixture("tree-distinct");
    fixture.rotate(&[(Grove::Dossier, slot(3)), (Grove::Unit, slot(9000))]);
    let mut seen = std::collections::BTreeSet::new();
    for grove in Grove::ALL {
        for number in (0..200).chain(8100..8300).chain([1 << 20, Slot::COUNT - 1]) {
            let key = fixture
                .tree
                .leaf(&fixture.rows, grove, slot(number))
                .unwrap();
            assert!(seen.insert(*key.expose()), "{grove:?} {number}");
        }
    }
}

/// Forgetting in any order leaves every other slot's key as it was.
#[test]
fn forgetting_changes_the_key_of_the_slot_alone() {
    let mut fixture = fixture("tree-alone");
    let watched: Vec<u32> = (0..130).chain([8191, 8192, 8193, 1 << 20]).collect();
    let mut keys: std::collections::BTreeMap<u32, [u8; 32]> = watched
        .iter()
        .map(|n| {
            (
                *n,
                *fixture
                    .tree
                    .leaf(&fixture.rows, Grove::Dossier, slot(*n))
                    .unwrap()
                    .expose(),
            )
        })
        .collect();
    for batch in [
        vec![5, 6, 64],
        vec![8192],
        vec![5],
        vec![0, 129, 8191, 1 << 20],
        vec![],
    ] {
        let slots: Vec<_> = batch.iter().map(|n| (Grove::Dossier, slot(*n))).collect();
        fixture.rotate(&slots);
        fixture.tree = Arc::clone(fixture.open().unwrap().tree());
        for number in &watched {
            let leaf = fixture
                .tree
                .leaf(&fixture.rows, Grove::Dossier, slot(*number))
                .unwrap();
            let before = keys.insert(*number, *leaf.expose()).unwrap();
            assert_eq!(
                before == *leaf.expose(),
                !batch.contains(number),
                "slot {number}"
            );
        }
    }
}

/// What an older copy and the KMS as it is now give a thief: nothing that was forgotten.
#[test]
fn an_older_copy_and_the_new_root_open_nothing() {
    let mut fixture = fixture("tree-older-copy");
    let sealed = fixture.seal(slot(7));
    let old_rows = fixture.rows.clone();
    fixture.rotate(&[(Grove::Dossier, slot(7))]);
    let refused = KeyTree::open(&old_rows, &fixture.kms, STORE).err().unwrap();
    assert_eq!(
        refused,
        TreeError::OlderCopy {
            catalog: Epoch::FIRST,
            active: Epoch::new(2)
        }
    );
    assert!(refused.to_string().contains("something was erased since"));
    // Old rows below the new top record, and new rows below the old one.
    let mut mixed = old_rows.clone();
    let top = fixture.rows.row(TABLE, TOP_ROW).unwrap().unwrap();
    mixed.put(TABLE, TOP_ROW, &top).unwrap();
    let thief = KeyTree::open(&mixed, &fixture.kms, STORE).unwrap();
    let refused = thief.tree().dossier_key(&mixed, slot(7)).err();
    assert!(
        matches!(refused, Some(TreeError::Damaged { cause: None, .. })),
        "{refused:?}"
    );
    assert!(!opens(&fixture.tree, &fixture.rows, slot(7), &sealed));
}

#[test]
fn rows_of_another_epoch_are_told_from_damage() {
    let mut fixture = fixture("tree-other-epoch");
    fixture.rotate(&[(Grove::Dossier, slot(7))]);
    let old_tree = Arc::clone(&fixture.tree);
    let old_rows = fixture.rows.clone();
    fixture.rotate(&[(Grove::Dossier, slot(7))]);
    old_tree.purge();
    let mixed = old_tree.dossier_key(&fixture.rows, slot(7)).err();
    assert_eq!(mixed, Some(TreeError::OtherEpoch));
    assert!(
        old_tree.dossier_key(&old_rows, slot(7)).is_ok(),
        "a pinned snapshot still reads"
    );
    let mut damaged = fixture.rows.clone();
    let address = Address::grove(Grove::Dossier).row();
    let mut row = damaged.row(TABLE, &address).unwrap().unwrap();
    row[100] ^= 1;
    damaged.put(TABLE, &address, &row).unwrap();
    fixture.tree.purge();
    let told = fixture.tree.dossier_key(&damaged, slot(7)).err();
    assert!(matches!(
        told,
        Some(TreeError::Damaged {
            cause: Some(OpenError::Tampered),
            ..
        })
    ));
    assert!(fixture.tree.verify(&damaged).is_err());
}

/// Every row of a node, and the top record, are written under keys never used before.
#[test]
fn no_row_repeats_and_every_rotation_changes_the_root_digest() {
    let mut fixture = fixture("tree-fresh");
    let mut digests = std::collections::BTreeSet::from([fixture.tree.root_digest()]);
    let mut rows = std::collections::BTreeSet::new();
    for _ in 0..5 {
        fixture.rotate(&[(Grove::Audit, slot(1))]);
        assert!(digests.insert(fixture.tree.root_digest()));
        fixture
            .rows
            .visit(TABLE, &[], &[255], &mut |_, value| {
                assert!(rows.insert(value.to_vec()));
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
    }
}

#[test]
fn a_crash_before_the_commit_leaves_the_older_tree_and_asks_for_a_second_rotation_later() {
    let mut fixture = fixture("tree-crash-before");
    let sealed = fixture.seal(slot(7));
    // An attempt for slot 9 that does not commit; a copy of its rows survives in a free page.
    let mut aborted = fixture.rows.clone();
    let stage = fixture.tree.stage(&fixture.kms, &OsEntropy).unwrap();
    let lost = stage
        .replace(
            &mut aborted,
            &[(Grove::Dossier, slot(9))],
            &fixture.kms,
            &OsEntropy,
        )
        .unwrap();
    let halted = lost.activate(&fixture.rows, &fixture.kms).err().unwrap();
    assert_eq!(halted.error, TreeError::NotCommitted);
    drop(halted);
    assert!(matches!(fixture.open().unwrap(), Opened::Ready(_)));
    assert!(opens(&fixture.tree, &fixture.rows, slot(7), &sealed));

    // Slot 7 is forgotten under the same epoch: the free page and the living root open it.
    let stage = fixture.tree.stage(&fixture.kms, &OsEntropy).unwrap();
    let rotation = stage
        .replace(
            &mut fixture.rows,
            &[(Grove::Dossier, slot(7))],
            &fixture.kms,
            &OsEntropy,
        )
        .unwrap();
    fixture.tree = Arc::clone(rotation.tree());
    let retiring = rotation.activate(&fixture.rows, &fixture.kms).ok().unwrap();
    let finished = retiring.destroy(&fixture.kms, &OsEntropy).ok().unwrap();
    assert!(
        matches!(finished, Finished::RotateAgain(_)),
        "no receipt yet"
    );
    let thief = KeyTree::open(&aborted, &fixture.kms, STORE).unwrap();
    assert!(
        opens(thief.tree(), &aborted, slot(7), &sealed),
        "this is why"
    );
    assert!(
        matches!(fixture.open().unwrap(), Opened::RotateAgain(_)),
        "also after a crash"
    );

    let forgotten = fixture.rotate(&[]);
    assert_eq!(forgotten.active(), Epoch::new(3));
    assert!(matches!(
        KeyTree::open(&aborted, &fixture.kms, STORE),
        Err(TreeError::OlderCopy { .. })
    ));
    assert!(matches!(fixture.open().unwrap(), Opened::Ready(_)));
}

#[test]
fn a_crash_after_the_commit_is_completed_by_the_next_open() {
    let mut fixture = fixture("tree-crash-after");
    let sealed = fixture.seal(slot(7));
    let stage = fixture.tree.stage(&fixture.kms, &OsEntropy).unwrap();
    drop(stage.replace(
        &mut fixture.rows,
        &[(Grove::Dossier, slot(7))],
        &fixture.kms,
        &OsEntropy,
    ));
    let Opened::Activate(rotation) = fixture.open().unwrap() else {
        panic!("not activated yet")
    };
    drop(rotation.activate(&fixture.rows, &fixture.kms).ok().unwrap());
    let Opened::Destroy(retiring) = fixture.open().unwrap() else {
        panic!("not destroyed yet")
    };
    let finished = retiring.destroy(&fixture.kms, &OsEntropy).ok().unwrap();
    let Finished::Forgotten(forgotten) = finished else {
        panic!("the root was fresh")
    };
    assert_eq!(
        (forgotten.epochs(), forgotten.active()),
        (&[Epoch::FIRST][..], Epoch::new(2))
    );
    let Opened::Ready(tree) = fixture.open().unwrap() else {
        panic!("nothing is left to do")
    };
    assert!(!opens(&tree, &fixture.rows, slot(7), &sealed));
}

/// A stale copy that stages again leaves the staged root that a newer catalog needs.
#[test]
fn a_stale_copy_replaces_no_root_that_was_staged() {
    let mut fixture = fixture("tree-stale");
    let stale = fixture.rows.clone();
    let stage = fixture.tree.stage(&fixture.kms, &OsEntropy).unwrap();
    drop(stage.replace(
        &mut fixture.rows,
        &[(Grove::Dossier, slot(7))],
        &fixture.kms,
        &OsEntropy,
    ));
    // Power fails before the activation; the stale copy is opened and stages again.
    let Opened::Ready(tree) = KeyTree::open(&stale, &fixture.kms, STORE).unwrap() else {
        panic!("the stale copy is at the active epoch")
    };
    drop(tree.stage(&fixture.kms, &OsEntropy).unwrap());
    assert!(
        matches!(fixture.open().unwrap(), Opened::Activate(_)),
        "the live store opens"
    );
}

#[test]
fn an_older_key_and_an_absent_tree_are_told() {
    let mut fixture = fixture("tree-older-key");
    let old_key = std::fs::read(&fixture.path).unwrap();
    fixture.rotate(&[]);
    fixture.rotate(&[]);
    std::fs::write(&fixture.path, old_key).unwrap();
    let refused = fixture.open().err();
    let expected = TreeError::OlderKey {
        catalog: Epoch::new(3),
        active: Epoch::FIRST,
    };
    assert_eq!(refused, Some(expected));
    let nothing = KeyTree::open(&MapRows::new(), &fixture.kms, STORE).err();
    assert_eq!(nothing, Some(TreeError::Absent));
    let again = KeyTree::create(&mut fixture.rows, &fixture.kms, STORE, &OsEntropy).err();
    assert_eq!(again, Some(TreeError::Present));
}

/// Both shelves: nodes in use stay, others go, and lowest nodes drive out no other.
#[test]
fn the_cache_stays_bounded() {
    let cache = NodeCache::new();
    let key = |number: u32| Secret::from_bytes(&[number.to_le_bytes()[0]; 32]);
    for level in [3, 4] {
        let node = |number| Address::of(level, Grove::Dossier, number);
        let place = node(0).child_toward(slot(5));
        for number in 0..2 * u32::try_from(cache::NODES_MAX).unwrap() {
            let keys = Keys::derive(node(number), &key(number));
            cache.insert(node(number), &key(number), &keys);
            if number < 10 {
                let found = cache.child(node(number), &key(number), place).unwrap();
                assert!(found.secret().expose() == keys.child(place).unwrap().secret().expose());
            }
            let other = cache.child(node(number), &key(number + 1), place);
            assert!(other.is_none(), "another epoch's");
            let used = cache.child(node(0), &key(0), place);
            assert!(used.is_some(), "a node in use stays");
        }
        let unused = cache.child(node(1), &key(1), place);
        assert!(unused.is_none(), "one not in use left");
        let above = Address::of(3, Grove::Dossier, 0);
        assert!(cache.child(above, &key(0), place).is_some());
    }
    assert_eq!(cache.len(), cache::NODES_MAX);
    let (bytes, locked) = cache.memory();
    println!("{bytes} bytes of cache, {locked} locked");
    assert!(bytes < 18 << 20, "{bytes}");
    assert!(!cache.is_wiped());
    cache.clear();
    assert!(cache.len() == 0 && cache.is_wiped());
    let kept = cache.memory().0;
    assert_eq!(kept, bytes, "the room is kept for the next nodes");
}

/// A machine cloned with its random source forgets two different slots with the same draws: no
/// node key may then have sealed two different nodes.
#[test]
fn a_repeating_random_source_seals_no_two_nodes_under_one_key() {
    let fixture = fixture("tree-cloned");
    let fork = |number| {
        let mut rows = fixture.rows.clone();
        let stage = fixture.tree.stage(&fixture.kms, &OsEntropy).unwrap();
        let entropy = base::SeededEntropy::new(4);
        let slots = [(Grove::Dossier, slot(number))];
        let rotation = stage
            .replace(&mut rows, &slots, &fixture.kms, &entropy)
            .unwrap();
        let grove = rotation
            .tree()
            .top
            .grove(Grove::Dossier)
            .unwrap()
            .into_secret();
        let row = rows
            .row(TABLE, &Address::grove(Grove::Dossier).row())
            .unwrap()
            .unwrap();
        (*grove.expose(), row)
    };
    let (one, two) = (fork(1), fork(2));
    assert_ne!(one.0, two.0);
    assert_ne!(one.1, two.1);
    assert!(fork(1).0 == one.0, "the same node may have the same key");
}

/// Rotating the root alone costs one row, however many leaves were forgotten before.
#[test]
fn a_rotation_of_the_root_touches_no_node() {
    let mut fixture = fixture("tree-root-only");
    fixture.rotate(&[(Grove::Dossier, slot(7)), (Grove::Unit, slot(70_000))]);
    let before = fixture.rows.clone();
    fixture.rotate(&[]);
    let mut changed = Vec::new();
    fixture
        .rows
        .visit(TABLE, &[], &[255], &mut |key, value| {
            if before.row(TABLE, key).unwrap().as_deref() != Some(value) {
                changed.push(key.to_vec());
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(changed, [TOP_ROW]);
}

/// Readers of several snapshots share a tree and its cache.
#[test]
fn a_tree_serves_many_threads_over_many_epochs() {
    let mut fixture = fixture("tree-threads");
    let mut epochs = Vec::new();
    for number in 0..4 {
        fixture.rotate(&[(Grove::Dossier, slot(number)), (Grove::Dossier, slot(9000))]);
        let sealed = fixture.seal(slot(9000));
        epochs.push((Arc::clone(&fixture.tree), fixture.rows.clone(), sealed));
    }
    std::thread::scope(|scope| {
        for turn in 0..4 {
            let epochs = &epochs;
            scope.spawn(move || {
                for at in 0..200 {
                    let (tree, rows, sealed) = &epochs[(at + turn) % epochs.len()];
                    assert!(opens(tree, rows, slot(9000), sealed));
                    let (_, _, other) = &epochs[(at + turn + 1) % epochs.len()];
                    assert!(!opens(tree, rows, slot(9000), other));
                    if at % 50 == 0 {
                        tree.purge();
                    }
                }
            });
        }
    });
}

/// A leaf key found of late serves the trees in which it is the same and no other; each place
/// is its last taker's; a purge wipes them all.
#[test]
fn the_leaf_cache_serves_its_own_grove_key_alone_and_is_wiped() {
    let cache = LeafCache::new();
    let key = |byte| Secret::from_bytes(&[byte; 32]);
    let found = |grove, number, above| {
        let key = cache.key(grove, slot(number), &key(above));
        key.map(|key| key.expose()[0])
    };
    assert_eq!(
        found(Grove::Dossier, 0, 0),
        None,
        "an empty place is nobody's"
    );
    cache.keep(Grove::Dossier, slot(5), &key(1), &key(9));
    assert_eq!(found(Grove::Dossier, 5, 1), Some(9));
    assert_eq!(found(Grove::Dossier, 5, 2), None, "another epoch's grove");
    assert_eq!(found(Grove::Audit, 5, 1), None, "another grove");
    let taker = 5 + u32::try_from(leaves::PLACES).unwrap();
    assert_eq!(found(Grove::Dossier, taker, 1), None, "another slot");
    for number in 0..3 * u32::try_from(leaves::PLACES).unwrap() {
        cache.keep(Grove::Dossier, slot(number), &key(1), &key(8));
    }
    assert_eq!(
        found(Grove::Dossier, 5, 1),
        None,
        "another slot took the place"
    );
    let (bytes, _) = cache.memory();
    assert_eq!(bytes, leaves::PLACES * 72, "the room is bounded");
    cache.clear();
    for number in 0..3 * u32::try_from(leaves::PLACES).unwrap() {
        assert_eq!(found(Grove::Dossier, number, 1), None, "wiped");
    }
}

/// Once a tree is purged its keys come from rows alone: with the rows gone, none does.
#[test]
fn a_purged_tree_holds_no_key_but_the_groves() {
    let mut fixture = fixture("tree-purged");
    fixture.rotate(&[(Grove::Dossier, slot(7))]);
    let sealed = fixture.seal(slot(8));
    let mut bare = fixture.rows.clone();
    for level in 1..=4 {
        let row = [level, 0, 0, 0, 0, 0];
        assert!(bare.row(TABLE, &row).unwrap().is_some());
        bare.remove(TABLE, &row).unwrap();
    }
    assert!(
        opens(&fixture.tree, &bare, slot(8), &sealed),
        "from the cache"
    );
    assert!(fixture.tree.cache_bytes().0 > 0);
    fixture.tree.purge();
    assert!(!opens(&fixture.tree, &bare, slot(8), &sealed));
    assert!(opens(&fixture.tree, &fixture.rows, slot(8), &sealed));
}

/// Room for the country for decades, and what forgetting costs there: a thousand of 68 million
/// patients, with their traces, units and segments, take the rows of their paths and no other.
#[test]
fn the_nation_fits_and_only_the_paths_of_the_forgotten_take_rows() {
    const PATIENTS: u32 = 68_000_000;
    const BIRTHS_A_YEAR: u32 = 700_000;
    const DOCUMENTS_A_YEAR: u64 = 420_000_000;
    // Patients, and the audit keys of their traces, to come; a period is a class and a month.
    const { assert!(PATIENTS + 50 * BIRTHS_A_YEAR < Slot::COUNT) };
    const { assert!(PATIENTS + 50 * BIRTHS_A_YEAR + 50 * 12 * 256 < Slot::COUNT) };
    // A unit holds sixty items or more, an item stands for a document; a segment is larger.
    const { assert!(15 * DOCUMENTS_A_YEAR / 60 < Slot::COUNT as u64) };

    let mut fixture = fixture("tree-nation");
    let patients: Vec<Slot> = (0..1000).map(|n| slot(n * (PATIENTS / 1000))).collect();
    let neighbour = slot(patients[500].number() + 1);
    let sealed = fixture.seal(neighbour);
    let gone = fixture.seal(patients[500]);
    let mut slots: Vec<_> = patients.iter().map(|it| (Grove::Dossier, *it)).collect();
    slots.extend(patients.iter().map(|it| (Grove::Audit, *it)));
    slots.extend((0..50).map(|n| (Grove::Unit, slot(n))));
    slots.extend((0..3).map(|n| (Grove::Segment, slot(n * 64))));
    fixture.rotate(&slots);
    // One root of the grove, 65 nodes of a million patients each, and two nodes for each patient.
    let paths = 1 + PATIENTS.div_ceil(1 << 20) + 2 * 1000;
    let kept = fixture.tree.verify(&fixture.rows).unwrap();
    assert_eq!(kept, u64::from(2 * paths + 4 + (3 + 3)));
    let mut bytes = 0;
    let mut visit = |_: &[u8], value: &[u8]| {
        bytes += value.len();
        std::ops::ControlFlow::Continue(())
    };
    fixture.rows.visit(TABLE, &[], &[255], &mut visit).unwrap();
    assert!(
        bytes < 13 << 20,
        "{bytes} bytes for two thousand forgotten keys"
    );
    assert!(opens(&fixture.tree, &fixture.rows, neighbour, &sealed));
    assert!(!opens(&fixture.tree, &fixture.rows, patients[500], &gone));
}
