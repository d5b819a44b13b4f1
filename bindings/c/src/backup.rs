//! Backups, and stores made of them.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::callback;
use crate::engine::{self, Engine, OpenOptions};
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::id::Id;
use crate::input::{self, Options};
use crate::output::{self, Out};
use crate::row::{self, Row, Rows, Text, Texts};
use crate::wall;
use liasse::{BackupReport, DirectorySink, Lost, Sink, Sinks, Sources};
use std::ffi::{c_char, c_void};
use std::path::Path;
use std::ptr;
use std::sync::Arc;

/// Told how far a long call is: bytes done, and about how many are left (documents, of
/// liasse_engine_reindex). Returns 0 to go on, any
/// other number to end the call with LIASSE_E_CANCELLED.
pub type ProgressCallback =
    Option<unsafe extern "C" fn(user: *mut c_void, copied: u64, remaining: u64) -> i32>;

/// A backup that is being taken, as fast as the program wants. Threads: one at a time.
pub struct Backup {
    _opaque: [u8; 0],
}

impl Opaque for Backup {
    type Value = liasse::Backup;
    const KIND: [u8; 4] = *b"Back";
    const NAME: &'static str = "backup";
}

/// How far a backup is. Set struct_size to its sizeof.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ProgressView {
    /// sizeof(liasse_progress); afterwards, how many bytes of it the library knows.
    pub struct_size: usize,
    /// Bytes written so far.
    pub copied: u64,
    /// About how many bytes are left; what is deposited meanwhile is added.
    pub remaining: u64,
    /// 1 when it is finished, else 0.
    pub done: u32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, a word, two numbers of eight bytes and two halves; zeroes are numbers.
unsafe impl Options for ProgressView {
    const NAME: &'static str = "progress";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// What a finished backup holds. Set struct_size to its sizeof.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SummaryView {
    /// sizeof(liasse_backup_summary); afterwards, how many bytes of it the library knows.
    pub struct_size: usize,
    /// The last commit in it.
    pub commit: u64,
    /// The epoch of the root key that its catalog opens under.
    pub epoch: u64,
    /// Bytes of segments and index files that were copied.
    pub copied_bytes: u64,
    /// Bytes of the catalog snapshot.
    pub catalog_bytes: u64,
    /// Files that are damaged in the store itself; they were copied as they are.
    pub damaged: u64,
}

// SAFETY: `repr(C)`, a word and five numbers of eight bytes; zeroes are numbers.
unsafe impl Options for SummaryView {
    const NAME: &'static str = "summary";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// What a refresh brought. Set struct_size to its sizeof.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RefreshedView {
    /// sizeof(liasse_refreshed); afterwards, how many bytes of it the library knows.
    pub struct_size: usize,
    /// The last commit.
    pub commit: u64,
    /// The epoch of the root key that opens it.
    pub epoch: u64,
    /// Catalog files that were applied.
    pub applied: u64,
    /// Bytes of segments and index files that were copied.
    pub copied_bytes: u64,
}

