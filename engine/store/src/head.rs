//! Heads: the sealed rows of a dossier, and how they are read and written.
//!
//! ```text
//! tables "heads" and "body_keys", row key: dossier number, 5 bytes | part u16, big-endian
//! row value: header in clear, 24 + 32 (c + k) bytes | sealed record
//!  0  1  version, 1                8  8  version of the row
//!  1  2  codec, dictionary        16  2  c: closed head parts (part 0 only, else 0)
//!  3  1  kind: 1 live head,       18  2  k: body key parts (part 0 only, else 0)
//!        2 closed head, 3 keys    20  4  reserved, zero
//!  4  4  slot of the dossier key  24  .. digests of the c and k rows, 32 bytes each
//! ```
//! "heads" part 0 is live: the state and the newest entries; part p >= 1 holds entries
//! 256 (p - 1) to 256 p - 1. "body_keys" part p holds the keys of documents 128 p to 128 p + 127.
//! A sealed record's place names the row key and the whole clear header. A row's digest is
//! `vault::digest("liasse row v1", [table, row key, value])`; that of part 0 is the dossier's
//! leaf in the state tree.
//!
//! Invariants: (S5) a row opens only where it was written, in the version its dossier names;
//! (S6) a head that the state tree knows and the catalog lacks is damage, never "not found".

mod writing;

pub use writing::{Body, Head, remove_rows};

use crate::codec;
use crate::error::{Malformed, StoreError};
use crate::frame::{BodyPlace, Codec};
use crate::record::{Sheaf, SheafKind};
use crate::state_tree;
use crate::view::{DossierView, EntryView};
use base::{
    Bug, Cursor, Digest, DocumentId, DocumentNumber, DossierNumber, RowRead, StoreId, Table, limit,
};
use vault::{BlockRow, BodyKey, DossierKey, KeyBlock, Place};

/// What a dossier's rows are sealed with.
#[derive(Clone, Copy)]
pub struct DossierSeal<'a> {
    /// The store.
    pub store: StoreId,
    /// The dossier's key.
    pub key: &'a DossierKey,
}

/// The live row of a dossier, read and checked against the state tree, not yet opened.
pub struct SealedHead {
    number: DossierNumber,
    header: RowHeader,
    digest: Digest,
    value: Vec<u8>,
}

/// A dossier's state and all its entries, for reading.
pub struct Listing {
    number: DossierNumber,
    header: RowHeader,
    digest: Digest,
    live: Sheaf,
    closed: Vec<Sheaf>,
}

/// A document's body: where it lies and what opens it.
pub struct StoredBody {
    /// Its key.
    pub key: BodyKey,
    /// Its place.
    pub place: BodyPlace,
    /// The digest of its frame.
    pub digest: Digest,
}

impl SealedHead {
    /// Reads the live row of a dossier; `None` when there is no such dossier.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the row is missing, altered or older than the state
    /// tree says.
    pub fn read(rows: &dyn RowRead, number: DossierNumber) -> Result<Option<Self>, StoreError> {
        let key = row_key(number, LIVE_PART);
        let value = rows.row(HEADS, &key)?;
        let leaf = state_tree::leaf(rows, number)?;
        let (value, leaf) = match (value, leaf) {
            (None, None) => return Ok(None),
            (Some(value), Some(leaf)) => (value, leaf),
            // INVARIANT(S6): known on one side only.
            _ => return Err(StoreError::damaged(HEADS)),
        };
        let digest = row_digest(HEADS, &key, &value);
        if digest != leaf {
            return Err(StoreError::damaged(HEADS));
        }
        let (header, _) = RowHeader::parse(&value).map_err(|_| StoreError::damaged(HEADS))?;
        if header.kind != RowKind::Live {
            return Err(StoreError::damaged(HEADS));
        }
        Ok(Some(Self {
            number,
            header,
            digest,
            value,
        }))
    }

    /// The slot of the dossier's key.
    #[must_use]
    pub const fn slot(&self) -> u32 {
        self.header.slot
    }

