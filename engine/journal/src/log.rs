//! The log: entries in order, under a Merkle tree of RFC 6962 over SHA-256.
//!
//! ```text
//! journal_head   key 0       version u8 = 1 | size u64 | last commit u64, or all ones
//!                            origin: u8 length, UTF-8 | the peaks, 32 bytes each, largest first
//!                key 1       see `signature`
//! journal_entry  key u64 BE  an entry
//! journal_tile   see `tile`
//! journal_chain  key 16      the audit handle; value u64: its newest entry
//! ```
//! Invariants: J1 every row of an entry is a well-formed entry; J2 the tiles hold the hash of
//! each entry and of each full subtree; J3 the peaks are the roots of the full subtrees of
//! `size`; J4 the chain of a handle visits each of its entries once, newest first. Appending
//! costs the same whatever the size. Not for: who may read an entry, nor what it says.

use crate::draft::Draft;
use crate::entry::Entry;
use crate::error::{JournalError, LogPlace};
use crate::fact::{Commit, Fact};
use crate::kind::Kind;
use crate::origin::Origin;
use crate::recorded::Appended;
use crate::tile::{HASH_BYTES, TILE_HEIGHT, TileEdge, TileHashes};
use crate::wire;
use base::{AuditHandle, Cursor, CursorError, Digest, RowError, RowRead, RowWrite, Table};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use tlog_tiles::{EMPTY_HASH, Hash, node_hash, record_hash, tree_hash};

/// The log as of one state of the rows it is kept in.
#[derive(Clone)]
pub struct Log {
    origin: Origin,
    size: u64,
    last_commit: Option<u64>,
    peaks: Vec<Hash>,
}

impl Log {
    /// Starts an empty log named `origin`.
    ///
    /// # Errors
    /// [`JournalError::Present`] when there is one, and what the rows give.
    pub fn create(rows: &mut dyn RowWrite, origin: Origin) -> Result<Self, JournalError> {
        if rows.row(HEAD, HEAD_KEY)?.is_some() {
            return Err(JournalError::Present);
        }
        let log = Self {
            origin,
            size: 0,
            last_commit: None,
            peaks: Vec::new(),
        };
        log.put_head(rows)?;
        Ok(log)
    }

    /// Opens the log kept in `rows`, checking that its head agrees with its right edge.
    ///
    /// # Errors
    /// [`JournalError::Absent`], [`JournalError::Version`], [`JournalError::Corrupt`], and what
    /// the rows give.
    pub fn open(rows: &dyn RowRead) -> Result<Self, JournalError> {
        let log = Self::read_head(rows)?;
        let corrupt = JournalError::Corrupt {
            place: LogPlace::Head,
        };
        let last = rows.row_at_or_before(ENTRIES, &u64::MAX.to_be_bytes())?;
        let last = last.map(|row| index_of_key(&row.key));
        if last.flatten().map_or(0, |index| index.wrapping_add(1)) != log.size {
            return Err(corrupt);
        }
        if log.root_at(rows, log.size)? != log.root() {
            return Err(corrupt);
        }
        Ok(log)
    }

    /// Goes on under another name, after a restore that may lack the newest entries: under the
    /// old name others may hold a checkpoint that this log does not lead to.
    ///
    /// # Errors
    /// What the rows give.
    pub fn rename(&mut self, rows: &mut dyn RowWrite, origin: Origin) -> Result<(), JournalError> {
        let mut next = self.clone();
        next.origin = origin;
        next.put_head(rows)?;
        *self = next;
        Ok(())
    }

    /// How many entries the log kept in `rows` has, as its head row says.
    ///
    /// # Errors
    /// As [`Log::open`], but that nothing is compared.
    pub fn size_in(rows: &dyn RowRead) -> Result<u64, JournalError> {
        Ok(Self::read_head(rows)?.size)
    }

    /// The name of the log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How many entries it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of its tree.
    #[must_use]
    pub fn root(&self) -> Digest {
        Digest::from_bytes(root_of(&self.peaks).0)
    }

    /// The root its tree had when it was of `size`.
    ///
    /// # Errors
    /// [`JournalError::NoEntry`] when it never was, [`JournalError::Corrupt`] when a tile is
    /// missing, and what the rows give.
    pub fn root_at(&self, rows: &dyn RowRead, size: u64) -> Result<Digest, JournalError> {
        if size > self.size {
            return Err(JournalError::NoEntry { index: size });
        }
        let hashes = TileHashes::new(rows, self.size);
        let root = hashes.run(|hashes| tree_hash(size, hashes))?;
        Ok(Digest::from_bytes(root.0))
    }

