//! Proves that what a session may not see is refused as what is not there (R24): by every verb in
//! the same words, with as many traces, and on a full disk too.

use crate::bench::{Bench, dossier, fill, holder, options, request, session};
use base::disk::{FaultPlan, FaultyDisk};
use liasse::{
    Availability, Code, Consent, Deposit, DocumentId, Engine, FlagChange, Flags, Grant, Instant,
    Masking, Matricule, Matter, Party, Purpose, Result, SearchRequest, Session, Statement,
    Statuses,
};
use std::sync::Arc;

/// A verb that is asked of a patient.
type OfPatient = (&'static str, fn(&Session, &Matricule) -> Result<()>);
/// A verb that is asked of a document.
type OfDocument = (&'static str, fn(&Session, DocumentId) -> Result<()>);

fn grant(session: &Session, patient: &Matricule, grant: Grant) -> Result<()> {
    session.grant(patient, grant.stating(Statement::agreed()))
}

fn someone() -> Party {
    Party::Actor("someone".to_owned())
}

fn of_patient() -> Vec<OfPatient> {
    fn named(patient: &Matricule) -> SearchRequest {
        SearchRequest::new("patient").of(patient.clone())
    }
    vec![
        ("entries", |s, p| s.entries(p, Statuses::All).map(drop)),
        ("ask", |s, p| s.ask(&named(p)).map(drop)),
        ("search", |s, p| s.search(&named(p)).map(drop)),
        ("count", |s, p| s.count(&named(p)).map(drop)),
        ("changes", |s, p| s.changes(Some(p), None).map(drop)),
        ("history", |s, p| s.history(p).map(drop)),
        ("explain", |s, p| s.explain(Some(&named(p))).map(drop)),
        ("close", |s, p| {
            s.close_dossier(p, &Statement::agreed().because("moved"))
        }),
        ("reopen", |s, p| s.reopen(p, &Statement::agreed())),
        ("erase", |s, p| s.erase(p).map(drop)),
        ("break glass", |s, p| s.break_glass(p, "unconscious")),
        ("mask", |s, p| {
            s.mask_by_default(p, Masking::ByDefault, &Statement::agreed())
        }),
        ("authorise", |s, p| {
            let (party, until) = (someone(), Instant::MAX);
            grant(s, p, Grant::Authorise { party, until })
        }),
        ("revoke", |s, p| grant(s, p, Grant::Revoke(someone()))),
        ("block", |s, p| grant(s, p, Grant::Block(someone()))),
        ("unblock", |s, p| grant(s, p, Grant::Unblock(someone()))),
        ("attend", |s, p| grant(s, p, Grant::SetAttending(someone()))),
        ("leave", |s, p| {
            grant(s, p, Grant::UnsetAttending(someone()))
        }),
        ("consent", |s, p| {
            let (matter, answer) = (Matter::Btg, Consent::Deny);
            grant(s, p, Grant::Consent { matter, answer })
        }),
    ]
}

fn of_document() -> Vec<OfDocument> {
    fn change(set: Flags, clear: Flags) -> FlagChange {
        FlagChange { set, clear }
    }
    vec![
        ("fetch", |s, d| s.fetch(d).map(drop)),
        ("mask", |s, d| {
            s.set_flags(d, change(Flags::MASQUE_PS, Flags::NONE))
                .map(drop)
        }),
        ("unmask", |s, d| {
            s.set_flags(d, change(Flags::NONE, Flags::MASQUE_PS))
                .map(drop)
        }),
        ("delete", |s, d| s.set_status(d, Availability::Deleted)),
        ("archive", |s, d| s.set_status(d, Availability::Archived)),
        ("erase", |s, d| s.erase_document(d).map(drop)),
    ]
}

/// What a refusal says, to the letter, and by how much the journal grew; nothing if the rules
/// allow it: whoever says that the holder agrees may record an authorisation of any dossier.
fn refusal(engine: &Engine, asked: impl FnOnce() -> Result<()>) -> Option<(String, u64)> {
    let grown = grown(engine);
    let error = asked().err()?;
    Some((said(&error), self::grown(engine) - grown))
}

/// The entries of the journal.
fn grown(engine: &Engine) -> u64 {
    engine.settle().unwrap();
    engine.stats().unwrap().entries
}

fn said(error: &liasse::Error) -> String {
    format!("{error} | {error:?} | {:?}", error.code())
}

/// Sessions that may not enter the dossier: no relation, blocked, a profession of no rule, an
/// opposed emergency, another person's holder, an auditor's purpose on content.
fn strangers(engine: &Engine, own: &Session, patient: &Matricule) -> Vec<Session> {
    let blocked = Party::Actor("blocked".to_owned());
    own.grant(patient, Grant::Block(blocked)).unwrap();
    for matter in [Matter::Btg, Matter::Etreat] {
        let answer = Consent::Deny;
        own.grant(patient, Grant::Consent { matter, answer })
            .unwrap();
    }
    let (other, _) = fill(&session(engine, ("other", "medecin"), Purpose::Care), 5);
    let mut foreign = request("representative", "patient", Purpose::Representative);
    foreign.structure = None;
    foreign.patient = Some(other.clone());
    vec![
        session(engine, ("stranger", "medecin"), Purpose::Care),
        session(engine, ("blocked", "medecin"), Purpose::Care),
        session(engine, ("doctor", "assureur"), Purpose::Care),
        session(engine, ("samu", "medecin"), Purpose::EmergencySamu),
        session(engine, ("urgent", "medecin"), Purpose::EmergencyBtg),
        session(engine, ("counter", "medecin"), Purpose::Population),
        session(engine, ("stranger", "medecin"), Purpose::Panel),
        holder(engine, &other),
        engine.session(foreign).unwrap(),
    ]
}

#[test]
fn every_verb_refuses_a_closed_door_as_one_that_is_not_there() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let nobody: Matricule = dossier(3).patient.matricule.parse().unwrap();
    let own = holder(&engine, &patient);
    let nothing = DocumentId::from_bytes([9; 16]);
    for (at, stranger) in strangers(&engine, &own, &patient).iter().enumerate() {
        for (verb, ask) in of_patient() {
            let closed = refusal(&engine, || ask(stranger, &patient));
            let absent = refusal(&engine, || ask(stranger, &nobody));
            let allowed = closed.is_none() && ALLOWED.contains(&verb);
            assert!(allowed || closed == absent, "session {at}: {verb}");
            assert!(absent.is_some(), "session {at}: {verb}");
        }
        for (verb, ask) in of_document() {
            let closed = refusal(&engine, || ask(stranger, deposited[0].document));
            let absent = refusal(&engine, || ask(stranger, nothing));
            assert_eq!(closed, absent, "session {at}: {verb}");
            assert!(closed.is_some(), "session {at}: {verb}");
        }
    }
}

/// What a physician who says that the holder agrees may do to a dossier closed to her (R5).
const ALLOWED: [&str; 3] = ["authorise", "consent", "mask"];

/// Inside an open dossier too: a masked document is refused as one that never was.
#[test]
fn every_verb_refuses_a_hidden_document_as_one_that_is_not_there() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let hidden = deposited[0].document;
    let (set, clear) = (Flags::MASQUE_PS, Flags::NONE);
    own.set_flags(hidden, FlagChange { set, clear }).unwrap();
    let (party, until) = (Party::Actor("colleague".to_owned()), Instant::MAX);
    own.grant(&patient, Grant::Authorise { party, until })
        .unwrap();
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    assert!(colleague.fetch(deposited[1].document).is_ok());
    for (verb, ask) in of_document() {
        let closed = refusal(&engine, || ask(&colleague, hidden));
        let absent = refusal(&engine, || ask(&colleague, DocumentId::from_bytes([9; 16])));
        assert_eq!(closed, absent, "{verb}");
        assert!(closed.unwrap().0.contains("Refused"), "{verb}");
    }
}

