//! Proves that whatever tells something leaves a trace (R25), the same whatever is hidden: a
//! search that finds nothing, one that is given up, a change that changes nothing, a document that
//! was deposited before, the receipts of an erasure.

use crate::bench::{Bench, dossier, fill, holder, request, session};
use liasse::{
    Availability, Code, Declaration, Deposit, Engine, FlagChange, Flags, Grant, Instant, Matricule,
    Party, Purpose, Result, SearchRequest, Session,
};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What a request is answered, and how many traces it left.
fn grown<T>(engine: &Engine, asked: impl FnOnce() -> Result<T>) -> (Result<T>, u64) {
    let before = traces(engine);
    let answer = asked();
    (answer, traces(engine) - before)
}

/// The entries of the journal that are none of a commit itself.
fn traces(engine: &Engine) -> u64 {
    engine.settle().unwrap();
    let stats = engine.stats().unwrap();
    stats.entries - stats.commit
}

/// A physician's store with two dossiers, and the patient of the first.
fn ground(bench: &Bench) -> (Engine, Session, Matricule, Vec<liasse::Deposited>) {
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    fill(&doctor, 3);
    (engine, doctor, patient, deposited)
}

/// A document of the JSON form for the first patient.
fn paper(unique: &str, replaces: &str, text: &str) -> String {
    let replaces = match replaces {
        "" => String::new(),
        old => format!(r#""replaces": [{old}], "#),
    };
    let matricule = dossier(2).patient.matricule.clone();
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.8.1^{unique}", {replaces}
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "{unique}", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "{text}"}}"#
    )
}

fn put(session: &Session, paper: &str) -> Result<liasse::Deposited> {
    session.deposit(&Deposit::new(paper.as_bytes()))
}

fn authorise(engine: &Engine, patient: &Matricule, id: &str) {
    let (party, until) = (Party::Actor(id.to_owned()), Instant::MAX);
    let grant = Grant::Authorise { party, until };
    holder(engine, patient).grant(patient, grant).unwrap();
}

/// That a panel search shows nothing is told too; of a word that stands in a hidden document there
/// are as many traces as of one that stands nowhere.
#[test]
fn a_panel_search_that_shows_nothing_leaves_a_trace() {
    let bench = Bench::new();
    let (engine, doctor, patient, _) = ground(&bench);
    let hidden = put(&doctor, &paper("H", "", "Hidradenome suppure")).unwrap();
    let change = FlagChange {
        set: Flags::MASQUE_PS,
        clear: Flags::NONE,
    };
    doctor.set_flags(hidden.document, change).unwrap();
    authorise(&engine, &patient, "colleague");
    let panel = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    type Asking = fn(&Session, &str) -> bool;
    let verbs: [(&str, Asking); 5] = [
        ("search", |s, w| {
            s.search(&SearchRequest::new(w)).unwrap().is_empty()
        }),
        ("ask", |s, w| {
            let request = SearchRequest::new(w).counted();
            s.ask(&request).unwrap().hits.is_empty()
        }),
        ("count", |s, w| {
            s.count(&SearchRequest::new(w)).unwrap() == 0
        }),
        ("complete", |s, w| {
            s.complete(&SearchRequest::new(w), 5).unwrap().is_empty()
        }),
        ("did you mean", |s, w| {
            let misspelt = format!("x{w}");
            let request = SearchRequest::new(&misspelt);
            s.did_you_mean(&request).unwrap().is_none()
        }),
    ];
    for (verb, ask) in verbs {
        for word in ["hidradenome", "zygomatique"] {
            let (nothing, traces) = grown(&engine, || Ok(ask(&panel, word)));
            assert!(nothing.unwrap(), "{verb} {word}");
            assert_eq!(traces, 1, "{verb} {word}");
        }
    }
}