    /// The version of the head; it grows with every change of the dossier.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.header.version
    }

    /// The leaf that a dossier has in the state tree now, without reading its row.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when the tree is damaged.
    pub fn leaf(rows: &dyn RowRead, number: DossierNumber) -> Result<Option<Digest>, StoreError> {
        state_tree::leaf(rows, number)
    }

    /// The dossier's leaf in the state tree: it changes with every change of the dossier.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Opens the dossier for reading, with all its parts.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when a row does not open.
    pub fn open(self, rows: &dyn RowRead, seal: DossierSeal<'_>) -> Result<Listing, StoreError> {
        let live = self.open_live(seal)?;
        let closed = (1..)
            .zip(&self.header.closed)
            .map(|(part, digest)| open_closed(rows, seal, self.number, part, *digest))
            .collect::<Result<_, _>>()?;
        Ok(Listing {
            number: self.number,
            header: self.header,
            digest: self.digest,
            live,
            closed,
        })
    }

    fn open_live(&self, seal: DossierSeal<'_>) -> Result<Sheaf, StoreError> {
        let key = row_key(self.number, LIVE_PART);
        open_sheaf(seal, &key, &self.value, SheafKind::Live)
    }
}

impl Listing {
    /// The dossier's number.
    #[must_use]
    pub const fn number(&self) -> DossierNumber {
        self.number
    }

    /// The slot of the dossier's key.
    #[must_use]
    pub const fn slot(&self) -> u32 {
        self.header.slot
    }

    /// The version of the head.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.header.version
    }

    /// The dossier's leaf in the state tree.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// About how many bytes of memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let digests = self.header.closed.len() + self.header.keys.len();
        let sheaves = self.closed.iter().chain([&self.live]);
        32 * digests + sheaves.map(Sheaf::bytes).sum::<usize>()
    }

    /// The dossier's state.
    ///
    /// # Errors
    /// [`Bug`] when a checked head has no state.
    pub fn dossier(&self) -> Result<DossierView<'_>, Bug> {
        let state = self.live.dossier().map(DossierView::new);
        state.ok_or(Bug::new("a live head has a state"))
    }

    /// All entries in the order of their numbers; erased documents have none.
    pub fn entries(&self) -> impl Iterator<Item = EntryView<'_>> {
        let sheaves = self.closed.iter().chain([&self.live]);
        sheaves
            .flat_map(|sheaf| (0..sheaf.len()).filter_map(|at| sheaf.entry(at)))
            .map(EntryView::new)
            .filter(|entry| !is_erased(*entry))
    }

    /// The entry with this number; `None` when it was erased or never was.
    #[must_use]
    pub fn entry(&self, number: DocumentNumber) -> Option<EntryView<'_>> {
        let at = usize::try_from(number.number()).ok()?;
        let part = at / limit::HEAD_PART_ENTRIES_MAX;
        let archived = match self.closed.get(part) {
            Some(sheaf) => sheaf.entry(at % limit::HEAD_PART_ENTRIES_MAX),
            None => self
                .live
                .entry(at - self.closed.len() * limit::HEAD_PART_ENTRIES_MAX),
        };
        archived
            .map(EntryView::new)
            .filter(|entry| !is_erased(*entry))
    }

    /// The entry of this document.
    #[must_use]
    pub fn find(&self, document: DocumentId) -> Option<EntryView<'_>> {
        self.entries().find(|entry| entry.document() == document)
    }

    /// The number the next document would get; numbers below are or were in use.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.closed.len() * limit::HEAD_PART_ENTRIES_MAX + self.live.len()
    }

    /// Where a document's body lies and what opens it; `None` when it has none.
    ///
    /// # Errors
    /// [`StoreError::DamagedRow`] when its key row is missing, altered or does not open.
    pub fn body(
        &self,
        rows: &dyn RowRead,
        seal: DossierSeal<'_>,
        number: DocumentNumber,
    ) -> Result<Option<StoredBody>, StoreError> {
        self.bodies(rows, seal).find(number)
    }

    /// The bodies of the dossier, for whoever reads many: each block of keys is opened once.
    #[must_use]
    pub const fn bodies<'a>(&'a self, rows: &'a dyn RowRead, seal: DossierSeal<'a>) -> Bodies<'a> {
        Bodies {
            listing: self,
            rows,
            seal,
            open: None,
        }
    }
}

/// Where the bodies of a dossier lie, and the block of keys that was opened last.
pub struct Bodies<'a> {
    listing: &'a Listing,
    rows: &'a dyn RowRead,
    seal: DossierSeal<'a>,
    open: Option<(u16, KeyBlock)>,
}

impl Bodies<'_> {
    /// As [`Listing::body`].
    ///
    /// # Errors
    /// As [`Listing::body`].
    pub fn find(&mut self, number: DocumentNumber) -> Result<Option<StoredBody>, StoreError> {
        let (part, within) = key_part(number)?;
        if let Some((_, block)) = self.open.as_ref().filter(|(open, _)| *open == part) {
            return stored_body(block, within);
        }
        let listing = self.listing;
        let Some(digest) = listing.header.keys.get(usize::from(part)) else {
            return Ok(None);
        };
        let block = open_keys(self.rows, self.seal, listing.number, part, *digest)?;
        let found = stored_body(&block, within);
        self.open = Some((part, block));
        found
    }
}

