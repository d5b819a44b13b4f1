//! The manifest: which segments there are, kept as rows of the caller's transaction.
//!
//! ```text
//! row "h": version u8 | analyzer u32 | generation u64 | watermark u64 | segments u32
//!          | digest (32) of the segment rows | digest (32) of what stands before
//! row "s" + key slot u32 BE: version u8 | digest (32) of each of its six files (from version 3
//!          on) | plain below, sealed under the segment's key
//! plain: level u8 | partition bits u8 | partition u32 | documents u32 | first ordinal u64
//!        | last ordinal u64 | bytes u64 | analyzer u32 (from version 2 on; before, 1)
//! ```
//! See `docs/format.md`. Invariants: what is not in the manifest does not exist; a row that is
//! missing, altered or foreign is an error, never a smaller index; the watermark never falls.

use crate::analysis::ANALYZER_VERSION;
use crate::directory::{self, FileDigests, KINDS, SegmentKeys, file_name};
use crate::error::IndexError;
use crate::sealed::digest_of;
use base::bytes::{Cursor, CursorError};
use base::disk::{Disk, OpenMode};
use base::{CommitSeq, Digest, DossierNumber, Entropy, Ordinal, RowRead, RowWrite, StoreId, Table};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use vault::{Place, SegmentKey, Slot, digest};

/// The table of the manifest.
pub const MANIFEST_TABLE: Table = Table::new("index_manifest");

/// A share of the dossiers: those whose hash starts with these bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Partition {
    /// How many bits.
    pub(crate) bits: u8,
    /// The bits, in the low end.
    pub(crate) prefix: u32,
}

impl Partition {
    /// All dossiers.
    pub(crate) const WHOLE: Self = Self { bits: 0, prefix: 0 };

    /// Whether a dossier falls into it.
    pub(crate) fn holds(self, dossier: DossierNumber) -> bool {
        let hash = dossier.number().wrapping_mul(HASH_FACTOR);
        self.bits == 0 || hash >> (64 - u32::from(self.bits)) == u64::from(self.prefix)
    }

    /// Its two halves.
    pub(crate) const fn split(self) -> [Self; 2] {
        let bits = self.bits + 1;
        [
            Self {
                bits,
                prefix: self.prefix << 1,
            },
            Self {
                bits,
                prefix: self.prefix << 1 | 1,
            },
        ]
    }

    /// Whether it can be split once more.
    pub(crate) const fn can_split(self) -> bool {
        self.bits < PARTITION_BITS_MAX
    }
}

/// One segment of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    /// Slot of its key, and its name.
    pub(crate) slot: Slot,
    /// 0: flushed from the tail; above: merged, and holding one partition.
    pub(crate) level: u8,
    /// Which dossiers it holds.
    pub(crate) partition: Partition,
    /// How many documents.
    pub(crate) documents: u32,
    /// The first ordinal.
    pub(crate) first: Ordinal,
    /// The last ordinal.
    pub(crate) last: Ordinal,
    /// Bytes on disk.
    pub(crate) bytes: u64,
    /// Version of the analyzer that made the oldest of its tokens.
    pub(crate) analyzer: u32,
    /// What the bytes of its files hash to; `None` in rows from before that was kept.
    pub(crate) files: Option<FileDigests>,
}

impl SegmentRow {
    /// The row's plain form.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(PLAIN_BYTES);
        out.extend_from_slice(&[self.level, self.partition.bits]);
        out.extend_from_slice(&self.partition.prefix.to_le_bytes());
        out.extend_from_slice(&self.documents.to_le_bytes());
        out.extend_from_slice(&self.first.value().to_le_bytes());
        out.extend_from_slice(&self.last.value().to_le_bytes());
        out.extend_from_slice(&self.bytes.to_le_bytes());
        out.extend_from_slice(&self.analyzer.to_le_bytes());
        out
    }

    /// Reads the plain form of the row of `slot`, as a version writes it.
    pub(crate) fn decode(slot: Slot, version: u8, plain: &[u8]) -> Result<Self, CursorError> {
        let mut cursor = Cursor::new(plain);
        let row = Self {
            slot,
            level: cursor.u8()?,
            partition: Partition {
                bits: cursor.u8()?,
                prefix: cursor.u32()?,
            },
            documents: cursor.u32()?,
            first: Ordinal::from_value(cursor.u64()?),
            last: Ordinal::from_value(cursor.u64()?),
            bytes: cursor.u64()?,
            analyzer: match version {
                ROW_VERSION_WITHOUT_ANALYZER => FIRST_ANALYZER,
                _ => cursor.u32()?,
            },
            files: None,
        };
        cursor.finish()?;
        let Partition { bits, prefix } = row.partition;
        let fits = bits <= PARTITION_BITS_MAX && u64::from(prefix) < 1 << bits;
        let counts = row.documents > 0 && row.documents < DOCUMENTS_MAX && row.first <= row.last;
        if fits && counts {
            Ok(row)
        } else {
            Err(CursorError::Value)
        }
    }
}

