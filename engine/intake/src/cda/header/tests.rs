//! Each header element lands in its field, under any prefix and in any order.

use crate::metadata::{AuthorKind, Sex};
use crate::paper::{MediaType, Note, Paper};
use crate::reason::Reason;
use crate::{Identifier, InsAuthority, read};
use base::{Flags, Instant};

const LEVEL3: &str = include_str!("../../../samples/level3.xml");
const LEVEL1: &str = include_str!("../../../samples/level1.xml");

fn paper(text: &str) -> Paper {
    read(text.as_bytes(), Some(MediaType::Cda)).expect("it is read")
}

fn reason(text: &str) -> Reason {
    read(text.as_bytes(), Some(MediaType::Cda))
        .expect_err("it is refused")
        .reason()
}

fn at(rfc3339: &str) -> Instant {
    Instant::from_rfc3339(rfc3339).expect("an instant")
}

fn id(xds: &str) -> Identifier {
    Identifier::from_xds(xds)
}

#[test]
fn a_full_header_becomes_metadata() {
    let metadata = paper(LEVEL3).metadata;
    assert!(metadata.unique_id == id("1.2.250.1.999.7.1^CR-2026-0042"));
    assert!(metadata.set_id == Some(id("1.2.250.1.999.7.2^SET-42")));
    assert_eq!(metadata.version, Some(2));
    assert!(
        metadata.replaces == [id("1.2.250.1.999.7.1^CR-2026-0041")],
        "RPLC only"
    );
    assert_eq!(metadata.type_code.code, "11488-4");
    assert_eq!(metadata.class_code, "10");
    assert_eq!(
        metadata.title,
        "Compte rendu de consultation de cardiologie"
    );
    assert_eq!(metadata.creation_time, at("2026-01-14T09:15:00Z"));
    assert_eq!(metadata.service_start, Some(at("2026-01-14T09:00:00Z")));
    assert_eq!(metadata.service_stop, Some(at("2026-01-14T09:10:00Z")));
    assert_eq!(metadata.confidentiality.len(), 2);
    assert_eq!(metadata.flags, Flags::MASQUE_PS);
    let format = metadata.format.map(|code| code.code);
    assert_eq!(format.as_deref(), Some("1.2.250.1.213.1.1.1.29^2022.01"));
    let facility = metadata.healthcare_facility_type.map(|code| code.code);
    assert_eq!(facility.as_deref(), Some("SA07"));
    let practice = metadata.practice_setting.map(|code| code.code);
    assert_eq!(practice.as_deref(), Some("AMBULATOIRE"));
    let events: Vec<_> = metadata
        .event_codes
        .iter()
        .map(|code| code.code.as_str())
        .collect();
    assert_eq!(events, ["I10", "DEQP003"]);
    assert!(metadata.references == [id("1.2.250.1.999.8^ORDRE-7")]);
    assert_eq!(metadata.language.as_deref(), Some("fr-FR"));
    assert_eq!(metadata.mime_type, "text/xml");
    assert_eq!(metadata.size, LEVEL3.len() as u64);
}

#[test]
fn people_and_structures_are_read() {
    let metadata = paper(LEVEL3).metadata;
    let [author] = metadata.authors.as_slice() else {
        panic!("one author");
    };
    assert_eq!(author.kind(), AuthorKind::Professional);
    assert!(author.id == Some(id("1.2.250.1.71.4.2.1^899900000042")));
    let person = author.person.as_ref().expect("a person");
    assert_eq!(person.display_name(), "Ossian VERMILLARD");
    assert_eq!(person.prefix.as_deref(), Some("DR"));
    let institution = author.institution.as_ref().expect("a structure");
    assert!(institution.id == Some(id("1.2.250.1.71.4.2.2^1999000042")));
    assert_eq!(
        institution.name.as_deref(),
        Some("Clinique des Trois-Ormes")
    );
    let code = |code: &Option<crate::Code>| code.as_ref().map(|code| code.code.clone());
    assert_eq!(code(&author.role).as_deref(), Some("PCP"));
    assert_eq!(code(&author.speciality).as_deref(), Some("G15_10/SM04"));
    assert_eq!(author.time, Some(at("2026-01-14T09:15:00Z")));
    let signer = metadata.legal_authenticator.expect("a signer");
    assert_eq!(signer.time, Some(at("2026-01-14T10:00:00Z")));
}

#[test]
fn the_patient_is_read_with_her_traits() {
    let patient = paper(LEVEL3).metadata.patient;
    assert_eq!(patient.ins.matricule(), "279035121518989");
    assert_eq!(patient.ins.authority(), InsAuthority::Test);
    assert!(patient.local_ids == [id("1.2.250.1.999.9.1^IPP-0001")]);
    let traits = patient.traits;
    assert_eq!(traits.birth_family.as_deref(), Some("TESTOVAL"));
    assert_eq!(traits.birth_given.as_deref(), Some("ZÉLIANNE MAROUSKA"));
    assert_eq!(traits.first_given.as_deref(), Some("ZÉLIANNE"));
    assert_eq!(traits.used_family.as_deref(), Some("FICTIVELLE"));
    assert_eq!(traits.used_given.as_deref(), Some("ZÉLIE"));
    assert_eq!(traits.birth_date, Some(at("1979-03-28T00:00:00Z")));
    assert_eq!(traits.sex, Some(Sex::Female));
    assert_eq!(traits.birth_place.as_deref(), Some("51215"));
}

