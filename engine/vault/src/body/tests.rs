//! Bodies open whole and in frames, and no cut, swap or repetition of frames goes unseen.

use super::*;
use base::{OsEntropy, StoreId, Table};

const PLACE: Place<'static> = Place {
    store: StoreId::from_bytes([1; 16]),
    table: Table::new("bodies"),
    row: b"1",
    version: 0,
    codec: 1,
    dictionary: 0,
};
const HEADER: usize = 1 + HEADER_BYTES;

fn body(length: usize) -> Vec<u8> {
    (0_u32..)
        .map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
        .take(length)
        .collect()
}

fn stream(key: &BodyKey, plain: &[u8], step: usize) -> Vec<u8> {
    let mut writer = BodyWriter::begin(Vec::new(), key, &PLACE, &OsEntropy).unwrap();
    plain
        .chunks(step)
        .for_each(|part| writer.write(part).unwrap());
    writer.finish().unwrap()
}

fn read(key: &BodyKey, sealed: &[u8]) -> Result<Vec<u8>, BodyError> {
    let mut reader = BodyReader::begin(sealed, key, &PLACE)?;
    let mut out = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        assert!(frame.len() <= BODY_FRAME_BYTES);
        out.extend_from_slice(&frame);
    }
    Ok(out)
}

#[test]
fn bodies_of_every_length_open() {
    let key = BodyKey::random(&OsEntropy).unwrap();
    for length in [
        0,
        1,
        1200,
        BODY_WHOLE_BYTES_MAX,
        BODY_WHOLE_BYTES_MAX + 1,
        3 << 19,
    ] {
        let plain = body(length);
        let sealed = key.seal_body(&PLACE, &plain, &OsEntropy).unwrap();
        assert_eq!(sealed[0] == FORM_FRAMES, length > BODY_WHOLE_BYTES_MAX);
        assert!(
            *key.open_body(&PLACE, &sealed).unwrap() == *plain,
            "{length}"
        );
    }
}

#[test]
fn a_stream_opens_frame_by_frame_and_at_once() {
    let key = BodyKey::random(&OsEntropy).unwrap();
    for length in [
        0,
        1,
        BODY_FRAME_BYTES - 1,
        BODY_FRAME_BYTES,
        BODY_FRAME_BYTES + 1,
        200_000,
    ] {
        let plain = body(length);
        let sealed = stream(&key, &plain, 7777);
        assert!(read(&key, &sealed).unwrap() == plain, "{length}");
        assert!(
            *key.open_body(&PLACE, &sealed).unwrap() == *plain,
            "{length}"
        );
    }
    let large = body(BODY_WHOLE_BYTES_MAX + 70_000);
    let sealed = key.seal_body(&PLACE, &large, &OsEntropy).unwrap();
    assert!(read(&key, &sealed).unwrap() == large);
}

/// Cut anywhere, even exactly between two frames.
#[test]
fn a_cut_stream_is_refused() {
    let key = BodyKey::random(&OsEntropy).unwrap();
    let sealed = stream(&key, &body(3 * BODY_FRAME_BYTES), 1 << 20);
    let frame = |n: usize| HEADER + n * FRAME_SEALED_BYTES;
    let cuts = [
        0,
        1,
        20,
        HEADER - 1,
        HEADER,
        HEADER + 5,
        HEADER + 16,
        frame(1),
        frame(2),
    ];
    for cut in cuts
        .into_iter()
        .chain([frame(1) - 1, frame(1) + 1, frame(3) - 1])
    {
        assert!(
            key.open_body(&PLACE, &sealed[..cut]).is_err(),
            "cut at {cut}"
        );
        assert!(read(&key, &sealed[..cut]).is_err(), "cut at {cut}");
    }
    for extra in [&[0_u8][..], &[0; 16], &[0; 40]] {
        let longer = [&sealed, extra].concat();
        assert!(key.open_body(&PLACE, &longer).is_err());
        assert!(read(&key, &longer).is_err());
    }
}

#[test]
fn frames_cannot_be_swapped_repeated_or_dropped() {
    let key = BodyKey::random(&OsEntropy).unwrap();
    let sealed = stream(&key, &body(4 * BODY_FRAME_BYTES), 1 << 20);
    let (header, frames) = sealed.split_at(HEADER);
    let frames: Vec<&[u8]> = frames.chunks(FRAME_SEALED_BYTES).collect();
    for order in [
        &[1, 0, 2, 3][..],
        &[0, 0, 2, 3],
        &[0, 1, 3],
        &[0, 1, 2, 3, 3],
        &[1, 2, 3],
    ] {
        let mixed: Vec<&[u8]> = order.iter().map(|at| frames[*at]).collect();
        let mixed = [header, &mixed.concat()].concat();
        assert!(key.open_body(&PLACE, &mixed).is_err(), "{order:?}");
        assert!(read(&key, &mixed).is_err(), "{order:?}");
    }
    let other = stream(&key, &body(4 * BODY_FRAME_BYTES), 1 << 20);
    let mixed = [header, &other[HEADER..]].concat();
    assert!(
        key.open_body(&PLACE, &mixed).is_err(),
        "frames of another stream of this key"
    );
}

#[test]
fn place_key_and_form_are_bound() {
    let key = BodyKey::random(&OsEntropy).unwrap();
    let other = BodyKey::random(&OsEntropy).unwrap();
    for sealed in [
        key.seal_body(&PLACE, b"text", &OsEntropy).unwrap(),
        stream(&key, b"text", 10),
    ] {
        let moved = Place { row: b"2", ..PLACE };
        assert_eq!(
            key.open_body(&moved, &sealed).err(),
            Some(OpenError::Tampered)
        );
        assert_eq!(
            other.open_body(&PLACE, &sealed).err(),
            Some(OpenError::WrongKey)
        );
        let mut form = sealed.clone();
        form[0] ^= 3;
        assert_eq!(
            key.open_body(&PLACE, &form).err(),
            Some(OpenError::WrongKey)
        );
        form[0] = 9;
        assert_eq!(
            key.open_body(&PLACE, &form).err(),
            Some(OpenError::UnknownVersion)
        );
    }
}
