//! A page opens in its file, at its number, as what it was.

use super::*;
use base::{OsEntropy, SeededEntropy};

fn segment(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 32])
}

#[test]
fn pages_open_where_they_were_sealed_and_nowhere_else() {
    let (header, file) = FileCipher::create(&segment(1), "a.idx", &OsEntropy).unwrap();
    let plain: Vec<u8> = (0..=255).cycle().take(PAGE_BYTES).collect();
    let mut page = plain.clone();
    let tag = file.seal_page(7, PageKind::Inner, &mut page);
    assert_ne!(page, plain);
    let file = FileCipher::open(&segment(1), "a.idx", &header).unwrap();
    for (number, kind) in [
        (6, PageKind::Inner),
        (7, PageKind::Last),
        (7 << 32, PageKind::Inner),
    ] {
        let mut moved = page.clone();
        assert_eq!(
            file.open_page(number, kind, &mut moved, &tag),
            Err(OpenError::Tampered)
        );
        assert!(moved.iter().all(|byte| *byte == 0), "the bytes are wiped");
    }
    for at in [0, 1000, PAGE_BYTES - 1] {
        let mut altered = page.clone();
        altered[at] ^= 1;
        assert!(
            file.open_page(7, PageKind::Inner, &mut altered, &tag)
                .is_err()
        );
    }
    assert!(
        file.open_page(
            7,
            PageKind::Inner,
            &mut page.clone()[..PAGE_BYTES - 1],
            &tag
        )
        .is_err()
    );
    file.open_page(7, PageKind::Inner, &mut page, &tag).unwrap();
    assert_eq!(page, plain);
}

#[test]
fn a_header_belongs_to_one_segment_and_name() {
    let (mut header, _) = FileCipher::create(&segment(1), "a.idx", &OsEntropy).unwrap();
    assert!(FileCipher::open(&segment(1), "a.idx", &header).is_ok());
    let refused = |segment: &Secret, name, header: &FileHeader| {
        assert_eq!(
            FileCipher::open(segment, name, header).err(),
            Some(OpenError::WrongKey)
        );
    };
    refused(&segment(2), "a.idx", &header);
    refused(&segment(1), "b.idx", &header);
    for at in 0..FILE_HEADER_BYTES {
        header[at] ^= 1;
        refused(&segment(1), "a.idx", &header);
        header[at] ^= 1;
    }
}

/// A file that is written again under its name, after a crash, never repeats a page's nonce.
#[test]
fn a_file_written_again_has_other_keys() {
    let entropy = SeededEntropy::new(1);
    let seal = || {
        let (_, file) = FileCipher::create(&segment(1), "a.idx", &entropy).unwrap();
        let mut page = vec![0; 64];
        let tag = file.seal_page(0, PageKind::Last, &mut page);
        (page, tag)
    };
    assert_ne!(seal(), seal());
}
