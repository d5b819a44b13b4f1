//! The thread of one sink: ships, checks, prunes.
//!
//! For: a fresh snapshot where deltas are missing, have grown too many, are damaged, or are from
//! before a rotation for too long. Not for: what waits, and who waits; see `lane`. Invariants: a
//! check reads every file that a restore would need, to its signature; what a newer snapshot
//! makes useless is removed; another store's files are left alone.

use super::attached::{Born, FILE, SinkId};
use super::lane::{Due, Shared};
use super::line;
use super::ship::{Shipped, Source};
use super::sink::{RollName, way};
use crate::error::{Code, Error, Result};
use std::fmt::Display;
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::time::Instant as Moment;
use store::{Export, Piece, RollReader, RollWriter, StoreError, Tip};

/// What the thread of a sink knows.
pub(super) struct Runner {
    shared: Arc<Shared>,
    source: Arc<Source>,
    attached: bool,
    /// The files that lead to what the sink holds: a snapshot, and the deltas behind it.
    files: Vec<RollName>,
    /// Since when a snapshot of this epoch is the first of them.
    since: (u64, Moment),
    snapshot_bytes: u64,
    delta_bytes: u64,
}

impl Runner {
    pub(super) fn new(shared: Arc<Shared>, source: Arc<Source>) -> Self {
        Self {
            shared,
            source,
            attached: false,
            files: Vec::new(),
            since: (0, Moment::now()),
            snapshot_bytes: 0,
            delta_bytes: 0,
        }
    }

    pub(super) fn run(mut self) {
        while let Some(due) = self.shared.wait_for_work() {
            let shared = Arc::clone(&self.shared);
            match due {
                Due::Ship => match self.step() {
                    Ok((held, epoch)) => {
                        let prune = self.prune_at(epoch);
                        shared.tell(|lag| lag.take(held, prune));
                    }
                    Err(error) => shared.tell(|lag| lag.fail(error)),
                },
                Due::Check(number) => match self.check() {
                    Ok(()) => shared.tell(|lag| lag.checked(number)),
                    Err(error) => shared.tell(|lag| {
                        lag.lose();
                        lag.fail(error);
                    }),
                },
                Due::Prune => match self.snapshot() {
                    Ok((held, _)) => shared.tell(|lag| lag.take(held, None)),
                    Err(error) => shared.tell(|lag| lag.fail(error)),
                },
            }
        }
    }

    /// When the snapshot is to give way, now that the store is at `epoch`.
    fn prune_at(&self, epoch: u64) -> Option<Moment> {
        let (of, since) = self.since;
        (of < epoch).then(|| since + self.source.keep)
    }

    /// Brings the sink one step further; the state it then holds, and its epoch.
    fn step(&mut self) -> Result<(Tip, u64)> {
        if !self.attached
            && let Some(held) = self.attach()?
        {
            return Ok(held);
        }
        let deltas = self.files.len() as u64;
        let overgrown =
            self.delta_bytes > self.snapshot_bytes.max(DELTA_BYTES_MIN) || deltas > DELTAS_MAX;
        let next = self.shared.lag().next();
        match next {
            Some(deltas) if !overgrown => self.ship(&deltas),
            Some(_) | None => self.snapshot(),
        }
    }

    /// Looks at what the sink holds; the state it leads to, when that can be gone on from.
    fn attach(&mut self) -> Result<Option<(Tip, u64)>> {
        let attached = self.take_up();
        if attached.is_err() {
            self.shared.attached.failed(self.shared.at);
        }
        attached
    }

