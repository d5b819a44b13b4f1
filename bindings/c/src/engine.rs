//! Versions, key files, and the engine: create, open, close.

#![allow(unsafe_code, reason = "exports functions that take pointers")]

use crate::backup;
use crate::error::{Error, Fault};
use crate::handle::{self, Opaque};
use crate::input::{self, Options};
use crate::kms::{self, KmsOptions};
use crate::log;
use crate::output::{self, Out};
use crate::session;
use crate::signer::{self, SignerOptions};
use crate::wall;
use liasse::{Anchor, Damaged, FileAnchor, Ground, Purpose, Recheck, RootKey, Sinks, WordTables};
use std::ffi::{CStr, c_char};
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The rules' answer about a document that is about to be returned is not asked for again.
pub const LIASSE_RECHECK_OFF: u32 = 0;
/// It is asked for again, from an independent implementation; liasse_engine_rechecks counts.
pub const LIASSE_RECHECK_RETURNED: u32 = 1;

/// The version this header was written for: major * 1000000 + minor * 1000 + patch.
pub const LIASSE_VERSION_NUMBER: u32 = 1000;

/// It is the copy that was written before, where it was before.
pub const LIASSE_GROUND_SUCCESSION: u32 = 0;
/// Whoever opens it says that it shall be, whatever copy was written before.
pub const LIASSE_GROUND_TAKE_OVER: u32 = 1;

/// A store whose index is damaged does not open.
pub const LIASSE_INDEX_REFUSED: u32 = 0;
/// It opens, and searches fail until liasse_engine_reindex has rebuilt the index.
pub const LIASSE_INDEX_SET_ASIDE: u32 = 1;

/// An open store. Threads: any number at a time may use it, but for liasse_engine_close.
pub struct Engine {
    _opaque: [u8; 0],
}

impl Opaque for Engine {
    type Value = liasse::Engine;
    const KIND: [u8; 4] = *b"Engi";
    const NAME: &'static str = "engine";
}

/// How to open or create a store. Zero it, set struct_size to its sizeof, then one of key_file,
/// passphrase and kms.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct OpenOptions {
    /// sizeof(liasse_open_options).
    pub struct_size: usize,
    /// Path of the file that keeps the root key (see liasse_key_file_create), or NULL.
    pub key_file: *const c_char,
    /// Passphrase the root key is made from, or NULL. A passphrase cannot be destroyed: with
    /// it, erasing is weaker.
    pub passphrase: *const c_char,
    /// The policy pack a new store works under, "dmp-2011", "dmp-2023" or the directory of a pack
    /// of your own; NULL for the first. Only looked at when a store is created.
    pub pack: *const c_char,
    /// A key store of the program's own, or NULL.
    pub kms: *const KmsOptions,
    /// Directories, on other devices, that the catalog's deltas go to, so that an erasure leaves
    /// a backup that opens; NULL when there are none.
    pub sinks: *const *const c_char,
    /// How many.
    pub sink_count: usize,
    /// Why there is no sink, which every receipt repeats, or NULL. A store that has had sinks
    /// erases nothing while neither is said.
    pub sinks_waived: *const c_char,
    /// One of LIASSE_RECHECK_*.
    pub recheck: u32,
    /// How many milliseconds a function of kms is waited for; 0 for the usual time.
    pub kms_deadline_ms: u32,
    /// On what ground this copy of the store is the one that is written: one of LIASSE_GROUND_*.
    pub ground: u32,
    /// What to do with a damaged index: one of LIASSE_INDEX_*.
    pub damaged_index: u32,
    /// A file on a medium that is not rolled back with the store, where its newest checkpoint is
    /// pinned; a store that does not continue it is refused. NULL for none.
    pub anchor_file: *const c_char,
    /// Lines of words parted by tabs that mean the same, beside the built-in ones (see
    /// docs/search.md), in UTF-8; NULL for none.
    pub synonyms: *const c_char,
    /// How many bytes they have.
    pub synonyms_length: usize,
    /// Lines of a word, a tab, and how many of a million documents hold it, in place of the
    /// built-in ones; NULL for these.
    pub frequencies: *const c_char,
    /// How many bytes they have.
    pub frequencies_length: usize,
    /// Purposes (LIASSE_PURPOSE_*) whose traces are on the disk before anything is shown, as those
    /// of emergencies always are; a trace of another purpose may follow up to 50 ms later, and is
    /// a gap in the log when the process is killed meanwhile. NULL for none.
    pub durable_purposes: *const u32,
    /// How many.
    pub durable_purpose_count: usize,
    /// Keys of the program's own that sign each checkpoint beside the store's; NULL for none.
    pub signers: *const SignerOptions,
    /// How many.
    pub signer_count: usize,
}

