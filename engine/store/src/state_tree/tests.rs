//! Proves that the root depends on every leaf and on nothing else, and that damage is noticed.

use super::*;
use base::rows::MapRows;

fn number(number: u64) -> DossierNumber {
    DossierNumber::new(number).unwrap()
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn set(rows: &mut MapRows, dossier: u64, leaf: Option<Digest>) -> Digest {
    update(rows, &BTreeMap::from([(number(dossier), leaf)])).unwrap()
}

fn checked(rows: &MapRows) -> Result<Vec<u64>, StoreError> {
    let mut seen = Vec::new();
    verify(rows, &mut |dossier, _| {
        seen.push(dossier.number());
        Ok(())
    })?;
    Ok(seen)
}

#[test]
fn the_root_is_the_same_whatever_the_order_and_the_batches() {
    let dossiers = [
        0,
        1,
        15,
        16,
        17,
        255,
        256,
        4095,
        4096,
        70_000,
        (1 << 40) - 1,
    ];
    let leaf = |dossier: u64| digest(u8::try_from(dossier % 251).unwrap() + 1);
    let mut one_by_one = MapRows::new();
    for dossier in dossiers {
        set(&mut one_by_one, dossier, Some(leaf(dossier)));
        checked(&one_by_one).unwrap();
    }
    let mut backwards = MapRows::new();
    for dossier in dossiers.iter().rev() {
        set(&mut backwards, *dossier, Some(leaf(*dossier)));
    }
    let mut at_once = MapRows::new();
    let all = dossiers.map(|dossier| (number(dossier), Some(leaf(dossier))));
    let expected = update(&mut at_once, &BTreeMap::from(all)).unwrap();
    assert_eq!(root(&one_by_one).unwrap(), expected);
    assert_eq!(root(&backwards).unwrap(), expected);
    assert_eq!(checked(&at_once).unwrap(), dossiers);
    for dossier in dossiers {
        let found = super::leaf(&at_once, number(dossier)).unwrap();
        assert_eq!(found, Some(leaf(dossier)));
    }
    assert_eq!(super::leaf(&at_once, number(2)).unwrap(), None);
}

#[test]
fn leaves_set_in_turn_and_finished_at_once_give_the_same_root() {
    let (mut in_turn, mut at_once) = (MapRows::new(), MapRows::new());
    let mut random = 1_u64;
    for round in 0..30 {
        let mut pending = Pending::default();
        let mut leaves = BTreeMap::new();
        for _ in 0..round {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let dossier = number((random >> 33) % (1 << (round / 2)));
            let leaf = (random >> 60 > 3).then_some(digest(round + 1));
            pending.set(&mut in_turn, dossier, leaf).unwrap();
            assert_eq!(super::leaf(&in_turn, dossier).unwrap(), leaf);
            leaves.insert(dossier, leaf);
        }
        let root = pending.finish(&mut in_turn).unwrap();
        assert_eq!(root, update(&mut at_once, &leaves).unwrap());
        assert_eq!(checked(&in_turn), checked(&at_once));
    }
}

#[test]
fn every_changed_or_removed_leaf_changes_the_root() {
    let mut rows = MapRows::new();
    let mut roots = BTreeSet::from([root(&rows).unwrap()]);
    for dossier in 0..40 {
        assert!(roots.insert(set(&mut rows, dossier, Some(digest(1)))));
    }
    let full = root(&rows).unwrap();
    for dossier in 0..39 {
        assert!(roots.insert(set(&mut rows, dossier, None)));
        assert_eq!(set(&mut rows, dossier, Some(digest(1))), full);
    }
    for dossier in 0..40 {
        set(&mut rows, dossier, None);
    }
    assert_eq!(root(&rows).unwrap(), Digest::ZERO);
    assert!(checked(&rows).unwrap().is_empty());
}

#[test]
fn a_node_that_was_altered_or_is_missing_is_damage() {
    let mut rows = MapRows::new();
    let leaves = (0..600).map(|dossier| (number(dossier), Some(digest(3))));
    update(&mut rows, &leaves.collect()).unwrap();
    let mut keys = Vec::new();
    rows.visit(TABLE, &[0], &[9], &mut |key, _| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(keys.len(), 38 + 3 + 1);
    let top = keys.pop().unwrap();
    for key in keys {
        let mut missing = rows.clone();
        missing.remove(TABLE, &key).unwrap();
        assert_eq!(checked(&missing), Err(StoreError::damaged(TABLE)));
        let mut altered = rows.clone();
        let mut value = rows.row(TABLE, &key).unwrap().unwrap();
        *value.last_mut().unwrap() ^= 1;
        altered.put(TABLE, &key, &value).unwrap();
        assert_eq!(checked(&altered), Err(StoreError::damaged(TABLE)));
    }
    rows.remove(TABLE, &top).unwrap();
    assert_eq!(checked(&rows), Err(StoreError::damaged(TABLE)));
}
