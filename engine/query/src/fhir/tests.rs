//! Proves that the search strings of the national profile mean what its tables say.

use super::*;

#[test]
fn the_profiles_own_example_lists_a_dossier() {
    let text = "DocumentReference?patient.identifier=urn:oid:1.2.250.1.213.1.4.8|123456789012345\
                &status=current";
    let written = fhir(text).unwrap();
    assert_eq!(
        written.patient.as_deref(),
        Some("123456789012345@1.2.250.1.213.1.4.8")
    );
    assert_eq!(written.question.wanted.statuses, [Availability::Approved]);
}

#[test]
fn every_parameter_reaches_its_metadata() {
    let text = "type=http://loinc.org|11502-2,11490-0&category=1.2.250.1.213.1.1.4.1|10\
                &facility=SA07&setting=ETABLISSEMENT&format=x&security-label=N&event=a%7Cb\
                &identifier=urn:oid:1.2.3&author.identifier=urn:oid:1.2|8990&_count=7&_sort=date\
                &_total=accurate&_content=embolie&date=ge2024-03&date=lt2024-05&period=2024";
    let written = fhir(text).unwrap();
    let question = written.question;
    let fields = &question.wanted.fields;
    let of = |field| {
        let found = fields.iter().find(|(it, _)| *it == field);
        found.map(|(_, values)| values.clone()).unwrap_or_default()
    };
    assert_eq!(of(Field::Type), ["11502-2", "11490-0"]);
    assert_eq!(of(Field::Class), ["10"]);
    assert_eq!(of(Field::Facility), ["SA07"]);
    assert_eq!(of(Field::Practice), ["ETABLISSEMENT"]);
    assert_eq!(of(Field::Confidentiality), ["N"]);
    assert_eq!(of(Field::Event), ["b"]);
    assert_eq!(of(Field::UniqueId), ["1.2.3"]);
    assert_eq!(of(Field::AuthorId), ["8990"]);
    assert_eq!((question.limit, question.total), (7, true));
    assert_eq!(question.words, "embolie");
    let at = |text| Instant::from_rfc3339(text).unwrap();
    assert_eq!(question.wanted.created.from, at("2024-03-01T00:00:00Z"));
    assert_eq!(question.wanted.created.to, at("2024-04-30T23:59:59.999Z"));
    assert_eq!(question.wanted.service.to, at("2024-12-31T23:59:59.999Z"));
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (text, name) in [
        ("colour=blue", "colour"),
        ("status=maybe", "status"),
        ("date=2024-13", "date"),
        ("date=xx2024", "date"),
        ("_count=many", "_count"),
        (
            "patient.identifier=a&patient.identifier=b",
            "patient.identifier",
        ),
        ("patient.identifier=http://x|1", "patient.identifier"),
        ("Patient?name=x", "DocumentReference"),
    ] {
        let told = fhir(text).err().map(|error| error.to_string());
        assert!(told.is_some_and(|told| told.contains(name)), "{text}");
    }
    for misplaced in ["patient.identifier:299999999999934", "299999999999934=x"] {
        let told = fhir(misplaced).err().unwrap().to_string();
        assert!(!told.contains("2999"), "{told}");
    }
}