    /// Appends entries. Nothing is recorded before the transaction behind `rows` commits; when
    /// it does not, open the log again.
    ///
    /// # Errors
    /// [`JournalError::Stale`] when the rows hold another size, [`JournalError::Corrupt`] when
    /// the right edge is damaged, and what the rows give. After an error the log is unchanged
    /// in memory and the transaction must not commit.
    pub fn append(
        &mut self,
        rows: &mut dyn RowWrite,
        drafts: Vec<Draft>,
    ) -> Result<Appended, JournalError> {
        if Self::read_head(rows)?.size != self.size {
            return Err(JournalError::Stale);
        }
        let mut next = self.clone();
        let mut edge = TileEdge::default();
        let mut chains = BTreeMap::new();
        let mut subjects = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let (mut entry, proved) = draft.into_parts();
            next.chain(rows, &mut chains, &mut entry)?;
            rows.put(ENTRIES, &next.size.to_be_bytes(), entry.bytes())?;
            if entry.header().kind == Kind::Commit {
                next.last_commit = Some(next.size);
            }
            next.push(rows, &mut edge, record_hash(entry.bytes()))?;
            subjects.push(proved);
        }
        edge.flush(rows)?;
        for (handle, index) in chains {
            put_chain(rows, handle, index)?;
        }
        next.put_head(rows)?;
        let range = self.size..next.size;
        *self = next;
        Ok(Appended::new(range, self.root(), subjects))
    }

    /// The entry `index`.
    ///
    /// # Errors
    /// [`JournalError::NoEntry`] past the end, [`JournalError::Corrupt`] when its row is
    /// missing, [`JournalError::Entry`] when its bytes are not an entry, and what the rows give.
    pub fn entry(&self, rows: &dyn RowRead, index: u64) -> Result<Entry, JournalError> {
        if index >= self.size {
            return Err(JournalError::NoEntry { index });
        }
        let bytes = rows.row(ENTRIES, &index.to_be_bytes())?;
        let bytes = bytes.ok_or(JournalError::Corrupt {
            place: LogPlace::Entry(index),
        })?;
        Entry::from_bytes(bytes).map_err(|why| JournalError::Entry { index, why })
    }

    /// Visits the entries of `range` in order until told to stop.
    ///
    /// # Errors
    /// As [`Log::entry`].
    pub fn entries(
        &self,
        rows: &dyn RowRead,
        range: Range<u64>,
        visitor: &mut dyn FnMut(u64, Entry) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        if range.end > self.size {
            return Err(JournalError::NoEntry { index: range.end });
        }
        let mut next = range.start;
        let mut failure = None;
        let mut stopped = false;
        if range.is_empty() {
            return Ok(());
        }
        let last = (range.end - 1).to_be_bytes();
        rows.visit(ENTRIES, &next.to_be_bytes(), &last, &mut |key, bytes| {
            if index_of_key(key) != Some(next) {
                return ControlFlow::Break(());
            }
            let entry = match Entry::from_bytes(bytes.to_vec()) {
                Ok(entry) => entry,
                Err(why) => {
                    failure = Some(JournalError::Entry { index: next, why });
                    return ControlFlow::Break(());
                }
            };
            stopped = visitor(next, entry).is_break();
            next += 1;
            if stopped {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        match failure {
            Some(failure) => Err(failure),
            None if stopped || next == range.end => Ok(()),
            None => Err(JournalError::Corrupt {
                place: LogPlace::Entry(next),
            }),
        }
    }

    /// The newest commit entry and its index.
    ///
    /// # Errors
    /// As [`Log::entry`].
    pub fn last_commit(&self, rows: &dyn RowRead) -> Result<Option<(u64, Commit)>, JournalError> {
        let Some(index) = self.last_commit else {
            return Ok(None);
        };
        match self.entry(rows, index)?.fact() {
            Some(Fact::Commit(commit)) => Ok(Some((index, commit))),
            _ => Err(JournalError::Corrupt {
                place: LogPlace::Entry(index),
            }),
        }
    }

    /// The index of the newest commit entry, as the head row says.
    pub(crate) const fn last_commit_index(&self) -> Option<u64> {
        self.last_commit
    }

    /// The newest entry of an audit handle: where its chain begins.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] when the row names no entry of this log, and what the rows
    /// give.
    pub fn newest_of(
        &self,
        rows: &dyn RowRead,
        handle: AuditHandle,
    ) -> Result<Option<u64>, JournalError> {
        let Some(index) = read_chain(rows, handle)? else {
            return Ok(None);
        };
        if index >= self.size {
            return Err(JournalError::Corrupt {
                place: LogPlace::Chain(index),
            });
        }
        Ok(Some(index))
    }

    fn chain(
        &self,
        rows: &dyn RowRead,
        chains: &mut BTreeMap<AuditHandle, u64>,
        entry: &mut Entry,
    ) -> Result<(), JournalError> {
        let Some(handle) = entry.header().handle else {
            return Ok(());
        };
        let previous = match chains.insert(handle, self.size) {
            Some(previous) => Some(previous),
            None => self.newest_of(rows, handle)?,
        };
        if let Some(previous) = previous {
            entry.set_previous(previous);
        }
        Ok(())
    }

    fn push(
        &mut self,
        rows: &mut dyn RowWrite,
        edge: &mut TileEdge,
        leaf: Hash,
    ) -> Result<(), JournalError> {
        let (mut hash, mut number, mut height) = (leaf, self.size, 0_u8);
        loop {
            if height % TILE_HEIGHT == 0 {
                edge.push(rows, height / TILE_HEIGHT, number, &hash)?;
            }
            if number & 1 == 0 {
                break;
            }
            // INVARIANT(J3): an odd node has its left sibling as the last peak.
            let left = self.peaks.pop();
            let left = left.ok_or(base::Bug::new("an odd node has a left sibling"))?;
            hash = node_hash(left, hash);
            number >>= 1;
            height += 1;
        }
        self.peaks.push(hash);
        self.size += 1;
        Ok(())
    }

    fn put_head(&self, rows: &mut dyn RowWrite) -> Result<(), JournalError> {
        let mut out = Vec::with_capacity(64 + self.peaks.len() * HASH_BYTES);
        out.push(VERSION);
        out.extend_from_slice(&self.size.to_le_bytes());
        let last = self.last_commit.unwrap_or(NO_INDEX);
        out.extend_from_slice(&last.to_le_bytes());
        wire::put_short(&mut out, self.origin.as_str()).map_err(|_| JournalError::Origin)?;
        for peak in &self.peaks {
            out.extend_from_slice(&peak.0);
        }
        Ok(rows.put(HEAD, HEAD_KEY, &out)?)
    }

    /// Reads the head row alone.
    pub(crate) fn read_head(rows: &(impl RowRead + ?Sized)) -> Result<Self, JournalError> {
        let bytes = rows.row(HEAD, HEAD_KEY)?.ok_or(JournalError::Absent)?;
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) => return Err(JournalError::Version { version }),
            None => {}
        }
        decode_head(&bytes).map_err(|_| JournalError::Corrupt {
            place: LogPlace::Head,
        })
    }
}