// SAFETY: `repr(C)`, a word and four numbers of eight bytes; zeroes are numbers.
unsafe impl Options for RefreshedView {
    const NAME: &'static str = "refreshed";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// What a restore brought back, with a cursor over what it could not. Threads: one at a time.
pub struct Restored {
    _opaque: [u8; 0],
}

impl Opaque for Restored {
    type Value = Rows<RestoredRow>;
    const KIND: [u8; 4] = *b"Rest";
    const NAME: &'static str = "cursor";
}

/// What a restore brought back, or a document whose bytes are in no backup: listed and found, but
/// not read. Valid until the next step of its cursor or its end. A later version may add fields
/// behind the last: struct_size says how many bytes this library knows.
#[repr(C)]
pub struct RestoredView {
    /// How many bytes of this struct the library fills.
    pub struct_size: usize,
    /// The last commit that was brought back.
    pub commit: u64,
    /// The epoch of the root key.
    pub epoch: u64,
    /// 1 when index files were missing: the first opening then analyses all texts anew; else 0.
    pub index_anew: u32,
    /// 0 in the first row, which speaks of the restore; 1 in each that follows, which names a
    /// lost document.
    pub lost: u32,
    /// The lost document; zeroes in the first row.
    pub document: Id,
    /// Its dossier; zeroes in the first row.
    pub dossier: Id,
    /// The name of the log from here on.
    pub origin: Text,
}

/// Backs a store up into target, a directory that is made or holds an earlier backup of this
/// store: only what is new is copied. The root key is not in it. progress, called between parts,
/// and summary, which has its struct_size set, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_backup(
    engine: *const Engine,
    target: *const c_char,
    progress: ProgressCallback,
    user: *mut c_void,
    summary: *mut SummaryView,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 3.
        let target = unsafe { input::text(target, "target") }?;
        // SAFETY: the caller, by rules 4 and 5.
        let place = unsafe { output::Sized::optional(summary) }?;
        let mut backup = engine.begin_backup(Path::new(target))?;
        loop {
            let at = backup.step(PART_BYTES)?;
            if at.done {
                break;
            }
            let told = progress.map_or(0, |progress| {
                // SAFETY: the caller named the function for this call, by rule 6.
                callback::run(|| unsafe { progress(user, at.copied, at.remaining) })
            });
            if told != 0 {
                return Err(cancelled());
            }
        }
        let report = backup.report()?;
        if let Some(place) = place {
            place.set(self::summary(&report));
        }
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Begins a backup as liasse_engine_backup takes one, paced by liasse_backup_step. Give *backup
/// to liasse_backup_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_begin_backup(
    engine: *const Engine,
    target: *const c_char,
    backup: *mut *mut Backup,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rule 3.
        let target = unsafe { input::text(target, "target") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(backup, "backup") }?;
        place.set(handle::give(engine.begin_backup(Path::new(target))?));
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Does the next part of a backup, about bytes_max bytes of it. Step until progress->done is 1;
/// progress has its struct_size set. After a failure it can be stepped again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_backup_step(
    backup: *mut Backup,
    bytes_max: u64,
    progress: *mut ProgressView,
    error: *mut *mut Error,
) -> i32 {
    let body = |backup: &mut liasse::Backup| {
        // SAFETY: the caller, by rules 4 and 5.
        let place = unsafe { output::Sized::new(progress) }?;
        let at = backup.step(bytes_max)?;
        place.set(ProgressView {
            struct_size: size_of::<ProgressView>(),
            copied: at.copied,
            remaining: at.remaining,
            done: u32::from(at.done),
            reserved: 0,
        });
        Ok(())
    };
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { wall::exclusive(backup, error, body) }
}

/// Says what a finished backup holds; LIASSE_E_CHANGED when it is not finished. summary has its
/// struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_backup_report(
    backup: *mut Backup,
    summary: *mut SummaryView,
    error: *mut *mut Error,
) -> i32 {
    let body = |backup: &mut liasse::Backup| {
        // SAFETY: the caller, by rules 4 and 5.
        let place = unsafe { output::Sized::new(summary) }?;
        place.set(self::summary(&backup.report()?));
        Ok(())
    };
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { wall::exclusive(backup, error, body) }
}

/// Frees a backup, which ends it when it is not finished; the next into the same target goes on
/// where it was. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_backup_free(backup: *mut Backup) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(backup) };
}

/// Restores a store into directory, which is new or which an earlier restore began to fill, from
/// the directory of a backup and sink_count directories of sinks that hold newer catalogs. Open
/// it afterwards. restored may be NULL; give *restored to liasse_restored_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_restore(
    backup: *const c_char,
    sinks: *const *const c_char,
    sink_count: usize,
    directory: *const c_char,
    options: *const OpenOptions,
    restored: *mut *mut Restored,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let sources = unsafe { sources(backup, sinks, sink_count) }?;
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(restored, "restored") }?;
        // SAFETY: the caller, by rule 4.
        let (root, options) = unsafe { engine::how(options) }?;
        let sources = if matches!(options.sinks, Sinks::Waived(_)) {
            sources.without_sinks()
        } else {
            sources
        };
        let restored = liasse::Engine::restore(&sources, Path::new(directory), &root, &options)?;
        give(place, restored);
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Brings what is new in a backup and its sinks into directory, which is new or which an earlier
/// call filled: a standby, kept near its store. liasse_promote makes a store of it. refreshed,
/// which has its struct_size set, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_refresh(
    backup: *const c_char,
    sinks: *const *const c_char,
    sink_count: usize,
    directory: *const c_char,
    refreshed: *mut RefreshedView,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let sources = unsafe { sources(backup, sinks, sink_count) }?;
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rules 4 and 5.
        let place = unsafe { output::Sized::optional(refreshed) }?;
        let refreshed = liasse::refresh(&sources, Path::new(directory))?;
        if let Some(place) = place {
            place.set(RefreshedView {
                struct_size: size_of::<RefreshedView>(),
                commit: refreshed.commit,
                epoch: refreshed.epoch,
                applied: refreshed.applied,
                copied_bytes: refreshed.copied_bytes,
            });
        }
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Makes a store of a directory that liasse_refresh filled. Open it afterwards. restored may be
/// NULL; give *restored to liasse_restored_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_promote(
    directory: *const c_char,
    options: *const OpenOptions,
    restored: *mut *mut Restored,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::optional(restored, "restored") }?;
        // SAFETY: the caller, by rule 4.
        let (root, options) = unsafe { engine::how(options) }?;
        give(
            place,
            liasse::promote(Path::new(directory), &root, &options)?,
        );
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Steps to the next row: first to the one that speaks of the restore, then to each document
/// that was lost, then *row is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_restored_next(
    cursor: *mut Restored,
    row: *mut *const RestoredView,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 1, 2 and 5.
    unsafe { row::next(cursor, row, error) }
}

