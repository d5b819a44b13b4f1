//! Proves that a sealed document opens as what it was, and nowhere else.

use super::*;
use crate::frame::FrameHeader;
use base::SeededEntropy;

fn name(byte: u8) -> DocumentName {
    DocumentName {
        store: StoreId::from_bytes([1; 16]),
        dossier: DossierId::from_bytes([byte; 16]),
        document: DocumentId::from_bytes([3; 16]),
    }
}

/// The place of a frame of these parts, packed so.
fn place(parts: SealedBody<'_>, packing: Packing) -> BodyPlace {
    let ordinal = base::Ordinal::from_value(1);
    let (header, _) = FrameHeader::build(ordinal, packing, parts.body, parts.text).unwrap();
    BodyPlace::of(1, 32, &header)
}

/// What a catalog reads for the body.
fn read(parts: SealedBody<'_>) -> Vec<u8> {
    let read = [parts.body, parts.text].concat();
    let bytes = place(parts, parts.packing).opening_bytes();
    read[..usize::try_from(bytes).unwrap()].to_vec()
}

fn reopened(body: &[u8], text: &str) -> Packing {
    let entropy = SeededEntropy::new(1);
    let sealed = SealedDocument::seal(name(2), body, text, &entropy).unwrap();
    let (parts, key) = (sealed.as_sealed(), sealed.key());
    let at = place(parts, parts.packing);
    assert_eq!(open_body(name(2), key, at, &read(parts)).unwrap(), body);
    let opened = open_text(name(2), key, parts.packing, parts.text).unwrap();
    assert_eq!(opened, text);
    parts.packing
}

#[test]
fn body_and_text_are_read_back() {
    let sentence = "Compte rendu : examen clinique sans particularite, le 3 mars. ";
    let body = format!("<ClinicalDocument>{sentence}</ClinicalDocument>").repeat(100);
    let joined = reopened(body.as_bytes(), &sentence.repeat(100));
    assert_eq!(joined.body, Codec::ZSTD_JOINED_1);
    let noise: Vec<u8> = (0..5_000_u32)
        .map(|n| (n * n / 7).to_le_bytes()[0])
        .collect();
    for (body, text) in [
        (body.as_bytes(), "court"),
        (&noise, sentence),
        (body.as_bytes(), ""),
        (b"", sentence),
        (b"", ""),
        (b"a", "b"),
    ] {
        reopened(body, text);
    }
}

#[test]
fn a_body_that_is_its_text_takes_no_space_of_its_own() {
    let entropy = SeededEntropy::new(1);
    let words = (0..400).map(|n| format!("mot{} ", n * 7919 % 997));
    let text: String = words.collect();
    let alone = SealedDocument::seal(name(2), text.as_bytes(), "", &entropy).unwrap();
    let both = SealedDocument::seal(name(2), text.as_bytes(), &text, &entropy).unwrap();
    let (alone, both) = (alone.bytes(), both.bytes());
    assert!(both < alone + 150, "{both} bytes beside {alone}");
}

#[test]
fn a_text_is_opened_without_its_body_whatever_the_body_holds() {
    let entropy = SeededEntropy::new(1);
    let text = "Antecedents : hypertension arterielle traitee. ".repeat(20);
    let sealed = SealedDocument::seal(name(2), text.as_bytes(), &text, &entropy).unwrap();
    let (parts, key) = (sealed.as_sealed(), sealed.key());
    assert_eq!(
        open_text(name(2), key, parts.packing, parts.text).unwrap(),
        text
    );
    let mut read = read(parts);
    let at = place(parts, parts.packing);
    let last = read.len() - 1;
    read[last] ^= 1;
    let damaged = |table| Err(StoreError::DamagedRow { table });
    assert_eq!(open_body(name(2), key, at, &read), damaged("text"));
    assert_eq!(open_body(name(2), key, at, &read[..10]), damaged("body"));
}

#[test]
fn a_document_opens_in_its_place_only() {
    let entropy = SeededEntropy::new(1);
    let sealed = SealedDocument::seal(name(2), b"body", "text", &entropy).unwrap();
    let (parts, key) = (sealed.as_sealed(), sealed.key());
    let damaged = |table| Err(StoreError::DamagedRow { table });
    let at = place(parts, parts.packing);
    assert_eq!(open_body(name(9), key, at, parts.body), damaged("body"));
    assert_eq!(open_body(name(2), key, at, parts.text), damaged("body"));
    let packed_otherwise = Packing {
        body: Codec::ZSTD,
        text: Codec::ZSTD,
    };
    let at = place(parts, packed_otherwise);
    assert_eq!(open_body(name(2), key, at, parts.body), damaged("body"));
}

#[test]
fn a_document_without_text_has_none() {
    let entropy = SeededEntropy::new(1);
    let sealed = SealedDocument::seal(name(2), b"body", "", &entropy).unwrap();
    let parts = sealed.as_sealed();
    assert!(parts.text.is_empty());
    let text = open_text(name(2), sealed.key(), parts.packing, parts.text);
    assert_eq!(text.unwrap(), "");
}
