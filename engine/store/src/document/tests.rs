//! Proves that a sealed document opens as what it was, and nowhere else.

use super::*;
use base::SeededEntropy;

fn name(byte: u8) -> DocumentName {
    DocumentName {
        store: StoreId::from_bytes([1; 16]),
        dossier: DossierId::from_bytes([byte; 16]),
        document: DocumentId::from_bytes([3; 16]),
    }
}

#[test]
fn body_and_text_are_read_back() {
    let entropy = SeededEntropy::new(1);
    let body = "<ClinicalDocument>corps</ClinicalDocument>".repeat(100);
    let sealed = SealedDocument::seal(name(2), body.as_bytes(), "le texte", &entropy).unwrap();
    let parts = sealed.as_sealed();
    assert!(parts.body.len() < body.len() / 4);
    let opened = open_body(name(2), sealed.key(), parts.packing, parts.body).unwrap();
    assert_eq!(opened, body.as_bytes());
    let text = open_text(name(2), sealed.key(), parts.packing, parts.text).unwrap();
    assert_eq!(text, "le texte");
}

#[test]
fn a_document_opens_in_its_place_only() {
    let entropy = SeededEntropy::new(1);
    let sealed = SealedDocument::seal(name(2), b"body", "text", &entropy).unwrap();
    let (parts, key) = (sealed.as_sealed(), sealed.key());
    let damaged = |table| Err(StoreError::DamagedRow { table });
    let other_dossier = open_body(name(9), key, parts.packing, parts.body);
    assert_eq!(other_dossier, damaged("body"));
    let text_as_body = open_body(name(2), key, parts.packing, parts.text);
    assert_eq!(text_as_body, damaged("body"));
    let packed_otherwise = Packing {
        body: Codec::ZSTD,
        text: Codec::ZSTD,
    };
    let misread = open_body(name(2), key, packed_otherwise, parts.body);
    assert_eq!(misread, damaged("body"));
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
