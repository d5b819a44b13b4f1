//! Instants in milliseconds since 1970, their text forms, and where "now" comes from.
//!
//! For: every date the engine keeps. HL7 TS (CDA, XDS) and RFC 3339 are read here and nowhere
//! else. Invariant: the engine asks a [`Clock`], never the system.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Unit};
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use thiserror::Error;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(i64);

/// A text is not a date the engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotAnInstant {
    /// Not RFC 3339, for example `2026-01-31T12:00:00Z`.
    #[error("write the instant as RFC 3339, for example 2026-01-31T12:00:00Z")]
    Rfc3339,
    /// Not an HL7 TS, for example `20260131120000+0100`.
    #[error("write the date as HL7 TS, for example 20260131120000+0100 or 20260131")]
    Hl7,
}

impl Instant {
    /// The earliest instant.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant, "never" for an expiry.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant this many milliseconds after 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This instant and `days` times 24 hours more.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY_MILLIS)))
    }

    /// This instant and `months` calendar months more, in UTC, the day clipped to the month.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        let moved = self.timestamp().and_then(|at| {
            let zoned = at.to_zoned(TimeZone::UTC);
            zoned
                .checked_add(jiff::Span::new().try_months(months).ok()?)
                .ok()
        });
        moved.map_or(self, |at| Self(at.timestamp().as_millisecond()))
    }

    /// Calendar months since January 1970, in UTC; the last month a `u16` holds is in 7431.
    #[must_use]
    pub fn month(self) -> u16 {
        let months = self.timestamp().and_then(|at| {
            let date = at.to_zoned(TimeZone::UTC).date();
            let month = (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1;
            u16::try_from(month).ok()
        });
        months.unwrap_or(if self.0 < 0 { 0 } else { u16::MAX })
    }

    /// Reads RFC 3339.
    ///
    /// # Errors
    /// [`NotAnInstant::Rfc3339`].
    pub fn from_rfc3339(text: &str) -> Result<Self, NotAnInstant> {
        let at: Timestamp = text.parse().map_err(|_| NotAnInstant::Rfc3339)?;
        Ok(Self(at.as_millisecond()))
    }

    /// Reads an HL7 TS of 4 to 14 digits, an optional fraction and an optional offset; what
    /// is missing is the start of the period, in UTC.
    ///
    /// # Errors
    /// [`NotAnInstant::Hl7`].
    pub fn from_hl7(text: &str) -> Result<Self, NotAnInstant> {
        parse_hl7(text.trim()).ok_or(NotAnInstant::Hl7)
    }

    fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.0).ok()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self
            .timestamp()
            .and_then(|at| at.round(Unit::Millisecond).ok())
        {
            Some(at) => write!(f, "{at}"),
            None => write!(f, "{}", if self.0 < 0 { "-infinity" } else { "infinity" }),
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({self})")
    }
}

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    /// The current instant; it may go backwards, callers take the later of it and what they
    /// last committed.
    fn now(&self) -> Instant;
}

/// The system's clock.
#[derive(Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant(Timestamp::now().as_millisecond())
    }
}

/// A clock that stands still until it is set; for tests and the demo.
pub struct FixedClock {
    millis: AtomicI64,
}

impl FixedClock {
    /// A clock that shows `at`.
    #[must_use]
    pub const fn new(at: Instant) -> Self {
        Self {
            millis: AtomicI64::new(at.0),
        }
    }

    /// Sets the clock to `at`.
    pub fn set(&self, at: Instant) {
        self.millis.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        Instant(self.millis.load(Ordering::SeqCst))
    }
}

fn parse_hl7(text: &str) -> Option<Instant> {
    let zone_at = text.find(['+', '-']).unwrap_or(text.len());
    let (stamp, zone) = text.split_at(zone_at);
    let digits = stamp.split('.').next()?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let field = |from: usize, to: usize, absent: i8| match digits.get(from..to) {
        Some(part) => part.parse::<i8>().ok(),
        None if digits.len() <= from => Some(absent),
        None => None,
    };
    let year: i16 = digits.get(0..4)?.parse().ok()?;
    let at = DateTime::new(
        year,
        field(4, 6, 1)?,
        field(6, 8, 1)?,
        field(8, 10, 0)?,
        field(10, 12, 0)?,
        field(12, 14, 0)?,
        0,
    )
    .ok()?;
    let zoned = at.to_zoned(TimeZone::fixed(parse_offset(zone)?)).ok()?;
    (digits.len() <= 14).then(|| Instant(zoned.timestamp().as_millisecond()))
}

fn parse_offset(zone: &str) -> Option<Offset> {
    if zone.is_empty() {
        return Some(Offset::UTC);
    }
    let (sign, digits) = zone.split_at(1);
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let minutes = digits[..2].parse::<i32>().ok()? * 60 + digits[2..].parse::<i32>().ok()?;
    let seconds = minutes * 60;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

#[cfg(test)]
mod tests;
