//! Proves that no cache holds a key of what was erased once the receipt is given, whatever a
//! reader of the state before it asked for meanwhile.

use crate::ground::Ground;
use crate::{Deposit, Engine, Matricule, Purpose, Session, SessionRequest};
use base::rows::MapRows;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use vault::kms::Use;
use vault::{Kms, Slot};

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

fn matricule(person: u64) -> String {
    let number = 1_800_175_000_000 + person;
    format!("{number}{:02}", 97 - number % 97)
}

fn deposit(session: &Session, person: u64) {
    let paper = format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.1^A",
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "Examen", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Bilan"}}"#,
        matricule(person)
    );
    let deposit = Deposit::new(paper.as_bytes()).opening();
    session.deposit(&deposit).expect("it is kept");
}

fn erase(engine: &Engine, person: u64) {
    let patient: Matricule = matricule(person).parse().expect("a matricule");
    let receipts = session(engine, Some(patient.clone())).erase(&patient);
    assert_eq!(receipts.expect("it is erased").len(), 2);
}

#[test]
fn what_an_older_reader_brings_back_into_the_caches_goes_before_the_receipt() {
    let (_ground, engine) = Ground::with_store("erasing");
    let doctor = session(&engine, None);
    (1..=3).for_each(|person| deposit(&doctor, person));
    // From here on no key of a dossier derives without rows.
    erase(&engine, 1);
    let core = Arc::clone(&engine.shared().core);
    let view = core.view().expect("an open engine has a view");
    let (keys, second) = (Arc::clone(&view.keys), Slot::new(1).expect("a slot"));
    assert!(keys.dossier_key(view.rows(), second).is_ok());
    std::thread::scope(|scope| {
        let engine = &engine;
        let erased = scope.spawn(move || erase(engine, 2));
        let destroyed = || {
            let state = core.kms.load(core.store, Use::Open).expect("a key file");
            state.active > keys.epoch() && state.retired.is_empty()
        };
        let (_held, never) = channel::<()>();
        while !destroyed() {
            let _ = never.recv_timeout(Duration::from_millis(5));
        }
        // The caches are emptied right after.
        let _ = never.recv_timeout(Duration::from_millis(200));
        assert!(keys.dossier_key(view.rows(), second).is_ok());
        assert!(
            keys.dossier_key(&MapRows::new(), second).is_ok(),
            "it is cached"
        );
        assert!(!erased.is_finished(), "it waits for this reader");
        drop(view);
        erased.join().expect("it is erased");
    });
    assert!(
        keys.dossier_key(&MapRows::new(), second).is_err(),
        "nothing keeps it"
    );
    drop(doctor);
    engine.close().expect("it is closed");
}
