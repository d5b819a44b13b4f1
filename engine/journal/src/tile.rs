//! Tiles: the hashes of the log, 256 to a row, in the layout of c2sp.org/tlog-tiles.
//!
//! ```text
//! row key    level u8 | number u64 big-endian
//! row value  1 to 256 hashes of 32 bytes; the last row of a level may be partial
//! ```
//! A hash at level L covers 256^L entries; see `docs/format.md`. Invariants: a full tile is
//! never written again; a partial tile only grows.

use crate::error::{JournalError, LogPlace};
use base::{RowError, RowRead, RowWrite, Table};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tlog_tiles::{Hash, HashReader, Tile, split_stored_hash_index};

/// The table of tiles.
pub(crate) const TILES: Table = Table::new("journal_tile");
/// Tiles are 8 levels of the tree high.
pub(crate) const TILE_HEIGHT: u8 = 8;
/// Hashes in a full tile.
pub(crate) const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;
/// Bytes of a hash.
pub(crate) const HASH_BYTES: usize = 32;
/// Bytes of a full tile.
pub(crate) const TILE_BYTES: usize = 256 * HASH_BYTES;

/// Most hashes that are kept between proofs.
const NODES_KEPT_MAX: usize = 1 << 16;

/// Which tile: level and number in the level.
pub(crate) type TileAt = (u8, u64);

/// The row key of a tile.
pub(crate) fn tile_key((level, index): TileAt) -> [u8; 9] {
    let mut key = [0; 9];
    key[0] = level;
    key[1..].copy_from_slice(&index.to_be_bytes());
    key
}

/// The tile a row key names, if it names one.
pub(crate) fn tile_of_key(key: &[u8]) -> Option<TileAt> {
    let (level, index) = key.split_first()?;
    Some((*level, u64::from_be_bytes(index.try_into().ok()?)))
}

/// How many hashes the tile `at` holds in a log of `size` entries.
pub(crate) fn tile_width((level, index): TileAt, size: u64) -> u64 {
    let hashes = size
        .checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
        .unwrap_or(0);
    hashes
        .saturating_sub(index.saturating_mul(TILE_WIDTH))
        .min(TILE_WIDTH)
}

/// The right edge of the tiles while entries are appended.
#[derive(Default)]
pub(crate) struct TileEdge {
    open: BTreeMap<u8, (u64, Vec<u8>)>,
}

impl TileEdge {
    /// Adds the hash number `at` of `level`, loading the partial tile it continues.
    pub(crate) fn push(
        &mut self,
        rows: &mut dyn RowWrite,
        level: u8,
        at: u64,
        hash: &Hash,
    ) -> Result<(), JournalError> {
        let index = at / TILE_WIDTH;
        let before = usize::try_from(at % TILE_WIDTH).map_or(0, |count| count * HASH_BYTES);
        let (number, bytes) = match self.open.entry(level) {
            Slot::Occupied(held) => held.into_mut(),
            Slot::Vacant(free) => {
                let partial = match before {
                    0 => Vec::with_capacity(TILE_BYTES),
                    _ => read_tile(rows, (level, index))?.unwrap_or_default(),
                };
                free.insert((index, partial))
            }
        };
        // INVARIANT(J2): a hash goes right behind those the tile holds.
        if *number != index || bytes.len() != before {
            return Err(JournalError::Corrupt {
                place: LogPlace::Tile { level, index },
            });
        }
        bytes.extend_from_slice(&hash.0);
        if bytes.len() == TILE_BYTES {
            rows.put(TILES, &tile_key((level, index)), bytes)?;
            self.open.remove(&level);
        }
        Ok(())
    }

    /// Writes the partial tiles that grew.
    pub(crate) fn flush(self, rows: &mut dyn RowWrite) -> Result<(), RowError> {
        for (level, (index, bytes)) in self.open {
            rows.put(TILES, &tile_key((level, index)), &bytes)?;
        }
        Ok(())
    }
}

