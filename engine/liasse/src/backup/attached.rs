//! Which sinks a store has: those it remembers, and those found since it was opened.
//!
//! ```text
//! file SINK of each sink    liasse sink
//!                           id: 32 hexadecimal digits
//!                           store: 32 hexadecimal digits
//!                           end: digest of the lines before, 64 hexadecimal digits
//! table "engine", row "sinks"    for each: id (16) | label u16, bytes | place u16, bytes
//! ```
//! For: an erasure, which asks whether every sink of the store was named or waived. Not for: how
//! far one is; see `lane`. Invariants: a sink is known by its own id, never by where it lies; a
//! new one is added only while none that is remembered is missing; a remembered one is forgotten
//! only when it was waived.

use super::sink::{Sink, Sinks, Waiver};
use crate::error::{Code, Error, Result};
use crate::upkeep::ENGINE;
use base::{Cursor, Entropy, RowRead, RowWrite, StoreId};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The id that a sink bears in its own file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SinkId([u8; 16]);

/// What a sink bears in its own file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Born {
    Without,
    Unreadable,
    With(SinkId),
}

/// What people know a sink by.
#[derive(Clone, PartialEq, Eq)]
struct Known {
    label: String,
    place: String,
}

/// The sinks of a store.
pub(super) struct Attached {
    remembered: BTreeMap<SinkId, Known>,
    waivers: Vec<Waiver>,
    looks: Mutex<Vec<Look>>,
    changed: Condvar,
}

/// What was found where a sink was named.
#[derive(Clone)]
enum Look {
    /// Nobody has looked yet.
    Not,
    /// It did not answer, or is none of ours.
    Failed,
    /// It bears no id.
    Fresh,
    Found(SinkId, Known),
}

impl SinkId {
    pub(super) fn random(entropy: &dyn Entropy) -> Result<Self> {
        let mut bytes = [0; 16];
        let drawn = entropy.fill(&mut bytes);
        drawn.map_err(|_| Error::new(Code::Io, "the system gives no random bytes", "try again"))?;
        Ok(Self(bytes))
    }

    /// Gives the sink its id.
    pub(super) fn write(self, sink: &dyn Sink, store: StoreId) -> Result<()> {
        let text = self.text(store);
        let put = sink.put(FILE, &mut text.as_bytes());
        put.map_err(super::runner::system)
    }

    fn text(self, store: StoreId) -> String {
        let text = format!("{TITLE}\nid: {self}\nstore: {store}\n");
        let end = vault::digest(DOMAIN, &[text.as_bytes()]);
        format!("{text}end: {end}\n")
    }
}

impl Born {
    /// Reads what a sink bears.
    pub(super) fn read(sink: &dyn Sink, store: StoreId) -> Result<Self> {
        let file = match sink.get(FILE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Without),
            other => other.map_err(super::runner::system)?,
        };
        let mut bytes = Vec::new();
        let read = file.take(FILE_BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(super::runner::system)?;
        let text = String::from_utf8(bytes).unwrap_or_default();
        match Self::parse(&text) {
            None => Ok(Self::Unreadable),
            Some((id, of)) if of == store => Ok(Self::With(id)),
            Some(_) => Err(Error::new(Code::Invalid, "it serves another store", "")),
        }
    }

    fn parse(text: &str) -> Option<(SinkId, StoreId)> {
        let mut lines = text.lines().skip(1);
        let digits = lines.next()?.strip_prefix("id: ")?;
        let id = SinkId(u128::from_str_radix(digits, 16).ok()?.to_be_bytes());
        let store = lines.next()?.strip_prefix("store: ")?.parse().ok()?;
        (text == id.text(store)).then_some((id, store))
    }
}

impl fmt::Display for SinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Attached {
    /// What `rows` remember, and how many sinks `sinks` name.
    pub(super) fn open(rows: &dyn RowRead, sinks: &Sinks) -> Result<Self> {
        Ok(Self {
            remembered: read(rows)?,
            waivers: sinks.waivers(),
            looks: Mutex::new(vec![Look::Not; sinks.named().len()]),
            changed: Condvar::new(),
        })
    }