/// A length is told before anything is looked at, whatever the words would have found.
#[test]
fn words_that_are_too_long_are_refused_whatever_they_find() {
    let bench = Bench::new();
    let (engine, _, patient, _) = ground(&bench);
    let blanks = " ".repeat(base::limit::QUERY_BYTES_MAX);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let stranger = session(&engine, ("stranger", "medecin"), Purpose::Panel);
    for words in [
        format!("{blanks}pa"),
        format!("{blanks}zy"),
        format!("{blanks}  "),
    ] {
        let all = SearchRequest::new(&words);
        for request in [
            all.clone(),
            all.counted(),
            SearchRequest::new(&words).of(patient.clone()),
        ] {
            for who in [&panel, &stranger] {
                let verbs: [(&str, &dyn Fn() -> Result<()>); 4] = [
                    ("ask", &|| who.ask(&request).map(drop)),
                    ("count", &|| who.count(&request).map(drop)),
                    ("complete", &|| who.complete(&request, 5).map(drop)),
                    ("did you mean", &|| who.did_you_mean(&request).map(drop)),
                ];
                for (verb, ask) in verbs {
                    let (refused, traces) = grown(&engine, ask);
                    assert_eq!(refused.unwrap_err().code(), Code::Limit, "{verb}");
                    assert_eq!(traces, 0, "{verb}");
                }
            }
        }
    }
}

/// Proposals name the document they are taken from, however many hits are asked for.
#[test]
fn words_are_proposed_with_their_trace_when_no_hits_are_wanted() {
    let bench = Bench::new();
    let (engine, doctor, patient, _) = ground(&bench);
    put(&doctor, &paper("H", "", "un hidradenome suppure")).unwrap();
    for limit in [10, 0] {
        let asked = |words: &str| SearchRequest::new(words).of(patient.clone()).limit(limit);
        let complete = || doctor.complete(&asked("hidra"), 5);
        let (words, traces) = grown(&engine, complete);
        assert_eq!(
            (words.unwrap(), traces),
            (vec!["hidradenome".to_owned()], 1)
        );
        let (meant, traces) = grown(&engine, || doctor.did_you_mean(&asked("hidradenone")));
        assert_eq!(
            (meant.unwrap(), traces),
            (Some("hidradenome".to_owned()), 1)
        );
    }
}

/// Whether a dossier opens is not told untraced by a request that is given up.
#[test]
fn a_search_that_is_given_up_leaves_its_trace() {
    let bench = Bench::new();
    let (engine, doctor, patient, _) = ground(&bench);
    let stranger = session(&engine, ("stranger", "medecin"), Purpose::Care);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let cancelled = || {
        let mut request = SearchRequest::new("patient");
        request.cancel = Some(Arc::new(AtomicBool::new(true)));
        (request, Code::Cancelled)
    };
    let late = || {
        let mut request = SearchRequest::new("patient");
        request.time = Some(Duration::ZERO);
        (request, Code::Late)
    };
    for (request, code) in [cancelled(), late()] {
        let (given_up, traces) = grown(&engine, || panel.ask(&request));
        assert_eq!((given_up.err().unwrap().code(), traces), (code, 1));
        let named = request.of(patient.clone());
        let (given_up, traces) = grown(&engine, || doctor.ask(&named));
        assert_eq!((given_up.err().unwrap().code(), traces), (code, 1));
        let (refused, traces) = grown(&engine, || stranger.ask(&named));
        assert_eq!((refused.err().unwrap().code(), traces), (Code::Refused, 1));
    }
    for cursor in ["00ff", "cursor", ""] {
        let named = SearchRequest::new("patient")
            .of(patient.clone())
            .after(cursor);
        for who in [&doctor, &stranger] {
            let (wrong, traces) = grown(&engine, || who.ask(&named));
            assert_eq!((wrong.err().unwrap().code(), traces), (Code::Invalid, 0));
        }
    }
}

