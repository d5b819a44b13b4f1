//! Proves that the numbers are those of what was put in.

use crate::testing::Bench;
use crate::{Packing, SealedBody, UnitChanges, UnitKind, Units};
use base::{Ordinal, RowWrite, Table};

#[test]
fn numbers_follow_what_is_put_in() {
    let bench = Bench::new(1);
    let before = bench.catalog.stats().unwrap();
    let mut transaction = bench.begin();
    transaction.take_dossier().unwrap();
    let rows = Table::new("mine");
    transaction.put(rows, b"key", &[0; 97]).unwrap();
    let sealed = SealedBody {
        body: &[1; 500],
        text: &[2; 100],
        packing: Packing::default(),
    };
    let (place, _) = transaction.append(Ordinal::from_value(1), sealed).unwrap();
    transaction.append(Ordinal::from_value(2), sealed).unwrap();
    transaction.release(place).unwrap();
    let units = Units::open(crate::testing::STORE, &bench.tree, &transaction).unwrap();
    let item = UnitChanges::from([(b"a".to_vec(), Some(b"b".to_vec()))]);
    units
        .change(&mut transaction, UnitKind::Alias, item, &bench.entropy)
        .unwrap();
    transaction.commit().unwrap();
    let after = bench.catalog.stats().unwrap();
    assert_eq!(after.commit, before.commit.next());
    assert_eq!(after.dossiers_ever, before.dossiers_ever + 1);
    assert_eq!((after.segments, after.body_bytes), (1, 32 + 2 * 632));
    assert_eq!(after.dead_body_bytes, 632);
    let mine = after.tables.iter().find(|table| table.name == "mine");
    let mine = mine.unwrap();
    assert_eq!(mine.rows, 1);
    assert!(mine.bytes >= 100);
    let units = after.tables.iter().find(|table| table.name == "units");
    assert_eq!(units.unwrap().rows, 5);
}
