//! Proves that a deposit is durable and searchable when it is acknowledged, that several at once
//! for a new patient share one dossier, and that no answer tells of a hidden duplicate.

use crate::bench::{Bench, dossier, fill, holder, request, session};
use liasse::{
    Availability, Code, Deposit, FlagChange, Flags, Matricule, Outcome, Purpose, SearchRequest,
    Session, Statuses,
};
use std::collections::BTreeSet;

#[test]
fn a_deposit_is_found_at_once_and_after_a_crash() {
    let bench = Bench::new();
    let engine = bench.create();
    let physician = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&physician, 2);
    let every = SearchRequest::new("date:1900..").of(patient.clone());
    let count = physician.count(&every).unwrap();
    assert_eq!(
        count,
        physician
            .entries(&patient, Statuses::Approved)
            .unwrap()
            .len() as u64
    );
    let crashed = bench.crashed();
    let reopened = crashed.open().unwrap();
    let again = session(&reopened, ("doctor", "medecin"), Purpose::Care);
    assert_eq!(again.count(&every).unwrap(), count);
    let bytes = again.fetch(deposited[0].document).unwrap();
    let document = dossier(2).documents.remove(0);
    assert!(bytes == document.cda().as_bytes());
    drop(again);
    reopened.close().unwrap();
    crashed.verify();
}

