//! Keyring sinks: where catalog files are kept, apart from the store.
//!
//! For: the engine, which writes them, and a restore, which reads them. Not for: when a file is
//! written; see `ship`. Invariants: a name is given to a whole file only; a name says from which
//! state of the catalog to which the file leads, so that a listing is enough to find the way.

use super::attached::FILE;
use crate::error::{Code, Error, Result};
use base::CommitSeq;
use base::disk::{Disk, DiskFile, FolderDisk, OpenMode};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Tip;

/// Keeps catalog files. Not sealed: a host brings its own, for example over an object store.
///
/// What it is given is sealed under the store's keys and signed; the root key is never in it.
pub trait Sink: Send + Sync {
    /// A word for receipts and messages. Whoever erases reads it: no path, no address.
    fn name(&self) -> String;

    /// Where it is, for operators.
    fn place(&self) -> String {
        self.name()
    }

    /// The names of all whole files.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Keeps a file under `name`, replacing what was there: durable and whole, or not at all.
    ///
    /// # Errors
    /// What the system or `bytes` says.
    fn put(&self, name: &str, bytes: &mut dyn Read) -> io::Result<()>;

    /// The bytes of the file `name`.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none, else what the system says.
    fn get(&self, name: &str) -> io::Result<Box<dyn Read>>;

    /// Removes the file `name`.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The directory it is, if it is one of this machine.
    fn directory(&self) -> Option<PathBuf> {
        None
    }
}

/// Where the catalog's deltas go.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Sinks {
    /// Nobody has said: nowhere, and a store that has had sinks erases nothing until somebody
    /// does.
    #[default]
    Unsaid,
    /// Nowhere, for a reason that every receipt repeats. After an erasure no older backup of
    /// the catalog opens any more, so that only a backup made since can be restored.
    Waived(String),
    /// To each of these; an erasure waits for all of them.
    To(Vec<Arc<dyn Sink>>),
    /// To each of these, and others that the store remembers are waived, for reasons that every
    /// receipt repeats.
    Except(Vec<Arc<dyn Sink>>, Vec<Waiver>),
}

/// Does without a sink that the store remembers: it is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Its id, its label or its place; `None` for all that are remembered and not named.
    pub sink: Option<String>,
    /// Why.
    pub why: String,
}

impl Sinks {
    pub(super) fn named(&self) -> &[Arc<dyn Sink>] {
        match self {
            Self::Unsaid | Self::Waived(_) => &[],
            Self::To(sinks) | Self::Except(sinks, _) => sinks,
        }
    }

    pub(super) fn waivers(&self) -> Vec<Waiver> {
        match self {
            Self::Unsaid | Self::To(_) => Vec::new(),
            Self::Waived(why) => vec![Waiver {
                sink: None,
                why: why.clone(),
            }],
            Self::Except(_, waivers) => waivers.clone(),
        }
    }

    /// Whether the sinks are apart from each other and from the store in `directory`.
    ///
    /// # Errors
    /// [`Code::Invalid`] with the sink that is not.
    pub(crate) fn are_apart_from(&self, directory: &Path) -> Result<()> {
        let store = whole_path(directory);
        let mut seen = BTreeSet::new();
        for directory in self.named().iter().filter_map(|it| it.directory()) {
            let path = whole_path(&directory);
            let message = if path.starts_with(&store) {
                "a keyring sink is the store's own directory, or lies inside it"
            } else if seen.insert(path) {
                continue;
            } else {
                "the same keyring sink is named twice"
            };
            let hint = "name another directory, on another disk than the store's";
            let error = Error::new(Code::Invalid, message, hint);
            return Err(error.at(directory.display().to_string()));
        }
        Ok(())
    }
}

/// The path without links, as far as it is there.
fn whole_path(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(whole), _, _) => whole,
        (Err(_), Some(parent), Some(name)) => whole_path(parent).join(name),
        (Err(_), _, _) => path,
    }
}

/// A sink that is a directory.
#[derive(Clone)]
pub struct DirectorySink {
    disk: Arc<dyn Disk>,
    folder: String,
    name: String,
    place: String,
    directory: Option<PathBuf>,
}

impl DirectorySink {
    /// The sink that keeps its files in `directory`. It is made when it becomes a sink of a store
    /// for the first time, if the directory above it is there; never later.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        let mut sink = Self::on(Arc::new(FolderDisk::new(directory)), "directory");
        sink.place = directory.display().to_string();
        sink.directory = Some(directory.to_path_buf());
        sink
    }

    /// The same, called so on receipts and in messages.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The sink that keeps its files on `disk`.
    #[must_use]
    pub fn on(disk: Arc<dyn Disk>, name: &str) -> Self {
        Self::inside(disk, "", name)
    }

    /// The sink that keeps its files in a folder of `disk`.
    pub(crate) fn inside(disk: Arc<dyn Disk>, folder: &str, name: &str) -> Self {
        Self {
            disk,
            folder: folder.to_owned(),
            name: name.to_owned(),
            place: name.to_owned(),
            directory: None,
        }
    }

    /// Makes the folder that the files lie in, and none above it.
    fn make(&self) -> io::Result<()> {
        match &self.directory {
            Some(directory) if directory.is_dir() => Ok(()),
            Some(directory) => std::fs::create_dir(directory),
            None => self.disk.create_folder(&self.folder),
        }
    }

    fn path(&self, name: &str) -> String {
        if self.folder.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.folder)
        }
    }
}

