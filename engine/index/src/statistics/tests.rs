//! Weights are integers that fall with frequency; scores are canonical.

use super::{ReferenceStatistics, either, logarithm, score};

#[test]
fn the_built_in_table_is_one() {
    let table = ReferenceStatistics::built_in();
    assert!(table.frequencies.len() > 10_000);
    assert!(table.weight("de") < table.weight("patient"));
    assert!(table.weight("patient") < table.weight("trichobezoard"));
}

#[test]
fn stems_share_counts() {
    let table = ReferenceStatistics::from_tsv("lesion\t300000\nlesions\t200000\n").unwrap();
    assert_eq!(table.frequencies.len(), 1);
    assert_eq!(table.frequencies.get("lesion").copied(), Some(440_000));
    assert_eq!(either(1_000_000, 1_000_000), 1_000_000);
}

#[test]
fn bad_tables_are_told_by_line() {
    for (table, line) in [("x", 1), ("a\t1\nb\tx", 2), ("a\t1000001", 1), ("a\t-1", 1)] {
        let wrong = ReferenceStatistics::from_tsv(table).err();
        assert_eq!(wrong.map(|wrong| wrong.line), Some(line));
    }
}

/// Frozen numbers: the same on every machine.
#[test]
fn arithmetic_is_frozen() {
    assert_eq!(logarithm(1), 0);
    assert_eq!(logarithm(2), 11_629_080);
    let tenth = f64::from(u32::try_from(logarithm(10)).unwrap()) / f64::from(1 << 24);
    assert!((tenth - std::f64::consts::LN_10).abs() < 1e-6);
    let weight = ReferenceStatistics::from_tsv("x\t1000\n")
        .unwrap()
        .weight("x");
    assert_eq!(weight >> 16, 110);
    assert!(score(weight, 2, 400) > score(weight, 1, 400));
    assert!(score(weight, 1, 100) > score(weight, 1, 1000));
    assert!(score(u64::from(u32::MAX), 1023, 0) < u64::MAX >> 8);
}
