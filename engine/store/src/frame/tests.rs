//! Proves that frames and places are read back as written and that damage is noticed.

use super::*;

fn segment() -> Vec<u8> {
    let mut out = Vec::new();
    for (ordinal, body, text) in [(1, "body one", "text"), (2, "body two", "")] {
        let (header, _) = FrameHeader::build(
            Ordinal::from_value(ordinal),
            Packing {
                body: Codec::ZSTD_TEMPLATE_1,
                text: Codec::ZSTD,
            },
            body.as_bytes(),
            text.as_bytes(),
        )
        .unwrap();
        out.extend_from_slice(&header.to_bytes());
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

fn walk(mut bytes: &[u8]) -> Result<Vec<(u64, usize, usize)>, Malformed> {
    let mut seen = Vec::new();
    while !bytes.is_empty() {
        let (frame, rest) = split_frame(bytes)?;
        seen.push((
            frame.header.ordinal.value(),
            frame.body.len(),
            frame.text.len(),
        ));
        bytes = rest;
    }
    Ok(seen)
}

#[test]
fn frames_are_read_back() {
    assert_eq!(walk(&segment()).unwrap(), [(1, 8, 4), (2, 8, 0)]);
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let segment = segment();
    for bit in 0..segment.len() * 8 {
        let mut damaged = segment.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(walk(&damaged), Err(Malformed), "bit {bit}");
    }
    for cut in 1..segment.len() {
        let whole = cut == 44;
        assert_eq!(walk(&segment[..cut]).is_ok(), whole);
    }
}

#[test]
fn a_place_is_read_back_and_an_impossible_one_refused() {
    let (header, _) =
        FrameHeader::build(Ordinal::from_value(3), Packing::default(), b"abc", b"").unwrap();
    let place = BodyPlace::of(5, 4096, &header);
    assert_eq!(BodyPlace::from_bytes(&place.to_bytes()), Ok(place));
    assert_eq!(place.frame_bytes(), 35);
    let mut bytes = place.to_bytes();
    bytes[20] = 9;
    assert_eq!(BodyPlace::from_bytes(&bytes), Err(Malformed));
    assert_eq!(BodyPlace::from_bytes(&[0xff; 24]), Err(Malformed));
    assert_eq!(BodyPlace::from_bytes(&[0; 24]), Err(Malformed));
}

#[test]
fn a_segment_header_names_its_store_and_number() {
    let store = StoreId::from_bytes([3; 16]);
    let header = segment_header(store, 8);
    assert_eq!(check_segment_header(&header, store, 8), Ok(()));
    assert_eq!(check_segment_header(&header, store, 9), Err(Malformed));
    let other = StoreId::from_bytes([4; 16]);
    assert_eq!(check_segment_header(&header, other, 8), Err(Malformed));
}
