//! What an engine that was killed leaves of the traces that waited: the span they may be missing
//! from.
//!
//! ```text
//! file OPEN, 40 bytes: run of the system (16) | since i64, smallest: none waits | check (16)
//! ```
//! For: a gap in the journal no wider than what may be missing. The note is written before a
//! trace may wait, not synced: it outlives the process and not the system, whose run it names.
//! After a loss of power it is not believed, and the gap begins at the last commit. Invariant:
//! what was lost was admitted at or after the instant noted, and within the bound of the outbox
//! (J9).

use base::disk::{Disk, DiskFile, OpenMode};
use base::{Cursor, Instant, limit};
use journal::{NotNoted, WaitMark};
use std::sync::Arc;

/// What was noted when the engine before ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing that can be believed.
    Nothing,
    /// That no trace waited.
    NoneWaiting,
    /// That the oldest trace waited since then.
    Since(Instant),
}

impl Left {
    /// The span from which traces may be missing; `widest` is from the last commit to now.
    pub(crate) fn span(self, widest: (Instant, Instant)) -> (Instant, Instant) {
        let (from, now) = widest;
        match self {
            Self::Nothing => widest,
            Self::NoneWaiting => (from, from),
            Self::Since(since) => {
                let last = since.millis().saturating_add(PENDING_MILLIS_MAX);
                (
                    since,
                    Instant::from_millis(last.min(now.millis())).max(since),
                )
            }
        }
    }
}

/// Reads what was left, and opens the note for this engine, on a disk that knows its run. What
/// was left stands there until the gap is in the journal, and the outbox was told so.
pub(crate) fn take_over(disk: &Arc<dyn Disk>) -> (Left, Option<Box<dyn WaitMark>>) {
    let Some(run) = disk.memory_run() else {
        return (Left::Nothing, None);
    };
    let Ok(file) = disk.open(store::OPEN_MARK, OpenMode::Write) else {
        return (Left::Nothing, None);
    };
    let mut note = [0; NOTE_BYTES];
    let left = match file.read_at(0, &mut note) {
        Ok(()) => parse(&note, run),
        Err(_) => Left::Nothing,
    };
    (left, Some(Box::new(Mark { run, file })))
}

struct Mark {
    run: [u8; 16],
    file: Arc<dyn DiskFile>,
}

impl WaitMark for Mark {
    fn note(&self, since: Option<Instant>) -> Result<(), NotNoted> {
        let note = encode(self.run, since);
        self.file.write_at(0, &note).map_err(|_| NotNoted)
    }
}

fn encode(run: [u8; 16], since: Option<Instant>) -> Vec<u8> {
    let since = since.map_or(NONE, Instant::millis);
    let mut note = [run.as_slice(), &since.to_le_bytes()].concat();
    let check = vault::digest(DOMAIN, &[&note]);
    note.extend_from_slice(&check.as_bytes()[..CHECK_BYTES]);
    note
}

fn parse(note: &[u8], run: [u8; 16]) -> Left {
    let mut cursor = Cursor::new(note);
    let (Ok(noted_run), Ok(since)) = (cursor.array::<16>(), cursor.i64()) else {
        return Left::Nothing;
    };
    let since = (since != NONE).then(|| Instant::from_millis(since));
    if noted_run != run || encode(run, since) != note {
        return Left::Nothing;
    }
    since.map_or(Left::NoneWaiting, Left::Since)
}

const NONE: i64 = i64::MIN;
const NOTE_BYTES: usize = 40;
const CHECK_BYTES: usize = 16;
const DOMAIN: &str = "liasse waiting traces v1";
#[expect(
    clippy::cast_possible_wrap,
    reason = "a bound in milliseconds is small"
)]
const PENDING_MILLIS_MAX: i64 = limit::TRACE_PENDING_MILLIS_MAX as i64;

#[cfg(test)]
mod tests;