// SAFETY: `repr(C)`, words and four halves in a row, the first of which is the size; no padding
// at the end where a word is 4 or 8 bytes; zeroes are sizes, NULLs and numbers.
unsafe impl Options for OpenOptions {
    const NAME: &'static str = "options";
    const SIZE_FIRST: usize = offset_of!(Self, kms);
    const LATER: &'static [usize] = &[
        offset_of!(Self, sinks),
        offset_of!(Self, sink_count),
        offset_of!(Self, sinks_waived),
        offset_of!(Self, recheck),
        offset_of!(Self, ground),
        offset_of!(Self, anchor_file),
        offset_of!(Self, synonyms),
        offset_of!(Self, frequencies),
        offset_of!(Self, durable_purposes),
        offset_of!(Self, signers),
    ];
}

/// Counts of a store. Set struct_size to its sizeof.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct StatsView {
    /// sizeof(liasse_stats); afterwards, how many bytes of it the library knows.
    pub struct_size: usize,
    /// Dossiers in use.
    pub dossiers: u64,
    /// Documents kept.
    pub documents: u64,
    /// Entries of the journal.
    pub entries: u64,
    /// Documents whose words wait for the next index segment; they are found all the same.
    pub tail: u64,
    /// Index segments.
    pub segments: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Dossiers and documents whose erasure was begun and is not concluded; see
    /// liasse_engine_finish_erasures.
    pub erasures_waiting: u64,
    /// Keyring sinks that do not have every commit; see liasse_engine_sinks.
    pub sinks_behind: u64,
    /// Bytes of memory that the documents of tail take, about.
    pub tail_bytes: u64,
    /// Body segments.
    pub body_segments: u64,
    /// The number of the last commit.
    pub commit: u64,
    /// The oldest commit that somebody still reads: what was freed since is kept.
    pub oldest_reader: u64,
    /// Bytes of documents that wait for their commit.
    pub waiting_bytes: u64,
    /// All bytes on the disk for 100 that something names; see liasse_engine_space.
    pub amplification_percent: u64,
    /// Bytes free on the device.
    pub free_bytes: u64,
}

// SAFETY: `repr(C)`, a word and numbers of eight bytes; zeroes are a size and numbers.
unsafe impl Options for StatsView {
    const NAME: &'static str = "stats";
    const SIZE_FIRST: usize = offset_of!(Self, erasures_waiting);
    const LATER: &'static [usize] = &[
        offset_of!(Self, sinks_behind),
        offset_of!(Self, tail_bytes),
        offset_of!(Self, body_segments),
        offset_of!(Self, commit),
        offset_of!(Self, oldest_reader),
        offset_of!(Self, waiting_bytes),
        offset_of!(Self, amplification_percent),
        offset_of!(Self, free_bytes),
    ];
}

/// The library's version as text, for example "0.1.0". Lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn liasse_version_string() -> *const c_char {
    VERSION.as_ptr()
}

/// The library's version as a number, for LIASSE_VERSION_FITS.
#[unsafe(no_mangle)]
pub extern "C" fn liasse_version_number() -> u32 {
    LIASSE_VERSION_NUMBER
}

/// Makes a new key file, readable by its owner alone. Keep it on another device than the store
/// and its backups; whoever has both has everything.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_key_file_create(
    path: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let path = unsafe { input::text(path, "path") }?;
        Ok(liasse::new_key_file(Path::new(path))?)
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// Creates a store in directory, which is new or empty, and opens it. On failure nothing is left
/// behind. Give *engine to liasse_engine_close.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_create(
    directory: *const c_char,
    options: *const OpenOptions,
    engine: *mut *mut Engine,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 3 to 5.
    unsafe { start(directory, options, engine, error, liasse::Engine::create) }
}

