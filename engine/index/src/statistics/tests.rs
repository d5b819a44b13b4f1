//! Weights are integers that fall with frequency; scores are canonical.

use super::{ReferenceStatistics, either, logarithm, score};
use crate::{Expr, WordOptions};

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
fn what_a_query_is_expected_to_find_comes_of_the_table_alone() {
    let table = "toux\t400000\nfievre\t500000\ntousser\t100000\n";
    let table = ReferenceStatistics::from_tsv(table).unwrap();
    let options = WordOptions::default();
    let all = |text: &str| Expr::all_words(text, &options).unwrap();
    let expected = |query: &Expr| table.expected_in_a_million(query);
    assert_eq!(expected(&Expr::every()), 1_000_000);
    assert_eq!(expected(&all("toux")), 400_000);
    assert_eq!(expected(&all("toux fievre")), 200_000);
    assert_eq!(
        expected(&Expr::phrase("toux fievre", &options).unwrap()),
        200_000
    );
    let either = Expr::any_word("toux fievre", &options).unwrap();
    assert_eq!(expected(&either), 700_000);
    assert_eq!(expected(&all("inconnuedelatable")), 50);
    assert_eq!(expected(&Expr::prefix("tou", &options).unwrap()), 460_000);
    let without = Expr::not(all("toux")).unwrap();
    assert_eq!(
        expected(&Expr::and(vec![all("fievre"), without]).unwrap()),
        500_000
    );
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
