//! Proves that a write needs the agreement and the motive that its actor states, and that nobody
//! else's id, nor a lapsed flag, opens anything.

use crate::bench::{Bench, dossier, fill, holder, options, session};
use liasse::{
    Availability, Code, Deposit, DocumentId, Engine, FixedClock, FlagChange, Flags, Grant, Instant,
    Matricule, Matter, Party, Purpose, Result, Session, Statement, Statuses,
};
use std::sync::Arc;

/// A store whose clock stands at an instant.
fn at(bench: &Bench, time: &str) -> (Engine, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(instant(time)));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let engine = Engine::create(&bench.root.join("timed"), bench.key(), settings).unwrap();
    (engine, clock)
}

fn instant(time: &str) -> Instant {
    Instant::from_rfc3339(time).unwrap()
}

fn agreed(session: &Session, patient: &Matricule, grant: Grant) -> Result<()> {
    session.grant(patient, grant.stating(Statement::agreed()))
}

fn seen(session: &Session, patient: &Matricule) -> Option<usize> {
    let entries = session.entries(patient, Statuses::All);
    entries.ok().map(|entries| entries.len())
}

#[test]
fn who_states_no_agreement_or_has_nothing_to_do_with_a_dossier_changes_nothing() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let opposed = |answer| Grant::Consent {
        matter: Matter::Btg,
        answer,
    };
    own.grant(&patient, opposed(liasse::Consent::Deny)).unwrap();
    let pharmacist = session(&engine, ("pharmacist", "pharmacien"), Purpose::Care);
    let stranger = session(&engine, ("stranger", "medecin"), Purpose::Care);
    let let_in = |id: &str| Grant::Authorise {
        party: Party::Actor(id.to_owned()),
        until: Instant::MAX,
    };
    assert!(agreed(&pharmacist, &patient, opposed(liasse::Consent::Permit)).is_err());
    assert!(agreed(&stranger, &patient, let_in("stranger")).is_err());
    let attending = Grant::SetAttending(Party::Actor("stranger".to_owned()));
    assert!(agreed(&stranger, &patient, attending).is_err());
    assert!(doctor.grant(&patient, let_in("doctor")).is_err());
    agreed(&doctor, &patient, let_in("doctor")).unwrap();
    for (stated, closes) in [
        (Statement::NONE.because("moved away"), false),
        (Statement::agreed(), false),
        (Statement::agreed().because("moved away"), true),
    ] {
        assert_eq!(doctor.close_dossier(&patient, &stated).is_ok(), closes);
    }
    let history = own.history(&patient).unwrap();
    let motive = history
        .iter()
        .any(|line| line.detail.contains("moved away"));
    assert!(motive, "the motive is kept");
    // R2, R25: the traces of a closed dossier, of one that blocks her too, are an auditor's.
    let auditor = session(&engine, ("auditor", "auditeur"), Purpose::Audit);
    assert!(auditor.history(&patient).is_ok());
    own.reopen(&patient, &Statement::NONE).unwrap();
    own.grant(&patient, Grant::Block(Party::Actor("auditor".to_owned())))
        .unwrap();
    assert!(auditor.history(&patient).is_ok());
    let structure = Grant::SetAttending(Party::Structure("clinic".to_owned()));
    let refused = own.grant(&patient, structure).unwrap_err();
    assert_eq!(refused.code(), Code::Invalid, "a structure attends nobody");
}