fn decode_head(bytes: &[u8]) -> Result<Log, CursorError> {
    let mut cursor = Cursor::new(bytes);
    cursor.u8()?;
    let size = cursor.u64()?;
    let last_commit = cursor.u64()?;
    let origin = Origin::new(&wire::take_short(&mut cursor)?).map_err(|_| CursorError::Value)?;
    let mut peaks = Vec::new();
    for _ in 0..size.count_ones() {
        peaks.push(Hash(cursor.array()?));
    }
    cursor.finish()?;
    if size > SIZE_MAX || (last_commit != NO_INDEX && last_commit >= size) {
        return Err(CursorError::Value);
    }
    Ok(Log {
        origin,
        size,
        last_commit: (last_commit != NO_INDEX).then_some(last_commit),
        peaks,
    })
}

/// The root over the peaks of a log.
pub(crate) fn root_of(peaks: &[Hash]) -> Hash {
    let folded = peaks.iter().rev().copied();
    folded
        .reduce(|right, left| node_hash(left, right))
        .unwrap_or(EMPTY_HASH)
}

/// The index a row key of the entries stands for.
pub(crate) fn index_of_key(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}

/// What the chain row of a handle says.
pub(crate) fn read_chain(
    rows: &dyn RowRead,
    handle: AuditHandle,
) -> Result<Option<u64>, JournalError> {
    let row = rows.row(CHAINS, handle.as_bytes())?;
    row.map(|bytes| chain_of(handle, &bytes)).transpose()
}

/// What a chain row of a handle says.
pub(crate) fn chain_of(handle: AuditHandle, row: &[u8]) -> Result<u64, JournalError> {
    let index = row.first_chunk().map(|index| u64::from_le_bytes(*index));
    // INVARIANT(J4): a row that leads to an older entry than the newest would hide those between.
    match index {
        Some(index) if row == chain_row(handle, index) => Ok(index),
        index => Err(JournalError::Corrupt {
            place: LogPlace::Chain(index.unwrap_or(NO_INDEX)),
        }),
    }
}

/// Says that `index` is the newest entry of a handle.
pub(crate) fn put_chain(
    rows: &mut dyn RowWrite,
    handle: AuditHandle,
    index: u64,
) -> Result<(), RowError> {
    rows.put(CHAINS, handle.as_bytes(), &chain_row(handle, index))
}

/// The index, and a sum that tells a damaged one.
fn chain_row(handle: AuditHandle, index: u64) -> [u8; CHAIN_BYTES] {
    let index = index.to_le_bytes();
    let sum = vault::digest(CHAIN_DOMAIN, &[handle.as_bytes(), &index]);
    let mut row = [0; CHAIN_BYTES];
    let parts = index.iter().chain(sum.as_bytes());
    row.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
    row
}

/// The table of entries.
pub(crate) const ENTRIES: Table = Table::new("journal_entry");
/// The table of the newest entry of each audit handle.
pub(crate) const CHAINS: Table = Table::new("journal_chain");
/// The table of the head row.
pub(crate) const HEAD: Table = Table::new("journal_head");
/// The key of the head row.
pub(crate) const HEAD_KEY: &[u8] = &[0];
/// More entries than any log will ever have; keeps tree arithmetic far from overflow.
pub(crate) const SIZE_MAX: u64 = 1 << 48;

const CHAIN_DOMAIN: &str = "liasse journal chain v1";
const CHAIN_BYTES: usize = 16;
const VERSION: u8 = 1;
const NO_INDEX: u64 = u64::MAX;

#[cfg(test)]
mod tests;
