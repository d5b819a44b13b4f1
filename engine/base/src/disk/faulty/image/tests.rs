//! Proves that an image is a file's bytes, and that a copy keeps its own.

use super::{Image, PAGE_BYTES};

/// Against a plain vector, over writes and cuts at and around page borders.
#[test]
fn an_image_is_a_files_bytes() {
    let mut image = Image::default();
    let mut bytes: Vec<u8> = Vec::new();
    let at = [0, 1, 511, PAGE_BYTES - 1, PAGE_BYTES, 2 * PAGE_BYTES + 7, 5];
    for (round, offset) in at.into_iter().cycle().take(40).enumerate() {
        let older = image.clone();
        let before = bytes.clone();
        let fill = u8::try_from(round).unwrap() + 1;
        if round % 5 == 4 {
            image.set_length(offset);
            bytes.resize(offset, 0);
        } else {
            let length = round * 397 % (2 * PAGE_BYTES);
            image.write(offset, &vec![fill; length]);
            bytes.resize(bytes.len().max(offset + length), 0);
            bytes[offset..offset + length].fill(fill);
        }
        assert_eq!(whole(&image), bytes, "round {round}");
        assert_eq!(whole(&older), before, "the copy of round {round}");
    }
    assert!(image.read(0, &mut vec![0; bytes.len() + 1]).is_none());
}

fn whole(image: &Image) -> Vec<u8> {
    let mut out = vec![0xee; image.length()];
    image.read(0, &mut out).unwrap();
    out
}
