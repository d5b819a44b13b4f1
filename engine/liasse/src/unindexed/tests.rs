//! Proves that an open is told the dossiers above the watermark, each and no others, or that
//! nobody noted them.

use super::*;
use base::rows::MapRows;

fn dossiers(numbers: &[u64]) -> BTreeSet<DossierNumber> {
    let numbers = numbers.iter();
    numbers
        .map(|number| DossierNumber::new(*number).unwrap())
        .collect()
}

fn commit(number: u64) -> CommitSeq {
    CommitSeq::new(number)
}

fn at(rows: &MapRows, watermark: u64) -> Option<BTreeSet<DossierNumber>> {
    above(rows, commit(watermark)).unwrap()
}

#[test]
fn what_came_above_the_watermark_is_told_and_nothing_else() {
    let mut rows = MapRows::default();
    assert_eq!(at(&rows, 0), None, "nothing was noted yet");
    note(&mut rows, commit(3), &dossiers(&[7, 9])).unwrap();
    assert_eq!(at(&rows, 0), None, "not since when");
    forget(&mut rows, commit(3)).unwrap();
    note(&mut rows, commit(4), &dossiers(&[9, 11])).unwrap();
    note(&mut rows, commit(5), &dossiers(&[])).unwrap();
    note(&mut rows, commit(6), &dossiers(&[2])).unwrap();
    assert_eq!(at(&rows, 3), Some(dossiers(&[2, 9, 11])));
    assert_eq!(at(&rows, 4), Some(dossiers(&[2])));
    assert_eq!(at(&rows, 6), Some(dossiers(&[])));
    assert_eq!(at(&rows, 2), None, "what came with commit 3 is forgotten");
    forget(&mut rows, commit(4)).unwrap();
    assert_eq!(at(&rows, 4), Some(dossiers(&[2])));
    assert_eq!(at(&rows, 3), None);
}

#[test]
fn what_is_forgotten_leaves_no_row() {
    let mut rows = MapRows::default();
    for number in 1..=300 {
        note(&mut rows, commit(number), &dossiers(&[number])).unwrap();
    }
    forget(&mut rows, commit(300)).unwrap();
    let mut keys = Vec::new();
    let mut see = |key: &[u8], _: &[u8]| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    };
    rows.visit(UNINDEXED, &[], &[u8::MAX; 9], &mut see).unwrap();
    assert_eq!(keys, [FROM.to_vec()]);
}
