//! The calendar agrees with the one the engine uses.

use super::{Day, hl7};
use base::Instant;

#[test]
fn days_and_their_parts_agree() {
    for (year, month, date, number) in [
        (1970, 1, 1, 0),
        (1969, 12, 31, -1),
        (2000, 2, 29, 11_016),
        (2026, 1, 31, 20_484),
        (1900, 3, 1, -25_508),
    ] {
        let day = Day::new(year, month, date);
        assert_eq!(day.since(Day::new(1970, 1, 1)), number);
        assert_eq!(day.parts(), (year, month, date));
    }
    let mut day = Day::new(1895, 1, 1);
    for _ in 0..60_000 {
        let (year, month, date) = day.parts();
        assert_eq!(Day::new(year, month, date), day);
        day = day.plus(1);
    }
}

#[test]
fn the_engine_reads_the_same_instant() {
    let at = Day::new(2024, 2, 29).at(13 * 3600 + 5 * 60 + 9);
    assert_eq!(at.to_string(), "2024-02-29T13:05:09Z");
    assert_eq!(hl7(at), "20240229130509+0000");
    assert_eq!(Instant::from_hl7(&hl7(at)), Ok(at));
    assert_eq!(Day::of(at).to_string(), "29/02/2024");
    assert_eq!(Day::of(at).hl7(), "20240229");
}
