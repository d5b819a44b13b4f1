//! Proves that a search string of FHIR, JSON or a preset finds what it says and nothing more, and
//! that labels, authors and other ids of a document are found whichever of them is asked for.

use crate::bench::{Bench, holder, session};
use liasse::{
    Code, Deposit, Engine, Facet, Field, FlagChange, Flags, Instant, Matricule, Purpose,
    SearchRequest, Session, Statement,
};

/// A document in the JSON form, with what else is to stand in it.
fn paper(name: &str, text: &str, more: &str) -> String {
    let number = specimen::World::new(7).patient(3).matricule;
    let oid = specimen::Patient::INS_ROOT;
    let comma = if more.is_empty() { "" } else { "," };
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.9^{name}",
            "title": "Note", "text": "{text}",
            "patient": {{"ins": {{"matricule": "{number}", "oid": "{oid}"}}}}{comma}{more}}}"#
    )
}

/// What a document says of itself when a test does not care.
const PLAIN: &str = r#""type": {"code": "11488-4", "system": "2.16.840.1.113883.6.1"},
    "creation_time": "2024-03-01T10:00:00Z""#;

fn ground(bench: &Bench) -> (Engine, Session, Matricule) {
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let number = specimen::World::new(7).patient(3).matricule;
    let patient: Matricule = number.parse().unwrap();
    let oid = specimen::Patient::INS_ROOT;
    let named: Matricule = format!("{number}@{oid}").parse().unwrap();
    doctor.open_dossier(&named, &Statement::agreed()).unwrap();
    (engine, doctor, patient)
}

fn put(doctor: &Session, name: &str, text: &str, more: &str) -> liasse::DocumentId {
    let bytes = paper(name, text, more);
    let deposit = Deposit::new(bytes.as_bytes());
    doctor.deposit(&deposit).unwrap().document
}

/// The names of what a search string finds in the dossier, in the order of the answer.
fn found(doctor: &Session, patient: &Matricule, text: &str) -> Vec<String> {
    let asked = SearchRequest::from_fhir(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    names(doctor, &asked.of(patient.clone()))
}

fn names(doctor: &Session, asked: &SearchRequest) -> Vec<String> {
    let hits = doctor.search(asked).unwrap();
    let names = hits.iter().map(|hit| {
        let name = hit.entry.unique_id.rsplit('^').next().unwrap();
        name.to_owned()
    });
    names.collect()
}

fn refused(text: &str) -> String {
    let error = SearchRequest::from_fhir(text).err();
    let error = error.unwrap_or_else(|| panic!("{text} is not refused"));
    assert_eq!(error.code(), Code::Invalid);
    error.to_string()
}

/// Confidentiality is kept as the document says it, and flags are labels beside it.
#[test]
fn a_label_finds_the_documents_that_bear_it() {
    let bench = Bench::new();
    let (engine, doctor, patient) = ground(&bench);
    let label = |code: &str| format!(r#"{PLAIN}, "confidentiality": [{{"code": "{code}"}}]"#);
    put(&doctor, "plain", "a", PLAIN);
    put(&doctor, "restricted", "a", &label("R"));
    let masked = put(&doctor, "masked", "a", &label("V"));
    let flagged = format!(
        r#"{PLAIN}, "confidentiality": [{{"code": "N"}}, {{"code": "INVISIBLE_PATIENT"}}]"#
    );
    put(&doctor, "unannounced", "a", &flagged);
    let change = FlagChange {
        set: Flags::MASQUE_PS,
        clear: Flags::NONE,
    };
    let own = holder(&engine, &patient);
    own.set_flags(masked, change).unwrap();
    let of = |label: &str| found(&doctor, &patient, &format!("security-label={label}"));
    assert_eq!(of("R"), ["restricted"]);
    assert_eq!(of("V"), ["masked"]);
    assert_eq!(of("MASQUE_PS"), ["masked"]);
    assert_eq!(of("N,INVISIBLE_PATIENT").len(), 2);
    assert_eq!(of("1.2.250.1.213.1.1.4.13|MASQUE_PS"), ["masked"]);
    assert!(of("2.16.840.1.113883.5.25|MASQUE_PS").is_empty());
    assert_eq!(
        found(
            &doctor,
            &patient,
            "security-label=V&security-label=MASQUE_PS"
        ),
        ["masked"],
        "a document bears several"
    );
    // Whoever may not see it finds it by no label.
    assert!(found(&own, &patient, "security-label=INVISIBLE_PATIENT").is_empty());
    assert_eq!(
        found(&own, &patient, "security-label=MASQUE_PS"),
        ["masked"]
    );
    let counted = SearchRequest::new("")
        .of(patient)
        .facet(Facet::Field(Field::Confidentiality));
    let groups = &doctor.ask(&counted).unwrap().facets[0].groups;
    let group = |name: &str| groups.iter().find(|(it, _)| it == name).map(|it| it.1);
    assert_eq!((group("N"), group("MASQUE_PS")), (Some(2), Some(1)));
    drop((doctor, own));
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let number = specimen::World::new(7).patient(3).matricule;
    let again = found(&doctor, &number.parse().unwrap(), "security-label=R");
    assert_eq!(again, ["restricted"], "it is kept");
}

#[test]
fn an_order_that_is_written_holds_wherever_it_stands() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    let at = |day: &str| PLAIN.replace("2024-03-01", day);
    put(&doctor, "old", "embolie embolie embolie", &at("2020-01-01"));
    put(
        &doctor,
        "new",
        "une embolie et autre chose",
        &at("2024-01-01"),
    );
    for text in [
        "_sort=-date&_content=embolie",
        "_content=embolie&_sort=-date",
    ] {
        assert_eq!(found(&doctor, &patient, text), ["new", "old"], "{text}");
    }
    assert_eq!(found(&doctor, &patient, "_content=embolie"), ["old", "new"]);
}

#[test]
fn words_given_twice_must_all_stand_there() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    put(&doctor, "one", "fievre", PLAIN);
    put(&doctor, "two", "toux", PLAIN);
    put(&doctor, "both", "fievre et toux et asthme", PLAIN);
    put(&doctor, "short", "EP bilaterale", PLAIN);
    let of = |text: &str| found(&doctor, &patient, text);
    assert_eq!(of("_content=fievre OR toux&_content=asthme"), ["both"]);
    assert_eq!(of("_content=fievre&_content=toux OR asthme"), ["both"]);
    assert_eq!(of("_content=fievre,asthme").len(), 2, "a comma is either");
    assert_eq!(
        of("_content=context:affirmed fievre&_content=toux"),
        ["both"]
    );
    // What means both words together says neither by itself.
    assert_eq!(of("_content=embolie pulmonaire"), ["short"]);
    assert!(of("_content=embolie&_content=pulmonaire").is_empty());
    refused("_content=fievre) OR (toux");
    refused("_content=fievre&_content=(toux");
}