/// R3: whoever revokes, blocks or leaves may say why; the trace keeps it, and none is asked for.
#[test]
fn a_motive_is_kept_of_every_grant_it_is_stated_of() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let who = |id: &str| Party::Actor(id.to_owned());
    let authorise = |id: &str| Grant::Authorise {
        party: who(id),
        until: Instant::MAX,
    };
    for grant in [
        authorise("doctor"),
        authorise("nurse"),
        Grant::SetAttending(who("doctor")),
    ] {
        own.grant(&patient, grant).unwrap();
    }
    let told = [
        (&own, Grant::Revoke(who("nurse")), "no longer of the house"),
        (
            &doctor,
            Grant::Block(who("nurse")),
            "asked for it by telephone",
        ),
        (&own, Grant::Unblock(who("nurse")), "made up again"),
        (&doctor, Grant::UnsetAttending(who("doctor")), "retired"),
        (
            &doctor,
            Grant::Revoke(who("doctor")),
            "moved to another town",
        ),
    ];
    // R3, R7: what is another's she neither ends nor gives, whatever she states.
    for another in [
        Grant::Revoke(who("nurse")),
        Grant::UnsetAttending(who("nurse")),
        Grant::SetAttending(who("nurse")),
    ] {
        assert!(agreed(&doctor, &patient, another).is_err());
    }
    for (session, grant, motive) in told.clone() {
        let stated = grant.stating(Statement::NONE.because(motive));
        session.grant(&patient, stated).unwrap();
    }
    own.grant(&patient, Grant::Block(who("nurse"))).unwrap();
    let history = own.history(&patient).unwrap();
    for (_, _, motive) in told {
        let kept = history.iter().filter(|line| line.detail.contains(motive));
        assert_eq!(kept.count(), 1, "{motive}");
    }
}

fn written_by(rank: usize, id: &str, author: &str, more: &str) -> String {
    let matricule = dossier(rank).patient.matricule.clone();
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.3^{id}",
        "type": {{"code": "11488-4", "system": "2.16.840.1.113883.6.1"}},
        "title": "Note", "creation_time": "2026-01-14T07:30:00+01:00", {more}
        "authors": [{{"id": "{author}"}}],
        "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Note"}}"#
    )
}

/// R14: the same characters given by another authority are somebody else.
#[test]
fn a_namesake_of_another_authority_is_not_the_author() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let put = |id: &str, author: &str| -> DocumentId {
        let paper = written_by(2, id, author, "");
        let mut deposit = Deposit::new(paper.as_bytes());
        deposit.flags = Flags::MASQUE_PS;
        doctor.deposit(&deposit).unwrap().document
    };
    let foreign = put("foreign", "1.2.3.4^namesake");
    let bare = put("bare", "namesake");
    let namesake = session(&engine, ("namesake", "medecin"), Purpose::Care);
    assert_eq!(seen(&namesake, &patient), None);
    let own = put("own", "1.2.250.1.71.4.2.1^namesake");
    assert_eq!(seen(&namesake, &patient), Some(1));
    assert!(namesake.fetch(own).is_ok());
    for hidden in [foreign, bare] {
        assert_eq!(namesake.fetch(hidden).unwrap_err().code(), Code::Refused);
    }
}

/// R16, R17: what has lapsed is not set, and a replacement does not begin the month anew.
#[test]
fn a_lapsed_month_is_over_for_masking_and_for_replacements() {
    let bench = Bench::new();
    let (engine, clock) = at(&bench, "2026-05-01T00:00:00Z");
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let put = |id: &str, more: &str, flags| {
        let paper = written_by(2, id, "1.2.250.1.71.4.2.1^doctor", more);
        let mut deposit = Deposit::new(paper.as_bytes());
        deposit.flags = flags;
        doctor.deposit(&deposit).unwrap().document
    };
    let first = put("first", "", Flags::INVISIBLE_PATIENT);
    clock.set(instant("2026-05-20T00:00:00Z"));
    let second = put(
        "second",
        r#""replaces": ["1.2.3^first"],"#,
        Flags::INVISIBLE_PATIENT,
    );
    assert_eq!(own.fetch(second).unwrap_err().code(), Code::Refused);
    clock.set(instant("2026-06-01T00:00:00Z"));
    assert!(own.fetch(first).is_ok() && own.fetch(second).is_ok());
    let (set, clear) = (Flags::MASQUE_PS, Flags::NONE);
    let masked = own.set_flags(second, FlagChange { set, clear }).unwrap();
    assert_eq!(masked, Flags::MASQUE_PS);
}

/// R20: what its structure deleted is not told as present.
#[test]
fn a_deleted_document_is_deposited_anew() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (_, deposited) = fill(&doctor, 2);
    let paper = dossier(2).documents[0].cda();
    doctor
        .set_status(deposited[0].document, Availability::Deleted)
        .unwrap();
    let again = doctor.deposit(&Deposit::new(paper.as_bytes())).unwrap();
    assert_eq!(again.outcome, liasse::Outcome::Kept);
}
