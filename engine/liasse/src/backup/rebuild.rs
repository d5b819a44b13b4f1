//! A directory in which a backup's segments and the newest catalog are brought together: on the
//! way to a restore, or kept fresh as a standby.
//!
//! For: any number of refreshes, then one promotion. Not for: keys; nothing here needs the root.
//! Invariants: the directory is no store; whatever cut a refresh short, the next one completes
//! it; a catalog file is applied only to the state it follows.

use super::attached::Born;
use super::ledger::{self, Copying, Job, Ledger, system};
use super::sink::{DirectorySink, RollName, Sink, State, way};
use super::take::CATALOG;
use crate::error::{Code, Error, Result};
use base::disk::{Disk, FolderDisk, OpenMode};
use index::manifest_files;
use std::io;
use std::path::Path;
use std::sync::Arc;
use store::{Options, Rebuilding, RollReader, StoreError};

/// Where a store is rebuilt from.
#[derive(Clone)]
pub struct Sources {
    segments: Arc<dyn Disk>,
    sinks: Vec<Arc<dyn Sink>>,
    without_sinks: bool,
}

/// What a refresh brought.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refreshed {
    /// The last commit.
    pub commit: u64,
    /// The epoch of the root key that opens it.
    pub epoch: u64,
    /// Catalog files that were applied.
    pub applied: u64,
    /// Bytes of segments and index files that were copied.
    pub copied_bytes: u64,
}

impl Sources {
    /// The directory of a backup, and the sinks that hold newer catalogs than it does.
    #[must_use]
    pub fn new(backup: &Path, sinks: Vec<Arc<dyn Sink>>) -> Self {
        Self::on(Arc::new(FolderDisk::new(backup)), sinks)
    }

    /// As [`Self::new`], with the backup on any disk.
    #[must_use]
    pub fn on(backup: Arc<dyn Disk>, sinks: Vec<Arc<dyn Sink>>) -> Self {
        Self {
            segments: backup,
            sinks,
            without_sinks: false,
        }
    }

    /// Says that the sinks which the store had are lost, or left out on purpose.
    #[must_use]
    pub const fn without_sinks(mut self) -> Self {
        self.without_sinks = true;
        self
    }

    /// Whether all of this is there: asked before anything is made.
    pub(super) fn check(&self) -> Result<()> {
        let ledger = Ledger::read(&*self.segments)?;
        let Some(store) = ledger.store else {
            return Err(Error::new(
                Code::NotAStore,
                format!(
                    "there is no backup here: the file {} is missing",
                    ledger::FILE
                ),
                "check the path of the backup, and whether its disk is mounted",
            ));
        };
        for sink in &self.sinks {
            let there = sink.directory().is_none_or(|directory| directory.is_dir());
            let born = Born::read(&**sink, store);
            let born = born.map_err(|error| error.at(sink.place()))?;
            let listed = sink.list().map_err(|error| said(&**sink, error))?;
            let holds = listed.iter().any(|name| RollName::parse(name).is_some());
            if !there || !(holds || born != Born::Without) {
                return Err(Error::new(
                    Code::Sink,
                    "there is no keyring sink here: it holds no file of one",
                    "check its path, and whether its disk is mounted; nothing was made",
                )
                .at(sink.place()));
            }
        }
        if self.sinks.is_empty() && !ledger.sinks.is_empty() && !self.without_sinks {
            return Err(Error::new(
                Code::Sink,
                format!(
                    "the store had keyring sinks, which hold newer commits than the backup, and \
                     none was brought: {}",
                    ledger.sinks.join("; ")
                ),
                "bring one of them (--sink), or say that they are lost (--without-sink): what \
                 was committed after the backup is lost then",
            ));
        }
        Ok(())
    }

