//! Proves that words which were kept and do not open any more are damage, never words that were
//! not there.

use super::*;
use crate::ground::Ground;
use crate::{Code, Deposit, Engine, Matricule, Purpose, Session, SessionRequest};
use store::Spending;

const PATIENT: &str = "180017500000134";

fn session(engine: &Engine, actor: &str, purpose: Purpose) -> Session {
    let is_holder = purpose == Purpose::Holder;
    let profession = if is_holder { "patient" } else { "medecin" };
    let request = SessionRequest {
        actor: actor.to_owned(),
        profession: profession.to_owned(),
        speciality: None,
        structure: (!is_holder).then(|| format!("structure-of-{actor}")),
        purpose,
        patient: is_holder.then(patient),
        secret: false,
    };
    engine.session(request).expect("a session")
}

fn patient() -> Matricule {
    PATIENT.parse().expect("a matricule")
}

fn paper(unique: &str) -> String {
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.1^{unique}",
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "Examen", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{PATIENT}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Bilan"}}"#
    )
}

#[test]
fn kept_words_that_do_not_open_are_damage() {
    let (_ground, engine) = Ground::with_store("kept-words");
    let doctor = session(&engine, "doctor", Purpose::Care);
    let deposited = ["A", "B"].map(|unique| {
        let paper = paper(unique);
        let deposit = Deposit::new(paper.as_bytes()).opening();
        doctor.deposit(&deposit).expect("it is kept").document
    });
    let rescuer = session(&engine, "rescuer", Purpose::EmergencyBtg);
    let broken = rescuer.break_glass(&patient(), "coma profond");
    broken.expect("the glass is broken");
    let holder = session(&engine, "holder", Purpose::Holder);
    // The dossier takes a new key, and the motive goes with it.
    holder.erase_document(deposited[0]).expect("it is erased");
    let told = holder.history(&patient()).expect("it opens");
    assert!(told.iter().any(|it| it.detail.contains("coma profond")));
    let altered = engine.shared().submit(
        Spending::Reserve,
        |group| {
            let mut rows = Vec::new();
            group
                .transaction
                .visit(KEPT_WORDS, &[], &[0xff; 17], &mut |key, value| {
                    rows.push((key.to_vec(), value.to_vec()));
                    ControlFlow::Continue(())
                })?;
            assert!(!rows.is_empty());
            for (key, mut value) in rows {
                value[0] ^= 1;
                group.transaction.put(KEPT_WORDS, &key, &value)?;
            }
            Ok(())
        },
        |(), _| Ok(()),
    );
    altered.wait().expect("it is altered");
    let code = |told: Option<Error>| told.map(|told| told.code());
    assert_eq!(code(holder.history(&patient()).err()), Some(Code::Corrupt));
    let told = holder.erase_document(deposited[1]);
    assert_eq!(code(told.err()), Some(Code::Corrupt));
    drop((doctor, rescuer, holder));
    drop(engine);
}
