//! Dates as a query writes them: a year, a month, a day, or a range of these.

use base::Instant;

/// The first and the last instant of a range: `2024`, `2024-03`, `2024-03-01`, `A..B`, `A..`,
/// `..B`; `None` when it is none of these.
pub(crate) fn range(text: &str) -> Option<(Instant, Instant)> {
    match text.split_once("..") {
        None => period(text),
        Some(("", "")) => None,
        Some((from, to)) => {
            let from = if from.is_empty() {
                Instant::MIN
            } else {
                period(from)?.0
            };
            let to = if to.is_empty() {
                Instant::MAX
            } else {
                period(to)?.1
            };
            Some((from, to))
        }
    }
}

/// The first and the last instant of a year, a month or a day, in UTC.
fn period(text: &str) -> Option<(Instant, Instant)> {
    let (start, next): (String, fn(Instant) -> Instant) = match text.len() {
        4 => (format!("{text}-01-01"), |at| at.plus_months(12)),
        7 => (format!("{text}-01"), |at| at.plus_months(1)),
        10 => (text.to_owned(), |at| at.plus_days(1)),
        _ => return None,
    };
    let start = Instant::from_rfc3339(&format!("{start}T00:00:00Z")).ok()?;
    let last = Instant::from_millis(next(start).millis() - 1);
    Some((start, last))
}

#[cfg(test)]
mod tests;
