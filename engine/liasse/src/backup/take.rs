//! A backup, taken while the store works.
//!
//! ```text
//! TARGET/BACKUP      the ledger
//! TARGET/body        segments, as in the store
//! TARGET/index       index files, as in the store
//! TARGET/catalog     one catalog snapshot, of the last backup that was finished
//! ```
//! Segments are copied first, without holding a reader; then once more what came meanwhile;
//! then the catalog of that moment. Invariants: the snapshot in the target names only bytes that
//! the target holds; the one before it goes when the new one is whole; a backup that was cut
//! short is continued by the next.

use super::ledger::{Copying, Job, Ledger, system};
use super::sink::RollName;
use crate::core::{Core, View};
use crate::engine::Engine;
use crate::error::{Code, Error, Result};
use base::disk::{Disk, DiskFile, FolderDisk, OpenMode};
use index::{Searcher, manifest_files};
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;
use store::{Export, RollHeader, SegmentPin, Snapshot, segment_file};

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes written so far.
    pub copied: u64,
    /// About how many bytes are left; what is deposited meanwhile is added.
    pub remaining: u64,
    /// Whether it is finished.
    pub done: bool,
}

/// What a finished backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupReport {
    /// The last commit in it.
    pub commit: u64,
    /// The epoch of the root key that its catalog opens under.
    pub epoch: u64,
    /// Bytes of segments and index files that were copied.
    pub copied_bytes: u64,
    /// Bytes of the catalog snapshot.
    pub catalog_bytes: u64,
    /// Files that are damaged in the store itself; they were copied as they are.
    pub damaged: Vec<String>,
}

/// A backup that is being taken, as fast as the host wants. Dropping it cancels it; the next
/// backup into the same target goes on where it was.
pub struct Backup {
    core: Arc<Core>,
    source: Arc<dyn Disk>,
    target: Arc<dyn Disk>,
    ledger: Ledger,
    named: BTreeSet<String>,
    jobs: VecDeque<Job>,
    copying: Option<Copying>,
    last: Option<(RollHeader, Arc<Snapshot>)>,
    catalog: Option<Catalog>,
    rounds: u32,
    unsaved: u64,
    estimate: u64,
    report: BackupReport,
    done: bool,
    pinned: Searcher,
    _pin: SegmentPin,
}

/// The catalog snapshot on its way.
struct Catalog {
    export: Export,
    file: Arc<dyn DiskFile>,
    name: String,
    epoch: u64,
    at: u64,
}

impl Engine {
    /// Backs the store up into a directory, which is made or holds an earlier backup of this
    /// store: only what is new is copied. The root key is not in it.
    ///
    /// # Errors
    /// [`Code::Exists`] when the directory holds something else, and what the disks give.
    pub fn backup(&self, target: &Path) -> Result<BackupReport> {
        let mut backup = self.begin_backup(target)?;
        while !backup.step(STEP_BYTES)?.done {}
        backup.report()
    }

    /// Begins a backup that the host paces by [`Backup::step`].
    ///
    /// # Errors
    /// As [`Self::backup`].
    pub fn begin_backup(&self, target: &Path) -> Result<Backup> {
        std::fs::create_dir_all(target).map_err(system)?;
        self.begin_backup_on(Arc::new(FolderDisk::new(target)))
    }

    /// As [`Self::begin_backup`], on any disk.
    ///
    /// # Errors
    /// As [`Self::backup`].
    pub fn begin_backup_on(&self, target: Arc<dyn Disk>) -> Result<Backup> {
        Backup::begin(Arc::clone(&self.shared.core), target)
    }
}