    /// What lies in the backup's directory and is no part of one. What a backup that was cut short
    /// left there is, though the ledger does not name it.
    pub(crate) fn strays(&self) -> Result<Vec<String>> {
        let disk = &*self.segments;
        let known = Ledger::read(disk)?.files;
        let mut strays = disk.list("").map_err(system)?;
        strays.retain(|name| !super::take::is_ours(name));
        for folder in ["body", "index", CATALOG] {
            let names = match disk.list(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(system)?,
            };
            let names = names.iter().map(|name| format!("{folder}/{name}"));
            strays.extend(names.filter(|it| !known.contains_key(it) && !is_left_over(it)));
        }
        Ok(strays)
    }

    /// The backup's own catalog first, then the sinks.
    fn rolls(&self) -> Vec<Arc<dyn Sink>> {
        let own = DirectorySink::inside(Arc::clone(&self.segments), CATALOG, "the backup");
        let mut rolls: Vec<Arc<dyn Sink>> = vec![Arc::new(own)];
        rolls.extend(self.sinks.iter().cloned());
        rolls
    }
}

/// Brings what is new in `sources` into a directory that is new, or that an earlier call filled.
///
/// # Errors
/// [`Code::Exists`] when the directory holds a store or something else, [`Code::Corrupt`] with
/// the name of a catalog file that is damaged, and what the disks give.
pub fn refresh(sources: &Sources, directory: &Path) -> Result<Refreshed> {
    sources.check()?;
    let made = Made::directory(directory)?;
    let outcome = refresh_on(sources, Arc::new(FolderDisk::new(directory)));
    tidied(outcome, directory, made)
}

/// As [`refresh`], on any disk.
///
/// # Errors
/// As [`refresh`].
pub fn refresh_on(sources: &Sources, target: Arc<dyn Disk>) -> Result<Refreshed> {
    refresh_with(sources, target, Options::default())
}

pub(super) fn refresh_with(
    sources: &Sources,
    target: Arc<dyn Disk>,
    options: Options,
) -> Result<Refreshed> {
    sources.check()?;
    check_target(&*target)?;
    let mut rebuilding = Rebuilding::resume_on(Arc::clone(&target), options)?;
    let from = match &rebuilding {
        Some(rebuilding) => rebuilding.tip()?.map(State::of),
        None => None,
    };
    let mut plan = Plan::new(sources, from)?;
    let mut applied = 0;
    while let Some(step) = plan.next_step(rebuilding.as_ref())? {
        if plan.apply(&mut rebuilding, (&target, options), step)? {
            applied += 1;
        }
    }
    let rebuilding = rebuilding.ok_or_else(nothing)?;
    let proof = rebuilding.proofs()?.pop().ok_or_else(nothing)?;
    let copied_bytes = copy(sources, &rebuilding, &target)?;
    Ok(Refreshed {
        commit: proof.header.after.commit.number(),
        epoch: proof.header.epoch,
        applied,
        copied_bytes,
    })
}

/// The catalog files of all sinks, and the way through them that is still open.
struct Plan {
    rolls: Vec<Arc<dyn Sink>>,
    /// The files, and which of the sinks has each.
    names: Vec<(RollName, usize)>,
    /// The newest state that the names lead to: no other is taken for it.
    end: Option<State>,
    /// Why files could not be used.
    spoilt: Vec<Error>,
}

impl Plan {
    fn new(sources: &Sources, from: Option<State>) -> Result<Self> {
        let rolls = sources.rolls();
        let mut names = Vec::new();
        for (at, sink) in rolls.iter().enumerate() {
            let listed = sink.list().map_err(|error| said(&**sink, error))?;
            let known = listed.iter().filter_map(|name| RollName::parse(name));
            names.extend(known.map(|name| (name, at)));
        }
        let mut plan = Self {
            rolls,
            names,
            end: None,
            spoilt: Vec::new(),
        };
        plan.end = plan.way(from).last().map(|step| step.after).or(from);
        Ok(plan)
    }

    fn way(&self, from: Option<State>) -> Vec<RollName> {
        let names: Vec<_> = self.names.iter().map(|(name, _)| *name).collect();
        way(&names, from)
    }