#[test]
fn on_a_full_disk_a_closed_door_fails_as_one_that_is_not_there() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let mut settings = options();
    settings.store.reserve_bytes = 0;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let nobody: Matricule = dossier(3).patient.matricule.parse().unwrap();
    let strangers = strangers(&engine, &holder(&engine, &patient), &patient);
    // The same but for whose it is: whether a document fits is its own.
    let known = dossier(2).documents[0].cda();
    let unknown = known.replace(&dossier(2).patient.matricule, &dossier(3).patient.matricule);
    engine.settle().unwrap();
    fill_up(&disk, &doctor);
    for (at, stranger) in strangers.iter().enumerate() {
        for (verb, ask) in of_patient() {
            let (closed, absent) = (ask(stranger, &patient), ask(stranger, &nobody));
            if closed.is_ok() && ALLOWED.contains(&verb) {
                continue;
            }
            let (closed, absent) = (said(&closed.unwrap_err()), said(&absent.unwrap_err()));
            assert_eq!(closed, absent, "{verb}");
        }
        // Whoever may deposit and open is told more, for want of space too.
        if !REFUSED_DEPOSITS.contains(&at) {
            continue;
        }
        for opening in [false, true] {
            let put = |cda: &str| {
                let deposit = Deposit::new(cda.as_bytes());
                let deposit = if opening { deposit.opening() } else { deposit };
                said(&stranger.deposit(&deposit).unwrap_err())
            };
            assert_eq!(put(&known), put(&unknown), "deposit");
        }
        let open = |patient| {
            said(
                &stranger
                    .open_dossier(patient, &Statement::agreed())
                    .unwrap_err(),
            )
        };
        assert_eq!(open(&patient), open(&nobody), "open");
    }
}

