//! Bytes are told apart, and each kind of bad input has its own reason.

use crate::paper::{MediaType, Note, whole_text};
use crate::read;
use crate::reason::Reason;
use base::limit;

const LEVEL3: &str = include_str!("../../samples/level3.xml");

fn reason(bytes: &[u8]) -> Reason {
    read(bytes, None).expect_err("it is refused").reason()
}

#[test]
fn nothing_and_too_much_are_refused() {
    assert_eq!(reason(b""), Reason::Empty);
    assert_eq!(reason(b" \r\n"), Reason::Empty);
    let long = vec![b'<'; limit::XML_BYTES_MAX + 1];
    assert!(matches!(reason(&long), Reason::TooLong { .. }));
}

#[test]
fn bytes_that_name_nobody_are_refused_by_what_they_are() {
    for (bytes, what) in [
        (b"%PDF-1.7".as_slice(), "a PDF file"),
        (b"{\\rtf1}", "an RTF file"),
        (b"\xFF\xD8\xFF\xE0", "an image"),
        (b"\x89PNG\r\n\x1A\n", "an image"),
        (b"Compte rendu", "plain text"),
    ] {
        assert_eq!(reason(bytes), Reason::SaysNothing { what });
    }
}

#[test]
fn xml_that_is_no_cda_is_refused_where_it_says_so() {
    for text in [
        "<x/>",
        "<ClinicalDocument/>",
        "<ClinicalDocument xmlns='urn:hl7-org:v2'/>",
        "<x><ClinicalDocument xmlns='urn:hl7-org:v3'/></x>",
        "<stylesheet xmlns='http://www.w3.org/1999/XSL/Transform'/>",
    ] {
        assert_eq!(reason(text.as_bytes()), Reason::NotCda, "{text}");
    }
    let refusal = read(b"<!-- a -->\n  <x/>", None).expect_err("it is refused");
    assert_eq!((refusal.place().line, refusal.place().column), (2, 3));
}

#[test]
fn a_document_in_its_style_sheet_is_read() {
    let root = LEVEL3.find("<ClinicalDocument").expect("a root");
    let inside = &LEVEL3[root..];
    let sheet = |content: &str| {
        format!(
            "<s:stylesheet xmlns:s='http://www.w3.org/1999/XSL/Transform' \
             xmlns:d='urn:asip-sante:ci-sis'><d:Contenu>{content}</d:Contenu>\
             <s:template/></s:stylesheet>"
        )
    };
    let paper = read(sheet(inside).as_bytes(), None).expect("it is read");
    assert!(matches!(paper.notes[0], Note::InStyleSheet(place) if place.line == 1));
    let alone = read(LEVEL3.as_bytes(), None).expect("it is read");
    assert!(paper.text == alone.text);
    assert!(paper.metadata.unique_id == alone.metadata.unique_id);
    let two = sheet(&inside.repeat(2));
    assert!(matches!(reason(two.as_bytes()), Reason::Several { .. }));
}

#[test]
fn what_follows_the_document_must_be_well_formed_too() {
    let cut = &LEVEL3[..LEVEL3.len() - 30];
    assert!(matches!(reason(cut.as_bytes()), Reason::NotXml { .. }));
    let more = format!("{LEVEL3}<x/>");
    assert!(matches!(reason(more.as_bytes()), Reason::NotXml { .. }));
}

#[test]
fn the_hash_is_that_of_the_bytes_as_they_were_given() {
    let marked = format!("\u{FEFF}{LEVEL3}");
    let paper = read(marked.as_bytes(), None).expect("it is read");
    assert_eq!(paper.metadata.size, marked.len() as u64);
    let plain = read(LEVEL3.as_bytes(), None).expect("it is read");
    assert!(paper.metadata.hash != plain.metadata.hash);
    assert_eq!(paper.body_bytes(marked.as_bytes()), marked.as_bytes());
}

#[test]
fn a_document_in_latin_1_is_read_like_one_in_utf_8() {
    let declared = LEVEL3.replacen("UTF-8", "ISO-8859-1", 1).replace('Œ', "Oe");
    let bytes: Vec<u8> = declared
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect();
    let paper = read(&bytes, None).expect("it is read");
    let family = paper.metadata.patient.traits.first_given;
    assert_eq!(family.as_deref(), Some("ZÉLIANNE"));
}

#[test]
fn a_hint_decides_before_the_first_bytes_do() {
    let refusal = read(LEVEL3.as_bytes(), Some(MediaType::Json)).expect_err("it is refused");
    assert!(matches!(refusal.reason(), Reason::NotJson { .. }));
}

#[test]
fn no_sections_make_no_text() {
    assert_eq!(whole_text(&[]), None);
}
