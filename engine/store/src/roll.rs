//! Catalog files: rows of the catalog outside a store, as a snapshot or as a delta.
//!
//! ```text
//! header, 136 bytes
//!   0  8  "LIASSEK1"              48  8  epoch of the root key after it
//!   8  1  kind: 1 snapshot,       56  8  commit before, 0 in a snapshot
//!         2 delta                 64 32  what bound that commit, zero in a snapshot
//!   9  7  zero                    96  8  commit that it leads to
//!  16 16  store                  104 32  what binds that commit
//!  32  8  when the store was made
//!  40  4  format of the store  44 4 zero
//! chunk    length u32 | items | digest (32)
//! end      0 u32 | chunks u32 | digest (32) | signature (64)
//! item     1 | name length u8 | name                                     the table of what follows
//!          2 | key length u32 | value length u32 | key | value           a row is set
//!          3 | key length u32 | key                                      a row is removed
//! ```
//! A chunk's digest is `digest("liasse catalog chunk v1", [header, chunk number u32, items])`, the
//! file's `digest("liasse catalog file v1", [header, the chunks' digests])`; the store's key signs
//! `"liasse catalog file v1" | 0 | digest`. See docs/format.md, "Catalog files".
//!
//! For: backups and keyring sinks. Not for: which file follows which; the caller knows.
//! Invariants: no row is given out whose chunk did not check; a length is compared with its
//! limit before anything is allocated; rows are sealed before they come here.

use crate::error::{Malformed, StoreError};
use crate::layer::Layer;
use base::{CommitSeq, Cursor, Digest, Instant, StoreId};
use std::io::{self, Read};
use vault::SigningKey;

/// Which state of the catalog: its last commit, and a digest that binds everything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The number of the last commit.
    pub commit: CommitSeq,
    /// What binds it; two histories that part have the same number, never the same binding.
    pub binding: Digest,
}

/// What a catalog file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollHeader {
    /// The store.
    pub store: StoreId,
    /// When the store was made.
    pub created: Instant,
    /// The format of the store.
    pub format: u32,
    /// The epoch of the root key in the state it leads to.
    pub epoch: u64,
    /// The state that it is applied to; `None` for a snapshot, which begins with no rows.
    pub before: Option<Tip>,
    /// The state it leads to.
    pub after: Tip,
}

/// What binds a whole catalog file, and the signature over it.
#[derive(Clone, PartialEq, Eq)]
pub struct RollProof {
    /// The file's header.
    pub header: RollHeader,
    digest: Digest,
    signature: [u8; SIGNATURE_BYTES],
}

impl RollHeader {
    pub(crate) fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[0..8].copy_from_slice(MAGIC);
        out[8] = if self.before.is_some() {
            DELTA
        } else {
            SNAPSHOT
        };
        out[16..32].copy_from_slice(self.store.as_bytes());
        out[32..40].copy_from_slice(&self.created.millis().to_le_bytes());
        out[40..44].copy_from_slice(&self.format.to_le_bytes());
        out[48..56].copy_from_slice(&self.epoch.to_le_bytes());
        if let Some(before) = self.before {
            out[56..64].copy_from_slice(&before.commit.number().to_le_bytes());
            out[64..96].copy_from_slice(before.binding.as_bytes());
        }
        out[96..104].copy_from_slice(&self.after.commit.number().to_le_bytes());
        out[104..136].copy_from_slice(self.after.binding.as_bytes());
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        if cursor.take(8)? != MAGIC {
            return Err(Malformed);
        }
        let kind = cursor.u8()?;
        if cursor.array()? != [0; 7] {
            return Err(Malformed);
        }
        let store = StoreId::from_bytes(cursor.array()?);
        let created = Instant::from_millis(cursor.i64()?);
        let format = cursor.u32()?;
        if cursor.u32()? != 0 {
            return Err(Malformed);
        }
        let epoch = cursor.u64()?;
        let before = tip(&mut cursor)?;
        let after = tip(&mut cursor)?;
        let none = before.commit.number() == 0 && before.binding == Digest::ZERO;
        let before = match kind {
            SNAPSHOT if none => None,
            DELTA if before.commit < after.commit => Some(before),
            _ => return Err(Malformed),
        };
        Ok(Self {
            store,
            created,
            format,
            epoch,
            before,
            after,
        })
    }
}