/// What a head's row says in clear.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RowHeader {
    pub(crate) kind: RowKind,
    pub(crate) codec: Codec,
    pub(crate) slot: u32,
    pub(crate) version: u64,
    pub(crate) closed: Vec<Digest>,
    pub(crate) keys: Vec<Digest>,
}

/// What a row of a dossier holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    Live,
    Closed,
    Keys,
}

impl RowHeader {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let digests = self.closed.len() + self.keys.len();
        let mut out = Vec::with_capacity(ROW_HEADER_BYTES + 32 * digests);
        let kind = match self.kind {
            RowKind::Live => 1,
            RowKind::Closed => 2,
            RowKind::Keys => 3,
        };
        out.extend_from_slice(&[
            ROW_VERSION,
            self.codec.method(),
            self.codec.dictionary(),
            kind,
        ]);
        out.extend_from_slice(&self.slot.to_le_bytes());
        out.extend_from_slice(&self.version.to_le_bytes());
        for digests in [&self.closed, &self.keys] {
            let count = u16::try_from(digests.len()).expect("24-bit document numbers");
            out.extend_from_slice(&count.to_le_bytes());
        }
        out.extend_from_slice(&[0; 4]);
        for digest in self.closed.iter().chain(&self.keys) {
            out.extend_from_slice(digest.as_bytes());
        }
        out
    }

    /// Reads the header; returns the sealed record behind it too.
    pub(crate) fn parse(value: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let mut cursor = Cursor::new(value);
        if cursor.u8()? != ROW_VERSION {
            return Err(Malformed);
        }
        let codec = Codec::from_bytes(cursor.u8()?, cursor.u8()?)?;
        let kind = match cursor.u8()? {
            1 => RowKind::Live,
            2 => RowKind::Closed,
            3 => RowKind::Keys,
            _ => return Err(Malformed),
        };
        let (slot, version) = (cursor.u32()?, cursor.u64()?);
        let (closed, keys) = (cursor.u16()?, cursor.u16()?);
        if cursor.u32()? != 0 || (kind != RowKind::Live && (closed, keys) != (0, 0)) {
            return Err(Malformed);
        }
        let mut digests = |count: u16| -> Result<Vec<Digest>, Malformed> {
            let bytes = cursor.take(32 * usize::from(count))?;
            let whole = bytes.as_chunks::<32>().0.iter();
            Ok(whole.map(|digest| Digest::from_bytes(*digest)).collect())
        };
        let header = Self {
            kind,
            codec,
            slot,
            version,
            closed: digests(closed)?,
            keys: digests(keys)?,
        };
        Ok((header, cursor.take(cursor.remaining())?))
    }
}

/// The row key of a part of a dossier.
pub(crate) fn row_key(number: DossierNumber, part: u16) -> [u8; 7] {
    let mut key = [0; 7];
    key[..5].copy_from_slice(&number.number().to_be_bytes()[3..]);
    key[5..].copy_from_slice(&part.to_be_bytes());
    key
}

/// The digest of a whole row.
pub(crate) fn row_digest(table: Table, key: &[u8], value: &[u8]) -> Digest {
    vault::digest(ROW_DOMAIN, &[table.name().as_bytes(), key, value])
}

