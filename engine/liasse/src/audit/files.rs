//! The files of a store: body segments, index files, and what else lies there. Needs no key.
//!
//! Invariants: every byte that a commit binds is compared with what binds it; what cannot be read
//! for its own fault is a finding, and the system's errors end the audit.

use super::check::{Check, Step};
use super::{Depth, Standing};
use crate::backup::ledger;
use crate::error::Result;
use base::disk::OpenMode;
use index::{Bytes, IndexFile};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use store::{Catalog, SegmentDamage, SegmentRow, StoreError};
use vault::Passphrase;

impl Check<'_> {
    /// Every frame of every body segment is what was written.
    pub(super) fn bodies(&mut self, from: u64) -> Result<Step> {
        let segments = match self.auditor.rows.segments() {
            Ok(segments) => segments,
            Err(error) => {
                self.report
                    .find("S11", "table segments", &error.to_string());
                return Ok(Step::Continue(()));
            }
        };
        let ends = segments.iter().map(|(_, row)| row.end);
        let total = ends.fold(0, u64::saturating_add);
        let (mut done, mut checked) = (0_u64, 0_u64);
        let mut failed = None;
        for (segment, row) in &segments {
            if u64::from(*segment) < from {
                done = done.saturating_add(row.end);
                continue;
            }
            if self.tell(done, total).is_break() {
                self.report.bytes = self.report.bytes.saturating_add(checked);
                self.report.cover("bytes of bodies", checked, total);
                return Ok(Step::Break(u64::from(*segment)));
            }
            let outcome = self
                .auditor
                .catalog
                .check_frames(*segment, *row, &mut |_| {});
            match outcome {
                Ok(_) => {}
                Err(StoreError::DamagedSegment { .. })
                    if self.has_left("bodies", &store::segment_file(*segment)) =>
                {
                    done = done.saturating_add(row.end);
                    continue;
                }
                Err(StoreError::DamagedSegment { damage, .. }) => {
                    let what = match damage {
                        SegmentDamage::Missing => "the file is missing",
                        SegmentDamage::Cut => "the file is cut short",
                        SegmentDamage::NoFile => NO_FILE,
                        SegmentDamage::Damaged => "its bytes are not those that were written",
                        _ => "it is damaged",
                    };
                    self.report
                        .find("S11", format!("body/{segment:08}.seg"), what);
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
            done = done.saturating_add(row.end);
            checked = checked.saturating_add(row.end);
        }
        self.report.bytes = self.report.bytes.saturating_add(checked);
        self.report.cover("bytes of bodies", checked, total);
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(Step::Continue(())),
        }
    }

    /// The files that are named are there, and no others; index files are what was written.
    pub(super) fn files(&mut self, from: u64) -> Result<Step> {
        if from == 0
            && let Err(error) = self.named()
        {
            self.failed("files", error);
        }
        match index::bound_files(&*self.auditor.rows) {
            Ok(files) => self.index_files(&files, from),
            Err(error) => {
                self.report
                    .find("X2", "the index manifest", &error.to_string());
                Ok(Step::Continue(()))
            }
        }
    }

    /// No file or byte is there that nothing names.
    fn named(&mut self) -> Result<()> {
        let auditor = self.auditor;
        match auditor.rows.segments() {
            Ok(segments) => self.named_bodies(&segments)?,
            // That they cannot be read is told where their bytes are looked at.
            Err(_) => self.report.skip("files", UNNAMED_BODIES),
        }
        match index::manifest_files(&*auditor.rows) {
            Ok(named) => {
                for name in self.list("index")? {
                    if !named.contains(&name) {
                        self.surplus(&format!("index/{name}"), "is named by nothing");
                    }
                }
            }
            Err(_) => self.report.skip("files", UNNAMED_INDEX),
        }
        // INVARIANT(S8): a store is made where nothing else lies, and nothing else comes there.
        for name in self.list("")? {
            if name == UNFINISHED {
                self.surplus(&name, "is what an upgrade or a restore left");
            } else if !PARTS.contains(&name.as_str()) {
                self.report.find("S8", name, "is no part of a store");
            } else if let Some(what) = self.is_other(&name) {
                self.report.find("S8", name, what);
            }
        }
        Ok(())
    }

    /// Why what has the name of a part of a store is none, though nothing else reads it.
    fn is_other(&self, name: &str) -> Option<&'static str> {
        if FOLDERS.contains(&name) {
            return None;
        }
        let disk = &**self.auditor.catalog.disk();
        let file = match disk.open(name, OpenMode::Read) {
            Err(error) => return base::disk::is_no_file(&error).then_some(NO_FILE),
            Ok(file) => file,
        };
        // INVARIANT(S8): a key file that lies there would open the store to whoever copies it.
        if name == "passphrase" && !Passphrase::is_file_of(self.auditor.store, &*file).ok()? {
            Some("is not the slot file of a passphrase of this store")
        } else if name == store::OPEN_MARK && file.length().ok()? > MARK_BYTES_MAX {
            Some("is longer than such a file is")
        } else if name == ledger::FILE && ledger::Ledger::read(disk).is_err() {
            Some("is no ledger of a backup")
        } else {
            None
        }
    }

    /// Every page of the catalog is the one that the page above it leads to, and no byte lies
    /// behind the last: rows are the same by pages that no engine would read.
    pub(super) fn catalog_pages(&mut self, _: u64) -> Result<Step> {
        let catalog = &self.auditor.catalog;
        if let Some(why) = self.auditor.standing.unrest() {
            let what = format!("its pages were not checked: {why}");
            self.report.remark(CATALOG, what);
            // Nobody is about to name what lies in it: it could be looked at, and was not.
            if self.auditor.standing == Standing::Left {
                self.report.skip("pages", UNCLOSED);
            }
            return Ok(Step::Continue(()));
        }
        let length = catalog.disk().open(CATALOG, OpenMode::Read);
        let length = length.and_then(|file| file.length());
        let pages = length.map_err(StoreError::from)?.div_ceil(PAGE_BYTES);
        match Catalog::check_pages(Arc::clone(catalog.disk()), store::Options::default()) {
            Ok(()) => {}
            Err(StoreError::DamagedCatalog { .. }) => {
                let what = "a page is not the one that the page above it leads to, or bytes lie \
                            behind the last";
                self.report.find("S19", CATALOG, what);
            }
            Err(error) => return Err(error.into()),
        }
        self.report
            .cover_whole("pages of the catalog", pages, pages);
        Ok(Step::Continue(()))
    }

    /// No body segment is there that the catalog does not name, and no byte behind the end of one.
    fn named_bodies(&mut self, segments: &[(u32, SegmentRow)]) -> Result<()> {
        let auditor = self.auditor;
        let mut lengths = Vec::new();
        for (segment, row) in segments {
            let name = store::segment_file(*segment);
            let file = auditor.catalog.disk().open(&name, OpenMode::Read);
            let length = file.and_then(|file| file.length()).unwrap_or(row.end);
            if length > row.end {
                lengths.push(name);
            }
        }
        for name in lengths {
            self.surplus(&name, "holds bytes behind its end, which nothing names");
        }
        let named = segments
            .iter()
            .map(|(segment, _)| store::segment_file(*segment));
        let named: BTreeSet<_> = named.collect();
        for name in self.list("body")? {
            let name = format!("body/{name}");
            if !named.contains(&name) {
                self.surplus(&name, "is named by nothing");
            }
        }
        Ok(())
    }

    /// Every byte of the index files is what the manifest binds.
    fn index_files(&mut self, files: &[IndexFile], from: u64) -> Result<Step> {
        let total = files.len() as u64;
        let mut checked = 0;
        for (number, file) in (0..).zip(files) {
            if number < from {
                continue;
            }
            if self.tell(number, total).is_break() {
                self.report.cover(INDEX_FILES, checked, total);
                return Ok(Step::Break(number));
            }
            let place = format!("index/{}", file.name);
            match file.check(&**self.auditor.catalog.disk()) {
                Ok((found, bytes)) => {
                    self.report.bytes = self.report.bytes.saturating_add(bytes);
                    if found == Bytes::Others {
                        self.altered(place);
                    } else if !file.is_bound() {
                        let what = "was written before the manifest bound the bytes of its files";
                        self.report.remark(place, what);
                        // With all keys each page of it is opened.
                        if !self.reaches(Depth::Full) {
                            self.report
                                .skip("files", "nothing binds the bytes of some of them");
                        }
                        continue;
                    }
                    checked += 1;
                }
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound
                        && self.has_left("files", &place) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.report.find("X2", place, "the file is missing");
                    checked += 1;
                }
                Err(error) if base::disk::is_no_file(&error) => {
                    self.report.find("X2", place, NO_FILE);
                    checked += 1;
                }
                Err(error) => return Err(StoreError::from(error).into()),
            }
        }
        self.report.cover(INDEX_FILES, checked, total);
        Ok(Step::Continue(()))
    }

    /// An index file has other bytes; told once, though no engine may have opened for it.
    fn altered(&mut self, place: String) {
        if !self.report.names("X2", &place) {
            let what = "its bytes are not those that were written";
            self.report.find("X2", place, what);
        }
    }

    /// What lies in a folder; nothing where there is none, which is told of what should be in it.
    fn list(&self, folder: &str) -> Result<BTreeSet<String>> {
        match self.auditor.catalog.disk().list(folder) {
            Ok(names) => Ok(names.into_iter().collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(StoreError::from(error).into()),
        }
    }

    /// What a store at rest must not have; one in use may be about to name it.
    fn surplus(&mut self, name: &str, what: &str) {
        if let Some(why) = self.auditor.standing.unrest() {
            let what = format!("{what}; {why}");
            self.report.remark(name.to_owned(), what);
        } else {
            self.report.find("S8", name.to_owned(), what);
        }
    }
}

const NO_FILE: &str = "a pipe, a device or a folder lies in its place";
const CATALOG: &str = "catalog.redb";
const PAGE_BYTES: u64 = 4096;
const UNCLOSED: &str = "the store was not closed: audit it once an engine has opened and \
                        closed it; what is named by nothing is remarked, and not found";
const INDEX_FILES: &str = "index files, by their bytes";
const UNNAMED_BODIES: &str = "body segments could not be compared with the catalog that names them";
const UNNAMED_INDEX: &str = "index files could not be compared with the manifest that names them";
/// FORMAT until a store is whole.
const UNFINISHED: &str = "FORMAT.new";
const FOLDERS: [&str; 2] = ["body", "index"];
/// The note of what waits is shorter.
const MARK_BYTES_MAX: u64 = 256;
/// What lies at the top of a store; `BACKUP` where it was brought together from a backup.
const PARTS: [&str; 7] = [
    "FORMAT",
    "catalog.redb",
    "body",
    "index",
    "passphrase",
    "OPEN",
    ledger::FILE,
];