    /// The sink that was named as number `at` bears this id.
    ///
    /// # Errors
    /// [`Code::Invalid`] when another that was named bears it too.
    pub(super) fn found(&self, at: usize, id: SinkId, sink: &dyn Sink) -> Result<()> {
        let known = Known {
            label: sink.name(),
            place: sink.place(),
        };
        let mut looks = self.looks();
        let twice = looks.iter().enumerate().any(|(other, look)| {
            let same = matches!(look, Look::Found(found, _) if *found == id);
            same && other != at
        });
        let look = if twice {
            Look::Failed
        } else {
            Look::Found(id, known)
        };
        set(&mut looks, at, look);
        drop(looks);
        self.changed.notify_all();
        if twice {
            let message = "it is named twice, or is a copy of another that is named";
            return Err(Error::new(Code::Invalid, message, ""));
        }
        Ok(())
    }

    /// Nothing was learnt of the sink that was named as number `at`, unless it was before.
    pub(super) fn failed(&self, at: usize) {
        let mut looks = self.looks();
        if looks.get(at).is_some_and(|it| it.as_found().is_none()) {
            set(&mut looks, at, Look::Failed);
        }
        drop(looks);
        self.changed.notify_all();
    }

    /// The sink that was named as number `at` bears no id: it may be added to those of the
    /// store when none of these is missing.
    ///
    /// # Errors
    /// [`Code::Sink`] with the sink that is missing.
    pub(super) fn may_add(&self, at: usize) -> Result<()> {
        set(&mut self.looks(), at, Look::Fresh);
        self.changed.notify_all();
        let looks = self.wait(|look| matches!(look, Look::Not));
        match self.missing(&looks) {
            None => Ok(()),
            Some(missing) => {
                let (id, known) = missing;
                let message = format!(
                    "it bears no id, so it is none that this store remembers, and one of those \
                     is missing: {id} ({})",
                    known.label
                );
                Err(Error::new(Code::Sink, message, "").at(format!("missing: {}", known.place)))
            }
        }
    }

    /// Whether every sink that the store remembers was named, and found there, or waived.
    ///
    /// # Errors
    /// [`Code::Sink`] with the sink that was not.
    pub(super) fn require(&self) -> Result<()> {
        let looks = self.wait(|look| matches!(look, Look::Not));
        match self.missing(&looks) {
            None => Ok(()),
            Some((id, known)) => {
                let message = format!(
                    "this store's catalog goes to the sink {id} ({}), which was neither found \
                     where a sink was named nor waived",
                    known.label
                );
                Err(Error::new(Code::Sink, message, NAME_IT).at(known.place.clone()))
            }
        }
    }

    /// Keeps in the store which sinks it has.
    pub(super) fn remember(&self, rows: &mut dyn RowWrite) -> Result<()> {
        let looks = self.looks();
        let mut now: BTreeMap<_, _> = looks.iter().filter_map(Look::as_found).collect();
        let all_found = now.len() == looks.len();
        drop(looks);
        for (id, known) in &self.remembered {
            let waived = self.waivers.iter().any(|it| match &it.sink {
                Some(_) => it.is_of(id, known),
                None => all_found,
            });
            if !waived {
                now.entry(*id).or_insert_with(|| known.clone());
            }
        }
        let row = write(&now);
        if rows.row(ENGINE, SINKS)?.unwrap_or_default() == row {
            return Ok(());
        }
        if row.is_empty() {
            rows.remove(ENGINE, SINKS)?;
        } else {
            rows.put(ENGINE, SINKS, &row)?;
        }
        Ok(())
    }

    /// The sinks that `rows` remember or that were found, as id and label.
    pub(super) fn known(&self, rows: &dyn RowRead) -> Result<Vec<String>> {
        let mut known = read(rows)?;
        let looks = self.settled();
        known.extend(looks.iter().filter_map(Look::as_found));
        drop(looks);
        let known = known.iter();
        Ok(known
            .map(|(id, known)| format!("{id} {}", known.label))
            .collect())
    }

    /// Waits a while until every sink that was named is known or has failed.
    pub(super) fn settle(&self) {
        drop(self.settled());
    }