/// Who only claims to represent someone learns nothing of an erasure, and the holder's receipts
/// are handed out with a trace.
#[test]
fn receipts_are_the_holders_alone_and_leave_a_trace() {
    let bench = Bench::new();
    let (engine, doctor, patient, _) = ground(&bench);
    let nobody: Matricule = dossier(4).patient.matricule.parse().unwrap();
    let own = holder(&engine, &patient);
    let receipts = own.erase(&patient).unwrap();
    assert_eq!(receipts.len(), 2);
    let refusal = |patient: &Matricule| {
        let mut request = request("mother", "patient", Purpose::Representative);
        request.structure = None;
        request.patient = Some(patient.clone());
        let mother = engine.session(request).unwrap();
        let (refused, traces) = grown(&engine, || mother.erase(patient));
        (refused.unwrap_err().to_string(), traces)
    };
    assert_eq!(refusal(&patient), refusal(&nobody));
    let (again, traces) = grown(&engine, || own.erase(&patient));
    assert_eq!((again.unwrap(), traces), (receipts, 2));
    let auditor = session(&engine, ("auditor", "auditeur"), Purpose::Audit);
    let told = auditor.history(&patient).unwrap();
    assert!(
        told.iter()
            .any(|line| line.actor == "holder" && line.what == "access")
    );
    drop(doctor);
}

/// Flags and status are told by a change that changes nothing too: to whoever may make it, with a
/// trace.
#[test]
fn a_change_that_changes_nothing_is_asked_of_the_rules_and_traced() {
    let bench = Bench::new();
    let (engine, doctor, patient, deposited) = ground(&bench);
    let document = deposited[0].document;
    authorise(&engine, &patient, "colleague");
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let own = holder(&engine, &patient);
    assert!(colleague.fetch(document).is_ok());
    let set = |flags| FlagChange {
        set: flags,
        clear: Flags::NONE,
    };
    let clear = |flags| FlagChange {
        set: Flags::NONE,
        clear: flags,
    };
    let (told, traces) = grown(&engine, || {
        colleague.set_flags(document, clear(Flags::MASQUE_PS))
    });
    assert_eq!((told.unwrap_err().code(), traces), (Code::WriteRefused, 1));
    let (told, traces) = grown(&engine, || own.set_flags(document, clear(Flags::MASQUE_PS)));
    assert_eq!((told.unwrap(), traces), (Flags::NONE, 1));
    own.set_flags(document, set(Flags::MASQUE_PS)).unwrap();
    for (who, code) in [
        (&doctor, None),
        (&own, None),
        (&colleague, Some(Code::Refused)),
    ] {
        let (told, traces) = grown(&engine, || who.set_flags(document, set(Flags::MASQUE_PS)));
        assert_eq!((told.err().map(|it| it.code()), traces), (code, 1));
    }
    let (told, traces) = grown(&engine, || doctor.set_flags(document, clear(Flags::NONE)));
    assert_eq!((told.unwrap_err().code(), traces), (Code::Invalid, 0));
    let kept = deposited[1].document;
    for (status, code) in [
        (Availability::Approved, None),
        (Availability::Archived, None),
        (Availability::Archived, None),
    ] {
        let (told, traces) = grown(&engine, || colleague.set_status(kept, status));
        assert_eq!((told.unwrap_err().code(), traces), (Code::WriteRefused, 1));
        let (told, traces) = grown(&engine, || doctor.set_status(kept, status));
        assert_eq!((told.err().map(|it| it.code()), traces), (code, 1));
    }
    let lines = own.history(&patient).unwrap();
    let told = |actor: &str| {
        let lines = lines
            .iter()
            .filter(|it| it.actor == actor && it.what == "access");
        lines.filter(|it| !it.documents.is_empty()).count()
    };
    assert_eq!((told("holder"), told("doctor")), (2, 3));
}