/// The manifest's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) analyzer: u32,
    pub(crate) generation: u64,
    pub(crate) watermark: CommitSeq,
    pub(crate) segments: u32,
    pub(crate) rows: Digest,
}

impl Head {
    /// The head of an index without segments.
    pub(crate) fn empty() -> Self {
        Self {
            analyzer: ANALYZER_VERSION,
            generation: 0,
            watermark: CommitSeq::new(0),
            segments: 0,
            rows: digest(ROWS_DOMAIN, &[]),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.analyzer.to_le_bytes());
        out.extend_from_slice(&self.generation.to_le_bytes());
        out.extend_from_slice(&self.watermark.number().to_le_bytes());
        out.extend_from_slice(&self.segments.to_le_bytes());
        out.extend_from_slice(self.rows.as_bytes());
        let check = digest(HEAD_DOMAIN, &[&out]);
        out.extend_from_slice(check.as_bytes());
        out
    }

    /// Reads a head; for the fuzzer too.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CursorError> {
        let check = bytes.len().checked_sub(32).ok_or(CursorError::Short)?;
        let mut cursor = Cursor::new(bytes);
        if cursor.u8()? != VERSION {
            return Err(CursorError::Value);
        }
        let head = Self {
            analyzer: cursor.u32()?,
            generation: cursor.u64()?,
            watermark: CommitSeq::new(cursor.u64()?),
            segments: cursor.u32()?,
            rows: Digest::from_bytes(cursor.array()?),
        };
        let expected = cursor.array::<32>()?;
        cursor.finish()?;
        if *digest(HEAD_DOMAIN, &[&bytes[..check]]).as_bytes() == expected {
            Ok(head)
        } else {
            Err(CursorError::Value)
        }
    }
}

/// Reads the head, the empty one when the index was never written.
pub(crate) fn read_head(rows: &dyn RowRead) -> Result<Head, IndexError> {
    match rows.row(MANIFEST_TABLE, HEAD_KEY)? {
        None => Ok(Head::empty()),
        Some(bytes) => Head::decode(&bytes).map_err(|_| IndexError::Manifest {
            what: "the head row does not check",
        }),
    }
}

/// The segments of a manifest and their keys.
pub(crate) type Segments = BTreeMap<Slot, (SegmentRow, SegmentKey)>;

/// Reads the whole manifest.
pub(crate) fn read(
    rows: &dyn RowRead,
    store: StoreId,
    keys: &dyn SegmentKeys,
) -> Result<(Head, Segments), IndexError> {
    let (head, sealed) = checked_rows(rows)?;
    let mut segments = BTreeMap::new();
    for (row_key, value) in sealed {
        let slot = slot_of(&row_key)?;
        let key = keys.key(slot)?;
        let wrong = IndexError::Manifest {
            what: "a segment row does not open",
        };
        let Some((version, files, sealed)) = split(&value) else {
            return Err(wrong);
        };
        let plain = key
            .open(&place(store, &row_key, version), sealed)
            .map_err(|_| wrong)?;
        let row = SegmentRow::decode(slot, version, &plain).map_err(|_| IndexError::Manifest {
            what: "a segment row is malformed",
        })?;
        segments.insert(slot, (SegmentRow { files, ..row }, key));
    }
    Ok((head, segments))
}

/// The head, and the rows as it binds them.
fn checked_rows(rows: &dyn RowRead) -> Result<(Head, Sealed), IndexError> {
    let head = read_head(rows)?;
    let sealed = segment_rows(rows)?;
    let count = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
    if count == head.segments && rows_digest(&sealed) == head.rows {
        return Ok((head, sealed));
    }
    Err(IndexError::Manifest {
        what: "the segment rows do not check",
    })
}

