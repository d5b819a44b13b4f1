//! Checking the whole log without any key.
//!
//! For: the auditor and `verify`. It compares each entry with its hash in a tile, each full tile
//! with its hash in the tile above, the top with the head row, and walks every chain; a damage is
//! found at its place, and what leans on it may be found too. Not for: mending; nothing is
//! written. Invariant: memory and time are bounded by the rows there are, whatever the head row
//! claims.

use crate::checkpoint::Checkpoint;
use crate::entry::Entry;
use crate::error::{JournalError, LogPlace};
use crate::fact::{Commit, Fact};
use crate::log::{CHAINS, ENTRIES, HEAD, HEAD_KEY, Log, chain_of, index_of_key};
use crate::signature::SIGNATURE_KEY;
use crate::tile::{
    HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, TILES, TileAt, read_tile, tile_of_key, tile_width,
};
use base::{AuditHandle, Digest, DocumentSet, Ordinal, RowRead};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use thiserror::Error;
use tlog_tiles::{Tile, record_hash};

/// One thing that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[non_exhaustive]
pub enum Finding {
    /// The head row does not agree with the tiles.
    #[error("the head of the log does not agree with its hashes")]
    Head,
    /// An entry is gone.
    #[error("entry {0} is missing")]
    EntryMissing(u64),
    /// An entry is not what was hashed.
    #[error("entry {0} was altered")]
    EntryAltered(u64),
    /// An entry is what was hashed, and yet no entry.
    #[error("entry {0} cannot be read")]
    EntryUnreadable(u64),
    /// There is a row behind the end of the log.
    #[error("entry {0} lies behind the end of the log")]
    EntryBeyond(u64),
    /// A tile is gone or has another width than the size of the log asks for.
    #[error("tile {index} of level {level} is missing or of a wrong width")]
    TileMissing {
        /// Its level.
        level: u8,
        /// Its number.
        index: u64,
    },
    /// A tile does not agree with the tile above it.
    #[error("tile {index} of level {level} does not agree with the tile above it")]
    TileAltered {
        /// Its level.
        level: u8,
        /// Its number.
        index: u64,
    },
    /// There is a tile the log does not need.
    #[error("tile {index} of level {level} lies outside the log")]
    TileBeyond {
        /// Its level.
        level: u8,
        /// Its number.
        index: u64,
    },
    /// The chain of an audit handle leaves an entry out or leads astray.
    #[error("the chain through entry {0} is broken")]
    Chain(u64),
    /// A commit has not a higher number than the one before, or names another store.
    #[error("the commit in entry {0} does not follow the one before")]
    CommitOrder(u64),
    /// The checkpoint is of another log.
    #[error("the checkpoint is of another log")]
    OtherLog,
    /// The log has fewer entries than an earlier checkpoint.
    #[error("the log was rolled back: an earlier checkpoint has {0} entries")]
    RolledBack(u64),
    /// The log is not the continuation of an earlier checkpoint.
    #[error("the log was forked before entry {0}")]
    Forked(u64),
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries checked.
    pub checked: u64,
    /// Entries in the log.
    pub total: u64,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The first entry that was checked.
    pub from: u64,
    /// The entry behind the last one that was checked.
    pub to: u64,
    /// The size of the log.
    pub size: u64,
    /// The root of the log, as the tiles give it.
    pub root: Digest,
    /// What is not as it was written, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// How many more findings there were.
    pub more: u64,
    /// The newest commit among the entries checked.
    pub commit: Option<Commit>,
    /// Bytes of the entries and tiles that were checked.
    pub bytes: u64,
}

impl Verification {
    /// Whether every entry was checked and nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.from == 0 && self.to == self.size && self.findings.is_empty() && self.more == 0
    }
}

/// Checks the whole log kept in `rows`.
///
/// # Errors
/// [`JournalError::Absent`] when there is none, and what the rows give; damage is a finding,
/// not an error.
pub fn verify_all(rows: &dyn RowRead) -> Result<Verification, JournalError> {
    verify_from(rows, 0, &mut |_| ControlFlow::Continue(()))
}