/// The `strangers` whom no rule lets deposit here, or open a dossier.
const REFUSED_DEPOSITS: [usize; 4] = [2, 5, 7, 8];

/// Before the glass is broken and after: what is tried leaves its trace, and a document that is
/// hidden is told from none by nothing, on a full disk neither.
#[test]
fn an_emergency_is_refused_a_hidden_document_as_one_that_is_not_there() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let mut settings = options();
    settings.store.reserve_bytes = 0;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let (other, elsewhere) = fill(&session(&engine, ("other", "medecin"), Purpose::Care), 5);
    let nobody: Matricule = dossier(3).patient.matricule.parse().unwrap();
    let own = holder(&engine, &patient);
    let hidden = deposited[0].document;
    let (set, clear) = (Flags::MASQUE_PS, Flags::NONE);
    own.set_flags(hidden, FlagChange { set, clear }).unwrap();
    let nothing = DocumentId::from_bytes([9; 16]);
    let urgent = session(&engine, ("urgent", "medecin"), Purpose::EmergencyBtg);
    for (verb, ask) in of_patient() {
        if verb == "break glass" {
            continue;
        }
        let unbroken = refusal(&engine, || ask(&urgent, &patient)).unwrap();
        assert_eq!(
            Some(&unbroken),
            refusal(&engine, || ask(&urgent, &nobody)).as_ref(),
            "{verb}"
        );
        assert_eq!(unbroken.1, TRACED, "{verb}");
    }
    let all_alike = |broken: &str| {
        for (verb, ask) in of_document() {
            let absent = refusal(&engine, || ask(&urgent, nothing)).unwrap();
            assert_eq!(absent.1, TRACED, "{broken}: {verb}");
            for there in [hidden, elsewhere[0].document] {
                let closed = refusal(&engine, || ask(&urgent, there));
                assert_eq!(closed.as_ref(), Some(&absent), "{broken}: {verb}");
            }
        }
    };
    all_alike("unbroken");
    urgent.break_glass(&patient, "unconscious").unwrap();
    assert!(urgent.fetch(deposited[1].document).is_ok());
    all_alike("broken");
    let tried = own.history(&patient).unwrap();
    let tried = tried
        .iter()
        .filter(|line| line.actor == "urgent" && !line.permitted);
    assert!(
        tried.count() > of_document().len(),
        "all are told to the holder"
    );
    engine.settle().unwrap();
    fill_up(&disk, &doctor);
    for (verb, ask) in of_document() {
        let told = [hidden, elsewhere[0].document, nothing];
        let told = told.map(|document| said(&ask(&urgent, document).unwrap_err()));
        assert!(told[0] == told[1] && told[1] == told[2], "{verb}: {told:?}");
    }
    let on_patients = of_patient().into_iter();
    for (verb, ask) in on_patients.filter(|(verb, _)| *verb != "break glass") {
        let told = [&other, &nobody].map(|patient| said(&ask(&urgent, patient).unwrap_err()));
        assert_eq!(told[0], told[1], "{verb}");
    }
}

/// What one trace adds to the journal: itself, and the commit that it lies in.
const TRACED: u64 = 2;

/// Lets no byte more onto the disk, and uses up what space is left in the catalog.
fn fill_up(disk: &FaultyDisk, doctor: &Session) {
    let held: u64 = disk.files().iter().map(|(_, bytes)| bytes).sum();
    disk.set_plan(FaultPlan {
        capacity: Some(held),
        ..FaultPlan::default()
    });
    let papers = (10..).flat_map(|rank| dossier(rank).documents);
    let all = papers.map(|paper| {
        let cda = paper.cda();
        doctor.deposit(&Deposit::new(cda.as_bytes()).opening())
    });
    let mut refused = all.filter(Result::is_err).take(5);
    assert!(refused.all(|it| it.unwrap_err().code() == Code::Full));
    // What a deposit that failed gives back is no space for others here.
    disk.set_plan(FaultPlan {
        capacity: Some(held),
        full_from: Some(1),
        ..FaultPlan::default()
    });
}