fn tip(cursor: &mut Cursor<'_>) -> Result<Tip, Malformed> {
    Ok(Tip {
        commit: CommitSeq::new(cursor.u64()?),
        binding: Digest::from_bytes(cursor.array()?),
    })
}

impl RollProof {
    /// Whether this key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &SigningKey) -> bool {
        // A signature of Ed25519 is a function of key and message: who holds the key compares.
        key.sign(&message(&self.digest)) == self.signature
    }

    /// What the store's key signed, for who has no more than the public key.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        message(&self.digest)
    }

    /// The signature over it.
    #[must_use]
    pub const fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let header = self.header.to_bytes();
        [&header[..], self.digest.as_bytes(), &self.signature].concat()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        let proof = Self {
            header: RollHeader::from_bytes(&cursor.array()?)?,
            digest: Digest::from_bytes(cursor.array()?),
            signature: cursor.array()?,
        };
        cursor.finish()?;
        Ok(proof)
    }
}

/// Writes a catalog file piece by piece.
pub struct RollWriter {
    header: [u8; HEADER_BYTES],
    digests: Vec<Digest>,
}

impl RollWriter {
    /// A file that says this of itself, and its first bytes.
    #[must_use]
    pub fn begin(header: RollHeader) -> (Self, Vec<u8>) {
        let header = header.to_bytes();
        let writer = Self {
            header,
            digests: Vec::new(),
        };
        (writer, header.to_vec())
    }

    /// The bytes of the next chunk.
    ///
    /// # Errors
    /// [`StoreError::OverLimit`] when the items are more than a chunk may hold.
    pub fn chunk(&mut self, items: &Items) -> Result<Vec<u8>, StoreError> {
        let items = &items.bytes;
        let over = StoreError::OverLimit {
            what: "a chunk of a catalog file",
            limit: CHUNK_BYTES_MAX as u64,
        };
        if items.len() > CHUNK_BYTES_MAX {
            return Err(over);
        }
        let length = u32::try_from(items.len()).map_err(|_| over.clone())?;
        let number = u32::try_from(self.digests.len()).map_err(|_| over)?;
        let digest = chunk_digest(&self.header, number, items);
        self.digests.push(digest);
        Ok([&length.to_le_bytes()[..], items, digest.as_bytes()].concat())
    }

    /// The last bytes.
    #[must_use]
    pub fn end(self, key: &SigningKey) -> Vec<u8> {
        let digest = file_digest(&self.header, &self.digests);
        let chunks = u32::try_from(self.digests.len()).unwrap_or(u32::MAX);
        let mut out = 0_u32.to_le_bytes().to_vec();
        out.extend_from_slice(&chunks.to_le_bytes());
        out.extend_from_slice(digest.as_bytes());
        out.extend_from_slice(&key.sign(&message(&digest)));
        out
    }
}

/// Called with the table, the key and the value of each item; no value: the row is removed.
pub(crate) type ItemVisitor<'a> =
    dyn FnMut(&str, &[u8], Option<&[u8]>) -> Result<(), StoreError> + 'a;

/// Rows set and removed, as a catalog file holds them.
#[derive(Clone, Default)]
pub struct Items {
    bytes: Vec<u8>,
}