    fn take_up(&mut self) -> Result<Option<(Tip, u64)>> {
        let born = self.look()?;
        let names = self.names()?;
        let (header, rows) = self.source.state()?;
        let end = names.iter().map(|name| name.after).max();
        line::goes_on((&rows, self.source.store), end, self.source.ground)?;
        if born.is_none() {
            self.add()?;
        }
        let files = way(&names, None);
        let end = files.last().map(|file| file.after);
        self.attached = true;
        let held = self.shared.lag().state_at(end, header.after);
        let (Some(held), Some(first)) = (held, files.first()) else {
            return Ok(None);
        };
        let file = self.shared.sink.get(&first.to_string()).map_err(system)?;
        let epoch = RollReader::open(file)?.header().epoch;
        if epoch < header.epoch {
            // It holds files from before a rotation, nobody knows for how long.
            return Ok(None);
        }
        self.since = (epoch, Moment::now());
        self.files = files;
        self.snapshot_bytes = Export::estimate(&rows)?;
        Ok(Some((held, header.epoch)))
    }

    /// The id of the sink, if it bears one.
    fn look(&self) -> Result<Option<SinkId>> {
        let Shared { sink, at, .. } = &*self.shared;
        match Born::read(&**sink, self.source.store)? {
            Born::Without => Ok(None),
            Born::Unreadable => {
                let message = "its file SINK cannot be read, so nobody knows whose it is";
                Err(Error::new(Code::Invalid, message, ""))
            }
            Born::With(id) => {
                self.shared.attached.found(*at, id, &**sink)?;
                Ok(Some(id))
            }
        }
    }

    /// Makes the sink one of the store's, when none of these is missing.
    fn add(&self) -> Result<()> {
        let Shared { sink, at, .. } = &*self.shared;
        self.shared.attached.may_add(*at)?;
        let id = SinkId::random(&*self.source.entropy)?;
        id.write(&**sink, self.source.store)?;
        self.shared.attached.found(*at, id, &**sink)
    }

    /// Whether it is still the sink it was: a directory that is no longer mounted is not. One
    /// that has lost its id, and holds what was put there, is given it again.
    fn is_the_same(&self) -> Result<()> {
        let Shared { sink, at, .. } = &*self.shared;
        let Some(known) = self.shared.attached.id(*at) else {
            return Err(base::Bug::new("a sink that is written to is known").into());
        };
        let how = match Born::read(&**sink, self.source.store)? {
            Born::With(id) if id == known => return Ok(()),
            Born::With(_) => None,
            Born::Without => Some("missing"),
            Born::Unreadable => Some("cut or altered"),
        };
        let first = self.files.first();
        let holds = first.is_some_and(|first| self.is_whole(*first).unwrap_or(false));
        match how {
            Some(how) if holds => {
                known.write(&**sink, self.source.store)?;
                Err(damaged(FILE, how))
            }
            Some(_) | None => {
                let message = "it is no longer mounted, or another was put in its place";
                Err(Error::new(Code::Sink, message, ""))
            }
        }
    }

    /// Its files, as far as they can be read. A sink that serves another store, or of which
    /// nothing can be read, is left alone.
    fn names(&self) -> Result<Vec<RollName>> {
        let sink = &self.shared.sink;
        let listed = sink.list().map_err(system)?;
        let listed: Vec<_> = listed.iter().filter_map(|it| RollName::parse(it)).collect();
        let mut names = Vec::with_capacity(listed.len());
        for name in &listed {
            let file = sink.get(&name.to_string()).map_err(system)?;
            let Ok(reader) = RollReader::open(file) else {
                continue;
            };
            if reader.header().store != self.source.store {
                return Err(Error::new(Code::Invalid, "it serves another store", ""));
            }
            names.push(*name);
        }
        if names.is_empty() && !listed.is_empty() {
            return Err(Error::new(
                Code::Invalid,
                "none of its files can be read, so nobody knows whose they are",
                "",
            ));
        }
        Ok(names)
    }

    /// Reads back every file that a restore from the sink would need.
    fn check(&self) -> Result<()> {
        self.is_the_same()?;
        for name in &self.files {
            let whole = self.is_whole(*name).map_err(|error| {
                if error.kind() == io::ErrorKind::NotFound {
                    damaged(*name, "missing")
                } else {
                    system(error).at(name.to_string())
                }
            })?;
            if !whole {
                return Err(damaged(*name, "cut or altered"));
            }
            self.shared.moved();
        }
        Ok(())
    }

