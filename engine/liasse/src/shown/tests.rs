//! Proves that nothing is kept of a search once the keys of an erased dossier are destroyed.

use crate::ask::{Deposit, Matricule, SessionRequest};
use crate::engine::{Engine, Options, RootKey, new_key_file};
use crate::request::SearchRequest;
use base::Purpose;

#[test]
fn nothing_is_kept_of_a_search_once_a_root_is_destroyed() {
    let folder = std::env::temp_dir().join(format!("liasse-panels-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    new_key_file(&folder.join("key")).unwrap();
    let key = RootKey::File(folder.join("key"));
    let engine = Engine::create(&folder.join("store"), key, Options::default()).unwrap();
    let session = |actor: &str, profession: &str, purpose, patient: Option<Matricule>| {
        let request = SessionRequest {
            actor: actor.to_owned(),
            profession: profession.to_owned(),
            speciality: None,
            structure: None,
            purpose,
            patient,
            secret: false,
        };
        engine.session(request).unwrap()
    };
    let world = specimen::World::new(7);
    let mut numbers = (0..).filter(|it| world.documents(*it).len() > 2);
    let dossier = world.dossier(numbers.next().unwrap());
    let doctor = session("doctor", "medecin", Purpose::Care, None);
    for document in &dossier.documents {
        let cda = document.cda();
        doctor
            .deposit(&Deposit::new(cda.as_bytes()).opening())
            .unwrap();
    }
    let panels = &engine.shared().core.panels;
    let panel = session("doctor", "medecin", Purpose::Panel, None);
    let asked = SearchRequest::new("").counted();
    assert!(panel.ask(&asked).unwrap().total > Some(0));
    assert_eq!(panels.len(), 1);
    // A search that is under way when all is forgotten keeps nothing.
    let id = panel.agent().session;
    let (round, kept) = panels.take(id);
    panels.forget();
    panels.keep(id, round, kept.unwrap());
    assert_eq!(panels.len(), 0);
    assert!(panel.ask(&asked).unwrap().total > Some(0));
    assert_eq!(panels.len(), 1);
    let patient: Matricule = dossier.patient.matricule.parse().unwrap();
    let own = session("holder", "patient", Purpose::Holder, Some(patient.clone()));
    own.erase(&patient).unwrap();
    assert_eq!(panels.len(), 0);
    assert_eq!(panel.ask(&asked).unwrap().total, Some(0));
    assert_eq!(panels.len(), 1);
    drop(panel);
    assert_eq!(panels.len(), 0, "a session that ended");
    drop((doctor, own));
    engine.close().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
