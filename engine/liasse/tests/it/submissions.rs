//! Proves that a submission is kept whole or not at all, whatever is wrong with one of its
//! documents and wherever the power goes.

use crate::bench::{Bench, dossier, options, session};
use base::disk::{Crash, FaultyDisk};
use liasse::{
    Availability, Code, Deposit, Deposited, Engine, Ground, Matricule, Outcome, Purpose, Session,
    Statuses,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A document of the JSON form for a generated patient.
fn paper(rank: usize, unique: &str, replaces: &str) -> String {
    let replaces = match replaces {
        "" => String::new(),
        old => format!(r#""replaces": ["1.2.250.1.999.8.1^{old}"], "#),
    };
    let matricule = dossier(rank).patient.matricule.clone();
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.8.1^{unique}", {replaces}
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "{unique}", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Bilan {unique}"}}"#
    )
}

fn submit(session: &Session, papers: &[String]) -> liasse::Result<Vec<Deposited>> {
    let deposits: Vec<_> = papers
        .iter()
        .map(|paper| Deposit::new(paper.as_bytes()).opening())
        .collect();
    session.deposit_set(&deposits)
}

/// Titles and statuses of a dossier; none when there is no dossier.
fn listed(session: &Session, rank: usize) -> BTreeSet<(String, bool)> {
    let patient: Matricule = dossier(rank).patient.matricule.parse().unwrap();
    match session.entries(&patient, Statuses::All) {
        Ok(entries) => entries
            .into_iter()
            .map(|it| (it.title, it.status == Availability::Approved))
            .collect(),
        Err(error) => {
            assert_eq!(error.code(), Code::Refused);
            BTreeSet::new()
        }
    }
}

fn titles(titles: &[(&str, bool)]) -> BTreeSet<(String, bool)> {
    let owned = titles
        .iter()
        .map(|(title, new)| ((*title).to_owned(), *new));
    owned.collect()
}

#[test]
fn a_submission_is_kept_whole_with_what_it_replaces() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let first = submit(&doctor, &["A", "B"].map(|it| paper(2, it, ""))).unwrap();
    assert_eq!(first.len(), 2);
    let one_dossier = first.iter().all(|it| it.dossier == first[0].dossier);
    assert!(one_dossier, "one new dossier for all of them");
    let second = [paper(2, "C", ""), paper(2, "D", "A"), paper(2, "B", "")];
    let second = submit(&doctor, &second).unwrap();
    let outcomes: Vec<_> = second.iter().map(|it| it.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Kept, Outcome::Kept, Outcome::AlreadyPresent]
    );
    assert_eq!(second[2].document, first[1].document);
    let all = [("A", false), ("B", true), ("C", true), ("D", true)];
    assert_eq!(listed(&doctor, 2), titles(&all));
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn a_submission_with_one_wrong_document_changes_nothing() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    submit(&doctor, &[paper(2, "A", ""), paper(2, "B", "")]).unwrap();
    submit(&doctor, &[paper(2, "C", "A")]).unwrap();
    let before = listed(&doctor, 2);
    let good = || paper(2, "X", "");
    let long: Vec<_> = (0..257)
        .map(|number| paper(2, &format!("N{number}"), ""))
        .collect();
    let wrong: [(Vec<String>, Code); 8] = [
        (vec![], Code::Invalid),
        (vec![good(), paper(3, "Y", "")], Code::Invalid),
        (vec![good(), good()], Code::Invalid),
        (vec![good(), paper(2, "Y", "X")], Code::Invalid),
        (vec![paper(2, "X", "B"), paper(2, "Y", "B")], Code::Invalid),
        (
            vec![good(), "neither CDA nor JSON".to_owned()],
            Code::DocumentKind,
        ),
        // It was replaced by C already.
        (vec![good(), paper(2, "Y", "A")], Code::WriteRefused),
        (long, Code::Limit),
    ];
    for (papers, code) in wrong {
        let told = submit(&doctor, &papers).unwrap_err();
        assert_eq!(told.code(), code, "{told}");
        assert_eq!(listed(&doctor, 2), before, "{told}");
        assert!(listed(&doctor, 3).is_empty(), "{told}");
    }
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn a_submission_is_whole_or_absent_wherever_the_power_goes() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), options()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    submit(&doctor, &[paper(2, "A", "")]).unwrap();
    engine.settle().unwrap();
    disk.start_recording();
    submit(
        &doctor,
        &[paper(2, "B", ""), paper(2, "C", "A"), paper(2, "D", "")],
    )
    .unwrap();
    let acknowledged = disk.events();
    engine.settle().unwrap();
    let before = titles(&[("A", true)]);
    let after = titles(&[("A", false), ("B", true), ("C", true), ("D", true)]);
    let mut seen = BTreeSet::new();
    for events in 0..=disk.events() {
        let crashes = [
            Crash::KeepNothing,
            Crash::KeepAll,
            Crash::Seeded(events as u64),
        ];
        for crash in crashes {
            let (left, _) = disk.after_power_cut(events, crash);
            let mut options = options();
            // Many states of one store are opened, one after the other.
            options.ground = Ground::TakeOver;
            let opened = Engine::open_on(Arc::new(left), bench.key(), options).unwrap();
            let doctor = session(&opened, ("doctor", "medecin"), Purpose::Care);
            let there = listed(&doctor, 2);
            let whole = there == after;
            assert!(whole || there == before, "event {events}: {there:?}");
            assert!(whole || events < acknowledged, "event {events}, {crash:?}");
            seen.insert(whole);
        }
    }
    assert_eq!(seen.len(), 2, "both were seen");
}
