//! Proves that a head is used again by the session that opened it alone, only while it is the
//! dossier's, and that nothing of it is kept once a root is destroyed.

use crate::ask::{Deposit, Matricule, SessionRequest, Statuses};
use crate::engine::{Engine, Options, RootKey, new_key_file};
use crate::session::Session;
use base::{Digest, Purpose, limit};

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

#[test]
fn a_head_is_kept_for_the_session_that_opened_it_until_a_root_is_destroyed() {
    let folder = std::env::temp_dir().join(format!("liasse-heads-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    new_key_file(&folder.join("key")).unwrap();
    let key = RootKey::File(folder.join("key"));
    let engine = Engine::create(&folder.join("store"), key, Options::default()).unwrap();
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
    let before = heads.size().0;
    assert_eq!(listed(&reader), first.len());
    assert_eq!(heads.size().0, before + 1, "the reader's own");
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
    assert_eq!(heads.size(), (0, 0));
    assert_eq!(listed(&reader), dossier.documents.len());
    assert_eq!(heads.size().0, 1);
    let own = session(&engine, "holder", Some(patient.clone()));
    own.erase(&patient).unwrap();
    assert_eq!(heads.size(), (0, 0), "a root was destroyed");
    assert!(reader.entries(&patient, Statuses::All).is_err());
    // So many that not all can stay; those of a session that ends go with it.
    let (round, _) = heads.find(name, head.digest());
    for number in 0..1 + (limit::HEADS_KEPT_BYTES_MAX / kept.bytes()) as u64 {
        let number = base::DossierNumber::new(number).unwrap();
        heads.keep((name.0, number), round, &kept);
        heads.keep((others.0, number), round, &kept);
    }
    let (count, bytes) = heads.size();
    assert_eq!(bytes, count * kept.bytes());
    assert!(count > 2 && bytes <= limit::HEADS_KEPT_BYTES_MAX && !kept.bytes().eq(&0));
    assert!(
        heads.find(name, kept.digest()).1.is_none(),
        "the oldest went"
    );
    drop(reader);
    assert!((1..count).contains(&heads.size().0));
    drop(other);
    assert_eq!(heads.size(), (0, 0));
    drop((doctor, own));
    engine.close().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