    /// The next file on the way to the newest state; `None` when that is reached.
    ///
    /// # Errors
    /// Why each file in the way could not be used, when no way leads there around them.
    fn next_step(&mut self, rebuilding: Option<&Rebuilding>) -> Result<Option<RollName>> {
        let at = match rebuilding {
            Some(rebuilding) => rebuilding.tip()?.map(State::of),
            None => None,
        };
        if at == self.end {
            return Ok(None);
        }
        let way = self.way(at);
        let leads = way.last().map(|step| step.after) == self.end;
        match way.first() {
            Some(step) if leads => Ok(Some(*step)),
            Some(_) | None => Err(no_way(std::mem::take(&mut self.spoilt))),
        }
    }

    /// Applies one file, from the first sink that has it whole; says whether one had. A file that
    /// none has whole is left out from here on: another one may lead past it, since no two sinks
    /// need have cut the store's commits alike.
    fn apply(
        &mut self,
        rebuilding: &mut Option<Rebuilding>,
        (target, options): (&Arc<dyn Disk>, Options),
        name: RollName,
    ) -> Result<bool> {
        let holders = self.names.iter().filter(|(it, _)| *it == name);
        let holders: Vec<_> = holders.filter_map(|(_, at)| self.rolls.get(*at)).collect();
        for sink in holders {
            let outcome = roll(&**sink, rebuilding, (target, options), name);
            let Err(error) = outcome else {
                return Ok(true);
            };
            if error.code() == Code::Full {
                return Err(error);
            }
            self.spoilt
                .push(error.at(format!("{} in {}", name, sink.place())));
        }
        self.names.retain(|(it, _)| *it != name);
        Ok(false)
    }
}

/// Applies one file of a sink.
fn roll(
    sink: &dyn Sink,
    rebuilding: &mut Option<Rebuilding>,
    (target, options): (&Arc<dyn Disk>, Options),
    name: RollName,
) -> Result<()> {
    if let Some(open) = rebuilding {
        match open.apply(&mut reader(sink, name)?) {
            // What is there is itself damaged: a snapshot takes its place.
            Err(StoreError::DamagedCatalog { .. }) if name.before.is_none() => *rebuilding = None,
            other => return Ok(other?),
        }
    }
    let disk = Arc::clone(target);
    let begun = Rebuilding::begin_on(disk, options, &mut reader(sink, name)?)?;
    *rebuilding = Some(begun);
    Ok(())
}

/// Reads a file of a sink that is what it is named.
fn reader(sink: &dyn Sink, name: RollName) -> Result<RollReader<impl io::Read>> {
    let file = sink.get(&name.to_string());
    let file = file.map_err(|error| said(sink, error))?;
    let reader = RollReader::open(io::BufReader::new(file))?;
    let header = reader.header();
    if RollName::of(header.before, header.after) != name {
        return Err(StoreError::DamagedRoll.into());
    }
    Ok(reader)
}

/// Says of each file why it could not be used.
fn no_way(spoilt: Vec<Error>) -> Error {
    let places: Vec<_> = spoilt.iter().filter_map(Error::place).collect();
    let places = places.join("; ");
    match spoilt.into_iter().next() {
        Some(first) => first.at(places),
        None => nothing(),
    }
}

/// Leaves no directory behind that holds nothing; one that holds something is named, since what
/// failed goes on in it.
pub(super) fn tidied<T>(outcome: Result<T>, directory: &Path, made: Made) -> Result<T> {
    outcome.map_err(|error| {
        if made == Made::Now {
            // Only an empty directory goes; what matters is the error.
            let _ = std::fs::remove_dir(directory);
        }
        if !directory.join(BEGUN).exists() {
            return error;
        }
        error.and(&format!(
            "{} keeps what was brought so far: the same command goes on there",
            directory.display()
        ))
    })
}

/// Whether a directory is this call's own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Now,
    Before,
}

