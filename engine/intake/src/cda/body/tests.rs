//! Narrative becomes readable text, embedded files are decoded, figures are found.

use crate::paper::{Body, MediaType, Note, Paper, Source};
use crate::read;
use crate::reason::Reason;

const LEVEL3: &str = include_str!("../../../samples/level3.xml");
const LEVEL1: &str = include_str!("../../../samples/level1.xml");

fn paper(text: &str) -> Paper {
    read(text.as_bytes(), Some(MediaType::Cda)).expect("it is read")
}

#[test]
fn narrative_becomes_lines() {
    let paper = paper(LEVEL3);
    let expected = "Motif de consultation\n\
        Palpitations & dyspnée d’effort, sans douleur.\n\
        - HTA connue\n\
        - Pas de diabète\n\
        \n\
        Examens\n\
        Analyse\tRésultat\n\
        HbA1c\t6,5; %\n\
        Ø\t< 5\n\
        ECG : rythme sinusal1\n\
        QRS fins\n\
        \n\
        Conclusion\n\
        Œdème discret des membres inférieurs.";
    assert_eq!(paper.text.as_deref(), Some(expected));
}

#[test]
fn sections_keep_their_order_depth_and_code() {
    let paper = paper(LEVEL3);
    let outline: Vec<_> = paper
        .sections
        .iter()
        .map(|section| (section.title.as_deref().unwrap_or_default(), section.depth))
        .collect();
    let titles = [
        ("Motif de consultation", 0),
        ("Examens", 0),
        ("Conclusion", 1),
    ];
    assert_eq!(outline, titles);
    let code = paper.sections[0]
        .code
        .as_ref()
        .map(|code| code.code.as_str());
    assert_eq!(code, Some("29299-5"));
    assert!(
        paper
            .sections
            .iter()
            .all(|section| section.source == Source::Narrative)
    );
}

#[test]
fn figures_in_entries_are_decoded() {
    let read = paper(LEVEL3);
    assert!(read.body == Body::AsGiven);
    let [figure] = read.embedded.as_slice() else {
        panic!("one figure");
    };
    assert_eq!(figure.media_type, "image/png");
    assert_eq!(figure.bytes, b"\x89PNG\r\n\x1A\n");
    assert!(matches!(read.notes[..], [Note::NoText { embedded: 0 }]));
    let damaged = paper(&LEVEL3.replacen("iVBO", "iV*O", 1));
    assert!(damaged.embedded.is_empty());
    assert!(matches!(damaged.notes[..], [Note::DamagedFigure(place)] if place.line > 100));
}

#[test]
fn a_level_1_text_is_decoded_and_read() {
    let paper = paper(LEVEL1);
    assert_eq!(
        paper.text.as_deref(),
        Some("Lettre de liaison.\n\nLe patient a été vu à l’hôpital.")
    );
    assert_eq!(paper.sections.len(), 1);
    assert_eq!(paper.sections[0].source, Source::Embedded(0));
    assert_eq!(paper.embedded[0].media_type, "text/plain");
}

#[test]
fn a_level_1_pdf_is_kept_and_its_text_awaited() {
    let mut paper = paper(&LEVEL1.replacen("text/plain", "application/pdf", 1));
    assert_eq!(paper.text, None);
    assert!(paper.notes.contains(&Note::NoText { embedded: 0 }));
    let format = paper
        .metadata
        .format
        .as_ref()
        .map(|code| code.code.as_str());
    assert_eq!(format, Some("urn:ihe:iti:xds-sd:pdf:2008"));
    assert!(paper.supply_text(1, "x").is_err(), "there is no such file");
    assert!(paper.supply_text(0, " Texte\n\n\n\nlu  ailleurs ").is_ok());
    assert_eq!(paper.text.as_deref(), Some("Texte\n\nlu ailleurs"));
    assert!(!paper.notes.contains(&Note::NoText { embedded: 0 }));
}

#[test]
fn a_damaged_level_1_body_is_refused() {
    let refusal = read(LEVEL1.replacen("TGV0", "TG*0", 1).as_bytes(), None);
    let refusal = refusal.expect_err("it is refused");
    assert_eq!(refusal.reason(), Reason::NotBase64);
    assert_eq!(refusal.place().line, 6);
}

#[test]
fn a_body_elsewhere_is_noted() {
    let start = LEVEL1.find("TGV0").expect("a body");
    let end = LEVEL1.find("</h:text>").expect("a body");
    let elsewhere = r#"<h:reference value="http://example.org/x.pdf"/>"#;
    let paper = paper(&format!(
        "{}{elsewhere}{}",
        &LEVEL1[..start],
        &LEVEL1[end..]
    ));
    assert!(matches!(paper.notes[..], [Note::BodyElsewhere(_), ..]));
    assert!(paper.embedded.is_empty());
}

#[test]
fn sections_and_text_are_bounded() {
    let section = "<component><section><text>a</text></section></component>";
    let many = LEVEL3.replacen(
        "<structuredBody>",
        &format!("<structuredBody>{}", section.repeat(20_000)),
        1,
    );
    let refusal = read(many.as_bytes(), None).expect_err("it is refused");
    assert!(matches!(
        refusal.reason(),
        Reason::TooMany {
            what: "sections",
            ..
        }
    ));
    let deep = format!(
        "<structuredBody>{}{}",
        "<component><section>".repeat(200),
        "</section></component>".repeat(200)
    );
    let refusal = read(
        LEVEL3.replacen("<structuredBody>", &deep, 1).as_bytes(),
        None,
    );
    let refusal = refusal.expect_err("it is refused");
    assert!(matches!(refusal.reason(), Reason::TooDeep { .. }));
    let text = "mot ".repeat(5 << 20);
    let long = read(LEVEL3.replacen("Pas de diabète", &text, 1).as_bytes(), None);
    let refusal = long.expect_err("it is refused");
    assert!(matches!(
        refusal.reason(),
        Reason::FieldTooLong { what: "text", .. }
    ));
}
