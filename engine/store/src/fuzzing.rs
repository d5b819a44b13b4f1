//! Bodies of fuzz targets: each takes any bytes and must return.
//!
//! For: libFuzzer (`fuzz/`) and seeded drivers on a stable compiler. Not for: anything else.
//! Invariant: what a parser accepts can be read in full without a panic.

use crate::codec;
use crate::format::Format;
use crate::frame::{self, BODY_PLACE_BYTES, BodyPlace, Codec};
use crate::head::RowHeader;
use crate::meta::{Counters, SegmentRow};
use crate::record::{Buffer, Sheaf, SheafKind};
use crate::roll;
use crate::units;
use crate::view::{DossierView, EntryView};

/// The record of a head: its archives are checked, then read in full.
pub fn record(bytes: &[u8]) {
    for kind in [SheafKind::Live, SheafKind::Closed] {
        let mut buffer = Buffer::zeroed(bytes.len());
        buffer.as_mut_slice().copy_from_slice(bytes);
        let Ok(sheaf) = Sheaf::parse(buffer, kind) else {
            continue;
        };
        if let Some(dossier) = sheaf.dossier() {
            let _ = DossierView::new(dossier).to_dossier();
        }
        for at in 0..sheaf.len() {
            if let Some(entry) = sheaf.entry(at) {
                let _ = EntryView::new(entry).to_entry();
            }
        }
        // What was accepted is written and read back.
        assert!(Sheaf::parse(sheaf.to_plain(), kind).is_ok());
    }
}

/// The plaintext of a sealed unit.
pub fn unit(bytes: &[u8]) {
    let _ = units::parse_unit(bytes);
}

/// Frames, places and the header of a segment.
pub fn frames(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok((_, behind)) = frame::split_frame(rest) {
        rest = behind;
    }
    if let Some(place) = bytes.first_chunk::<BODY_PLACE_BYTES>()
        && let Ok(place) = BodyPlace::from_bytes(place)
    {
        assert!(place.to_bytes() == bytes[..BODY_PLACE_BYTES]);
    }
    let store = base::StoreId::from_bytes([0; 16]);
    let _ = frame::check_segment_header(bytes, store, 0);
}

/// The clear rows: counters, segments, the header of a head's row.
pub fn clear_rows(bytes: &[u8]) {
    let _ = Counters::from_bytes(bytes);
    let _ = SegmentRow::from_bytes(0, bytes);
    if let Ok((header, sealed)) = RowHeader::parse(bytes) {
        assert!(bytes == [header.to_bytes().as_slice(), sealed].concat());
    }
}

/// Packed bytes; no length makes them take more memory than allowed.
pub fn packed(bytes: &[u8]) {
    for known in [
        Codec::RAW,
        Codec::ZSTD,
        Codec::ZSTD_TEMPLATE_1,
        Codec::ZSTD_JOINED_1,
    ] {
        let _ = codec::unpack(bytes, known, 1 << 20);
    }
    let (text, body) = bytes.split_at(bytes.len() / 2);
    let _ = codec::unpack_joined(text, body, 1 << 20);
}

/// The FORMAT file.
pub fn format(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Format::parse(text);
    }
}

/// Catalog files: a snapshot or a delta, its proof, the items of a chunk.
pub fn rolls(bytes: &[u8]) {
    roll::probe(bytes);
}

#[cfg(test)]
mod tests;