    /// Whether the file is the one that its name says, to its last byte.
    fn is_whole(&self, name: RollName) -> io::Result<bool> {
        let file = self.shared.sink.get(&name.to_string())?;
        let mut file = Moving {
            file: BufReader::with_capacity(BUFFER_BYTES, file),
            shared: &self.shared,
            left: BUFFER_BYTES,
        };
        let Ok(mut reader) = RollReader::open(&mut file) else {
            return Ok(false);
        };
        let header = *reader.header();
        if RollName::of(header.before, header.after) != name || header.store != self.source.store {
            return Ok(false);
        }
        loop {
            match reader.piece() {
                Ok(Piece::Items(_)) => {}
                Ok(Piece::End(proof)) => {
                    let signed = proof.is_signed_by(&self.source.signing);
                    let more = file.read(&mut [0])?;
                    return Ok(signed && more == 0);
                }
                Err(StoreError::Environment(kind)) if kind != io::ErrorKind::UnexpectedEof => {
                    return Err(kind.into());
                }
                Err(_) => return Ok(false),
            }
        }
    }

    fn ship(&mut self, deltas: &[Arc<Shipped>]) -> Result<(Tip, u64)> {
        let (Some(first), Some(last)) = (deltas.first(), deltas.last()) else {
            return Err(base::Bug::new("a delta has a commit").into());
        };
        let header = self
            .source
            .header(Some(first.before), last.after, last.epoch);
        let (mut writer, mut file) = RollWriter::begin(header);
        for items in deltas.iter().flat_map(|delta| &delta.chunks) {
            file.extend(writer.chunk(items)?);
        }
        file.extend(writer.end(&self.source.signing));
        let name = RollName::of(header.before, header.after);
        let put = self.shared.sink.put(&name.to_string(), &mut &*file);
        put.map_err(system)?;
        self.delta_bytes += file.len() as u64;
        self.files.push(name);
        Ok((header.after, header.epoch))
    }

    fn snapshot(&mut self) -> Result<(Tip, u64)> {
        self.is_the_same()?;
        let (header, rows) = self.source.state()?;
        let file = RollName::of(None, header.after);
        let name = file.to_string();
        let key = Arc::clone(&self.source.signing);
        let mut counted = Counted {
            export: Export::begin(rows, header, key)?,
            shared: &self.shared,
            bytes: 0,
        };
        let sink = &self.shared.sink;
        sink.put(&name, &mut counted).map_err(system)?;
        for other in sink.list().map_err(system)? {
            // Of a listing only names of ours are touched, and what this snapshot replaces.
            if other != name && RollName::parse(&other).is_some() {
                sink.remove(&other).map_err(system)?;
            }
        }
        (self.snapshot_bytes, self.delta_bytes) = (counted.bytes, 0);
        self.files = vec![file];
        self.since = (header.epoch, Moment::now());
        Ok((header.after, header.epoch))
    }
}

/// An export, and how many bytes it gave.
struct Counted<'a> {
    export: Export,
    shared: &'a Shared,
    bytes: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.export.read(out)?;
        self.bytes += count as u64;
        self.shared.moved();
        Ok(count)
    }
}

/// A file of the sink, whose reading says that the sink gets on.
struct Moving<'a, R> {
    file: R,
    shared: &'a Shared,
    left: usize,
}

impl<R: Read> Read for Moving<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(out)?;
        self.left = self.left.saturating_sub(count);
        if self.left == 0 {
            self.shared.moved();
            self.left = BUFFER_BYTES;
        }
        Ok(count)
    }
}

fn damaged(name: impl Display, how: &str) -> Error {
    let message = format!("a file of it that a restore needs is {how}; it is to be made anew");
    Error::new(Code::Sink, message, "").at(name.to_string())
}

pub(super) fn system(error: io::Error) -> Error {
    StoreError::from(error).into()
}

/// Deltas may always grow to this many bytes before a snapshot takes their place.
const DELTA_BYTES_MIN: u64 = 4 << 20;
/// Most delta files behind one snapshot.
const DELTAS_MAX: u64 = 4096;
const BUFFER_BYTES: usize = 1 << 20;