/// Checks the log from the tile of entry `from` on, telling how far it has come after each
/// tile, until told to stop; then [`Verification::to`] is where to go on.
///
/// # Errors
/// As [`verify_all`].
pub fn verify_from(
    rows: &dyn RowRead,
    from: u64,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Verification, JournalError> {
    verify_within(rows, from, HANDLES_MAX, progress)
}

fn verify_within(
    rows: &dyn RowRead,
    from: u64,
    handles_max: usize,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Verification, JournalError> {
    let log = Log::read_head(rows)?;
    let from = from.min(log.size()) / TILE_WIDTH * TILE_WIDTH;
    let mut check = Check::new(rows, log, from, handles_max);
    check.entries(progress)?;
    if check.out.to == check.log.size() {
        check.upper_levels()?;
        check.head()?;
        check.strays()?;
        check.chain_ends()?;
    }
    check.out.findings.sort_unstable();
    check.out.findings.dedup();
    Ok(check.out)
}

impl Log {
    /// Compares the log with an earlier checkpoint of it; `None` when it is its continuation.
    ///
    /// # Errors
    /// What the rows give, and [`JournalError::Corrupt`] when a tile is missing.
    pub fn compare(
        &self,
        rows: &dyn RowRead,
        earlier: &Checkpoint,
    ) -> Result<Option<Finding>, JournalError> {
        Ok(if earlier.origin != *self.origin() {
            Some(Finding::OtherLog)
        } else if earlier.size > self.size() {
            Some(Finding::RolledBack(earlier.size))
        } else if self.root_at(rows, earlier.size)? != earlier.root {
            Some(Finding::Forked(earlier.size))
        } else {
            None
        })
    }
}

struct Check<'a> {
    rows: &'a dyn RowRead,
    log: Log,
    above: Option<(TileAt, Vec<u8>)>,
    last_commit: Option<u64>,
    newest: BTreeMap<AuditHandle, u64>,
    handles_max: usize,
    pointed: DocumentSet,
    chains: u64,
    out: Verification,
}

impl<'a> Check<'a> {
    fn new(rows: &'a dyn RowRead, log: Log, from: u64, handles_max: usize) -> Self {
        let out = Verification {
            from,
            to: from,
            size: log.size(),
            root: Digest::ZERO,
            findings: Vec::new(),
            more: 0,
            commit: None,
            bytes: 0,
        };
        Self {
            rows,
            log,
            above: None,
            last_commit: None,
            newest: BTreeMap::new(),
            handles_max,
            pointed: DocumentSet::new(),
            chains: 0,
            out,
        }
    }

    fn found(&mut self, finding: Finding) {
        if self.out.findings.len() < FINDINGS_MAX {
            self.out.findings.push(finding);
        } else {
            self.out.more += 1;
        }
    }

    /// Checks the entries against the tiles of level 0, and those against level 1.
    fn entries(
        &mut self,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let size = self.log.size();
        while self.out.to < size {
            let index = self.out.to / TILE_WIDTH;
            let end = (self.out.to + TILE_WIDTH).min(size);
            let tile = self.tile((0, index))?;
            let mut bundle = self.bundle(self.out.to, end)?.into_iter().peekable();
            if bundle.peek().is_none() {
                self.skip_missing()?;
                continue;
            }
            for at in self.out.to..end {
                let from = usize::try_from(at % TILE_WIDTH).map_or(0, |slot| slot * HASH_BYTES);
                let hash = tile
                    .as_ref()
                    .and_then(|tile| tile.get(from..from + HASH_BYTES));
                let Some((_, bytes)) = bundle.next_if(|(index, _)| *index == at) else {
                    self.found(Finding::EntryMissing(at));
                    continue;
                };
                self.out.bytes += bytes.len() as u64;
                if hash.is_some_and(|hash| hash != record_hash(&bytes).0) {
                    self.found(Finding::EntryAltered(at));
                } else {
                    self.entry(at, bytes)?;
                }
            }
            self.out.to = end;
            let told = Progress {
                checked: end,
                total: size,
            };
            if progress(told).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Goes on at the next entry there is, where the head row claims more than the rows hold.
    fn skip_missing(&mut self) -> Result<(), JournalError> {
        let mut next = self.log.size();
        let first = self.out.to.to_be_bytes();
        let last = [u8::MAX; 8];
        self.rows.visit(ENTRIES, &first, &last, &mut |key, _| {
            next = index_of_key(key).map_or(next, |index| index.min(next));
            ControlFlow::Break(())
        })?;
        self.found(Finding::EntryMissing(self.out.to));
        let bundle = next / TILE_WIDTH * TILE_WIDTH;
        let to = if next == self.log.size() {
            next
        } else {
            bundle
        };
        self.out.more += to - self.out.to - 1;
        self.out.to = to;
        Ok(())
    }

    /// The entries there are of a tile, in the order of their keys.
    fn bundle(&self, from: u64, end: u64) -> Result<Vec<(u64, Vec<u8>)>, JournalError> {
        let count = usize::try_from(end - from).unwrap_or(0);
        let mut bundle = Vec::with_capacity(count);
        let (first, last) = (from.to_be_bytes(), (end - 1).to_be_bytes());
        self.rows.visit(ENTRIES, &first, &last, &mut |key, value| {
            if let Some(index) = index_of_key(key) {
                bundle.push((index, value.to_vec()));
            }
            ControlFlow::Continue(())
        })?;
        Ok(bundle)
    }

    /// Checks what an entry says about those before it.
    fn entry(&mut self, at: u64, bytes: Vec<u8>) -> Result<(), JournalError> {
        let Ok(entry) = Entry::from_bytes(bytes) else {
            self.found(Finding::EntryUnreadable(at));
            return Ok(());
        };
        if let Some(Fact::Commit(commit)) = entry.fact() {
            let before = self.out.commit.replace(commit);
            if before.is_some_and(|one| one.seq >= commit.seq || one.store != commit.store) {
                self.found(Finding::CommitOrder(at));
            }
            self.last_commit = Some(at);
        }
        if let Some(handle) = entry.header().handle {
            if !self.follows(handle, entry.previous(), at)? {
                self.found(Finding::Chain(at));
            }
            if self.newest.len() >= self.handles_max {
                self.newest.clear();
            }
            self.newest.insert(handle, at);
        }
        Ok(())
    }

    /// Whether the entry `at` of `handle` rightly names `previous`; each entry is named once.
    fn follows(
        &mut self,
        handle: AuditHandle,
        previous: Option<u64>,
        at: u64,
    ) -> Result<bool, JournalError> {
        let Some(previous) = previous else {
            self.chains += 1;
            return Ok(!self.newest.contains_key(&handle));
        };
        if previous >= at || self.is_pointed(previous) {
            return Ok(false);
        }
        self.pointed.insert(Ordinal::from_value(previous));
        if let Some(newest) = self.newest.get(&handle) {
            return Ok(*newest == previous);
        }
        let named = self.log.entry(self.rows, previous);
        Ok(named.is_ok_and(|named| named.header().handle == Some(handle)))
    }

    /// Checks the tiles above level 0 against each other.
    fn upper_levels(&mut self) -> Result<(), JournalError> {
        for level in 1..=LEVEL_MAX {
            let hashes = self.log.size() >> (u32::from(level) * u32::from(TILE_HEIGHT));
            if hashes == 0 {
                break;
            }
            for index in 0..hashes.div_ceil(TILE_WIDTH) {
                // A log with so many missing tiles was never this long.
                if self.out.more > 0 {
                    return Ok(());
                }
                self.tile((level, index))?;
            }
        }
        Ok(())
    }

    /// Reads a tile, checks its width and, when it is full, its hash in the tile above.
    fn tile(&mut self, at: TileAt) -> Result<Option<Vec<u8>>, JournalError> {
        let (level, index) = at;
        let width = tile_width(at, self.log.size());
        let bytes = read_tile(self.rows, at)?;
        let bytes = bytes.filter(|bytes| bytes.len() as u64 == width * HASH_BYTES as u64);
        let Some(bytes) = bytes else {
            self.found(Finding::TileMissing { level, index });
            return Ok(None);
        };
        self.out.bytes += bytes.len() as u64;
        if width == TILE_WIDTH {
            let hash = Tile::subtree_hash(&bytes).0;
            let slot = usize::try_from(index % TILE_WIDTH).map_or(0, |slot| slot * HASH_BYTES);
            let above = self.above((level + 1, index / TILE_WIDTH))?;
            let told = above.and_then(|above| above.get(slot..slot + HASH_BYTES));
            if told.is_some_and(|told| told != hash) {
                self.found(Finding::TileAltered { level, index });
            }
        }
        Ok(Some(bytes))
    }

    fn above(&mut self, at: TileAt) -> Result<Option<&[u8]>, JournalError> {
        if self.above.as_ref().is_none_or(|(held, _)| *held != at) {
            let bytes = read_tile(self.rows, at)?.unwrap_or_default();
            self.above = Some((at, bytes));
        }
        Ok(self.above.as_ref().map(|(_, bytes)| bytes.as_slice()))
    }

    /// Checks the head row against the tiles.
    fn head(&mut self) -> Result<(), JournalError> {
        let size = self.log.size();
        match self.log.root_at(self.rows, size) {
            Ok(root) => self.out.root = root,
            Err(JournalError::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
        let commit_known = self.last_commit.is_some() || self.out.from == 0;
        let stale_commit = commit_known && self.log.last_commit_index() != self.last_commit;
        if self.out.root != self.log.root() || stale_commit {
            self.found(Finding::Head);
        }
        Ok(())
    }

    /// Looks for rows behind the end of the log.
    fn strays(&mut self) -> Result<(), JournalError> {
        let size = self.log.size();
        let mut strays = Vec::new();
        self.rows.visit(
            ENTRIES,
            &size.to_be_bytes(),
            &[u8::MAX; 8],
            &mut |key, _| {
                let index = index_of_key(key).unwrap_or(u64::MAX);
                strays.push(Finding::EntryBeyond(index));
                stop_at(strays.len())
            },
        )?;
        self.rows.visit(TILES, &[0], &[u8::MAX; 9], &mut |key, _| {
            let at = tile_of_key(key).unwrap_or((u8::MAX, u64::MAX));
            if tile_width(at, size) == 0 {
                let (level, index) = at;
                strays.push(Finding::TileBeyond { level, index });
            }
            stop_at(strays.len())
        })?;
        self.rows.visit(HEAD, &[], &[u8::MAX; 8], &mut |key, _| {
            if key != HEAD_KEY && key != SIGNATURE_KEY {
                strays.push(Finding::Head);
            }
            stop_at(strays.len())
        })?;
        for stray in strays {
            self.found(stray);
        }
        Ok(())
    }

    /// Checks that each chain row names the one entry of its handle that no other names.
    fn chain_ends(&mut self) -> Result<(), JournalError> {
        let mut ends = 0_u64;
        let mut broken = Vec::new();
        let mut named = Vec::new();
        self.rows
            .visit(CHAINS, &[0; 16], &[u8::MAX; 16], &mut |key, row| {
                ends += 1;
                if let Ok(key) = key.try_into() {
                    let handle = AuditHandle::from_bytes(key);
                    named.push((handle, chain_of(handle, row)));
                }
                ControlFlow::Continue(())
            })?;
        for (handle, index) in named {
            let index = match index {
                Ok(index) => index,
                Err(JournalError::Corrupt {
                    place: LogPlace::Chain(index),
                }) => {
                    broken.push(index);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let entry = self.log.entry(self.rows, index);
            let own = entry.is_ok_and(|entry| entry.header().handle == Some(handle));
            if !own || self.is_pointed(index) {
                broken.push(index);
            }
        }
        // As many chains begin as end, or one was cut in two or left without its row.
        if self.out.from == 0 && ends != self.chains {
            broken.push(self.log.size());
        }
        for index in broken {
            self.found(Finding::Chain(index));
        }
        Ok(())
    }

    fn is_pointed(&self, index: u64) -> bool {
        self.pointed.contains(Ordinal::from_value(index))
    }
}

fn stop_at(findings: usize) -> ControlFlow<()> {
    if findings >= FINDINGS_MAX {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// How many findings are kept one by one.
pub const FINDINGS_MAX: usize = 1000;

/// How many handles' newest entries are remembered, to spare reading their headers again.
const HANDLES_MAX: usize = 1 << 16;
const LEVEL_MAX: u8 = 7;

#[cfg(test)]
mod tests;