#[test]
fn what_may_stand_once_is_refused_twice() {
    for text in [
        "status=current&status=superseded",
        "_count=3&_count=4",
        "_sort=date&_sort=-date",
        "_total=none&_total=accurate",
        "identifier=1.2.3&identifier=1.2.4",
    ] {
        assert!(refused(text).contains("once"), "{text}");
    }
    for text in ["type=", "type=a,,b", "_content=", "related=", "status="] {
        refused(text);
    }
}

#[test]
fn an_identifier_is_any_of_a_documents_own() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    let document = put(&doctor, "one", "a", PLAIN);
    put(&doctor, "other", "a", PLAIN);
    let entries = doctor.entries(&patient, liasse::Statuses::All).unwrap();
    let entry = entries.iter().find(|it| it.document == document).unwrap();
    let hyphens = |digits: String| {
        let cut = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
        cut.map(|(from, to)| digits[from..to].to_owned()).join("-")
    };
    let uuid = hyphens(entry.entry.to_string());
    for text in [
        "identifier=urn:oid:1.2.250.1.999.7.9|one".to_owned(),
        "identifier=1.2.250.1.999.7.9^one".to_owned(),
        format!("identifier=urn:uuid:{uuid}"),
        format!(
            "identifier=urn:ietf:rfc3986|urn:uuid:{}",
            uuid.to_uppercase()
        ),
        format!("identifier={document}"),
        format!("_id={uuid}"),
        format!("_id={}", entry.entry),
    ] {
        assert_eq!(found(&doctor, &patient, &text), ["one"], "{text}");
    }
    for text in [
        "identifier=urn:oid:1.2.250.1.999.7.8|one".to_owned(),
        "identifier=one".to_owned(),
        format!("_id={document}"),
    ] {
        assert!(found(&doctor, &patient, &text).is_empty(), "{text}");
    }
    refused("identifier=urn:oid:1.2.250.1.999.7.9|");
}

#[test]
fn what_a_document_refers_to_is_asked_for_as_related() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    let more = format!(r#"{PLAIN}, "references": ["1.2.250.1.5^ORDER-7", "1.2.840.9.55"]"#);
    put(&doctor, "one", "a", &more);
    put(&doctor, "other", "a", PLAIN);
    for text in [
        "related=urn:oid:1.2.250.1.5|ORDER-7",
        "related=ORDER-7",
        "related:identifier=1.2.250.1.5|ORDER-7",
        "related=urn:oid:1.2.840.9.55",
        "related=ORDER-7&related=urn:oid:1.2.840.9.55",
    ] {
        assert_eq!(found(&doctor, &patient, text), ["one"], "{text}");
    }
    assert!(found(&doctor, &patient, "related=urn:oid:1.2.250.1.6|ORDER-7").is_empty());
}

#[test]
fn what_cannot_be_asked_for_says_why() {
    assert!(refused("_lastUpdated=gt2024").contains("changes"));
    assert!(refused("patient=Patient/12").contains("patient.identifier"));
    assert!(refused("author.family=Martin").contains("author"));
    assert!(refused("author.given=Anne").contains("author"));
    assert!(SearchRequest::from_fhir("_format=application/fhir%2Bjson").is_ok());
}

