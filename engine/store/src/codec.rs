//! Packing bytes before they are sealed: zstd, alone or with a public dictionary.
//!
//! ```text
//! packed = plain length u32 | zstd frame      (method 1)
//! packed = plain bytes                        (method 0, when packing gains nothing)
//! ```
//! Dictionary 1 is `data/template-1.txt`: an empty CDA R2 document as CI-SIS lays it out, code
//! systems, labels and set phrases. It is raw content, made by hand from public texts: a
//! dictionary trained on documents holds patients' names (docs/decisions/0006).
//!
//! Invariants: a dictionary never changes once a store was written with it; each document is
//! packed alone, never beside another author's; a length is checked before anything is
//! allocated.

use crate::error::Malformed;
use crate::frame::Codec;
use crate::record::Buffer;
use std::cell::RefCell;
use std::sync::LazyLock;
use std::thread::LocalKey;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// Packs a document with the dictionary this version writes with.
#[must_use]
pub(crate) fn pack(plain: &[u8]) -> (Vec<u8>, Codec) {
    pack_by(&DOCUMENT_COMPRESSOR, plain)
}

/// Packs a head, which is packed again with every change, with less effort.
#[must_use]
pub(crate) fn pack_head(plain: &[u8]) -> (Vec<u8>, Codec) {
    pack_by(&HEAD_COMPRESSOR, plain)
}

type LocalCompressor = LocalKey<RefCell<Option<Compressor<'static>>>>;

fn pack_by(compressor: &'static LocalCompressor, plain: &[u8]) -> (Vec<u8>, Codec) {
    let packed = u32::try_from(plain.len()).ok().and_then(|length| {
        let bound = zstd::zstd_safe::compress_bound(plain.len());
        let mut out = vec![0; LENGTH_BYTES + bound];
        out[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
        let written = compressor.with_borrow_mut(|compressor| {
            compressor
                .as_mut()?
                .compress_to_buffer(plain, &mut out[LENGTH_BYTES..])
                .ok()
        })?;
        out.truncate(LENGTH_BYTES + written);
        out.shrink_to_fit();
        Some(out)
    });
    match packed {
        Some(packed) if packed.len() < plain.len() => (packed, Codec::ZSTD_TEMPLATE_1),
        _ => (plain.to_vec(), Codec::RAW),
    }
}

/// Unpacks at most `plain_bytes_max` bytes.
///
/// # Errors
/// [`Malformed`] when the bytes are not what [`pack`] makes, or promise more than allowed.
pub(crate) fn unpack(
    packed: &[u8],
    codec: Codec,
    plain_bytes_max: usize,
) -> Result<Vec<u8>, Malformed> {
    if codec == Codec::RAW {
        return if packed.len() <= plain_bytes_max {
            Ok(packed.to_vec())
        } else {
            Err(Malformed)
        };
    }
    let (length, frame) = plain_length(packed, plain_bytes_max)?;
    let mut out = vec![0; length];
    inflate(frame, codec, &mut out)?;
    Ok(out)
}

/// Unpacks into an aligned buffer.
pub(crate) fn unpack_aligned(
    packed: &[u8],
    codec: Codec,
    plain_bytes_max: usize,
) -> Result<Buffer, Malformed> {
    if codec == Codec::RAW {
        if packed.len() > plain_bytes_max {
            return Err(Malformed);
        }
        let mut out = Buffer::zeroed(packed.len());
        out.as_mut_slice().copy_from_slice(packed);
        return Ok(out);
    }
    let (length, frame) = plain_length(packed, plain_bytes_max)?;
    let mut out = Buffer::zeroed(length);
    inflate(frame, codec, out.as_mut_slice())?;
    Ok(out)
}

fn plain_length(packed: &[u8], plain_bytes_max: usize) -> Result<(usize, &[u8]), Malformed> {
    let (length, frame) = packed
        .split_first_chunk::<LENGTH_BYTES>()
        .ok_or(Malformed)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Malformed)?;
    // zstd packs at best about 1:32768; a length beyond that is no length.
    if length <= plain_bytes_max && length / 40_000 <= frame.len() {
        Ok((length, frame))
    } else {
        Err(Malformed)
    }
}

fn inflate(frame: &[u8], codec: Codec, out: &mut [u8]) -> Result<(), Malformed> {
    let decompressor = if codec == Codec::ZSTD {
        &PLAIN_DECOMPRESSOR
    } else {
        &TEMPLATE_DECOMPRESSOR
    };
    let written = decompressor.with_borrow_mut(|decompressor| {
        let decompressor = decompressor.as_mut().ok_or(Malformed)?;
        decompressor
            .decompress_to_buffer(frame, out)
            .map_err(|_| Malformed)
    })?;
    if written == out.len() {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// The dictionary that codec [`Codec::ZSTD_TEMPLATE_1`] names.
pub(crate) const TEMPLATE_1: &[u8] = include_bytes!("../data/template-1.txt");

static DOCUMENT_ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(TEMPLATE_1, LEVEL));
static HEAD_ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(TEMPLATE_1, HEAD_LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(TEMPLATE_1));

thread_local! {
    static DOCUMENT_COMPRESSOR: RefCell<Option<Compressor<'static>>> =
        RefCell::new(Compressor::with_prepared_dictionary(&DOCUMENT_ENCODER).ok());
    static HEAD_COMPRESSOR: RefCell<Option<Compressor<'static>>> =
        RefCell::new(Compressor::with_prepared_dictionary(&HEAD_ENCODER).ok());
    static PLAIN_DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::new().ok());
    static TEMPLATE_DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::with_prepared_dictionary(&DECODER).ok());
}

const LEVEL: i32 = 3;
const HEAD_LEVEL: i32 = 1;
const LENGTH_BYTES: usize = 4;

#[cfg(test)]
mod tests;
