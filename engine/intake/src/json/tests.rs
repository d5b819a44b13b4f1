//! The JSON form is read field by field, and refused with a place when a field is wrong.

use crate::paper::{Body, MediaType, Source};
use crate::reason::{IntakeError, Reason};
use crate::{Identifier, InsAuthority, Paper, Sex, read};
use base::{Flags, Instant};

const FORM: &str = include_str!("../../samples/form.json");

fn form(text: &str) -> Result<Paper, IntakeError> {
    read(text.as_bytes(), Some(MediaType::Json))
}

fn reason(text: &str) -> Reason {
    form(text).expect_err("it is refused").reason()
}

#[test]
fn a_form_becomes_a_paper() {
    let paper = read(FORM.as_bytes(), None).expect("it is read");
    let metadata = paper.metadata;
    assert!(metadata.unique_id == Identifier::from_xds("1.2.250.1.999.7.1^LAB-2026-7"));
    assert_eq!(metadata.class_code, "10");
    assert_eq!(metadata.flags, Flags::INVISIBLE_PATIENT);
    let time = Instant::from_rfc3339("2026-01-14T06:30:00Z");
    assert_eq!(Ok(metadata.creation_time), time);
    assert_eq!(
        metadata.service_start,
        Instant::from_rfc3339("2026-01-14T00:00:00Z").ok()
    );
    assert_eq!(metadata.mime_type, "text/plain");
    assert_eq!(metadata.patient.ins.authority(), InsAuthority::Test);
    assert_eq!(metadata.patient.traits.sex, Some(Sex::Female));
    assert_eq!(metadata.authors.len(), 1);
    assert_eq!(
        paper.text.as_deref(),
        Some("Hémoglobine : 13,2 g/dL\n\nCRP < 5 mg/L")
    );
    assert_eq!(paper.sections[0].source, Source::Supplied);
    let Body::Carried(body) = paper.body else {
        panic!("the form carries the body");
    };
    assert_eq!(
        body,
        "Hémoglobine : 13,2 g/dL\n\n\nCRP <  5 mg/L".as_bytes()
    );
    assert_eq!(metadata.size, body.len() as u64);
}

#[test]
fn a_body_and_a_text_of_it_can_both_be_given() {
    let both = FORM.replacen(r#""text""#, r#""body_base64": "JVBERi0xLjc=", "text""#, 1);
    let paper = form(&both).expect("it is read");
    assert_eq!(paper.metadata.mime_type, "application/pdf");
    assert!(paper.body == Body::Carried(b"%PDF-1.7".to_vec()));
    assert!(
        paper
            .text
            .is_some_and(|text| text.starts_with("Hémoglobine"))
    );
}

#[test]
fn a_missing_field_is_named() {
    for (field, name) in [
        (r#""liasse_document": 1,"#, "liasse_document"),
        (
            r#""unique_id": "1.2.250.1.999.7.1^LAB-2026-7","#,
            "unique_id",
        ),
        (r#""title": "Biologie du 14 janvier","#, "title"),
        (
            r#""creation_time": "2026-01-14T07:30:00+01:00","#,
            "creation_time",
        ),
        (r#""matricule": "279035121518989", "#, "matricule"),
        (r#""code": "11502-2", "#, "code"),
    ] {
        let without = FORM.replacen(field, "", 1);
        assert_eq!(reason(&without), Reason::Missing { what: name });
    }
}

#[test]
fn an_unknown_field_is_refused_where_it_stands() {
    let refused = form(&FORM.replacen("\"version\"", "\"verzion\"", 1)).expect_err("refused");
    assert_eq!(
        refused.reason(),
        Reason::NotJson {
            what: "a field is not one of the form"
        }
    );
    assert_eq!(refused.place().line, 4);
    let twice = FORM.replacen("\"version\": 1", "\"version\": 1, \"version\": 1", 1);
    assert_eq!(
        reason(&twice),
        Reason::NotJson {
            what: "a field is given twice"
        }
    );
}

#[test]
fn a_malformed_value_is_named() {
    for (right, wrong, word) in [
        ("2026-01-14T07:30:00+01:00", "hier", "date"),
        ("279035121518989", "12", "INS"),
        ("1.2.250.1.213.1.4.10", "1.2.3", "INS"),
        ("\"F\"", "\"femme\"", "sex"),
        (
            "\"liasse_document\": 1",
            "\"liasse_document\": 2",
            "version of the form",
        ),
        ("1.2.250.1.999.7.1^LAB-2026-7", "^LAB", "identifier"),
        ("Biologie du 14 janvier", " ", "text of a field"),
    ] {
        let Reason::Malformed { what } = reason(&FORM.replacen(right, wrong, 1)) else {
            panic!("{word} is malformed");
        };
        assert!(what.starts_with(word), "{what}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for text in ["{", "{]", "[]", "{\"a\":1}"] {
        let refused = form(text).expect_err("it is refused").reason();
        assert!(
            matches!(refused, Reason::NotJson { .. }),
            "{text}: {refused:?}"
        );
    }
    let deep = format!("{{\"title\": {}", "[".repeat(100_000));
    assert!(form(&deep).is_err());
    let invalid = [FORM.as_bytes(), b"\xFF"].concat();
    let refused = read(&invalid, None).expect_err("it is refused");
    assert_eq!(refused.reason(), Reason::NotUtf8);
    let nothing = FORM.replacen("\"text\"", "\"body_base64\"", 1);
    assert_eq!(reason(&nothing), Reason::NotBase64);
}