#[test]
fn deposits_for_one_new_patient_at_once_share_one_dossier() {
    let bench = Bench::new();
    let engine = bench.create();
    let physician = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let dossier = dossier(2);
    assert!(dossier.documents.len() > 3);
    let dossiers: BTreeSet<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = dossier
            .documents
            .iter()
            .map(|document| {
                let physician = &physician;
                scope.spawn(move || {
                    let cda = document.cda();
                    physician
                        .deposit(&Deposit::new(cda.as_bytes()).opening())
                        .unwrap()
                        .dossier
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(dossiers.len(), 1);
}

#[test]
fn a_structure_learns_of_its_own_duplicates_only() {
    let bench = Bench::new();
    let engine = bench.create();
    let one = session(&engine, ("one", "medecin"), Purpose::Care);
    let two = session(&engine, ("two", "medecin"), Purpose::Care);
    let cda = dossier(2).documents[0].cda();
    let deposit = Deposit::new(cda.as_bytes()).opening();
    let first = one.deposit(&deposit).unwrap();
    assert_eq!(first.outcome, Outcome::Kept);
    let again = one.deposit(&deposit).unwrap();
    assert_eq!(
        (again.outcome, again.document),
        (Outcome::AlreadyPresent, first.document)
    );
    let other = two.deposit(&deposit).unwrap();
    assert_eq!(other.outcome, Outcome::Kept);
    assert_ne!(other.document, first.document);
}

#[test]
fn a_refused_deposit_changes_nothing() {
    let bench = Bench::new();
    let engine = bench.create();
    let insurer = session(&engine, ("insurer", "assureur"), Purpose::Care);
    let cda = dossier(2).documents[0].cda();
    let opening = Deposit::new(cda.as_bytes()).opening();
    assert_eq!(
        insurer.deposit(&opening).unwrap_err().code(),
        Code::WriteRefused
    );
    let physician = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let closed = Deposit::new(cda.as_bytes());
    assert_eq!(
        physician.deposit(&closed).unwrap_err().code(),
        Code::Refused
    );
    assert_eq!(engine.stats().unwrap().dossiers, 0);
    physician.deposit(&opening).unwrap();
    drop((insurer, physician));
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn a_refused_depositor_cannot_tell_a_dossier_from_none() {
    let bench = Bench::new();
    let engine = bench.create();
    let physician = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (known, unknown) = (dossier(2).documents[0].cda(), dossier(3).documents[0].cda());
    physician
        .deposit(&Deposit::new(known.as_bytes()).opening())
        .unwrap();
    let mut request = request("doctor", "assureur", Purpose::Care);
    request.structure = Some("structure-of-doctor".to_owned());
    let insurer = engine.session(request).unwrap();
    let told = |cda: &str| {
        let plain = insurer.deposit(&Deposit::new(cda.as_bytes())).unwrap_err();
        let opening = insurer
            .deposit(&Deposit::new(cda.as_bytes()).opening())
            .unwrap_err();
        (plain.to_string(), opening.to_string())
    };
    assert_eq!(told(&known), told(&unknown));
}

/// A document of the JSON form for the patient of `dossier(2)`.
fn paper(unique: &str, replaces: &str) -> String {
    let replaces = match replaces {
        "" => String::new(),
        old => format!(r#""replaces": ["1.2.250.1.999.8.1^{old}"], "#),
    };
    let matricule = dossier(2).patient.matricule.clone();
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.8.1^{unique}", {replaces}
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "Examen", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Bilan"}}"#
    )
}

fn put(session: &Session, unique: &str, replaces: &str) -> liasse::Deposited {
    let paper = paper(unique, replaces);
    session
        .deposit(&Deposit::new(paper.as_bytes()).opening())
        .unwrap()
}

#[test]
fn a_holder_who_deposits_keeps_her_dossier() {
    let bench = Bench::new();
    let engine = bench.create();
    let (patient, deposited) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    let own = holder(&engine, &patient);
    for unique in ["A", "B"] {
        put(&own, unique, "");
    }
    let listed = own.entries(&patient, Statuses::Approved).unwrap();
    assert_eq!(listed.len(), deposited.len() + 2);
    assert!(!own.history(&patient).unwrap().is_empty());
}

#[test]
fn a_hidden_copy_of_the_same_id_does_not_keep_a_document_from_being_replaced() {
    for hidden in [false, true] {
        let bench = Bench::new();
        let engine = bench.create();
        let one = session(&engine, ("one", "medecin"), Purpose::Care);
        let two = session(&engine, ("two", "medecin"), Purpose::Care);
        let patient: Matricule = dossier(2).patient.matricule.parse().unwrap();
        let first = put(&one, "U", "");
        if hidden {
            let copy = put(&two, "U", "");
            let change = FlagChange {
                set: Flags::MASQUE_PS,
                clear: Flags::NONE,
            };
            holder(&engine, &patient)
                .set_flags(copy.document, change)
                .unwrap();
        }
        put(&one, "V", "U");
        let entries = one.entries(&patient, Statuses::All).unwrap();
        let told = entries.iter().find(|it| it.document == first.document);
        assert_eq!(told.unwrap().status, Availability::Deprecated, "{hidden}");
    }
}

#[test]
fn a_person_who_names_a_structure_is_told_nothing_of_its_duplicates() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let first = put(&doctor, "U", "");
    let mut asked = request("holder", "patient", Purpose::Holder);
    asked.structure = Some("structure-of-doctor".to_owned());
    asked.patient = Some(dossier(2).patient.matricule.parse().unwrap());
    let own = engine.session(asked).unwrap();
    let told = put(&own, "U", "");
    assert_eq!(told.outcome, Outcome::Kept);
    assert_ne!(told.document, first.document);
}

/// More dossiers than an item of the store's lists holds, several times over: each that names the
/// actor is among hers, once, however often she deposits into it.
#[test]
fn an_actor_of_many_dossiers_has_each_of_them_once() {
    let bench = Bench::new();
    let engine = bench.create();
    let physician = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let world = specimen::World::new(3);
    let papers = |nth: usize| (0..MANY).filter_map(move |at| world.documents(at).nth(nth));
    let mut dossiers = BTreeSet::new();
    for nth in [0, 1] {
        let papers: Vec<_> = papers(nth).map(|paper| paper.json().to_string()).collect();
        let tickets = papers.iter().map(|paper| {
            let deposit = Deposit::new(paper.as_bytes()).opening();
            physician.begin_deposit(&deposit).unwrap()
        });
        let tickets: Vec<_> = tickets.collect();
        for ticket in tickets {
            dossiers.insert(ticket.wait().unwrap().dossier);
        }
    }
    assert!(dossiers.len() > 700, "{}", dossiers.len());
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let mine = panel.my_dossiers(None).unwrap().dossiers;
    assert!(mine.iter().map(|mine| mine.dossier).eq(dossiers));
}

const MANY: u64 = 900;

/// The same document deposited twice at the same moment is kept once, and both are told where.
#[test]
fn one_unique_id_from_two_threads_at_once_is_kept_once() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    for round in 0..12 {
        let start = std::sync::Barrier::new(2);
        let unique = format!("TWICE-{round}");
        let both = std::thread::scope(|scope| {
            let both = [(); 2].map(|()| {
                scope.spawn(|| {
                    start.wait();
                    put(&doctor, &unique, "")
                })
            });
            both.map(|one| one.join().unwrap())
        });
        let mut outcomes = both.each_ref().map(|it| it.outcome == Outcome::Kept);
        outcomes.sort_unstable();
        assert_eq!(outcomes, [false, true], "{round}");
        assert_eq!(both[0].document, both[1].document);
        assert_eq!(both[0].dossier, both[1].dossier);
    }
    assert_eq!(engine.stats().unwrap().documents, 12);
}

/// A dossier of two thousand documents, whose head has several parts, is listed, read and
/// searched like any other, after it was opened again too.
#[test]
fn a_dossier_of_two_thousand_documents_is_like_any_other() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let unique = |number| format!("MANY-{number}");
    put(&doctor, &unique(0), "");
    let form = paper("MANY-N", "");
    let tickets: Vec<_> = (1..2000)
        .map(|number| {
            let paper = form.replace("MANY-N", &unique(number));
            let deposit = Deposit::new(paper.as_bytes()).opening();
            doctor.begin_deposit(&deposit).unwrap()
        })
        .collect();
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    drop(doctor);
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let patient: Matricule = dossier(2).patient.matricule.parse().unwrap();
    let listed = doctor.entries(&patient, Statuses::All).unwrap();
    let ids: BTreeSet<_> = listed.iter().map(|entry| entry.unique_id.clone()).collect();
    let whole = |number| format!("1.2.250.1.999.8.1^{}", unique(number));
    assert_eq!(ids, (0..2000).map(whole).collect());
    for entry in listed.iter().step_by(397) {
        assert!(!doctor.fetch(entry.document).unwrap().is_empty());
    }
    let every = SearchRequest::new("date:1900..").of(patient.clone());
    assert_eq!(doctor.count(&every).unwrap(), 2000);
    assert_eq!(
        put(&doctor, &unique(1234), "").outcome,
        Outcome::AlreadyPresent
    );
    let (last, other) = (listed[0].document, listed[1].document);
    let own = holder(&engine, &patient);
    own.erase_document(last).unwrap();
    assert!(own.fetch(last).is_err());
    assert!(own.fetch(other).is_ok());
    assert_eq!(own.entries(&patient, Statuses::All).unwrap().len(), 1999);
    assert!(engine.check().unwrap().findings.is_empty());
}
