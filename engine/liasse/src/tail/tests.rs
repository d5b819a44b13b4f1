//! Proves that what is indexed anew is read as of one state, whatever is deposited or erased
//! meanwhile.

use super::{Reader, each_kept};
use crate::ground::Ground;
use crate::{Deposit, Engine, Matricule, Purpose, Session, SessionRequest};
use base::Ordinal;
use std::time::Duration;

fn session(engine: &Engine, patient: Option<Matricule>) -> Session {
    let purpose = patient.as_ref().map_or(Purpose::Care, |_| Purpose::Holder);
    let profession = patient.as_ref().map_or("medecin", |_| "patient");
    let request = SessionRequest {
        actor: "somebody".to_owned(),
        profession: profession.to_owned(),
        speciality: None,
        structure: patient.is_none().then(|| "a structure".to_owned()),
        purpose,
        patient,
        secret: false,
    };
    engine.session(request).expect("a session")
}

const MATRICULE: &str = "180017500000134";

fn deposit(session: &Session, number: u32) {
    let paper = format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.1^A{number}",
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "Examen", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{MATRICULE}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Bilan"}}"#
    );
    let deposit = Deposit::new(paper.as_bytes()).opening();
    session.deposit(&deposit).expect("it is kept");
}

/// A store with one dossier of two documents.
fn store(name: &str) -> (Ground, Engine) {
    let (ground, engine) = Ground::with_store(name);
    let doctor = session(&engine, None);
    (1..=2).for_each(|number| deposit(&doctor, number));
    (ground, engine)
}

fn kept(engine: &Engine) -> Vec<Ordinal> {
    let core = &engine.shared().core;
    let (view, mut kept) = (core.view().expect("a view"), Vec::new());
    each_kept(core, &view, &mut |ordinal, _| kept.push(ordinal)).expect("its documents");
    kept
}

/// X7: a deposit comes into the dossier between two of its documents.
#[test]
fn a_dossier_that_grows_while_it_is_indexed_anew_is_read_as_it_was() {
    let (_ground, engine) = store("tail-grows");
    let kept = kept(&engine);
    assert_eq!(kept.len(), 2);
    let mut reader = Reader::new(&engine.shared().core);
    for (number, ordinal) in (3..).zip(kept) {
        let read = reader.analysed(ordinal).expect("a sound store");
        assert_eq!(read.map(|it| it.ordinal()), Some(ordinal));
        deposit(&session(&engine, None), number);
    }
    drop(reader);
    engine.close().expect("it is closed");
}

/// No receipt is given while the key of a dossier is held to read on.
#[test]
fn an_erasure_waits_until_a_dossier_is_no_longer_indexed_anew() {
    let (_ground, engine) = store("tail-waits");
    let kept = kept(&engine);
    let mut reader = Reader::new(&engine.shared().core);
    assert!(reader.analysed(kept[0]).expect("a sound store").is_some());
    let patient: Matricule = MATRICULE.parse().expect("a matricule");
    std::thread::scope(|scope| {
        let (engine, patient) = (&engine, &patient);
        let holder = session(engine, Some(patient.clone()));
        let (ended, end) = std::sync::mpsc::channel();
        scope.spawn(move || ended.send(holder.erase(patient)));
        let early = end.recv_timeout(Duration::from_secs(2));
        assert!(early.is_err(), "it waits for this reader");
        reader.let_go();
        let receipts = end.recv().expect("it ends").expect("it is erased");
        assert_eq!(receipts.len(), 2);
    });
    assert!(reader.analysed(kept[1]).expect("a sound store").is_none());
    drop(reader);
    engine.close().expect("it is closed");
}
