//! The bytes of a body segment: its header and its frames.
//!
//! ```text
//! segment header, 32 bytes          frame header, 32 bytes
//!  0  8  "LIASSEB1"                  0  4  "LBF1"
//!  8  4  segment number              4  4  sealed body length
//! 12  4  reserved, zero              8  4  sealed text length
//! 16 16  store id                   12  8  ordinal: dossier (40 bits), document (24 bits)
//!                                   20  4  codec and dictionary of body, of text
//!                                   24  8  checksum: first 8 bytes of the frame digest
//! ```
//! Behind a frame header lie the sealed body and the sealed text. All numbers are
//! little-endian. The frame digest is BLAKE3 over the first 24 header bytes, the body and the
//! text (`vault::digest`, domain `liasse frame v1`). See docs/format.md, "Body segments".
//!
//! Not for: keys; what lies in a frame is sealed before it comes here.

use crate::error::Malformed;
use base::{Cursor, CursorError, Digest, Ordinal, StoreId};

/// Where a document's frame lies and how its two parts are packed; 24 bytes on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BodyPlace {
    segment: u32,
    offset: u64,
    body_bytes: u32,
    text_bytes: u32,
    packing: Packing,
}

/// How the two parts of a frame were packed before they were sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Packing {
    /// The body's.
    pub body: Codec,
    /// The text's.
    pub text: Codec,
}

/// How bytes were packed: a method and the dictionary it used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Codec {
    method: u8,
    dictionary: u8,
}

impl Codec {
    /// Not packed at all.
    pub const RAW: Self = Self {
        method: 0,
        dictionary: 0,
    };
    /// zstd without a dictionary.
    pub const ZSTD: Self = Self {
        method: 1,
        dictionary: 0,
    };
    /// zstd with the public template dictionary 1.
    pub const ZSTD_TEMPLATE_1: Self = Self {
        method: 1,
        dictionary: 1,
    };

    /// One zstd frame over the text and, behind it, the body, with dictionary 1: the text is
    /// read without the body, and what the body repeats of it takes no space.
    pub const ZSTD_JOINED_1: Self = Self {
        method: 2,
        dictionary: 1,
    };

    /// The byte of the method, for the AAD.
    #[must_use]
    pub const fn method(self) -> u8 {
        self.method
    }

    /// The byte of the dictionary, for the AAD.
    #[must_use]
    pub const fn dictionary(self) -> u8 {
        self.dictionary
    }

    /// The codec with these bytes, if this version knows it.
    ///
    /// # Errors
    /// [`Malformed`] when it does not.
    pub const fn from_bytes(method: u8, dictionary: u8) -> Result<Self, Malformed> {
        match (method, dictionary) {
            (0, 0) | (1, 0 | 1) | (2, 1) => Ok(Self { method, dictionary }),
            _ => Err(Malformed),
        }
    }
}

impl BodyPlace {
    /// The segment it lies in.
    #[must_use]
    pub const fn segment(self) -> u32 {
        self.segment
    }

    /// Where its frame begins in the segment.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.offset
    }

    /// Length of the sealed body.
    #[must_use]
    pub const fn body_bytes(self) -> u32 {
        self.body_bytes
    }

    /// Length of the sealed text; 0 when there is none.
    #[must_use]
    pub const fn text_bytes(self) -> u32 {
        self.text_bytes
    }

    /// How body and text were packed.
    #[must_use]
    pub const fn packing(self) -> Packing {
        self.packing
    }

    /// Bytes of what the body is opened with: its own, and those of a text it is joined to.
    pub(crate) fn opening_bytes(self) -> u64 {
        let joined = if self.packing.is_joined() {
            self.text_bytes
        } else {
            0
        };
        u64::from(self.body_bytes) + u64::from(joined)
    }

    /// Bytes of the whole frame with its header.
    #[must_use]
    pub const fn frame_bytes(self) -> u64 {
        FRAME_HEADER_BYTES as u64 + self.body_bytes as u64 + self.text_bytes as u64
    }

    /// The place in a segment where a frame with this header lies.
    pub(crate) const fn of(segment: u32, offset: u64, header: &FrameHeader) -> Self {
        Self {
            segment,
            offset,
            body_bytes: header.body_bytes,
            text_bytes: header.text_bytes,
            packing: header.packing,
        }
    }

    /// The 24 bytes that the key block keeps.
    #[must_use]
    pub fn to_bytes(self) -> [u8; BODY_PLACE_BYTES] {
        let mut out = [0; BODY_PLACE_BYTES];
        out[0..4].copy_from_slice(&self.segment.to_le_bytes());
        out[4..12].copy_from_slice(&self.offset.to_le_bytes());
        out[12..16].copy_from_slice(&self.body_bytes.to_le_bytes());
        out[16..20].copy_from_slice(&self.text_bytes.to_le_bytes());
        out[20..24].copy_from_slice(&self.packing.to_bytes());
        out
    }

    /// Reads the 24 bytes.
    ///
    /// # Errors
    /// [`Malformed`] when they are not a place.
    pub fn from_bytes(bytes: &[u8; BODY_PLACE_BYTES]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        let place = Self {
            segment: cursor.u32()?,
            offset: cursor.u64()?,
            body_bytes: cursor.u32()?,
            text_bytes: cursor.u32()?,
            packing: Packing::from_bytes(cursor.array()?)?,
        };
        let room = u64::MAX - place.frame_bytes();
        if place.offset < SEGMENT_HEADER_BYTES as u64 || place.offset > room {
            return Err(Malformed);
        }
        Ok(place)
    }
}

