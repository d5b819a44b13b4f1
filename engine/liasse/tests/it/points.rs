//! Proves that coded values are given with their document, to whoever may read that document and
//! to nobody else, and that the documents they come from are named by a trace.

use crate::bench::{Bench, dossier, fill, holder, session};
use liasse::{Code, DataPoint, Deposit, Flags, Matricule, PointKind, Purpose, Session, Statuses};

const ENTRIES: &str = "<entry><observation classCode=\"OBS\" moodCode=\"EVN\">\
    <code code=\"4548-4\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"HbA1c\"/>\
    <effectiveTime value=\"20260114\"/><value value=\"6.5\" unit=\"%\"/></observation></entry>\
    <entry><substanceAdministration moodCode=\"EVN\" negationInd=\"true\"><consumable>\
    <manufacturedProduct><manufacturedMaterial><code code=\"J07BB02\"/></manufacturedMaterial>\
    </manufacturedProduct></consumable></substanceAdministration></entry></section>";

/// Two documents with the same coded values, the second with these flags.
fn deposited(doctor: &Session, flags: Flags) -> (Matricule, [liasse::DocumentId; 2]) {
    let specimen = dossier(0);
    let papers = specimen.documents.iter().map(specimen::Document::cda);
    let coded: Vec<_> = papers.filter(|text| text.contains("</section>")).collect();
    let mut documents = coded.iter().zip([Flags::NONE, flags]).map(|(text, flags)| {
        let text = text.replacen("</section>", ENTRIES, 1);
        let mut deposit = Deposit::new(text.as_bytes()).opening();
        deposit.flags = flags;
        doctor.deposit(&deposit).unwrap().document
    });
    let both = [documents.next().unwrap(), documents.next().unwrap()];
    (specimen.patient.matricule.parse().unwrap(), both)
}

fn read(points: &[DataPoint]) -> Vec<liasse::DocumentId> {
    points.iter().map(|point| point.document).collect()
}

#[test]
fn values_come_with_the_document_that_states_them() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, documents) = deposited(&doctor, Flags::NONE);
    let points = doctor.points(&patient, Statuses::Approved).unwrap();
    assert_eq!(points.len(), 4);
    let listed = doctor.entries(&patient, Statuses::Approved).unwrap();
    let order: Vec<_> = listed.iter().map(|entry| entry.document).collect();
    assert_eq!(
        read(&points),
        [order[0], order[0], order[1], order[1]],
        "the oldest document's first"
    );
    assert!(documents.iter().all(|document| order.contains(document)));
    let [result, vaccine] = [&points[0], &points[1]];
    assert_eq!(result.kind, PointKind::Observation);
    assert_eq!((&*result.code, &*result.label), ("4548-4", "HbA1c"));
    assert_eq!((&*result.value, &*result.unit), ("6.5", "%"));
    assert!(result.at.is_some() && !result.negated);
    assert_eq!(
        (vaccine.kind, &*vaccine.code),
        (PointKind::Administration, "J07BB02")
    );
    assert!(vaccine.negated && vaccine.value.is_empty() && vaccine.at.is_none());
}

#[test]
fn values_of_a_hidden_document_are_given_to_nobody_it_is_hidden_from() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, [shown, hidden]) = deposited(&doctor, Flags::INVISIBLE_PATIENT);
    let own = holder(&engine, &patient);
    let points = own.points(&patient, Statuses::All).unwrap();
    assert_eq!(read(&points), [shown, shown]);
    assert!(read(&doctor.points(&patient, Statuses::All).unwrap()).contains(&hidden));
    let stranger = session(&engine, ("stranger", "medecin"), Purpose::Care);
    let refused = stranger.points(&patient, Statuses::All).unwrap_err();
    let absent = dossier(3).patient.matricule.parse().unwrap();
    let absent = doctor.points(&absent, Statuses::All).unwrap_err();
    assert_eq!(refused.code(), Code::Refused);
    assert_eq!(format!("{refused:?}"), format!("{absent:?}"), "one answer");
}

#[test]
fn documents_whose_values_were_given_are_named_by_a_trace() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, documents) = deposited(&doctor, Flags::NONE);
    doctor.points(&patient, Statuses::Approved).unwrap();
    engine.settle().unwrap();
    let own = holder(&engine, &patient);
    let told = own.history(&patient).unwrap();
    let disclosed = told.iter().find(|line| line.what == "disclose").unwrap();
    let mut named = disclosed.documents.clone();
    named.sort_unstable();
    let mut expected = documents.to_vec();
    expected.sort_unstable();
    assert_eq!((named, disclosed.actor.as_str()), (expected, "doctor"));
    assert!(
        told.iter()
            .any(|line| line.what == "access" && line.actor == "doctor")
    );
    // Who was given nothing leaves the first trace and not the second.
    let (other, _) = fill(&doctor, 4);
    assert!(doctor.points(&other, Statuses::All).unwrap().is_empty());
    engine.settle().unwrap();
    let told = holder(&engine, &other).history(&other).unwrap();
    assert!(told.iter().any(|line| line.what == "access"));
    assert!(told.iter().all(|line| line.what != "disclose"));
}