#[test]
fn prefixes_and_order_do_not_matter() {
    let paper = paper(LEVEL1);
    let metadata = paper.metadata;
    assert_eq!(metadata.patient.ins.matricule(), "221042545611404");
    assert!(metadata.patient.local_ids == [id("1.2.250.1.213.1.4.2^64579890112345678100")]);
    assert_eq!(
        metadata.class_code,
        base::code::CLASS_UNKNOWN,
        "an unknown type is kept"
    );
    assert_eq!(
        metadata.title, "XX-NOUVEAU",
        "no title and no label: the code"
    );
    let format = metadata.format.map(|code| code.code);
    assert_eq!(format.as_deref(), Some("urn:ihe:iti:xds-sd:text:2008"));
    assert!(
        paper
            .notes
            .iter()
            .any(|note| matches!(note, Note::UnknownType(_)))
    );
    assert!(
        paper
            .notes
            .iter()
            .any(|note| matches!(note, Note::WrongInsKey(_)))
    );
}

#[test]
fn what_every_document_must_say_is_missed_by_name() {
    let id = r#"<id root="1.2.250.1.999.7.1" extension="CR-2026-0042"/>"#;
    let time = r#"<effectiveTime value="20260114101500+0100"/>"#;
    let kind = r#"<code code="11488-4" "#;
    for (part, instead, word) in [
        (id, "", "unique identifier"),
        (id, r#"<id nullFlavor="UNK"/>"#, "unique identifier"),
        (time, "", "creation time"),
        (kind, "<code ", "type"),
    ] {
        let Reason::Missing { what } = reason(&LEVEL3.replacen(part, instead, 1)) else {
            panic!("{word} is missed");
        };
        assert!(what.starts_with(word), "{what}");
    }
}

#[test]
fn a_document_without_an_ins_is_refused() {
    let ins = r#"<id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>"#;
    for instead in [
        "",
        r#"<id nullFlavor="UNK"/>"#,
        r#"<id root="1.2.250.1.213.1.4.10"/>"#,
    ] {
        let refused = read(LEVEL3.replacen(ins, instead, 1).as_bytes(), None);
        let refused = refused.expect_err("it is refused");
        assert_eq!(refused.reason(), Reason::MissingPatientId);
        assert_eq!(refused.place().line, 18, "where the patient is told");
    }
    let no_patient = LEVEL3.replace("recordTarget", "recordTargot");
    assert_eq!(reason(&no_patient), Reason::MissingPatientId);
    let malformed = LEVEL3.replacen("279035121518989", "27903512151898", 1);
    assert!(matches!(
        reason(&malformed),
        Reason::Malformed {
            what: "INS matricule"
        }
    ));
}

#[test]
fn what_is_said_twice_is_refused() {
    let twice = |part: &str| {
        let found = LEVEL3.find(part).expect("the part is there");
        let (before, after) = LEVEL3.split_at(found + part.len());
        reason(&format!("{before}{part}{after}"))
    };
    for (part, what) in [
        (
            r#"<effectiveTime value="20260114101500+0100"/>"#,
            "creation time",
        ),
        (
            r#"<id root="1.2.250.1.999.7.1" extension="CR-2026-0042"/>"#,
            "unique identifier",
        ),
    ] {
        assert_eq!(twice(part), Reason::Several { what });
    }
    let start = LEVEL3.find("<recordTarget>").expect("a patient");
    let end = LEVEL3.find("</recordTarget>").expect("a patient") + "</recordTarget>".len();
    let patient = &LEVEL3[start..end];
    let two_patients = LEVEL3.replacen(patient, &patient.repeat(2), 1);
    assert_eq!(reason(&two_patients), Reason::Several { what: "patient" });
    let other = r#"<id root="1.2.250.1.213.1.4.10" extension="277076322082910"/><patient>"#;
    let two_matricules = LEVEL3.replacen("<patient>", other, 1);
    assert_eq!(
        reason(&two_matricules),
        Reason::Several {
            what: "INS matricule"
        }
    );
}

#[test]
fn the_creation_time_must_be_a_date_and_others_are_noted() {
    let wrong = LEVEL3.replacen("20260114101500+0100", "hier", 1);
    assert!(matches!(reason(&wrong), Reason::Malformed { .. }));
    let wrong = LEVEL3.replacen(
        r#"<low value="20260114100000+0100"/>"#,
        r#"<low value="x"/>"#,
        1,
    );
    let paper = paper(&wrong);
    assert!(matches!(paper.notes[..], [Note::UnreadableDate(_), ..]));
    assert_eq!(
        paper.metadata.service_start,
        Some(at("2026-01-01T00:00:00Z")),
        "the encounter's"
    );
}

#[test]
fn lists_are_bounded() {
    let one = r#"<confidentialityCode code="R"/>"#;
    let many = LEVEL3.replacen(
        "<languageCode",
        &format!("{}<languageCode", one.repeat(300)),
        1,
    );
    assert!(matches!(reason(&many), Reason::TooMany { limit: 256, .. }));
    let long = "x".repeat(5000);
    let long = LEVEL3.replacen("Clinique des Trois-Ormes", &long, 1);
    assert!(matches!(
        reason(&long),
        Reason::FieldTooLong {
            what: "name of a structure",
            ..
        }
    ));
}