/// A document of the patient under another uniqueId, in the place of one of that uniqueId.
fn replacing(rank: usize, unique_id: &str) -> String {
    let matricule = dossier(rank).patient.matricule.clone();
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.3^for-{unique_id}",
        "type": {{"code": "11488-4", "system": "2.16.840.1.113883.6.1"}},
        "title": "Note", "creation_time": "2026-01-14T07:30:00+01:00",
        "replaces": ["{unique_id}"],
        "authors": [{{"id": "1.2.250.1.71.4.2.1^urgent"}}],
        "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Note"}}"#
    )
}

/// R8, R24: whoever has not broken the glass is told the same, whether what she replaces is there
/// or not; so is a professional to whom it is masked.
#[test]
fn a_deposit_does_not_tell_whether_what_it_replaces_is_there() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let entries = own.entries(&patient, Statuses::All).unwrap();
    let entry = entries
        .iter()
        .find(|it| it.document == deposited[0].document);
    let there = entry.unwrap().unique_id.clone();
    let put = |who: &Session, unique_id: &str| {
        let deposit = replacing(2, unique_id);
        who.deposit(&Deposit::new(deposit.as_bytes()))
            .map(|it| it.outcome)
    };
    let urgent = session(&engine, ("urgent", "medecin"), Purpose::EmergencyBtg);
    let (present, absent) = (put(&urgent, &there), put(&urgent, "1.2.3^nothing"));
    assert_eq!(
        present.map_err(|it| said(&it)),
        absent.map_err(|it| said(&it))
    );
    urgent.break_glass(&patient, "unconscious").unwrap();
    let again = session(&engine, ("stranger", "medecin"), Purpose::Care);
    let (present, absent) = (put(&again, &there), put(&again, "1.2.3^nowhere"));
    assert_eq!(
        present.map_err(|it| said(&it)),
        absent.map_err(|it| said(&it))
    );
    let old = own.entries(&patient, Statuses::All).unwrap();
    let old = old.iter().find(|it| it.document == deposited[0].document);
    assert_eq!(
        old.unwrap().status,
        Availability::Approved,
        "it was not replaced"
    );
}

/// R25: a refused write leaves one trace, of the dossier or of the store.
#[test]
fn a_refused_write_leaves_a_trace_there_and_absent_alike() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let nobody: Matricule = dossier(3).patient.matricule.parse().unwrap();
    let insurer = session(&engine, ("insurer", "assureur"), Purpose::Care);
    let deposit = |rank: usize| {
        let paper = dossier(rank).documents[0].cda();
        let deposit = Deposit::new(paper.as_bytes());
        insurer.deposit(&deposit).map(drop)
    };
    let grown = |asked: &dyn Fn() -> Result<()>| {
        engine.settle().unwrap();
        let before = engine.stats().unwrap().entries;
        asked().unwrap_err();
        engine.settle().unwrap();
        engine.stats().unwrap().entries - before
    };
    let agreed = Statement::agreed();
    let block = || Grant::Block(someone()).stating(Statement::agreed());
    for (verb, there, absent) in [
        ("deposit", grown(&|| deposit(2)), grown(&|| deposit(3))),
        (
            "grant",
            grown(&|| insurer.grant(&patient, block())),
            grown(&|| insurer.grant(&nobody, block())),
        ),
        (
            "close",
            grown(&|| insurer.close_dossier(&patient, &agreed)),
            grown(&|| insurer.close_dossier(&nobody, &agreed)),
        ),
        (
            "mask",
            grown(&|| insurer.mask_by_default(&patient, Masking::ByDefault, &agreed)),
            grown(&|| insurer.mask_by_default(&nobody, Masking::ByDefault, &agreed)),
        ),
    ] {
        assert_eq!(there, absent, "{verb}");
        assert!(there > 0, "{verb}");
    }
    let history = holder(&engine, &patient).history(&patient).unwrap();
    let denied = history.iter().filter(|line| line.actor == "insurer");
    assert_eq!(denied.count(), 4);
}