/// The parts of a segment's row: its version, the digests of its files, what is sealed.
fn split(value: &[u8]) -> Option<(u8, Option<FileDigests>, &[u8])> {
    let (version, mut rest) = value.split_first()?;
    let files = match *version {
        ROW_VERSION => {
            let mut files = [Digest::ZERO; KINDS.len()];
            for file in &mut files {
                let (digest, behind) = rest.split_first_chunk()?;
                *file = Digest::from_bytes(*digest);
                rest = behind;
            }
            Some(files)
        }
        ROW_VERSION_WITHOUT_ANALYZER | ROW_VERSION_WITHOUT_FILES => None,
        _ => return None,
    };
    Some((*version, files, rest))
}

/// A digest over the manifest, for the journal entry of the commit that wrote it.
///
/// # Errors
/// [`IndexError`] when the rows cannot be read or do not check.
pub fn manifest_digest(rows: &dyn RowRead) -> Result<Digest, IndexError> {
    Ok(digest(
        "liasse index manifest v1",
        &[&read_head(rows)?.encode()],
    ))
}

/// Empties the manifest, so that everything is analysed anew: after damage, or when the
/// analyzer's version changed. The index must be closed; open it again after the commit, and
/// append every document. Gives the key slots that no segment uses any more.
///
/// # Errors
/// What the rows give. Nothing of what they hold is believed.
pub fn clear_manifest(rows: &mut dyn RowWrite) -> Result<Vec<Slot>, IndexError> {
    let mut slots = Vec::new();
    for (row_key, _) in segment_rows(rows)? {
        rows.remove(MANIFEST_TABLE, &row_key)?;
        slots.extend(slot_of(&row_key));
    }
    let generation = read_head(rows).map_or(0, |head| head.generation);
    let before = Head {
        generation,
        ..Head::empty()
    };
    put_head(rows, &before, CommitSeq::new(0))?;
    Ok(slots)
}

/// The files of all segments that the manifest lists, as they lie in the index folder. No key is
/// needed: a row's key names its slot.
///
/// # Errors
/// [`IndexError::Manifest`] and what the rows give.
pub fn manifest_files(rows: &dyn RowRead) -> Result<Vec<String>, IndexError> {
    let mut files = Vec::new();
    for (row_key, _) in segment_rows(rows)? {
        let slot = slot_of(&row_key)?;
        files.extend(KINDS.map(|kind| file_name(slot, kind)));
    }
    Ok(files)
}

/// A file of the index folder that the manifest lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexFile {
    /// Its name in the folder.
    pub name: String,
    /// What its bytes hash to; `None` when the segment was written before that was kept.
    digest: Option<Digest>,
}

impl IndexFile {
    /// Whether the manifest says what its bytes are.
    #[must_use]
    pub const fn is_bound(&self) -> bool {
        self.digest.is_some()
    }

    /// Whether the bytes on `disk` are those that were written, and how many they are. No key is
    /// needed.
    ///
    /// # Errors
    /// What the disk gives; [`std::io::ErrorKind::NotFound`] when it is not there.
    pub fn check(&self, disk: &dyn Disk) -> std::io::Result<(Bytes, u64)> {
        let file = disk.open(&directory::path(&self.name), OpenMode::Read)?;
        let (digest, count) = digest_of(&*file)?;
        let same = self.digest.is_none_or(|own| own == digest);
        Ok((
            if same {
                Bytes::AsWritten
            } else {
                Bytes::Others
            },
            count,
        ))
    }
}

/// What the bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Those that were written, as far as the manifest says.
    AsWritten,
    /// Others.
    Others,
}

/// The files of all segments with their digests, out of rows that the head binds, and it the
/// journal. No key is needed.
///
/// # Errors
/// [`IndexError::Manifest`] and what the rows give.
pub fn bound_files(rows: &dyn RowRead) -> Result<Vec<IndexFile>, IndexError> {
    let mut found = Vec::new();
    let (_, sealed) = checked_rows(rows)?;
    let mut others = false;
    rows.visit(MANIFEST_TABLE, &[], &[255; 8], &mut |key, _| {
        others |= key != HEAD_KEY && !key.starts_with(b"s");
        ControlFlow::Continue(())
    })?;
    if others {
        return Err(IndexError::Manifest {
            what: "it holds a row that nothing binds",
        });
    }
    for (row_key, value) in sealed {
        let slot = slot_of(&row_key)?;
        let (_, digests, _) = split(&value).ok_or(IndexError::Manifest {
            what: "a segment row is malformed",
        })?;
        for (at, kind) in KINDS.into_iter().enumerate() {
            found.push(IndexFile {
                name: file_name(slot, kind),
                digest: digests.and_then(|digests| digests.get(at).copied()),
            });
        }
    }
    Ok(found)
}