/// Opens the store in directory. Give *engine to liasse_engine_close.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_open(
    directory: *const c_char,
    options: *const OpenOptions,
    engine: *mut *mut Engine,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller, by rules 3 to 5.
    unsafe { start(directory, options, engine, error, liasse::Engine::open) }
}

/// Counts what an open store holds. Set stats->struct_size to its sizeof first: as many bytes are
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_stats(
    engine: *const Engine,
    stats: *mut StatsView,
    error: *mut *mut Error,
) -> i32 {
    let body = |engine: &liasse::Engine| {
        // SAFETY: the caller, by rules 4 and 5.
        let place = unsafe { output::Sized::new(stats) }?;
        let found = engine.stats()?;
        let behind = found.sinks.iter().filter(|sink| !sink.level);
        place.set(StatsView {
            struct_size: size_of::<StatsView>(),
            dossiers: found.dossiers,
            documents: found.documents,
            entries: found.entries,
            tail: found.tail,
            segments: found.segments,
            bytes: found.bytes.iter().map(|(_, bytes)| bytes).sum(),
            erasures_waiting: found.erasures_waiting,
            sinks_behind: u64::try_from(behind.count()).unwrap_or(u64::MAX),
            tail_bytes: found.tail_bytes,
            body_segments: found.body_segments,
            commit: found.commit,
            oldest_reader: found.oldest_reader,
            waiting_bytes: found.waiting_bytes,
            amplification_percent: found.amplification_percent,
            free_bytes: found.free_bytes,
        });
        Ok(())
    };
    // SAFETY: the caller, by rules 1 and 5.
    unsafe { wall::shared(engine, error, body) }
}

