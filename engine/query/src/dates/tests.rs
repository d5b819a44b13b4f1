//! Proves that a written period covers exactly its instants.

use super::*;

fn at(text: &str) -> Instant {
    Instant::from_rfc3339(text).unwrap()
}

#[test]
fn periods_and_ranges() {
    let year = (at("2024-01-01T00:00:00Z"), at("2024-12-31T23:59:59.999Z"));
    assert_eq!(range("2024"), Some(year));
    let month = (at("2024-02-01T00:00:00Z"), at("2024-02-29T23:59:59.999Z"));
    assert_eq!(range("2024-02"), Some(month));
    assert_eq!(range("2024-02..2024"), Some((month.0, year.1)));
    assert_eq!(range("..2024-02"), Some((Instant::MIN, month.1)));
    assert_eq!(range("2024-02-29..").unwrap().1, Instant::MAX);
}

#[test]
fn impossible_dates_are_none() {
    for bad in [
        "",
        "..",
        "24",
        "2024-13",
        "2023-02-29",
        "2024-2",
        "hier",
        "2024-02-30..",
    ] {
        assert_eq!(range(bad), None, "{bad}");
    }
}
