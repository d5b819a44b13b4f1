//! Proves that dates of CDA documents and of callers are read to the second, and bad ones told.

use super::*;

fn rfc(text: &str) -> Instant {
    Instant::from_rfc3339(text).unwrap()
}

#[test]
fn hl7_dates_of_every_precision_are_read() {
    let cases = [
        ("20200312111700+0100", "2020-03-12T10:17:00Z"),
        ("20200312111700.1234-0500", "2020-03-12T16:17:00Z"),
        ("202003121117", "2020-03-12T11:17:00Z"),
        ("20200312", "2020-03-12T00:00:00Z"),
        ("202003", "2020-03-01T00:00:00Z"),
        ("2020", "2020-01-01T00:00:00Z"),
    ];
    for (hl7, expected) in cases {
        assert_eq!(Instant::from_hl7(hl7), Ok(rfc(expected)), "{hl7}");
    }
}

#[test]
fn bad_dates_are_told() {
    for bad in [
        "",
        "20",
        "2020031",
        "20201341",
        "2020-03-12",
        "20200312111700+01",
        "abcd",
    ] {
        assert_eq!(Instant::from_hl7(bad), Err(NotAnInstant::Hl7), "{bad}");
    }
    assert_eq!(
        Instant::from_rfc3339("12/03/2020"),
        Err(NotAnInstant::Rfc3339)
    );
}

#[test]
fn months_are_calendar_months() {
    assert_eq!(
        rfc("2026-01-31T12:00:00Z").plus_months(1),
        rfc("2026-02-28T12:00:00Z")
    );
    assert_eq!(
        rfc("2026-01-31T12:00:00Z").plus_days(14),
        rfc("2026-02-14T12:00:00Z")
    );
    assert_eq!(Instant::MAX.plus_days(1), Instant::MAX);
    assert_eq!(Instant::MAX.plus_months(1), Instant::MAX);
}

#[test]
fn the_text_form_is_rfc_3339() {
    assert_eq!(
        rfc("2026-01-31T12:00:00Z").to_string(),
        "2026-01-31T12:00:00Z"
    );
    assert_eq!(Instant::MAX.to_string(), "infinity");
}

#[test]
fn months_are_counted_in_utc_and_clipped() {
    let month = |text: &str| Instant::from_rfc3339(text).unwrap().month();
    assert_eq!(month("1970-01-31T23:59:59.999Z"), 0);
    assert_eq!(month("1970-02-01T00:00:00Z"), 1);
    assert_eq!(month("2026-12-31T23:30:00-01:00"), 57 * 12);
    assert_eq!(month("1969-12-31T23:59:59Z"), 0);
    assert_eq!(Instant::MIN.month(), 0);
    assert_eq!(Instant::MAX.month(), u16::MAX);
}
