//! Proves that packed bytes are read back, that lies about lengths are refused, and that the
//! dictionary is still the one that stores were written with.

use super::*;

#[test]
fn what_was_packed_is_unpacked() {
    let sentence = "Compte rendu de consultation : examen clinique sans particularite. ";
    for plain in [Vec::new(), vec![7], sentence.repeat(30).into_bytes()] {
        let (packed, codec) = pack(&plain);
        assert_eq!(unpack(&packed, codec, plain.len()).unwrap(), plain);
        let aligned = unpack_aligned(&packed, codec, plain.len()).unwrap();
        assert_eq!(aligned.as_slice(), plain);
        if !plain.is_empty() {
            assert_eq!(unpack(&packed, codec, plain.len() - 1), Err(Malformed));
        }
    }
}

#[test]
fn the_dictionary_makes_a_short_document_shorter() {
    let document = br#"<component><section classCode="DOCSECT"><code code="11502-2"
        displayName="CR d'examens biologiques" codeSystem="2.16.840.1.113883.6.1"/>"#;
    let (packed, codec) = pack(document);
    assert_eq!(codec, Codec::ZSTD_TEMPLATE_1);
    let alone = zstd::bulk::compress(document, LEVEL).unwrap();
    assert!(
        packed.len() * 2 < alone.len(),
        "{} {}",
        packed.len(),
        alone.len()
    );
}

#[test]
fn a_length_that_lies_is_refused_before_memory_is_taken() {
    let (mut packed, codec) = pack(&[1; 1000]);
    packed[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(unpack(&packed, codec, usize::MAX), Err(Malformed));
    packed[..4].copy_from_slice(&999_u32.to_le_bytes());
    assert_eq!(unpack(&packed, codec, usize::MAX), Err(Malformed));
    packed[..4].copy_from_slice(&1001_u32.to_le_bytes());
    assert_eq!(unpack(&packed, codec, usize::MAX), Err(Malformed));
}

#[test]
fn the_dictionary_never_changes() {
    let digest = vault::digest("liasse test", &[TEMPLATE_1]).to_string();
    assert_eq!(
        digest,
        "a9e22939bdc8bad856534bdb8b444fc85dfa08c46b7f6de99672dfef37105602"
    );
    assert!(!TEMPLATE_1.starts_with(&0xEC30_A437_u32.to_le_bytes()));
}
