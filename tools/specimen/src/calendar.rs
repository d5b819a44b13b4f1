//! Days of the Gregorian calendar, by whole numbers.

use base::Instant;
use std::fmt;

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The day with this year, month and day of the month.
    #[must_use]
    pub const fn new(year: i64, month: i64, day: i64) -> Self {
        // Counted from 1 March, so that the leap day is the last of its year.
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Self(era * 146_097 + days - 719_468)
    }

    /// Year, month, day of the month.
    #[must_use]
    pub const fn parts(self) -> (i64, i64, i64) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let days = shifted.rem_euclid(146_097);
        let of_era = (days - days / 1460 + days / 36_524 - days / 146_096) / 365;
        let of_year = days - (365 * of_era + of_era / 4 - of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = of_era + era * 400;
        (if month <= 2 { year + 1 } else { year }, month, day)
    }

    /// `days` later, or earlier when negative.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// How many days this is after `earlier`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The instant `seconds` after midnight, in UTC.
    #[must_use]
    pub const fn at(self, seconds: i64) -> Instant {
        Instant::from_millis((self.0 * DAY_SECONDS + seconds) * 1000)
    }

    /// The day of an instant, in UTC.
    #[must_use]
    pub const fn of(instant: Instant) -> Self {
        Self(instant.millis().div_euclid(DAY_SECONDS * 1000))
    }

    /// As HL7 writes it: `20260131`.
    #[must_use]
    pub fn hl7(self) -> String {
        let (year, month, day) = self.parts();
        format!("{year:04}{month:02}{day:02}")
    }
}

/// As France writes it: `31/01/2026`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{day:02}/{month:02}/{year:04}")
    }
}

/// An instant as HL7 writes it: `20260131120000+0000`.
pub(crate) fn hl7(instant: Instant) -> String {
    let seconds = instant.millis().div_euclid(1000).rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!(
        "{}{hour:02}{minute:02}{second:02}+0000",
        Day::of(instant).hl7()
    )
}

const DAY_SECONDS: i64 = 86_400;

#[cfg(test)]
mod tests;
