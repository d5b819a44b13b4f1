//! Packing bytes before they are sealed: zstd, alone or with a public dictionary.
//!
//! ```text
//! packed = plain length u32 | zstd frame      (method 1)
//! packed = plain bytes                        (method 0, when packing gains nothing)
//! text   = plain length u32 | what a zstd frame over text and body holds up to the end of the
//!          text; body = plain length u32 | the rest of that frame             (method 2)
//! ```
//! Dictionary 1 is `data/template-1.txt`: an empty CDA R2 document as CI-SIS lays it out, code
//! systems, labels and set phrases. It is raw content, made by hand from public texts: a
//! dictionary trained on documents holds patients' names (docs/decisions/0006).
//!
//! Invariants: a dictionary never changes once a store was written with it; each document is
//! packed alone, never beside another author's; a length is checked before anything is
//! allocated.

use crate::error::Malformed;
use crate::frame::{Codec, Packing};
use crate::record::Buffer;
use std::cell::RefCell;
use std::sync::LazyLock;
use std::thread::LocalKey;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::stream::raw::{Decoder, Encoder, InBuffer, Operation, OutBuffer};

/// A document's text and body, packed.
pub(crate) struct PackedDocument {
    pub(crate) text: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) packing: Packing,
}

/// Packs a document with the dictionary this version writes with: in one frame, unless one of
/// its parts gains nothing by it.
#[must_use]
pub(crate) fn pack_document(text: &[u8], body: &[u8]) -> PackedDocument {
    if let Some((joined_text, joined_body)) = pack_joined(text, body)
        && joined_text.len() < text.len()
        && joined_body.len() < body.len()
    {
        return PackedDocument {
            text: joined_text,
            body: joined_body,
            packing: Packing {
                body: Codec::ZSTD_JOINED_1,
                text: Codec::ZSTD_JOINED_1,
            },
        };
    }
    let (text, text_codec) = pack(text);
    let (body, body_codec) = pack(body);
    let packing = Packing {
        body: body_codec,
        text: text_codec,
    };
    PackedDocument {
        text,
        body,
        packing,
    }
}

pub(crate) fn pack(plain: &[u8]) -> (Vec<u8>, Codec) {
    pack_by(&DOCUMENT_COMPRESSOR, plain)
}

fn pack_joined(text: &[u8], body: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if text.is_empty() || body.is_empty() {
        return None;
    }
    JOINED_ENCODER.with_borrow_mut(|encoder| {
        let encoder = encoder.as_mut()?;
        encoder.reinit().ok()?;
        let both = u64::try_from(text.len() + body.len()).ok()?;
        encoder.set_pledged_src_size(Some(both)).ok()?;
        let text = pack_part(encoder, text, false)?;
        let body = pack_part(encoder, body, true)?;
        Some((text, body))
    })
}

/// The next part of a frame: its length, and what the frame holds up to its end.
fn pack_part(encoder: &mut Encoder<'static>, plain: &[u8], last: bool) -> Option<Vec<u8>> {
    let length = u32::try_from(plain.len()).ok()?;
    let bound = zstd::zstd_safe::compress_bound(plain.len()) + FRAME_BYTES_MAX;
    let mut packed = vec![0; LENGTH_BYTES + bound];
    packed[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    let mut input = InBuffer::around(plain);
    let mut output = OutBuffer::around_pos(&mut packed, LENGTH_BYTES);
    while input.pos() < plain.len() {
        encoder.run(&mut input, &mut output).ok()?;
    }
    let left = if last {
        encoder.finish(&mut output, true)
    } else {
        encoder.flush(&mut output)
    };
    // Everything fits into the bound; a rest would belong to the next part.
    let written = output.pos();
    if left.ok()? > 0 {
        return None;
    }
    packed.truncate(written);
    packed.shrink_to_fit();
    Some(packed)
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
    if codec == Codec::ZSTD_JOINED_1 {
        return with_joined(|decoder| unpack_part(decoder, packed, plain_bytes_max));
    }
    let (length, frame) = plain_length(packed, plain_bytes_max)?;
    let mut out = vec![0; length];
    inflate(frame, codec, &mut out)?;
    Ok(out)
}

/// Unpacks a text and at most `plain_bytes_max` bytes of the body that is joined to it.
///
/// # Errors
/// As [`unpack`].
pub(crate) fn unpack_joined(
    packed_text: &[u8],
    packed_body: &[u8],
    plain_bytes_max: usize,
) -> Result<(Vec<u8>, Vec<u8>), Malformed> {
    // Both at once: a decoder that is fed by parts copies each through a window of its own.
    let (text_bytes, text_frame) = plain_length(packed_text, base::limit::TEXT_BYTES_MAX)?;
    let (body_bytes, body_frame) = plain_length(packed_body, plain_bytes_max)?;
    let frame = [text_frame, body_frame].concat();
    let mut text = vec![0; text_bytes + body_bytes];
    inflate(&frame, Codec::ZSTD_TEMPLATE_1, &mut text)?;
    let body = text.split_off(text_bytes);
    Ok((text, body))
}

fn with_joined<T>(
    run: impl FnOnce(&mut Decoder<'static>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    JOINED_DECODER.with_borrow_mut(|decoder| {
        let decoder = decoder.as_mut().ok_or(Malformed)?;
        decoder.reinit().map_err(|_| Malformed)?;
        run(decoder)
    })
}

/// The next part of a frame; it ends where its packed bytes do.
fn unpack_part(
    decoder: &mut Decoder<'static>,
    packed: &[u8],
    plain_bytes_max: usize,
) -> Result<Vec<u8>, Malformed> {
    let (length, frame) = plain_length(packed, plain_bytes_max)?;
    let mut out = vec![0; length];
    let mut input = InBuffer::around(frame);
    let mut output = OutBuffer::around(&mut out[..]);
    loop {
        let before = (input.pos(), output.pos());
        decoder
            .run(&mut input, &mut output)
            .map_err(|_| Malformed)?;
        if input.pos() == frame.len() && output.pos() == length {
            return Ok(out);
        }
        if (input.pos(), output.pos()) == before {
            return Err(Malformed);
        }
    }
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
    static JOINED_ENCODER: RefCell<Option<Encoder<'static>>> =
        RefCell::new(Encoder::with_prepared_dictionary(&DOCUMENT_ENCODER).ok());
    static JOINED_DECODER: RefCell<Option<Decoder<'static>>> =
        RefCell::new(Decoder::with_prepared_dictionary(&DECODER).ok());
    static PLAIN_DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::new().ok());
    static TEMPLATE_DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::with_prepared_dictionary(&DECODER).ok());
}

/// Texts of a kilobyte pack as well as at level 3 beside this dictionary, in three quarters of its
/// time; CDA documents to 0.4 % more, in two thirds.
const LEVEL: i32 = 2;
const HEAD_LEVEL: i32 = 1;
const LENGTH_BYTES: usize = 4;
/// What a frame holds besides its blocks, at most.
const FRAME_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests;