impl Sink for DirectorySink {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let names = match self.disk.list(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            other => other?,
        };
        Ok(names
            .into_iter()
            .filter(|name| RollName::parse(name).is_some())
            .collect())
    }

    fn put(&self, name: &str, bytes: &mut dyn Read) -> io::Result<()> {
        if name == FILE {
            self.make()?;
        }
        let name = self.path(name);
        let unfinished = format!("{name}{UNFINISHED}");
        write_whole(&*self.disk, &unfinished, bytes)?;
        self.disk.rename(&unfinished, &name)?;
        self.disk.sync_folder(&self.folder)
    }

    fn get(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let file = self.disk.open(&self.path(name), OpenMode::Read)?;
        Ok(Box::new(Reading {
            left: file.length()?,
            file,
            at: 0,
        }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(&self.path(name))
    }

    fn directory(&self) -> Option<PathBuf> {
        self.directory.clone()
    }
}

/// Writes a file from its beginning and makes it durable; what had the name is replaced.
pub(crate) fn write_whole(disk: &dyn Disk, name: &str, bytes: &mut dyn Read) -> io::Result<u64> {
    match disk.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.open(name, OpenMode::CreateNew)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut at = 0;
    loop {
        let count = bytes.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        file.write_at(at, &buffer[..count])?;
        at += count as u64;
    }
    file.sync()?;
    Ok(at)
}

/// A file of a disk, read from its beginning.
struct Reading {
    file: Arc<dyn DiskFile>,
    at: u64,
    left: u64,
}

impl Read for Reading {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let count = out.len().min(left);
        self.file.read_at(self.at, &mut out[..count])?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

/// The name of a catalog file: from which state to which it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RollName {
    /// `None` for a snapshot.
    pub(crate) before: Option<State>,
    pub(crate) after: State,
}

/// A state of the catalog as names tell it: a commit and the first bytes of its binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State {
    pub(crate) commit: CommitSeq,
    mark: u64,
}

impl State {
    pub(crate) fn of(tip: Tip) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&tip.binding.as_bytes()[..8]);
        Self {
            commit: tip.commit,
            mark: u64::from_be_bytes(first),
        }
    }
}

impl RollName {
    pub(crate) fn of(before: Option<Tip>, after: Tip) -> Self {
        Self {
            before: before.map(State::of),
            after: State::of(after),
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(SUFFIX)?.split('-');
        let kind = parts.next()?;
        let mut state = || {
            let (commit, mark) = (parts.next()?, parts.next()?);
            let whole = commit.len() == 20 && mark.len() == 16;
            let commit = CommitSeq::new(commit.parse().ok().filter(|_| whole)?);
            let mark = u64::from_str_radix(mark, 16).ok()?;
            Some(State { commit, mark })
        };
        let before = match kind {
            "snapshot" => None,
            "delta" => Some(state()?),
            _ => return None,
        };
        let after = state()?;
        parts.next().is_none().then_some(Self { before, after })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-{:016x}", self.commit.number(), self.mark)
    }
}

impl fmt::Display for RollName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.before {
            None => write!(f, "snapshot-{}{SUFFIX}", self.after),
            Some(before) => write!(f, "delta-{before}-{}{SUFFIX}", self.after),
        }
    }
}

/// The way to the newest state that can be reached: from `from`, if that leads as far, else
/// from the newest snapshot on the way. Empty when there is nothing newer than `from`.
pub(crate) fn way(names: &[RollName], from: Option<State>) -> Vec<RollName> {
    let snapshots = names.iter().filter(|name| name.before.is_none());
    let fresh = reach(
        names,
        snapshots.map(|name| (name.after, Some(*name))).collect(),
    );
    let onward = reach(names, from.into_iter().map(|state| (state, None)).collect());
    let end = |reached: &BTreeMap<State, Option<RollName>>| reached.keys().next_back().copied();
    let further = match (end(&fresh), end(&onward)) {
        (Some(fresh), Some(onward)) => fresh.commit > onward.commit,
        (Some(_), None) => true,
        (None, _) => false,
    };
    back(if further { &fresh } else { &onward })
}

/// Every state that deltas lead to, with the file that leads there.
fn reach(
    names: &[RollName],
    mut reached: BTreeMap<State, Option<RollName>>,
) -> BTreeMap<State, Option<RollName>> {
    let mut deltas: Vec<_> = names.iter().filter(|name| name.before.is_some()).collect();
    deltas.sort_by_key(|name| name.before);
    for delta in deltas {
        if delta
            .before
            .is_some_and(|before| reached.contains_key(&before))
        {
            reached.entry(delta.after).or_insert(Some(*delta));
        }
    }
    reached
}

fn back(reached: &BTreeMap<State, Option<RollName>>) -> Vec<RollName> {
    let mut way = Vec::new();
    let mut at = reached.keys().next_back().copied();
    while let Some(state) = at {
        let step = reached.get(&state).copied().flatten();
        way.extend(step);
        at = step.and_then(|step| step.before);
    }
    way.reverse();
    way
}

const SUFFIX: &str = ".roll";
const UNFINISHED: &str = ".part";
const BUFFER_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests;