impl Backup {
    fn begin(core: Arc<Core>, target: Arc<dyn Disk>) -> Result<Self> {
        let mut ledger = Ledger::read(&*target)?;
        let names = target.list("").map_err(system)?;
        let known = ledger.store.is_none_or(|store| store == core.store);
        if !known || (ledger.store.is_none() && !names.iter().all(|name| is_ours(name))) {
            return Err(Error::new(
                Code::Exists,
                "the directory holds something else than a backup of this store",
                "name an empty directory, or the last backup of this store",
            ));
        }
        ledger.store = Some(core.store);
        ledger.sinks = core.shipping.known(core.view()?.rows())?;
        let pin = core.catalog.pin_segments();
        let view = core.view()?;
        let mut backup = Self {
            source: Arc::clone(core.catalog.disk()),
            target,
            ledger,
            named: BTreeSet::new(),
            jobs: VecDeque::new(),
            copying: None,
            last: None,
            catalog: None,
            rounds: 0,
            unsaved: 0,
            estimate: Export::estimate(&view.rows)?,
            report: BackupReport {
                commit: 0,
                epoch: 0,
                copied_bytes: 0,
                catalog_bytes: 0,
                damaged: Vec::new(),
            },
            done: false,
            pinned: view.searcher.clone(),
            _pin: pin,
            core,
        };
        backup.ledger.write(&*backup.target)?;
        backup.plan(&view)?;
        Ok(backup)
    }

    /// Does the next part, about `bytes_max` bytes of it.
    ///
    /// # Errors
    /// What the disks give. The backup can be stepped again, or dropped and begun anew.
    pub fn step(&mut self, bytes_max: u64) -> Result<Progress> {
        // What another may have opened since is not copied as if it were this.
        self.core.view()?;
        let mut left = bytes_max.max(1);
        while left > 0 && !self.done {
            let written = self.some(left);
            if written.is_err() {
                // What the ledger does not hold is planned anew by the next step.
                self.jobs.clear();
                (self.copying, self.catalog, self.last) = (None, None, None);
            }
            left = left.saturating_sub(written?);
        }
        let waiting: u64 = self.jobs.iter().map(|job| job.to - job.from).sum();
        let copied = self.report.copied_bytes + self.report.catalog_bytes;
        let catalog = self.estimate.saturating_sub(self.report.catalog_bytes);
        Ok(Progress {
            copied,
            remaining: if self.done { 0 } else { waiting + catalog },
            done: self.done,
        })
    }

    /// What the finished backup holds.
    ///
    /// # Errors
    /// [`Code::Changed`] when it is not finished.
    pub fn report(&self) -> Result<BackupReport> {
        if self.done {
            return Ok(self.report.clone());
        }
        Err(Error::new(
            Code::Changed,
            "the backup is not finished",
            "step on until it is done",
        ))
    }

    /// One piece of work; how many bytes it wrote.
    fn some(&mut self, bytes_max: u64) -> Result<u64> {
        if let Some(mut copying) = self.copying.take() {
            let count = copying.step(bytes_max)?;
            self.report.copied_bytes += count;
            self.unsaved += count;
            if copying.is_done() {
                self.finish_file(copying)?;
            } else {
                self.copying = Some(copying);
            }
            return Ok(count);
        }
        if let Some(job) = self.jobs.pop_front() {
            self.copying = Some(Copying::begin(job, &*self.source, &*self.target)?);
            return Ok(0);
        }
        if self.catalog.is_some() {
            return self.some_catalog();
        }
        match self.last.take() {
            Some((header, rows)) => self.begin_catalog(header, rows).map(|()| 0),
            None => self.next_round().map(|()| 0),
        }
    }

    fn finish_file(&mut self, copying: Copying) -> Result<()> {
        let name = copying.name().to_owned();
        let whole = copying.finish(&self.source, &self.target, &mut self.ledger)?;
        if !whole {
            self.note_damaged(name);
        }
        if self.unsaved >= SAVE_BYTES {
            self.unsaved = 0;
            self.ledger.write(&*self.target)?;
        }
        Ok(())
    }

    /// What came since the last plan is copied too; when it is little, its catalog is the one.
    fn next_round(&mut self) -> Result<()> {
        self.rounds += 1;
        let view = self.core.view()?;
        self.pinned = view.searcher.clone();
        self.plan(&view)?;
        let waiting: u64 = self.jobs.iter().map(|job| job.to - job.from).sum();
        if waiting <= LAST_ROUND_BYTES || self.rounds >= ROUNDS_MAX {
            let header = self
                .core
                .shipping
                .source()
                .header_of(&view.rows, &view.keys)?;
            self.last = Some((header, Arc::clone(&view.rows)));
        }
        Ok(())
    }

