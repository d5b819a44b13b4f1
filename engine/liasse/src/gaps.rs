//! What an engine that was killed leaves of the traces that waited: the span they may be missing
//! from.
//!
//! ```text
//! file OPEN: run of the system (16) | a sealed record under the unit key of the signing key, at
//!            place (open, run and life, version 1): clock i64, smallest: none waits | told i64
//! row running of table engine: 2, life (16), then, where traces waited that were not in the last
//!            commit, since when i64; from an earlier version 1, then the same without a life
//! ```
//! For: a gap in the journal no narrower than what may be missing, and no wider. The note is
//! written before a trace may wait, not synced: it outlives the process and not the system, whose
//! run it names. After a loss of power it is not believed, nor when another made it: then the gap
//! begins at the last commit. Each opening of a store is a life; a note of another is of no use.
//! Invariant: what was lost was admitted at or after the instant noted, and within the bound of
//! the outbox, by the host's clock and by the store's time (J9, J10).

use crate::error::Result;
use crate::signing;
use base::disk::{Disk, DiskFile, OpenMode};
use base::{Cursor, Entropy, Instant, RowRead, StoreId, Table, limit};
use journal::{Moment, NotNoted, WaitMark};
use std::sync::Arc;
use store::StoreError;
use vault::{KeyTree, Place, UnitKey};

use crate::upkeep::{ENGINE, RUNNING};

/// What was noted when the engine before ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing that says what is missing; perhaps an instant that a run before had come to.
    Unknown(Option<Instant>),
    /// That no trace waited.
    NoneWaiting,
    /// That the oldest trace waited since then.
    Since(Moment),
}

/// When a store is opened whose engine did not end cleanly.
#[derive(Clone, Copy)]
pub(crate) struct Opening {
    /// The last commit, or the oldest trace that was not in it.
    pub(crate) oldest: Instant,
    /// The last commit.
    pub(crate) last: Instant,
    /// What the clock says now.
    pub(crate) clock: Instant,
}

impl Left {
    /// The span from which traces may be missing; it ends at [`Instant::MAX`] when nothing says
    /// where.
    pub(crate) fn span(self, opening: Opening) -> (Instant, Instant) {
        let Opening {
            oldest,
            last,
            clock,
        } = opening;
        match self {
            Self::NoneWaiting => (oldest, oldest),
            // What the clock says now tells nothing of when the engine ended: it may have been
            // set since. The bound holds from the one time to the other.
            Self::Since(since) => (since.first(), bounded(since.first())),
            // A clock that stands before the last commit was set back: nobody knows how far.
            Self::Unknown(_) if clock < last => (oldest.min(clock), Instant::MAX),
            Self::Unknown(reached) => (oldest, reached.map_or(clock, |it| clock.max(bounded(it)))),
        }
    }
}

/// Until when traces are admitted behind one that waits.
fn bounded(since: Instant) -> Instant {
    Instant::from_millis(since.millis().saturating_add(PENDING_MILLIS_MAX))
}

/// One opening of a store for writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Life([u8; 16]);

impl Life {
    /// The row that says that the engine runs, and since when traces waited that were not in the
    /// last commit.
    pub(crate) fn row(self, waiting: Option<Instant>) -> Vec<u8> {
        let mut row = vec![2];
        row.extend(self.0);
        row.extend(waiting.iter().flat_map(|it| it.millis().to_le_bytes()));
        row
    }
}

/// What the row says of an engine that did not end cleanly.
pub(crate) struct Dead {
    life: Option<Life>,
    /// Since when traces waited that were not in its last commit.
    pub(crate) waited: Option<Instant>,
}

pub(crate) fn dead(row: &[u8]) -> Result<Dead> {
    let mut cursor = Cursor::new(row);
    let parse = || {
        let life = match cursor.u8()? {
            1 => None,
            2 => Some(Life(cursor.array()?)),
            _ => return Err(base::CursorError::Value),
        };
        let waited = match cursor.remaining() {
            0 => None,
            _ => Some(Instant::from_millis(cursor.i64()?)),
        };
        cursor.finish()?;
        Ok(Dead { life, waited })
    };
    Ok(parse().map_err(|_| StoreError::damaged(ENGINE))?)
}

