//! What a backup's target, or a directory that is rebuilt from one, holds for certain.
//!
//! ```text
//! liasse backup
//! store: 32 hexadecimal digits
//! sink: its id, its label         for each that the store had
//! file: NAME LENGTH whole|damaged DIGEST|-
//! end: digest of the lines before, 64 hexadecimal digits
//! ```
//! For: copying only what is new. Invariants: a file stands here after it was made durable and
//! was read back; bytes behind its length, and files that do not stand here, are nothing.

use super::sink::write_whole;
use crate::error::{Code, Error, Result};
use base::disk::{Disk, OpenMode};
use base::{Digest, StoreId};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use store::{StoreError, check_segment, segment_file};

/// The files of a target.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) store: Option<StoreId>,
    /// The sinks of the store when it was backed up.
    pub(crate) sinks: Vec<String>,
    pub(crate) files: BTreeMap<String, Held>,
}

/// What is known of one file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Held {
    pub(crate) length: u64,
    /// Whether its bytes are what the store once wrote; a store's damage is copied with it.
    pub(crate) whole: bool,
    /// The digest of a file that never grows.
    pub(crate) digest: Option<Digest>,
}

/// A range of a file that is to be copied.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) name: String,
    /// The number of a body segment; `None` for a file of the index.
    pub(crate) segment: Option<u32>,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The digest it must have, where that is known.
    pub(crate) digest: Option<Digest>,
}

impl Ledger {
    /// The ledger on `disk`; an empty one when there is none yet.
    pub(crate) fn read(disk: &dyn Disk) -> Result<Self> {
        let file = match disk.open(FILE, OpenMode::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            other => other.map_err(system)?,
        };
        let length = usize::try_from(file.length().map_err(system)?).unwrap_or(usize::MAX);
        if length > LEDGER_BYTES_MAX {
            return Err(damaged());
        }
        let mut bytes = vec![0; length];
        file.read_at(0, &mut bytes).map_err(system)?;
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        Self::parse(&text).ok_or_else(damaged)
    }

    /// Writes it, in one step.
    pub(crate) fn write(&self, disk: &dyn Disk) -> Result<()> {
        let text = self.to_text();
        let unfinished = format!("{FILE}.part");
        write_whole(disk, &unfinished, &mut text.as_bytes()).map_err(system)?;
        disk.rename(&unfinished, FILE).map_err(system)?;
        disk.sync_folder("").map_err(system)
    }

    /// Removes it from `disk`.
    pub(crate) fn remove(disk: &dyn Disk) -> Result<()> {
        match disk.remove(FILE) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(system(error)),
            _ => Ok(()),
        }
    }

    /// How much of a file is there.
    pub(crate) fn length(&self, name: &str) -> u64 {
        self.files.get(name).map_or(0, |held| held.length)
    }

    fn to_text(&self) -> String {
        let store = self
            .store
            .map_or_else(String::new, |store| store.to_string());
        let mut text = format!("{TITLE}\nstore: {store}\n");
        for sink in &self.sinks {
            let sink = sink.replace(char::is_control, " ");
            text.push_str(&format!("sink: {sink}\n"));
        }
        for (name, held) in &self.files {
            let state = if held.whole { "whole" } else { "damaged" };
            let digest = held.digest.map_or_else(|| "-".to_owned(), hex);
            text.push_str(&format!("file: {name} {} {state} {digest}\n", held.length));
        }
        let end = vault::digest(DOMAIN, &[text.as_bytes()]);
        text.push_str(&format!("end: {}\n", hex(end)));
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let (before, end) = text.rsplit_once("end: ")?;
        if end != format!("{}\n", hex(vault::digest(DOMAIN, &[before.as_bytes()]))) {
            return None;
        }
        let mut lines = before.lines();
        if lines.next()? != TITLE {
            return None;
        }
        let store = Some(lines.next()?.strip_prefix("store: ")?.parse().ok()?);
        let (mut sinks, mut files) = (Vec::new(), BTreeMap::new());
        for line in lines {
            if let Some(sink) = line.strip_prefix("sink: ") {
                sinks.push(sink.to_owned());
                continue;
            }
            let mut words = line.strip_prefix("file: ")?.split(' ');
            let (name, length) = (words.next()?, words.next()?.parse().ok()?);
            let whole = match words.next()? {
                "whole" => true,
                "damaged" => false,
                _ => return None,
            };
            let digest = match words.next()? {
                "-" => None,
                digits => Some(unhex(digits)?),
            };
            let held = Held {
                length,
                whole,
                digest,
            };
            files.insert(name.to_owned(), held);
        }
        Some(Self {
            store,
            sinks,
            files,
        })
    }
}

impl Job {
    /// The job that brings `ledger` to hold `to` bytes of a segment; `None` when it does.
    pub(crate) fn segment(ledger: &Ledger, segment: u32, to: u64) -> Option<Self> {
        let name = segment_file(segment);
        let from = ledger.length(&name);
        (from < to).then_some(Self {
            name,
            segment: Some(segment),
            from,
            to,
            digest: None,
        })
    }

    /// The job that copies a file of the index; `None` when `ledger` holds it.
    pub(crate) fn index(
        ledger: &Ledger,
        name: String,
        to: u64,
        digest: Option<Digest>,
    ) -> Option<Self> {
        (!ledger.files.contains_key(&name)).then_some(Self {
            name,
            segment: None,
            from: 0,
            to,
            digest,
        })
    }
}

/// A job that is being done.
pub(crate) struct Copying {
    job: Job,
    at: u64,
    source: Arc<dyn base::disk::DiskFile>,
    target: Arc<dyn base::disk::DiskFile>,
}