impl Made {
    /// Makes `directory` unless it is there.
    pub(super) fn directory(directory: &Path) -> Result<Self> {
        let made = if directory.is_dir() {
            Self::Before
        } else {
            Self::Now
        };
        std::fs::create_dir_all(directory).map_err(system)?;
        Ok(made)
    }
}

/// Copies what the backup holds and the directory does not: every segment, since a body that
/// moved later is found by looking through all, and the index files that the catalog names.
fn copy(sources: &Sources, rebuilding: &Rebuilding, target: &Arc<dyn Disk>) -> Result<u64> {
    let source = &sources.segments;
    let from = Ledger::read(&**source)?;
    let mut own = Ledger::read(&**target)?;
    let store = rebuilding.format().store;
    if from.store.is_some_and(|other| other != store) || own.store.is_some_and(|it| it != store) {
        return Err(Error::new(
            Code::Invalid,
            "the backup and the catalog belong to different stores",
            "bring the sink of the store that was backed up",
        ));
    }
    own.store = Some(store);
    own.write(&**target)?;
    let index = manifest_files(&rebuilding.rows()?)?;
    let mut copied = 0;
    for (name, held) in &from.files {
        let job = match name.strip_prefix("index/") {
            Some(file) if index.iter().any(|it| it == file) => {
                Job::index(&own, name.clone(), held.length, held.digest)
            }
            Some(_) => None,
            None => segment_of(name).and_then(|it| Job::segment(&own, it, held.length)),
        };
        let Some(job) = job else { continue };
        let held = source.open(name, OpenMode::Read).map(drop);
        held.map_err(|error| lacking(name, error))?;
        let mut copying = Copying::begin(job, &**source, &**target)?;
        while !copying.is_done() {
            copied += copying.step(u64::MAX)?;
        }
        copying.finish(source, target, &mut own)?;
        own.write(&**target)?;
    }
    // A segment that the backup has let go of is in nobody's way until the promotion.
    Ok(copied)
}

fn lacking(name: &str, error: io::Error) -> Error {
    if error.kind() != io::ErrorKind::NotFound {
        return system(error).at(name.to_owned());
    }
    Error::new(
        Code::Corrupt,
        format!("the backup lacks {name}, which its ledger names"),
        "bring the file back into the backup's folder, or take another backup",
    )
}

/// Whether a file has the form of one that a backup may leave before its ledger names it.
fn is_left_over(name: &str) -> bool {
    let (folder, file) = name.split_once('/').unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    match folder {
        "body" => segment_of(name).is_some(),
        "index" => stem.len() == 8 && stem.bytes().all(|byte| byte.is_ascii_digit()),
        _ => RollName::parse(file.trim_end_matches(".part")).is_some(),
    }
}

fn segment_of(name: &str) -> Option<u32> {
    let number = name.strip_prefix("body/")?.strip_suffix(".seg")?;
    number.parse().ok()
}

/// A directory is filled when it is empty, or when an earlier refresh began to fill it. A
/// passphrase's slot file, which no backup holds, may lie there already.
fn check_target(target: &dyn Disk) -> Result<()> {
    let names = match target.list("") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(system)?,
    };
    let ours = |name: &String| {
        let known = [BEGUN, "catalog.redb", "OPEN", "body", "index", "passphrase"];
        known.contains(&name.as_str()) || name.starts_with(ledger::FILE)
    };
    if names.iter().all(ours) {
        return Ok(());
    }
    Err(Error::new(
        Code::Exists,
        "the directory holds a store or something else",
        "name an empty directory, or one that an earlier restore began to fill",
    ))
}

fn said(sink: &dyn Sink, error: io::Error) -> Error {
    system(error).at(sink.place())
}

fn nothing() -> Error {
    Error::new(
        Code::NotAStore,
        "neither the backup nor a sink holds a catalog snapshot",
        "check the paths of the backup and of the sinks",
    )
}

/// What lies in a directory that is no store yet.
const BEGUN: &str = "FORMAT.new";