    fn settled(&self) -> MutexGuard<'_, Vec<Look>> {
        self.wait(|look| matches!(look, Look::Not | Look::Fresh))
    }

    /// The id of the sink that was named as number `at`, once it is known.
    pub(super) fn id(&self, at: usize) -> Option<SinkId> {
        let found = self.looks().get(at).and_then(Look::as_found);
        found.map(|(id, _)| id)
    }

    fn missing(&self, looks: &[Look]) -> Option<(&SinkId, &Known)> {
        let found = |id: &SinkId| {
            let mut found = looks.iter().filter_map(Look::as_found);
            found.any(|(it, _)| it == *id)
        };
        let waived = |id: &SinkId, known: &Known| self.waivers.iter().any(|it| it.is_of(id, known));
        let mut all = self.remembered.iter();
        all.find(|(id, known)| !found(id) && !waived(id, known))
    }

    /// Waits a while until this is true of no sink that was named.
    fn wait(&self, open: impl Fn(&Look) -> bool) -> MutexGuard<'_, Vec<Look>> {
        let unseen = |looks: &mut Vec<Look>| looks.iter().any(&open);
        let waited = self
            .changed
            .wait_timeout_while(self.looks(), LOOKING, unseen);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn looks(&self) -> MutexGuard<'_, Vec<Look>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look {
    fn as_found(&self) -> Option<(SinkId, Known)> {
        if let Self::Found(id, known) = self {
            Some((*id, known.clone()))
        } else {
            None
        }
    }
}

impl Waiver {
    fn is_of(&self, id: &SinkId, known: &Known) -> bool {
        let named = self.sink.as_ref();
        named.is_none_or(|named| {
            *named == id.to_string() || *named == known.label || *named == known.place
        })
    }
}

fn read(rows: &dyn RowRead) -> Result<BTreeMap<SinkId, Known>> {
    let row = rows.row(ENGINE, SINKS)?.unwrap_or_default();
    parse(&row).ok_or_else(|| {
        let message = "the row that names the store's sinks cannot be read";
        Error::new(Code::Corrupt, message, crate::error::RESTORE).at("catalog.redb, table engine")
    })
}

fn set(looks: &mut [Look], at: usize, look: Look) {
    if let Some(place) = looks.get_mut(at) {
        *place = look;
    }
}

fn parse(row: &[u8]) -> Option<BTreeMap<SinkId, Known>> {
    let mut cursor = Cursor::new(row);
    let mut known = BTreeMap::new();
    while cursor.remaining() > 0 {
        let id = SinkId(cursor.array().ok()?);
        let mut word = || {
            let length = cursor.u16().ok()?;
            let bytes = cursor.take(usize::from(length)).ok()?;
            String::from_utf8(bytes.to_vec()).ok()
        };
        let (label, place) = (word()?, word()?);
        known.insert(id, Known { label, place });
    }
    Some(known)
}

fn write(known: &BTreeMap<SinkId, Known>) -> Vec<u8> {
    let mut row = Vec::new();
    for (id, Known { label, place }) in known {
        row.extend(id.0);
        for word in [label, place] {
            let fitting = word.floor_char_boundary(WORD_BYTES_MAX);
            let word = word.get(..fitting).unwrap_or_default();
            row.extend(u16::try_from(word.len()).unwrap_or(0).to_le_bytes());
            row.extend(word.bytes());
        }
    }
    row
}

/// The file of a sink that bears its id.
pub(super) const FILE: &str = "SINK";
const TITLE: &str = "liasse sink";
const DOMAIN: &str = "liasse sink v1";
const FILE_BYTES_MAX: u64 = 4096;
/// The row of the sinks.
const SINKS: &[u8] = b"sinks";
const WORD_BYTES_MAX: usize = 4096;
const NAME_IT: &str = "name it (--sink), mount or mend it, or waive it by its id, its label or \
                       its place (--waive-sink=ID); nothing is erased meanwhile";
/// How long a sink that does not answer is waited for before it counts as missing.
const LOOKING: Duration = Duration::from_secs(5);