impl Copying {
    /// Opens both files; what the target holds behind the job's beginning is cut.
    pub(crate) fn begin(job: Job, source: &dyn Disk, target: &dyn Disk) -> Result<Self> {
        let open = || -> io::Result<_> {
            let from = source.open(&job.name, OpenMode::Read)?;
            if let Some((folder, _)) = job.name.rsplit_once('/') {
                target.create_folder(folder)?;
            }
            let mode = match target.open(&job.name, OpenMode::Read) {
                Ok(_) => OpenMode::Write,
                Err(error) if error.kind() == io::ErrorKind::NotFound => OpenMode::CreateNew,
                Err(error) => return Err(error),
            };
            let to = target.open(&job.name, mode)?;
            Ok((from, to))
        };
        let (source, target) = open().map_err(|error| system(error).at(job.name.clone()))?;
        let length = target.length().map_err(system)?;
        if length < job.from {
            return Err(not_read_back(&job.name));
        }
        if length > job.from {
            target.set_length(job.from).map_err(system)?;
        }
        Ok(Self {
            at: job.from,
            job,
            source,
            target,
        })
    }

    /// Copies up to `bytes_max` bytes; says how many.
    pub(crate) fn step(&mut self, bytes_max: u64) -> Result<u64> {
        let count = (self.job.to - self.at).min(bytes_max);
        let count = count.min(PIECE_BYTES as u64);
        let mut piece = vec![0; usize::try_from(count).unwrap_or(PIECE_BYTES)];
        let copied = self.source.read_at(self.at, &mut piece);
        let copied = copied.and_then(|()| self.target.write_at(self.at, &piece));
        copied.map_err(|error| system(error).at(self.job.name.clone()))?;
        self.at += count;
        Ok(count)
    }

    pub(crate) fn name(&self) -> &str {
        &self.job.name
    }

    pub(crate) const fn is_done(&self) -> bool {
        self.at >= self.job.to
    }

    /// Makes the copy durable, reads it back and enters it; says whether it is what the store
    /// once wrote. A file that is not what it must be is not entered.
    pub(crate) fn finish(
        self,
        source: &Arc<dyn Disk>,
        target: &Arc<dyn Disk>,
        ledger: &mut Ledger,
    ) -> Result<bool> {
        let (job, store) = (self.job, ledger.store.ok_or_else(damaged)?);
        self.target.sync().map_err(system)?;
        if let Some((folder, _)) = job.name.rsplit_once('/') {
            target.sync_folder(folder).map_err(system)?;
            target.sync_folder("").map_err(system)?;
        }
        let (whole, digest) = match job.segment {
            Some(segment) => {
                let range = job.from..job.to;
                let copied = frames_hold(target, store, segment, range.clone())?;
                if !copied && frames_hold(source, store, segment, range)? {
                    return Err(not_read_back(&job.name));
                }
                (copied, None)
            }
            None => {
                let copied = file_digest(&**target, &job.name, job.to)?;
                let expected = match job.digest {
                    Some(expected) => expected,
                    None => file_digest(&**source, &job.name, job.to)?,
                };
                if copied != expected {
                    return if job.digest.is_some() {
                        Ok(false)
                    } else {
                        Err(not_read_back(&job.name))
                    };
                }
                (true, Some(copied))
            }
        };
        let was_whole = ledger.files.get(&job.name).is_none_or(|held| held.whole);
        let held = Held {
            length: job.to,
            whole: whole && was_whole,
            digest,
        };
        ledger.files.insert(job.name, held);
        Ok(whole)
    }
}

fn frames_hold(
    disk: &Arc<dyn Disk>,
    store: StoreId,
    segment: u32,
    range: std::ops::Range<u64>,
) -> Result<bool> {
    match check_segment(disk, store, segment, range) {
        Ok(()) => Ok(true),
        Err(StoreError::DamagedSegment { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The digest of a file, over its pieces.
fn file_digest(disk: &dyn Disk, name: &str, length: u64) -> Result<Digest> {
    let read = || -> io::Result<Digest> {
        let file = disk.open(name, OpenMode::Read)?;
        let (mut digest, mut at) = (Digest::ZERO, 0);
        while at < length {
            let count = usize::try_from(length - at).unwrap_or(PIECE_BYTES);
            let mut piece = vec![0; count.min(PIECE_BYTES)];
            file.read_at(at, &mut piece)?;
            digest = vault::digest(FILE_DOMAIN, &[digest.as_bytes(), &piece]);
            at += piece.len() as u64;
        }
        Ok(digest)
    };
    read().map_err(|error| system(error).at(name.to_owned()))
}

pub(crate) fn system(error: io::Error) -> Error {
    StoreError::from(error).into()
}

fn not_read_back(name: &str) -> Error {
    Error::new(
        Code::Io,
        "a copied file reads back otherwise than it was written",
        "check the disk of the backup, and back up again",
    )
    .at(name.to_owned())
}

fn damaged() -> Error {
    Error::new(
        Code::Corrupt,
        "the ledger of the backup is damaged",
        "back up into an empty directory, and keep this one until that is done",
    )
    .at(FILE)
}

fn hex(digest: Digest) -> String {
    let digits = digest.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

fn unhex(digits: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(Digest::from_bytes(bytes))
}

/// The name of the ledger; a directory with it and without a FORMAT file is no store.
pub(crate) const FILE: &str = "BACKUP";
const TITLE: &str = "liasse backup";
const DOMAIN: &str = "liasse backup v1";
const FILE_DOMAIN: &str = "liasse backup file v1";
const PIECE_BYTES: usize = 1 << 20;
const LEDGER_BYTES_MAX: usize = 256 << 20;

#[cfg(test)]
mod tests;