/// The bytes of a tile, or `None` when it has no row.
pub(crate) fn read_tile(
    rows: &(impl RowRead + ?Sized),
    at: TileAt,
) -> Result<Option<Vec<u8>>, RowError> {
    rows.row(TILES, &tile_key(at))
}

/// Hashes of whole subtrees that were made before, by their numbers in the tree. What a log of
/// one history holds at such a number never changes.
#[derive(Default)]
pub(crate) struct NodesKept {
    nodes: Mutex<BTreeMap<u64, Hash>>,
}

impl NodesKept {
    fn get(&self, stored: u64) -> Option<Hash> {
        self.nodes().get(&stored).copied()
    }

    fn keep(&self, stored: u64, hash: Hash) {
        let mut nodes = self.nodes();
        if nodes.len() >= NODES_KEPT_MAX {
            nodes.clear();
        }
        nodes.insert(stored, hash);
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<u64, Hash>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the hashes of a log of one size out of its tiles.
pub(crate) struct TileHashes<'a> {
    rows: &'a dyn RowRead,
    size: u64,
    kept: Option<&'a NodesKept>,
    failure: RefCell<Option<JournalError>>,
}

impl<'a> TileHashes<'a> {
    /// Reads hashes of the log of `size` entries kept in `rows`.
    pub(crate) const fn new(rows: &'a dyn RowRead, size: u64) -> Self {
        Self {
            rows,
            size,
            kept: None,
            failure: RefCell::new(None),
        }
    }

    /// The same, which keeps the hashes that many proofs have in common: those of 256 entries
    /// and more, and those behind the last full tile.
    pub(crate) fn keeping(self, kept: &'a NodesKept) -> Self {
        Self {
            kept: Some(kept),
            ..self
        }
    }

    /// Runs a computation of tlog_tiles over these hashes and gives back our own error.
    pub(crate) fn run<T>(
        &self,
        compute: impl FnOnce(&Self) -> Result<T, tlog_tiles::Error>,
    ) -> Result<T, JournalError> {
        compute(self).map_err(|_| {
            let failure = self.failure.borrow_mut().take();
            failure.unwrap_or_else(|| base::Bug::new("a hash outside the log was asked for").into())
        })
    }

    fn hash(
        &self,
        cache: &mut BTreeMap<TileAt, Vec<u8>>,
        stored: u64,
    ) -> Result<Hash, JournalError> {
        let (height, number) = split_stored_hash_index(stored);
        let (level, up) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
        let first = number << up;
        let at = (level, first / TILE_WIDTH);
        let is_shared = level > 0 || tile_width(at, self.size) < TILE_WIDTH;
        let kept = self.kept.filter(|_| is_shared);
        if let Some(hash) = kept.and_then(|kept| kept.get(stored)) {
            return Ok(hash);
        }
        let corrupt = || JournalError::Corrupt {
            place: LogPlace::Tile {
                level: at.0,
                index: at.1,
            },
        };
        let bytes = match cache.entry(at) {
            Slot::Occupied(held) => held.into_mut(),
            Slot::Vacant(free) => free.insert(read_tile(self.rows, at)?.ok_or_else(corrupt)?),
        };
        let from = usize::try_from(first % TILE_WIDTH).map_err(|_| corrupt())? * HASH_BYTES;
        let hashes = bytes.get(from..from + (HASH_BYTES << up));
        let hash = Tile::subtree_hash(hashes.ok_or_else(corrupt)?);
        if let Some(kept) = kept {
            kept.keep(stored, hash);
        }
        Ok(hash)
    }
}

impl HashReader for TileHashes<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let mut cache = BTreeMap::new();
        let end = tlog_tiles::stored_hash_index(0, self.size);
        indexes
            .iter()
            .map(|stored| {
                if *stored >= end {
                    return Err(tlog_tiles::Error::IndexesNotInTree);
                }
                self.hash(&mut cache, *stored).map_err(|failure| {
                    *self.failure.borrow_mut() = Some(failure);
                    tlog_tiles::Error::InvalidTile
                })
            })
            .collect()
    }
}