impl Packing {
    /// Whether the body is opened with the text, and checks it.
    #[must_use]
    pub fn is_joined(self) -> bool {
        self.body == Codec::ZSTD_JOINED_1
    }

    fn to_bytes(self) -> [u8; 4] {
        [
            self.body.method,
            self.body.dictionary,
            self.text.method,
            self.text.dictionary,
        ]
    }

    fn from_bytes(bytes: [u8; 4]) -> Result<Self, Malformed> {
        Ok(Self {
            body: Codec::from_bytes(bytes[0], bytes[1])?,
            text: Codec::from_bytes(bytes[2], bytes[3])?,
        })
    }
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) ordinal: Ordinal,
    pub(crate) body_bytes: u32,
    pub(crate) text_bytes: u32,
    pub(crate) packing: Packing,
    pub(crate) checksum: [u8; 8],
}

impl FrameHeader {
    /// The header for these two sealed parts, and the frame's digest.
    pub(crate) fn build(
        ordinal: Ordinal,
        packing: Packing,
        body: &[u8],
        text: &[u8],
    ) -> Option<(Self, Digest)> {
        let mut header = Self {
            ordinal,
            body_bytes: u32::try_from(body.len()).ok()?,
            text_bytes: u32::try_from(text.len()).ok()?,
            packing,
            checksum: [0; 8],
        };
        let digest = header.digest(body, text);
        header.checksum.copy_from_slice(&digest.as_bytes()[..8]);
        Some((header, digest))
    }

    /// The frame's digest over these parts.
    pub(crate) fn digest(&self, body: &[u8], text: &[u8]) -> Digest {
        vault::digest(FRAME_DOMAIN, &[&self.to_bytes()[..24], body, text])
    }

    pub(crate) fn to_bytes(self) -> [u8; FRAME_HEADER_BYTES] {
        let mut out = [0; FRAME_HEADER_BYTES];
        out[0..4].copy_from_slice(FRAME_MAGIC);
        out[4..8].copy_from_slice(&self.body_bytes.to_le_bytes());
        out[8..12].copy_from_slice(&self.text_bytes.to_le_bytes());
        out[12..20].copy_from_slice(&self.ordinal.value().to_le_bytes());
        out[20..24].copy_from_slice(&self.packing.to_bytes());
        out[24..32].copy_from_slice(&self.checksum);
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        if cursor.take(4)? != FRAME_MAGIC {
            return Err(Malformed);
        }
        let header = Self {
            body_bytes: cursor.u32()?,
            text_bytes: cursor.u32()?,
            ordinal: Ordinal::from_value(cursor.u64()?),
            packing: Packing::from_bytes(cursor.array()?)?,
            checksum: cursor.array()?,
        };
        Ok(header)
    }

    pub(crate) const fn frame_bytes(&self) -> u64 {
        FRAME_HEADER_BYTES as u64 + self.body_bytes as u64 + self.text_bytes as u64
    }
}

/// The header of a segment.
pub(crate) fn segment_header(store: StoreId, segment: u32) -> [u8; SEGMENT_HEADER_BYTES] {
    let mut out = [0; SEGMENT_HEADER_BYTES];
    out[0..8].copy_from_slice(SEGMENT_MAGIC);
    out[8..12].copy_from_slice(&segment.to_le_bytes());
    out[16..32].copy_from_slice(store.as_bytes());
    out
}

/// Checks that a segment header names this store and this segment.
pub(crate) fn check_segment_header(
    bytes: &[u8],
    store: StoreId,
    segment: u32,
) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(bytes);
    let known = cursor.take(8)? == SEGMENT_MAGIC
        && cursor.u32()? == segment
        && cursor.u32()? == 0
        && cursor.take(16)? == store.as_bytes();
    if known { Ok(()) } else { Err(Malformed) }
}

/// Reads the frame at the front of `bytes`: its header, its body, its text, and what follows.
pub(crate) fn split_frame(bytes: &[u8]) -> Result<(Frame<'_>, &[u8]), Malformed> {
    let mut cursor = Cursor::new(bytes);
    let header = FrameHeader::from_bytes(cursor.take(FRAME_HEADER_BYTES)?)?;
    let body = cursor.take(length(header.body_bytes)?)?;
    let text = cursor.take(length(header.text_bytes)?)?;
    let digest = header.digest(body, text);
    if digest.as_bytes()[..8] != header.checksum {
        return Err(Malformed);
    }
    let frame = Frame {
        header,
        body,
        text,
        digest,
    };
    Ok((frame, cursor.take(cursor.remaining())?))
}

/// A frame that was checked.
pub(crate) struct Frame<'a> {
    pub(crate) header: FrameHeader,
    pub(crate) body: &'a [u8],
    pub(crate) text: &'a [u8],
    pub(crate) digest: Digest,
}

fn length(field: u32) -> Result<usize, CursorError> {
    usize::try_from(field).map_err(|_| CursorError::Short)
}

/// Bytes of a [`BodyPlace`].
pub const BODY_PLACE_BYTES: usize = 24;
/// Bytes of a segment's header.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 32;
/// Bytes of a frame's header.
pub(crate) const FRAME_HEADER_BYTES: usize = 32;
const SEGMENT_MAGIC: &[u8; 8] = b"LIASSEB1";
const FRAME_MAGIC: &[u8; 4] = b"LBF1";
const FRAME_DOMAIN: &str = "liasse frame v1";

#[cfg(test)]
mod tests;