#[test]
fn a_period_is_compared_as_fhir_says() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    let act = |from: &str, to: &str| {
        format!(r#"{PLAIN}, "service_start": "{from}", "service_stop": "{to}""#)
    };
    put(&doctor, "before", "a", &act("2022-01-01", "2022-06-01"));
    put(&doctor, "across", "a", &act("2023-06-01", "2025-02-01"));
    put(&doctor, "inside", "a", &act("2024-02-01", "2024-03-01"));
    put(&doctor, "after", "a", &act("2025-03-01", "2025-04-01"));
    let of = |text: &str| {
        let mut names = found(&doctor, &patient, text);
        names.sort();
        names
    };
    assert_eq!(of("period=sa2024"), ["after"]);
    assert_eq!(of("period=eb2024"), ["before"]);
    assert_eq!(of("period=2024"), ["inside"]);
    assert_eq!(of("period=gt2024"), ["across", "after"]);
    assert_eq!(of("period=lt2024"), ["across", "before"]);
    assert_eq!(of("period=ge2024"), ["across", "after", "inside"]);
    assert_eq!(of("period=le2024"), ["across", "before", "inside"]);
    assert_eq!(of("period=ge2024&period=lt2025-03"), ["across", "inside"]);
}

#[test]
fn a_codes_system_is_part_of_what_is_asked() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    put(&doctor, "loinc", "a", PLAIN);
    let other = PLAIN.replace("2.16.840.1.113883.6.1", "1.2.3.4");
    put(&doctor, "other", "a", &other);
    let of = |text: &str| found(&doctor, &patient, text);
    assert_eq!(of("type=http://loinc.org|11488-4"), ["loinc"]);
    assert_eq!(of("type=urn:oid:2.16.840.1.113883.6.1|11488-4"), ["loinc"]);
    assert_eq!(of("type=http://loinc.org|"), ["loinc"]);
    assert_eq!(of("type=1.2.3.4|11488-4"), ["other"]);
    assert!(of("type=http://wrong|11488-4").is_empty());
    assert!(of("type=|11488-4").is_empty(), "both say a system");
    assert_eq!(of("type=11488-4").len(), 2);
    let counted = SearchRequest::new("")
        .of(patient)
        .facet(Facet::Field(Field::Type));
    let groups = &doctor.ask(&counted).unwrap().facets[0].groups;
    assert_eq!(
        groups,
        &[("11488-4".to_owned(), 2)],
        "one code is one group"
    );
}

#[test]
fn every_author_is_asked_for() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    let more = format!(
        r#"{PLAIN}, "authors": [
            {{"id": "1.2.250.1.71.4.2.1^111", "person": {{"family": "Un"}},
              "institution": {{"id": "1.2.250.1.71.4.2.2^A", "name": "Nord"}}}},
            {{"id": "1.2.250.1.71.4.2.1^222", "person": {{"family": "Deux"}},
              "institution": {{"id": "1.2.250.1.71.4.2.2^B", "name": "Sud"}}}}]"#
    );
    put(&doctor, "one", "a", &more);
    put(&doctor, "other", "a", PLAIN);
    for text in [
        "author.identifier=111",
        "author.identifier=222",
        "author.identifier=urn:oid:1.2.250.1.71.4.2.1|222",
        "author.identifier=111&author.identifier=222",
    ] {
        assert_eq!(found(&doctor, &patient, text), ["one"], "{text}");
    }
    assert!(found(&doctor, &patient, "author.identifier=urn:oid:1.2|222").is_empty());
    for (field, value) in [
        (Field::Author, "Deux"),
        (Field::StructureId, "B"),
        (Field::Structure, "Sud"),
    ] {
        let asked = SearchRequest::new("").of(patient.clone());
        let asked = asked.require(field, vec![value.to_owned()]);
        assert_eq!(names(&doctor, &asked), ["one"], "{value}");
    }
}

/// The profile asks for acts that began in the last two years, whenever they were written down.
#[test]
fn the_first_search_goes_by_when_the_act_began() {
    let bench = Bench::new();
    let (_engine, doctor, patient) = ground(&bench);
    let act = |from: &str| format!(r#"{PLAIN}, "service_start": "{from}""#);
    put(&doctor, "late", "a", &act("2015-01-01"));
    put(&doctor, "current", "a", &act("2023-01-01"));
    let now = Instant::from_rfc3339("2024-06-15T12:00:00Z").unwrap();
    let recent = SearchRequest::recent(patient.clone(), now);
    assert_eq!(names(&doctor, &recent), ["current"]);
    let long = format!(r#"{PLAIN}, "service_start": "2015-01-01", "service_stop": "2024-05-01""#);
    put(&doctor, "long", "a", &long);
    assert_eq!(names(&doctor, &recent), ["current"], "it began before");
}