/// Frees a cursor and its row. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_restored_free(cursor: *mut Restored) {
    // SAFETY: the caller, by rules 1 and 2.
    unsafe { wall::free(cursor) };
}

/// Sinks that are directories.
pub(crate) fn directories(names: &[&str]) -> Vec<Arc<dyn Sink>> {
    let sink = |name: &&str| Arc::new(DirectorySink::new(Path::new(name))) as Arc<dyn Sink>;
    names.iter().map(sink).collect()
}

/// Where a restore reads.
///
/// # Safety
/// Rule 3 of the header.
unsafe fn sources(
    backup: *const c_char,
    sinks: *const *const c_char,
    sink_count: usize,
) -> Result<Sources, Fault> {
    // SAFETY: the caller, by rule 3.
    let backup = unsafe { input::text(backup, "backup") }?;
    // SAFETY: the caller, by rule 3.
    let sinks = unsafe { input::texts(sinks, sink_count, "sinks") }?;
    Ok(Sources::new(Path::new(backup), directories(&sinks)))
}

fn summary(report: &BackupReport) -> SummaryView {
    SummaryView {
        struct_size: size_of::<SummaryView>(),
        commit: report.commit,
        epoch: report.epoch,
        copied_bytes: report.copied_bytes,
        catalog_bytes: report.catalog_bytes,
        damaged: u64::try_from(report.damaged.len()).unwrap_or(u64::MAX),
    }
}

fn give(place: Option<Out<*mut Restored>>, restored: liasse::Restored) {
    if let Some(place) = place {
        let restored = Arc::new(restored);
        let lost = restored.lost.iter().cloned().map(Some);
        let rows = std::iter::once(None).chain(lost);
        let rows = rows.map(|lost| (Arc::clone(&restored), lost)).collect();
        place.set(handle::give(Rows::new(rows)));
    }
}

pub(crate) fn cancelled() -> Fault {
    let (message, hint) = (
        "the program ended the backup",
        "begin it again: what was copied is kept",
    );
    liasse::Error::new(liasse::Code::Cancelled, message, hint).into()
}

/// The memory of one row of a restore.
#[derive(Default)]
pub(crate) struct RestoredRow {
    texts: Texts<1>,
    view: Option<RestoredView>,
}

impl Row for RestoredRow {
    type Item = (Arc<liasse::Restored>, Option<Lost>);
    type View = RestoredView;

    fn load(&mut self, (restored, lost): Self::Item) -> *const RestoredView {
        let none = Id { bytes: [0; 16] };
        let [origin] = self.texts.keep([restored.origin.clone()]);
        ptr::from_ref(self.view.insert(RestoredView {
            struct_size: size_of::<RestoredView>(),
            commit: restored.commit,
            epoch: restored.epoch,
            index_anew: u32::from(restored.index_anew),
            lost: u32::from(lost.is_some()),
            document: lost.as_ref().map_or(none, |lost| lost.document.into()),
            dossier: lost.as_ref().map_or(none, |lost| lost.dossier.into()),
            origin,
        }))
    }
}

/// Bytes copied between two calls of a progress callback.
const PART_BYTES: u64 = 4 << 20;
