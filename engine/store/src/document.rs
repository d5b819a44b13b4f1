//! A document's bytes on their way into and out of a segment: packed, sealed, and back.
//!
//! For: callers' threads, which do this before the committer knows the document's number; so a
//! sealed body names its dossier and document by their ids. Not for: where it lies.
//! Invariants: body and text are sealed apart, under one key, at two places; the text is opened
//! without the body.

use crate::codec;
use crate::error::StoreError;
use crate::frame::{BodyPlace, Codec, Packing};
use crate::transaction::SealedBody;
use base::{DocumentId, DossierId, Entropy, StoreId, Table, limit};
use vault::{BodyKey, Place, Plain};

/// Which document of which dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentName {
    /// The store.
    pub store: StoreId,
    /// The dossier.
    pub dossier: DossierId,
    /// The document.
    pub document: DocumentId,
}

/// A document packed and sealed, with the key that opens it.
pub struct SealedDocument {
    key: BodyKey,
    body: Vec<u8>,
    text: Vec<u8>,
    packing: Packing,
}

impl SealedDocument {
    /// Packs and seals a body and its extracted text (empty: none) under a fresh key.
    ///
    /// # Errors
    /// [`StoreError::OverLimit`], [`StoreError::NoEntropy`].
    pub fn seal(
        name: DocumentName,
        body: &[u8],
        text: &str,
        entropy: &dyn Entropy,
    ) -> Result<Self, StoreError> {
        check("a body", body.len() as u64, limit::BODY_BYTES_MAX)?;
        check("a text", text.len() as u64, limit::TEXT_BYTES_MAX as u64)?;
        let key = BodyKey::random(entropy)?;
        let packed = codec::pack_document(text.as_bytes(), body);
        let seal = |part, codec, packed: &[u8]| {
            name.place(part, codec, |place| key.seal_body(place, packed, entropy))
        };
        let sealed_text = if text.is_empty() {
            Vec::new()
        } else {
            seal(Part::Text, packed.packing.text, &packed.text)?
        };
        Ok(Self {
            body: seal(Part::Body, packed.packing.body, &packed.body)?,
            text: sealed_text,
            packing: packed.packing,
            key,
        })
    }

    /// The key that opens it.
    #[must_use]
    pub const fn key(&self) -> &BodyKey {
        &self.key
    }

    /// What is appended to a segment.
    #[must_use]
    pub fn as_sealed(&self) -> SealedBody<'_> {
        SealedBody {
            body: &self.body,
            text: &self.text,
            packing: self.packing,
        }
    }

    /// Bytes it will take in a segment, for back-pressure.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len() + self.text.len()
    }
}

/// Opens and unpacks a sealed body, as [`crate::Catalog::read_body`] read it at `place`; a text
/// that it is joined to is opened and checked with it.
///
/// # Errors
/// [`StoreError::DamagedRow`] of table "body" when it does not open, of table "text" when the
/// text that it is joined to does not.
pub fn open_body(
    name: DocumentName,
    key: &BodyKey,
    place: BodyPlace,
    sealed: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let damaged = |_| StoreError::damaged(BODY);
    let limit = usize::try_from(limit::BODY_BYTES_MAX).unwrap_or(usize::MAX);
    let length = usize::try_from(place.body_bytes()).unwrap_or(usize::MAX);
    let parts = sealed.split_at_checked(length);
    let (body, text) = parts.ok_or(StoreError::damaged(BODY))?;
    let codec = place.packing().body;
    let body = name.open(Part::Body, key, codec, body)?;
    if codec == Codec::ZSTD_JOINED_1 {
        let text = name.open(Part::Text, key, codec, text)?;
        let (text, body) = codec::unpack_joined(&text, &body, limit).map_err(damaged)?;
        std::str::from_utf8(&text).map_err(|_| StoreError::damaged(TEXT))?;
        Ok(body)
    } else {
        codec::unpack(&body, codec, limit).map_err(damaged)
    }
}

/// Opens all that is sealed of a document, as [`crate::Ahead::sealed`] read it at `place`, and
/// keeps nothing of it.
///
/// # Errors
/// As [`open_body`] and [`open_text`].
pub fn check_document(
    name: DocumentName,
    key: &BodyKey,
    place: BodyPlace,
    sealed: &[u8],
) -> Result<(), StoreError> {
    open_body(name, key, place, sealed)?;
    let packing = place.packing();
    if packing.is_joined() {
        return Ok(());
    }
    let length = usize::try_from(place.body_bytes()).unwrap_or(usize::MAX);
    let parts = sealed.split_at_checked(length);
    let (_, text) = parts.ok_or(StoreError::damaged(TEXT))?;
    open_text(name, key, packing, text).map(drop)
}

/// Opens and unpacks a sealed text; empty bytes are no text.
///
/// # Errors
/// [`StoreError::DamagedRow`] of table "text" when it does not open.
pub fn open_text(
    name: DocumentName,
    key: &BodyKey,
    packing: Packing,
    sealed: &[u8],
) -> Result<String, StoreError> {
    if sealed.is_empty() {
        return Ok(String::new());
    }
    let packed = name.open(Part::Text, key, packing.text, sealed)?;
    let text = codec::unpack(&packed, packing.text, limit::TEXT_BYTES_MAX);
    let text = text.map_err(|_| StoreError::damaged(TEXT))?;
    String::from_utf8(text).map_err(|_| StoreError::damaged(TEXT))
}

#[derive(Clone, Copy)]
enum Part {
    Body,
    Text,
}

impl DocumentName {
    fn place<T>(self, part: Part, codec: Codec, run: impl FnOnce(&Place<'_>) -> T) -> T {
        let row = [
            self.dossier.as_bytes().as_slice(),
            self.document.as_bytes().as_slice(),
        ]
        .concat();
        run(&Place {
            store: self.store,
            table: part.table(),
            row: &row,
            version: 1,
            codec: codec.method(),
            dictionary: codec.dictionary(),
        })
    }

    fn open(
        self,
        part: Part,
        key: &BodyKey,
        codec: Codec,
        sealed: &[u8],
    ) -> Result<Plain, StoreError> {
        self.place(part, codec, |place| key.open_body(place, sealed))
            .map_err(|_| StoreError::damaged(part.table()))
    }
}

impl Part {
    const fn table(self) -> Table {
        match self {
            Self::Body => BODY,
            Self::Text => TEXT,
        }
    }
}

fn check(what: &'static str, length: u64, limit: u64) -> Result<(), StoreError> {
    if length <= limit {
        Ok(())
    } else {
        Err(StoreError::OverLimit { what, limit })
    }
}

/// The names that stand for a table in the place of a sealed body and of a sealed text.
const BODY: Table = Table::new("body");
const TEXT: Table = Table::new("text");

#[cfg(test)]
mod tests;