    fn plan(&mut self, view: &View) -> Result<()> {
        self.named.clear();
        for (segment, row) in view.rows.segments()? {
            self.named.insert(segment_file(segment));
            self.jobs
                .extend(Job::segment(&self.ledger, segment, row.end));
        }
        for name in manifest_files(&*view.rows)? {
            let name = format!("index/{name}");
            self.named.insert(name.clone());
            let length = match self.source.open(&name, OpenMode::Read) {
                Ok(file) => file.length().map_err(system)?,
                // The check of the whole store finds it; the index is made anew at a restore.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.note_damaged(name);
                    continue;
                }
                Err(error) => return Err(system(error)),
            };
            self.jobs
                .extend(Job::index(&self.ledger, name, length, None));
        }
        Ok(())
    }

    fn note_damaged(&mut self, name: String) {
        if !self.report.damaged.contains(&name) {
            self.report.damaged.push(name);
        }
    }

    fn begin_catalog(&mut self, header: RollHeader, rows: Arc<Snapshot>) -> Result<()> {
        self.ledger.write(&*self.target)?;
        self.report.commit = header.after.commit.number();
        self.report.epoch = header.epoch;
        self.report.catalog_bytes = 0;
        let name = format!("{CATALOG}/{}", RollName::of(None, header.after));
        let unfinished = format!("{name}.part");
        self.target.create_folder(CATALOG).map_err(system)?;
        match self.target.remove(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(system(error)),
            _ => {}
        }
        let file = self.target.open(&unfinished, OpenMode::CreateNew);
        self.catalog = Some(Catalog {
            file: file.map_err(system)?,
            export: Export::begin(rows, header, Arc::clone(&self.core.signing))?,
            name,
            epoch: header.epoch,
            at: 0,
        });
        Ok(())
    }

    fn some_catalog(&mut self) -> Result<u64> {
        let Some(catalog) = &mut self.catalog else {
            return Ok(0);
        };
        let piece = catalog.export.step()?;
        if piece.is_empty() {
            return self.finish_catalog().map(|()| 0);
        }
        catalog
            .file
            .write_at(catalog.at, &piece)
            .map_err(|error| system(error).at(catalog.name.clone()))?;
        catalog.at += piece.len() as u64;
        self.report.catalog_bytes = catalog.at;
        Ok(piece.len() as u64)
    }

    fn finish_catalog(&mut self) -> Result<()> {
        let Some(catalog) = self.catalog.take() else {
            return Ok(());
        };
        let target = &*self.target;
        let finish = || -> io::Result<()> {
            catalog.file.sync()?;
            target.rename(&format!("{}.part", catalog.name), &catalog.name)?;
            target.sync_folder(CATALOG)?;
            target.sync_folder("")
        };
        finish().map_err(|error| system(error).at(catalog.name.clone()))?;
        // An erasure meanwhile closed the catalog that was just written: once more.
        let now = self.core.view()?.keys.epoch().number();
        if now > catalog.epoch && self.rounds < ROUNDS_MAX {
            return self.next_round();
        }
        self.prune(&catalog.name)?;
        self.done = true;
        Ok(())
    }

    /// Removes what the new catalog has no use for, and what an earlier one failed to remove.
    fn prune(&mut self, catalog: &str) -> Result<()> {
        let target = &*self.target;
        self.ledger
            .files
            .retain(|name, _| self.named.contains(name));
        self.ledger.write(target)?;
        for folder in ["body", "index", CATALOG] {
            let names = match target.list(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(system)?,
            };
            let names = names.iter().map(|name| format!("{folder}/{name}"));
            for name in names.filter(|it| it != catalog && !self.ledger.files.contains_key(it)) {
                target.remove(&name).map_err(system)?;
            }
        }
        Ok(())
    }
}

/// Whether a backup that was never finished may have left it.
pub(super) fn is_ours(name: &str) -> bool {
    [super::ledger::FILE, "BACKUP.part", "body", "index", CATALOG].contains(&name)
}

/// The folder of a target that its catalog lies in; it has the form of a sink.
pub(crate) const CATALOG: &str = "catalog";
const STEP_BYTES: u64 = 64 << 20;
/// The ledger is written after this many copied bytes.
const SAVE_BYTES: u64 = 64 << 20;
/// A round that copies no more than this is the last.
const LAST_ROUND_BYTES: u64 = 16 << 20;
/// Most rounds before the catalog is held while the rest is copied.
const ROUNDS_MAX: u32 = 8;