/// Closes a store and frees its handle, also when an error is returned: the handle is gone
/// either way, and what was acknowledged is on disk either way. The store is another's to open
/// from then on, and a key store was released; sessions and backups that are still held answer
/// LIASSE_E_CLOSED, and are to be closed and freed too. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn liasse_engine_close(engine: *mut Engine, error: *mut *mut Error) -> i32 {
    let body = || {
        // SAFETY: the caller, by rules 1 and 2.
        let handle = unsafe { handle::take(engine) }?;
        handle.map_or(Ok(()), |handle| Ok(handle.into_value().close()?))
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

type Start = fn(&Path, RootKey, liasse::Options) -> liasse::Result<liasse::Engine>;

/// The options as the engine takes them.
///
/// # Safety
/// Rule 4 of the header.
pub(crate) unsafe fn how(options: *const OpenOptions) -> Result<(RootKey, liasse::Options), Fault> {
    // SAFETY: the caller, by rule 4.
    let given = unsafe { input::options(options) }?;
    // SAFETY: the caller, by rule 4.
    let pack = unsafe { input::optional_text(given.pack, "options.pack") }?;
    let mut options = liasse::Options::default();
    if let Some(pack) = pack {
        pack.clone_into(&mut options.pack);
    }
    // SAFETY: the caller, by rule 4.
    options.sinks = unsafe { sinks(&given) }?;
    options.recheck = match given.recheck {
        LIASSE_RECHECK_OFF => Recheck::Off,
        LIASSE_RECHECK_RETURNED => Recheck::Returned,
        _ => return Err(Fault::value("options.recheck")),
    };
    options.ground = match given.ground {
        LIASSE_GROUND_SUCCESSION => Ground::Succession,
        LIASSE_GROUND_TAKE_OVER => Ground::TakeOver,
        _ => return Err(Fault::value("options.ground")),
    };
    options.damaged_index = match given.damaged_index {
        LIASSE_INDEX_REFUSED => Damaged::Refused,
        LIASSE_INDEX_SET_ASIDE => Damaged::SetAside,
        _ => return Err(Fault::value("options.damaged_index")),
    };
    // SAFETY: the caller, by rule 4.
    let anchor = unsafe { input::optional_text(given.anchor_file, "options.anchor_file") }?;
    options.anchor =
        anchor.map(|file| -> Arc<dyn Anchor> { Arc::new(FileAnchor::new(Path::new(file))) });
    // SAFETY: the caller, by rule 4.
    options.words = unsafe { words(&given) }?;
    // SAFETY: the caller, by rule 4.
    options.durable_purposes = unsafe { purposes(&given) }?;
    // SAFETY: the caller, by rules 4 and 6.
    options.signers = unsafe { signer::host(given.signers, given.signer_count) }?;
    options.on_lost_traces = Some(Arc::new(log::lost_traces));
    if given.kms_deadline_ms != 0 {
        options.kms_deadline = Duration::from_millis(u64::from(given.kms_deadline_ms));
    }
    // Last: from here on a key store of the program's own is released when anything fails.
    // SAFETY: the caller, by rule 4.
    Ok((unsafe { root(&given) }?, options))
}

/// The purposes whose traces are to be durable first.
///
/// # Safety
/// The numbers of the options follow rule 3 of the header.
unsafe fn purposes(given: &OpenOptions) -> Result<Vec<Purpose>, Fault> {
    let (name, count) = ("options.durable_purposes", given.durable_purpose_count);
    // SAFETY: the caller, by rule 3.
    let numbers = unsafe { input::numbers(given.durable_purposes, count, name) }?;
    let known = numbers.into_iter().map(|it| session::purpose(it, name));
    known.collect()
}

/// The program's own tables of words.
///
/// # Safety
/// The texts of the options follow rule 3 of the header.
unsafe fn words(given: &OpenOptions) -> Result<WordTables, Fault> {
    let mut words = WordTables::default();
    let (synonyms, length) = (given.synonyms, given.synonyms_length);
    // SAFETY: the caller, by rule 3.
    words.synonyms = unsafe { input::counted_text(synonyms, length, "options.synonyms") }?.into();
    let (table, length) = (given.frequencies, given.frequencies_length);
    // SAFETY: the caller, by rule 3.
    words.frequencies =
        unsafe { input::counted_text(table, length, "options.frequencies") }?.into();
    Ok(words)
}

/// Where the catalog's deltas go.
///
/// # Safety
/// The texts of the options follow rule 3 of the header.
unsafe fn sinks(given: &OpenOptions) -> Result<Sinks, Fault> {
    // SAFETY: the caller, by rule 3.
    let names = unsafe { input::texts(given.sinks, given.sink_count, "options.sinks") }?;
    // SAFETY: the caller, by rule 3.
    let waived = unsafe { input::optional_text(given.sinks_waived, "options.sinks_waived") }?;
    match (names.as_slice(), waived) {
        ([], None) => Ok(Sinks::Unsaid),
        ([], Some(why)) => Ok(Sinks::Waived(why.to_owned())),
        (names, None) => Ok(Sinks::To(backup::directories(names))),
        (_, Some(_)) => Err(Fault::value("options: set sinks or sinks_waived, not both")),
    }
}

/// Creates or opens.
///
/// # Safety
/// Rules 3 to 5 of the header.
unsafe fn start(
    directory: *const c_char,
    options: *const OpenOptions,
    engine: *mut *mut Engine,
    error: *mut *mut Error,
    start: Start,
) -> i32 {
    let body = || {
        // SAFETY: the caller, by rule 3.
        let directory = unsafe { input::text(directory, "directory") }?;
        // SAFETY: the caller, by rule 5.
        let place = unsafe { Out::new(engine, "engine") }?;
        // SAFETY: the caller, by rule 4.
        let (root, options) = unsafe { how(options) }?;
        place.set(handle::give(start(Path::new(directory), root, options)?));
        Ok(())
    };
    // SAFETY: the caller, by rule 5.
    unsafe { wall::call(error, body) }
}

/// The root key the options name.
///
/// # Safety
/// The texts of the options follow rule 3 of the header.
unsafe fn root(given: &OpenOptions) -> Result<RootKey, Fault> {
    // SAFETY: the caller, by rule 3.
    let file = unsafe { input::optional_text(given.key_file, "options.key_file") }?;
    // SAFETY: the caller, by rule 3.
    let passphrase = unsafe { input::optional_text(given.passphrase, "options.passphrase") }?;
    match (file, passphrase, given.kms.is_null()) {
        (Some(file), None, true) => Ok(RootKey::File(PathBuf::from(file))),
        (None, Some(passphrase), true) => Ok(RootKey::Passphrase(passphrase.to_owned().into())),
        // SAFETY: the caller, by rules 4 and 6.
        (None, None, false) => Ok(RootKey::Kms(unsafe { kms::host(given.kms) }?)),
        _ => Err(Fault::value(
            "options: set one of key_file, passphrase and kms",
        )),
    }
}

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

#[cfg(test)]
mod tests;