/// Hands the place of a row, which names its key and its clear header, to `run`.
pub(crate) fn with_place<T>(
    store: StoreId,
    table: Table,
    key: &[u8],
    header: &[u8],
    run: impl FnOnce(&Place<'_>) -> T,
) -> T {
    let row = [key, header].concat();
    run(&Place {
        store,
        table,
        row: &row,
        version: 0,
        codec: 0,
        dictionary: 0,
    })
}

fn open_sheaf(
    seal: DossierSeal<'_>,
    key: &[u8],
    value: &[u8],
    kind: SheafKind,
) -> Result<Sheaf, StoreError> {
    let damaged = |_| StoreError::damaged(HEADS);
    let (header, sealed) = RowHeader::parse(value).map_err(damaged)?;
    let clear = &value[..value.len() - sealed.len()];
    let packed = with_place(seal.store, HEADS, key, clear, |place| {
        seal.key.open(place, sealed)
    });
    let packed = packed.map_err(|_| StoreError::damaged(HEADS))?;
    let plain = codec::unpack_aligned(&packed, header.codec, HEAD_BYTES_MAX).map_err(damaged)?;
    Sheaf::parse(plain, kind).map_err(damaged)
}

/// Reads a row that the live row names by its digest.
fn named_row(
    rows: &dyn RowRead,
    table: Table,
    key: &[u8],
    digest: Digest,
) -> Result<Vec<u8>, StoreError> {
    let value = rows.row(table, key)?.ok_or(StoreError::damaged(table))?;
    if row_digest(table, key, &value) == digest {
        Ok(value)
    } else {
        Err(StoreError::damaged(table))
    }
}

fn open_closed(
    rows: &dyn RowRead,
    seal: DossierSeal<'_>,
    number: DossierNumber,
    part: u16,
    digest: Digest,
) -> Result<Sheaf, StoreError> {
    let key = row_key(number, part);
    let value = named_row(rows, HEADS, &key, digest)?;
    let sheaf = open_sheaf(seal, &key, &value, SheafKind::Closed)?;
    if sheaf.len() == limit::HEAD_PART_ENTRIES_MAX {
        Ok(sheaf)
    } else {
        Err(StoreError::damaged(HEADS))
    }
}

fn open_keys(
    rows: &dyn RowRead,
    seal: DossierSeal<'_>,
    number: DossierNumber,
    part: u16,
    digest: Digest,
) -> Result<KeyBlock, StoreError> {
    let key = row_key(number, part);
    let value = named_row(rows, BODY_KEYS, &key, digest)?;
    let damaged = StoreError::damaged(BODY_KEYS);
    let (header, sealed) = RowHeader::parse(&value).map_err(|_| damaged.clone())?;
    if header.kind != RowKind::Keys {
        return Err(damaged);
    }
    let clear = &value[..value.len() - sealed.len()];
    let block = with_place(seal.store, BODY_KEYS, &key, clear, |place| {
        KeyBlock::open(seal.key, place, sealed)
    });
    block.map_err(|_| damaged)
}

fn stored_body(block: &KeyBlock, within: DocumentNumber) -> Result<Option<StoredBody>, StoreError> {
    match (block.row(within), block.body_key(within)) {
        (Some(BlockRow::Body { digest, place }), Some(key)) => {
            let place =
                BodyPlace::from_bytes(&place).map_err(|_| StoreError::damaged(BODY_KEYS))?;
            Ok(Some(StoredBody { key, place, digest }))
        }
        _ => Ok(None),
    }
}

/// The part of "body_keys" that holds a document's key, and its number there.
fn key_part(number: DocumentNumber) -> Result<(u16, DocumentNumber), StoreError> {
    let over = StoreError::OverLimit {
        what: "the number of documents of a dossier",
        limit: u64::from(limit::DOSSIER_DOCUMENTS_MAX),
    };
    let (part, within) = (
        number.number() / KEY_PART_DOCUMENTS,
        number.number() % KEY_PART_DOCUMENTS,
    );
    match (u16::try_from(part), DocumentNumber::new(within)) {
        (Ok(part), Ok(within)) if part < KEY_PARTS_MAX => Ok((part, within)),
        _ => Err(over),
    }
}

/// Whether an entry is what an erased document left: its place, and nothing else.
fn is_erased(entry: EntryView<'_>) -> bool {
    entry.document() == ERASED
}

/// The id of an erased document; a random id is never all zero.
pub(crate) const ERASED: DocumentId = DocumentId::from_bytes([0; 16]);
/// The table of heads.
pub(crate) const HEADS: Table = Table::new("heads");
/// The table of body keys.
pub(crate) const BODY_KEYS: Table = Table::new("body_keys");
/// The part that holds the state and the newest entries.
pub(crate) const LIVE_PART: u16 = 0;
/// Documents in one part of "body_keys".
const KEY_PART_DOCUMENTS: u32 = 128;
/// Clear headers are bound to their rows, whose keys are at most 64 KiB.
const KEY_PARTS_MAX: u16 = 1300;
/// Most plaintext bytes of one part.
const HEAD_BYTES_MAX: usize = 256 << 20;
const ROW_HEADER_BYTES: usize = 24;
const ROW_VERSION: u8 = 1;
const ROW_DOMAIN: &str = "liasse row v1";

const _: () = assert!(KEY_PARTS_MAX as u32 * KEY_PART_DOCUMENTS == limit::DOSSIER_DOCUMENTS_MAX);
const _: () = assert!(
    (KEY_PARTS_MAX as usize + limit::DOSSIER_DOCUMENTS_MAX as usize / limit::HEAD_PART_ENTRIES_MAX)
        * 32
        + 64
        < u16::MAX as usize
);

#[cfg(test)]
mod tests;