/// What was left, the note of this engine, and its life.
type Taken = (Left, Option<Box<dyn WaitMark>>, Life);

/// Reads what was left, and opens the note for this engine, on a disk that knows its run. What
/// was left stands there until the gap is in the journal, and the outbox was told so.
pub(crate) fn take_over(
    disk: &Arc<dyn Disk>,
    rows: &dyn RowRead,
    keys: &KeyTree,
    (store, entropy): (StoreId, &Arc<dyn Entropy>),
) -> Result<Taken> {
    let mut life = Life::default();
    entropy.fill(&mut life.0)?;
    let nothing = (Left::Unknown(None), None, life);
    let running = rows.row(ENGINE, RUNNING)?;
    let dead = running.as_deref().map(dead).transpose()?;
    let Some(run) = disk.memory_run() else {
        return Ok(nothing);
    };
    let Ok(file) = disk.open(store::OPEN_MARK, OpenMode::Write) else {
        return Ok(nothing);
    };
    let key = keys.unit_key(rows, signing::slot(rows)?)?;
    let noted = dead.and_then(|dead| dead.life).and_then(|life| {
        let mut note = vec![0; NOTE_BYTES];
        file.read_at(0, &mut note).ok()?;
        parse(&note, &key, (store, life))
    });
    let left = match noted {
        Some((noted, left)) if noted == run => left,
        Some((_, Left::Since(since))) => Left::Unknown(Some(since.last())),
        Some(_) | None => Left::Unknown(None),
    };
    let mark = Mark {
        run,
        life,
        store,
        key,
        entropy: Arc::clone(entropy),
        file,
    };
    Ok((left, Some(Box::new(mark)), life))
}

struct Mark {
    run: [u8; 16],
    life: Life,
    store: StoreId,
    key: UnitKey,
    entropy: Arc<dyn Entropy>,
    file: Arc<dyn DiskFile>,
}

impl WaitMark for Mark {
    fn note(&self, since: Option<Moment>) -> std::result::Result<(), NotNoted> {
        let of = (self.store, self.life);
        let note = encode(self.run, (&self.key, of, &*self.entropy), since);
        let note = note.map_err(|_| NotNoted)?;
        self.file.write_at(0, &note).map_err(|_| NotNoted)
    }
}

fn encode(
    run: [u8; 16],
    (key, (store, life), entropy): (&UnitKey, (StoreId, Life), &dyn Entropy),
    since: Option<Moment>,
) -> Result<Vec<u8>> {
    let instants = since.map_or([NONE; 2], |it| [it.clock.millis(), it.told.millis()]);
    let plain = instants.map(i64::to_le_bytes).concat();
    let row = [run, life.0].concat();
    let sealed = key.seal(&place(store, &row), &plain, entropy)?;
    Ok([run.as_slice(), &sealed].concat())
}

/// What an engine of that life noted, in which run of the system; `None` when no such engine
/// made the note.
fn parse(note: &[u8], key: &UnitKey, (store, life): (StoreId, Life)) -> Option<([u8; 16], Left)> {
    let (run, sealed) = note.split_first_chunk::<16>()?;
    let row = [*run, life.0].concat();
    let plain = key.open(&place(store, &row), sealed).ok()?;
    let mut cursor = Cursor::new(&plain);
    let (clock, told) = (cursor.i64().ok()?, cursor.i64().ok()?);
    cursor.finish().ok()?;
    let left = if (clock, told) == (NONE, NONE) {
        Left::NoneWaiting
    } else {
        Left::Since(Moment {
            clock: Instant::from_millis(clock),
            told: Instant::from_millis(told),
        })
    };
    Some((*run, left))
}

const fn place(store: StoreId, row: &[u8]) -> Place<'_> {
    Place {
        store,
        table: Table::new("open"),
        row,
        version: 1,
        codec: 0,
        dictionary: 0,
    }
}

const NONE: i64 = i64::MIN;
const NOTE_BYTES: usize = 16 + 16 + vault::RECORD_OVERHEAD_BYTES;
#[expect(
    clippy::cast_possible_wrap,
    reason = "a bound in milliseconds is small"
)]
const PENDING_MILLIS_MAX: i64 = limit::TRACE_PENDING_MILLIS_MAX as i64;

#[cfg(test)]
mod tests;