/// Writes a segment's row.
pub(crate) fn put_segment(
    rows: &mut dyn RowWrite,
    store: StoreId,
    row: &SegmentRow,
    key: &SegmentKey,
    entropy: &dyn Entropy,
) -> Result<(), IndexError> {
    let row_key = segment_key(row.slot);
    let version = match row.files {
        Some(_) => ROW_VERSION,
        None => ROW_VERSION_WITHOUT_FILES,
    };
    let mut value = vec![version];
    for digest in row.files.iter().flatten() {
        value.extend_from_slice(digest.as_bytes());
    }
    let place = place(store, &row_key, version);
    value.extend(key.seal(&place, &row.encode(), entropy)?);
    rows.put(MANIFEST_TABLE, &row_key, &value)?;
    Ok(())
}

/// Whether the manifest lists a segment.
pub(crate) fn lists(rows: &dyn RowRead, slot: Slot) -> Result<bool, IndexError> {
    Ok(rows.row(MANIFEST_TABLE, &segment_key(slot))?.is_some())
}

/// Removes a segment's row, which must be there.
pub(crate) fn remove_segment(rows: &mut dyn RowWrite, slot: Slot) -> Result<(), IndexError> {
    let row_key = segment_key(slot);
    if rows.row(MANIFEST_TABLE, &row_key)?.is_none() {
        return Err(IndexError::Stale);
    }
    rows.remove(MANIFEST_TABLE, &row_key)?;
    Ok(())
}

/// Writes the head that goes with the segment rows as they now are.
pub(crate) fn put_head(
    rows: &mut dyn RowWrite,
    before: &Head,
    watermark: CommitSeq,
) -> Result<Head, IndexError> {
    let sealed = segment_rows(rows)?;
    let head = Head {
        analyzer: ANALYZER_VERSION,
        generation: before.generation + 1,
        watermark: before.watermark.max(watermark),
        segments: u32::try_from(sealed.len()).unwrap_or(u32::MAX),
        rows: rows_digest(&sealed),
    };
    rows.put(MANIFEST_TABLE, HEAD_KEY, &head.encode())?;
    Ok(head)
}

type Sealed = Vec<(Vec<u8>, Vec<u8>)>;

fn segment_rows(rows: &dyn RowRead) -> Result<Sealed, IndexError> {
    let mut sealed = Vec::new();
    let (first, last) = (vec![b's'], vec![b's', 255, 255, 255, 255, 255]);
    rows.visit(MANIFEST_TABLE, &first, &last, &mut |key, value| {
        sealed.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(sealed)
}

fn rows_digest(sealed: &Sealed) -> Digest {
    let parts: Vec<&[u8]> = sealed
        .iter()
        .flat_map(|(key, value)| [key.as_slice(), value.as_slice()])
        .collect();
    digest(ROWS_DOMAIN, &parts)
}

fn segment_key(slot: Slot) -> Vec<u8> {
    let mut key = vec![b's'];
    key.extend_from_slice(&slot.number().to_be_bytes());
    key
}

fn slot_of(row_key: &[u8]) -> Result<Slot, IndexError> {
    let number = row_key
        .get(1..)
        .and_then(|slot| <[u8; 4]>::try_from(slot).ok());
    number
        .and_then(|number| Slot::new(u32::from_be_bytes(number)).ok())
        .ok_or(IndexError::Manifest {
            what: "a segment row has a wrong key",
        })
}

fn place(store: StoreId, row: &[u8], version: u8) -> Place<'_> {
    Place {
        store,
        table: MANIFEST_TABLE,
        row,
        version: u64::from(version),
        codec: 0,
        dictionary: 0,
    }
}

/// Version of the head.
const VERSION: u8 = 1;
/// Version of the segments' rows.
const ROW_VERSION: u8 = 3;
/// What it was before a row said what the bytes of its files hash to.
const ROW_VERSION_WITHOUT_FILES: u8 = 2;
/// What it was before a row said which analyzer made the segment: there was only the first.
const ROW_VERSION_WITHOUT_ANALYZER: u8 = 1;
const FIRST_ANALYZER: u32 = 1;
const HEAD_KEY: &[u8] = b"h";
const ROWS_DOMAIN: &str = "liasse index rows v1";
const HEAD_DOMAIN: &str = "liasse index head v1";
const PLAIN_BYTES: usize = 38;
const PARTITION_BITS_MAX: u8 = 16;
const DOCUMENTS_MAX: u32 = 1 << 31;
/// An odd number without pattern (2^64 over the golden ratio): it spreads neighbours.
const HASH_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests;