/// That a document was deposited before is told with a trace.
#[test]
fn a_document_that_was_deposited_before_is_told_with_a_trace() {
    let bench = Bench::new();
    let (engine, doctor, patient, _) = ground(&bench);
    let first = put(&doctor, &paper("H", "", "Note")).unwrap();
    let mut urgent = request("urgent", "medecin", Purpose::EmergencyBtg);
    urgent.structure = Some("structure-of-doctor".to_owned());
    let urgent = engine.session(urgent).unwrap();
    let (again, traces) = grown(&engine, || put(&doctor, &paper("H", "", "Note")));
    assert_eq!((again.unwrap().document, traces), (first.document, 1));
    let (beside, traces) = grown(&engine, || put(&urgent, &paper("H", "", "Note")));
    assert_ne!(
        beside.unwrap().document,
        first.document,
        "before she breaks the glass"
    );
    assert_eq!(traces, 1);
    let both = [paper("H", "", "Note"), paper("I", "", "Note")];
    let both = both.each_ref().map(|it| Deposit::new(it.as_bytes()));
    let (set, traces) = grown(&engine, || doctor.deposit_set(&both));
    assert_eq!((set.unwrap()[0].document, traces), (first.document, 2));
    let told = holder(&engine, &patient).history(&patient).unwrap();
    let told = told.iter().filter(|line| line.what == "access");
    let told = told.filter(|line| line.documents == [first.document]);
    assert_eq!(told.count(), 2);
}

/// Two documents of a submission in the place of one are refused, whether or not it is there and
/// may be replaced by her.
#[test]
fn a_submission_does_not_tell_whether_what_it_replaces_twice_is_there() {
    let bench = Bench::new();
    let (engine, doctor, ..) = ground(&bench);
    put(&doctor, &paper("H", "", "Note")).unwrap();
    put(&doctor, &paper("J", "", "Note")).unwrap();
    let twice = |one: &str, other: &str| {
        let papers = [paper("X", one, "Note"), paper("Y", other, "Note")];
        let papers = papers.each_ref().map(|it| Deposit::new(it.as_bytes()));
        let (told, traces) = grown(&engine, || doctor.deposit_set(&papers));
        (told.map(drop).map_err(|it| it.to_string()), traces)
    };
    let id = |it: &str| format!(r#""1.2.250.1.999.8.1^{it}""#);
    let there = twice(&id("H"), &id("H"));
    assert!(there.0.is_err());
    assert_eq!(there.1, 0);
    assert_eq!(twice(&id("absent"), &id("absent")), there);
    let behind = format!("{}, {}", id("absent"), id("H"));
    assert_eq!(twice(&behind, &id("H")), there);
    let same = format!("{0}, {0}", id("H"));
    assert_eq!(twice(&same, &id("J")).0, Ok(()));
}

/// Ids are as long as a trace can name, and no longer: one that no trace takes is refused before
/// anything is changed, and takes nobody else's trace with it.
#[test]
fn an_id_that_no_trace_takes_is_refused_before_anything_changes() {
    let bench = Bench::new();
    let (engine, _, patient, _) = ground(&bench);
    let own = holder(&engine, &patient);
    let until = Instant::MAX;
    for (length, code) in [(255, None), (256, Some(Code::Invalid))] {
        let id = "x".repeat(length);
        let grants = [Party::Actor, Party::Structure].map(|party| {
            let party = party(id.clone());
            Grant::Authorise { party, until }
        });
        for grant in grants {
            let (told, traces) = grown(&engine, || own.grant(&patient, grant));
            assert_eq!(told.err().map(|it| it.code()), code);
            assert_eq!(traces, u64::from(code.is_none()));
        }
        let party = Party::Actor(id.clone());
        let declared = Declaration::Team { party, until };
        let (told, traces) = grown(&engine, || engine.declare(&patient, declared));
        assert_eq!(told.err().map(|it| it.code()), code);
        assert_eq!(traces, u64::from(code.is_none()));
        let mut asked = request(&id, "medecin", Purpose::Care);
        asked.structure = None;
        let opened = engine.session(asked);
        assert_eq!(opened.as_ref().err().map(liasse::Error::code), code);
        if let Ok(session) = opened {
            let (told, traces) = grown(&engine, || put(&session, &paper("L", "", "Note")));
            assert!(told.is_ok());
            assert_eq!(traces, 1);
        }
    }
}