impl Items {
    /// What a layer changes, in chunks that fit; each names its tables.
    pub(crate) fn of_layer(layer: &Layer) -> Vec<Self> {
        let mut chunks = vec![Self::default()];
        for (table, changes) in layer.tables() {
            let mut fresh = true;
            for (key, value) in changes {
                let full = chunks.last().is_some_and(|chunk| chunk.is_full());
                if full {
                    chunks.push(Self::default());
                }
                if let Some(chunk) = chunks.last_mut() {
                    if fresh || full {
                        chunk.table(table.name());
                        fresh = false;
                    }
                    match value {
                        Some(value) => chunk.set(key, value),
                        None => chunk.remove(key),
                    }
                }
            }
        }
        chunks
    }

    pub(crate) fn table(&mut self, name: &str) {
        // Tables are named by constants of ours, all shorter than 256 bytes.
        let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
        self.bytes.extend_from_slice(&[TABLE, length]);
        self.bytes.extend_from_slice(name.as_bytes());
    }

    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.push(SET);
        self.length(key);
        self.length(value);
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
    }

    fn remove(&mut self, key: &[u8]) {
        self.bytes.push(REMOVE);
        self.length(key);
        self.bytes.extend_from_slice(key);
    }

    /// A row of 4 GiB does not exist: no chunk would take it.
    fn length(&mut self, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
    }

    /// Whether it should be written before more is added.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= CHUNK_BYTES
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bytes it takes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Gives out what is changed, in order, table by table.
    pub(crate) fn visit(&self, visit: &mut ItemVisitor<'_>) -> Result<(), StoreError> {
        let malformed = |_| StoreError::DamagedRoll;
        let mut cursor = Cursor::new(&self.bytes);
        let mut table = None;
        while cursor.remaining() > 0 {
            let length = |cursor: &mut Cursor<'_>| {
                let length = cursor.u32().map_err(malformed)?;
                usize::try_from(length).map_err(|_| StoreError::DamagedRoll)
            };
            match cursor.u8().map_err(malformed)? {
                TABLE => {
                    let length = usize::from(cursor.u8().map_err(malformed)?);
                    let name = cursor.take(length).map_err(malformed)?;
                    let name = std::str::from_utf8(name).map_err(|_| StoreError::DamagedRoll)?;
                    table = Some(name);
                }
                SET => {
                    let (key, value) = (length(&mut cursor)?, length(&mut cursor)?);
                    let key = cursor.take(key).map_err(malformed)?;
                    let value = cursor.take(value).map_err(malformed)?;
                    visit(table.ok_or(StoreError::DamagedRoll)?, key, Some(value))?;
                }
                REMOVE => {
                    let key = length(&mut cursor)?;
                    let key = cursor.take(key).map_err(malformed)?;
                    visit(table.ok_or(StoreError::DamagedRoll)?, key, None)?;
                }
                _ => return Err(StoreError::DamagedRoll),
            }
        }
        Ok(())
    }
}

/// Reads a catalog file piece by piece.
pub struct RollReader<R> {
    source: R,
    header: RollHeader,
    header_bytes: [u8; HEADER_BYTES],
    digests: Vec<Digest>,
}

