//! Proves that a head is used again by the session that opened it alone, only while it is the
//! dossier's, and that nothing of it is kept once a root is destroyed.

use crate::ask::{Deposit, Matricule, SessionRequest, Statuses};
use crate::engine::{Engine, Options, RootKey, new_key_file};
use crate::session::Session;
use base::{Digest, Purpose, SessionId, limit};
use std::path::PathBuf;
use store::UnitKind;

fn session(engine: &Engine, actor: &str, patient: Option<Matricule>) -> Session {
    let (profession, purpose) = match patient {
        Some(_) => ("patient", Purpose::Holder),
        None => ("medecin", Purpose::Care),
    };
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
}

fn new_store(name: &str) -> (PathBuf, Engine) {
    let folder = std::env::temp_dir().join(format!("liasse-{name}-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    new_key_file(&folder.join("key")).unwrap();
    let key = RootKey::File(folder.join("key"));
    let engine = Engine::create(&folder.join("store"), key, Options::default()).unwrap();
    (folder, engine)
}

#[test]
fn a_head_is_kept_for_the_session_that_opened_it_until_a_root_is_destroyed() {
    let (folder, engine) = new_store("heads");
    let world = specimen::World::new(7);
    let mut numbers = (0..).filter(|it| world.documents(*it).len() > 3);
    let dossier = world.dossier(numbers.next().unwrap());
    let patient: Matricule = dossier.patient.matricule.parse().unwrap();
    let doctor = session(&engine, "doctor", None);
    let (last, first) = dossier.documents.split_last().unwrap();
    for document in first {
        let cda = document.cda();
        let deposit = Deposit::new(cda.as_bytes()).opening();
        doctor.deposit(&deposit).unwrap();
    }
    let heads = &engine.shared().core.heads;
    let reader = session(&engine, "doctor", None);
    let listed = |reader: &Session| reader.entries(&patient, Statuses::All).unwrap().len();
    let [before, names] = heads.size();
    assert_eq!(listed(&reader), first.len());
    let [after, after_names] = heads.size();
    assert_eq!(after.0, before.0 + 1, "the reader's own");
    assert!(after_names.0 > names.0, "the reader's own");
    assert_eq!(listed(&reader), first.len());
    assert_eq!(heads.size(), [after, after_names], "used again");
    let name = (
        reader.agent().session,
        base::Ordinal::from_value(0).dossier(),
    );
    let view = engine.shared().core.view().unwrap();
    let head = store::SealedHead::read(view.rows(), name.1)
        .unwrap()
        .unwrap();
    let (round, kept) = heads.find(name, head.digest());
    let kept = kept.expect("the head of the reader");
    drop(view);
    // Of another row, or for another session, there is none.
    assert!(heads.find(name, Digest::from_bytes([7; 32])).1.is_none());
    let other = session(&engine, "doctor", None);
    let others = (other.agent().session, name.1);
    assert!(heads.find(others, head.digest()).1.is_none());
    // What was deposited since is listed.
    let cda = last.cda();
    doctor.deposit(&Deposit::new(cda.as_bytes())).unwrap();
    assert_eq!(listed(&reader), dossier.documents.len());
    // Whoever was reading when all was forgotten keeps nothing.
    heads.forget();
    heads.keep(name, round, &kept);
    assert_eq!(heads.size(), NOTHING);
    assert_eq!(listed(&reader), dossier.documents.len());
    assert_eq!(
        heads.size().map(|(count, _)| count),
        [1, after_names.0 - names.0]
    );
    let own = session(&engine, "holder", Some(patient.clone()));
    own.erase(&patient).unwrap();
    assert_eq!(heads.size(), NOTHING, "a root was destroyed");
    assert!(reader.entries(&patient, Statuses::All).is_err());
    // So many that not all can stay; those of a session that ends go with it.
    let (round, _) = heads.find(name, head.digest());
    for number in 0..1 + (limit::HEADS_KEPT_BYTES_MAX / kept.bytes()) as u64 {
        let number = base::DossierNumber::new(number).unwrap();
        heads.keep((name.0, number), round, &kept);
        heads.keep((others.0, number), round, &kept);
    }
    let [(count, bytes), _] = heads.size();
    assert_eq!(bytes, count * kept.bytes());
    assert!(count > 2 && bytes <= limit::HEADS_KEPT_BYTES_MAX && !kept.bytes().eq(&0));
    assert!(
        heads.find(name, kept.digest()).1.is_none(),
        "the oldest went"
    );
    drop(reader);
    assert!((1..count).contains(&heads.size()[0].0));
    drop(other);
    assert_eq!(heads.size()[0], (0, 0));
    drop((doctor, own));
    engine.close().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_name_is_kept_while_its_unit_is_the_one_that_was_opened() {
    let (folder, engine) = new_store("names");
    let view = engine.shared().core.view().unwrap();
    let [here, elsewhere] = [UnitKind::Alias, UnitKind::Document].map(|kind| {
        let unit = view.units.sealed(view.rows(), kind, b"name").unwrap();
        unit.mark().unwrap()
    });
    let heads = super::Heads::default();
    let (one, other) = (
        SessionId::from_bytes([1; 16]),
        SessionId::from_bytes([2; 16]),
    );
    let name = (one, UnitKind::Alias, b"name".as_slice());
    let (round, kept) = heads.find_item(name, here);
    assert!(kept.is_none());
    heads.keep_item(name, round, (here, Some(vec![9])));
    assert_eq!(heads.find_item(name, here).1, Some(Some(vec![9])));
    // Neither of another sealing of the unit, nor for another session, nor of another kind.
    assert_eq!(heads.find_item(name, elsewhere).1, None);
    let others = (other, name.1, name.2);
    assert_eq!(heads.find_item(others, here).1, None);
    let document = (one, UnitKind::Document, name.2);
    assert_eq!(heads.find_item(document, here).1, None);
    // That a name leads nowhere is kept like where it leads.
    heads.keep_item(others, round, (here, None));
    assert_eq!(heads.find_item(others, here).1, Some(None));
    heads.end(one);
    assert_eq!(heads.find_item(name, here).1, None);
    assert_eq!(heads.find_item(others, here).1, Some(None));
    heads.forget();
    assert_eq!(heads.size(), NOTHING);
    heads.keep_item(name, round, (here, None));
    assert_eq!(heads.size(), NOTHING, "whoever was reading meanwhile");
    drop(view);
    engine.close().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

const NOTHING: [(usize, usize); 2] = [(0, 0); 2];