impl<R: Read> RollReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`StoreError::DamagedRoll`] and those of the system.
    pub fn open(mut source: R) -> Result<Self, StoreError> {
        let mut header_bytes = [0; HEADER_BYTES];
        fill(&mut source, &mut header_bytes)?;
        let header = RollHeader::from_bytes(&header_bytes).map_err(|_| StoreError::DamagedRoll)?;
        Ok(Self {
            source,
            header,
            header_bytes,
            digests: Vec::new(),
        })
    }

    /// What the file says of itself.
    pub const fn header(&self) -> &RollHeader {
        &self.header
    }

    /// The next chunk, checked, or the proof at the end.
    ///
    /// # Errors
    /// [`StoreError::DamagedRoll`] and those of the system.
    pub fn piece(&mut self) -> Result<Piece, StoreError> {
        let mut length = [0; 4];
        fill(&mut self.source, &mut length)?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length == 0 {
            return Ok(Piece::End(self.proof()?));
        }
        if length > CHUNK_BYTES_MAX {
            return Err(StoreError::DamagedRoll);
        }
        let mut bytes = vec![0; length];
        fill(&mut self.source, &mut bytes)?;
        let mut digest = [0; 32];
        fill(&mut self.source, &mut digest)?;
        let number = u32::try_from(self.digests.len()).map_err(|_| StoreError::DamagedRoll)?;
        let expected = chunk_digest(&self.header_bytes, number, &bytes);
        if *expected.as_bytes() != digest {
            return Err(StoreError::DamagedRoll);
        }
        self.digests.push(expected);
        Ok(Piece::Items(Items { bytes }))
    }

    fn proof(&mut self) -> Result<RollProof, StoreError> {
        let mut end = [0; 4 + 32 + SIGNATURE_BYTES];
        fill(&mut self.source, &mut end)?;
        let mut cursor = Cursor::new(&end);
        let malformed = |_| StoreError::DamagedRoll;
        let chunks = cursor.u32().map_err(malformed)?;
        let proof = RollProof {
            header: self.header,
            digest: Digest::from_bytes(cursor.array().map_err(malformed)?),
            signature: cursor.array().map_err(malformed)?,
        };
        let counted = usize::try_from(chunks).is_ok_and(|chunks| chunks == self.digests.len());
        let bound = file_digest(&self.header_bytes, &self.digests) == proof.digest;
        let over = self.source.read(&mut [0])? == 0;
        if counted && bound && over {
            Ok(proof)
        } else {
            Err(StoreError::DamagedRoll)
        }
    }
}

/// A piece of a catalog file.
pub enum Piece {
    /// Rows.
    Items(Items),
    /// The file is whole.
    End(RollProof),
}

/// Reads any bytes as a file, as a proof and as the items of a chunk.
pub(crate) fn probe(bytes: &[u8]) {
    if let Ok(mut reader) = RollReader::open(bytes) {
        while let Ok(Piece::Items(_)) = reader.piece() {}
    }
    if let Ok(proof) = RollProof::from_bytes(bytes) {
        assert!(proof.to_bytes() == bytes);
    }
    let items = Items {
        bytes: bytes.to_vec(),
    };
    let _ = items.visit(&mut |_, _, _| Ok(()));
}

fn fill(source: &mut impl Read, out: &mut [u8]) -> Result<(), StoreError> {
    source.read_exact(out).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            StoreError::DamagedRoll
        } else {
            error.into()
        }
    })
}

fn chunk_digest(header: &[u8; HEADER_BYTES], number: u32, items: &[u8]) -> Digest {
    vault::digest(CHUNK_DOMAIN, &[header, &number.to_le_bytes(), items])
}

fn file_digest(header: &[u8; HEADER_BYTES], digests: &[Digest]) -> Digest {
    let parts: Vec<&[u8]> = std::iter::once(&header[..])
        .chain(digests.iter().map(|digest| &digest.as_bytes()[..]))
        .collect();
    vault::digest(FILE_DOMAIN, &parts)
}

fn message(digest: &Digest) -> Vec<u8> {
    [FILE_DOMAIN.as_bytes(), &[0], digest.as_bytes()].concat()
}

const MAGIC: &[u8; 8] = b"LIASSEK1";
const SNAPSHOT: u8 = 1;
const DELTA: u8 = 2;
const TABLE: u8 = 1;
const SET: u8 = 2;
const REMOVE: u8 = 3;
const CHUNK_DOMAIN: &str = "liasse catalog chunk v1";
const FILE_DOMAIN: &str = "liasse catalog file v1";
const HEADER_BYTES: usize = 136;
const SIGNATURE_BYTES: usize = 64;
/// A chunk is closed above this many bytes.
const CHUNK_BYTES: usize = 1 << 20;
/// More than any row with a chunk before it takes.
const CHUNK_BYTES_MAX: usize = 256 << 20;

#[cfg(test)]
mod tests;
