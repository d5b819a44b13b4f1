//! Proves that a look that shows nothing, or that ends in an error, leaves its trace like any
//! other (R25), how long a trace may wait, and who is told of a bris de glace.

use crate::bench::{Bench, dossier, fill, holder, options, session};
use base::disk::{FaultPlan, FaultyDisk};
use liasse::{
    Code, Deposit, Engine, FixedClock, FlagChange, Flags, Grant, HistoryLine, Instant, Matricule,
    Party, Purpose, Result, SearchRequest, Session, Statement, Statuses,
};
use std::sync::Arc;
use std::time::Duration;

/// What a request is answered, and how many traces it left.
fn grown<T>(engine: &Engine, asked: impl FnOnce() -> Result<T>) -> (Result<T>, u64) {
    let traces = || {
        engine.settle().unwrap();
        let stats = engine.stats().unwrap();
        stats.entries - stats.commit
    };
    let before = traces();
    let answer = asked();
    (answer, traces() - before)
}

/// Who has no dossiers, and who has one that is closed to her, leave the same.
#[test]
fn all_dossiers_asked_for_leave_a_trace_though_there_are_none() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let blocked = Party::Actor("colleague".to_owned());
    let own = holder(&engine, &patient);
    own.grant(&patient, Grant::Block(blocked)).unwrap();
    for actor in ["stranger", "colleague"] {
        let panel = session(&engine, (actor, "medecin"), Purpose::Panel);
        let (mine, traces) = grown(&engine, || panel.my_dossiers(None));
        assert!(mine.unwrap().dossiers.is_empty(), "{actor}");
        assert_eq!(traces, 1, "{actor}");
        let (changes, traces) = grown(&engine, || panel.changes(None, None));
        assert!(changes.unwrap().changes.is_empty(), "{actor}");
        assert_eq!(traces, 1, "{actor}");
    }
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let (mine, traces) = grown(&engine, || panel.my_dossiers(None));
    assert_eq!((mine.unwrap().dossiers.len(), traces), (1, 2));
}

/// Changes every byte of the bodies behind the engine's back.
fn spoil(bench: &Bench) {
    for entry in std::fs::read_dir(bench.root.join("store/body")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.iter_mut().skip(32).for_each(|byte| *byte ^= 0x55);
        std::fs::write(&path, bytes).unwrap();
    }
}

/// That a document is there and damaged is told, and traced.
#[test]
fn what_fails_once_a_dossier_is_entered_leaves_its_trace() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let document = deposited[0].document;
    spoil(&bench);
    let (fetched, traces) = grown(&engine, || doctor.fetch(document));
    assert_eq!((fetched.unwrap_err().code(), traces), (Code::Corrupt, 1));
    let (points, traces) = grown(&engine, || doctor.points(&patient, Statuses::All));
    assert_eq!((points.err().unwrap().code(), traces), (Code::Corrupt, 1));
    let lines = holder(&engine, &patient).history(&patient).unwrap();
    let told = lines.iter().filter(|line| line.what == "access");
    let named: Vec<_> = told.map(|line| line.documents.clone()).collect();
    assert_eq!(named, [vec![], vec![document]], "the newest first");
}

/// Asked to settle, the engine says so while traces wait that found no space.
#[test]
fn traces_that_found_no_space_are_not_called_settled() {
    let (bench, disk) = (Bench::new(), FaultyDisk::new());
    let mut settings = options();
    settings.store.reserve_bytes = 0;
    settings.trace_gather = Duration::from_secs(3600);
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    engine.settle().unwrap();
    let capacity = Some(disk.files().iter().map(|(_, bytes)| bytes).sum());
    disk.set_plan(FaultPlan {
        capacity,
        ..FaultPlan::default()
    });
    let (mut shown, mut told) = (0, None);
    while told.is_none() && shown < 5_000 {
        doctor.entries(&patient, Statuses::All).unwrap();
        shown += 1;
        told = engine.settle().err();
    }
    assert_eq!(told.map(|error| error.code()), Some(Code::Full));
    disk.set_plan(FaultPlan::default());
    engine.settle().unwrap();
    let lines = holder(&engine, &patient).history(&patient).unwrap();
    let kept = lines.iter().filter(|line| line.what == "access").count();
    assert_eq!(kept, shown, "each is there in the end");
}

/// On a full disk traces go into the reserve; once that is used up nothing is shown, until there
/// is space again.
#[test]
fn reads_go_on_in_the_reserve_and_are_refused_behind_it() {
    let (bench, disk) = (Bench::new(), FaultyDisk::new());
    let mut settings = options();
    settings.store.reserve_bytes = 256 << 10;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, kept) = fill(&doctor, 2);
    engine.settle().unwrap();
    let capacity = Some(disk.files().iter().map(|(_, bytes)| bytes).sum());
    disk.set_plan(FaultPlan {
        capacity,
        ..FaultPlan::default()
    });
    let papers = dossier(5).documents;
    let full = papers.iter().find_map(|paper| {
        let deposit = paper.cda();
        doctor
            .deposit(&Deposit::new(deposit.as_bytes()).opening())
            .err()
    });
    assert_eq!(full.map(|error| error.code()), Some(Code::Full));
    let (mut shown, mut refused) = (0, None);
    while refused.is_none() && shown < 20_000 {
        match doctor.entries(&patient, Statuses::All) {
            Ok(entries) => {
                assert_eq!(entries.len(), kept.len());
                shown += 1;
            }
            Err(error) => refused = Some(error),
        }
        let _ = engine.settle();
    }
    assert!(shown > 10, "the reserve is used: {shown}");
    assert_eq!(refused.map(|error| error.code()), Some(Code::Full));
    let refused = doctor.entries(&patient, Statuses::All).unwrap_err();
    assert_eq!(refused.code(), Code::Full);
    // What is still tried for those before would take this one's group with it.
    let _ = engine.settle();
    disk.set_plan(FaultPlan::default());
    assert!(doctor.entries(&patient, Statuses::All).is_ok());
    engine.settle().unwrap();
    let lines = holder(&engine, &patient).history(&patient).unwrap();
    let told = lines.iter().filter(|line| line.what == "access").count();
    assert_eq!(
        told,
        shown + 1,
        "what was shown is told, what was not is not"
    );
}

/// The host says for which purposes a trace is on disk before anything is shown; those of
/// emergencies always are.
#[test]
fn a_host_chooses_which_purposes_wait_for_their_traces() {
    for (chosen, purpose, durable) in [
        (vec![], Purpose::Care, false),
        (vec![Purpose::Panel], Purpose::Care, false),
        (vec![Purpose::Care], Purpose::Care, true),
        (vec![], Purpose::EmergencySamu, true),
    ] {
        let bench = Bench::new();
        let mut settings = options();
        settings.durable_purposes = chosen.clone();
        // A trace that waits is not committed by itself.
        settings.trace_gather = Duration::from_secs(3600);
        let store = bench.root.join("store");
        let engine = Engine::create(&store, bench.key(), settings).unwrap();
        let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
        engine.settle().unwrap();
        let reader = session(&engine, ("doctor", "medecin"), purpose);
        assert!(!reader.entries(&patient, Statuses::All).unwrap().is_empty());
        let left = bench.crashed().open().unwrap();
        let lines = holder(&left, &patient).history(&patient).unwrap();
        let told = lines.iter().any(|line| line.what == "access");
        assert_eq!(told, durable, "{chosen:?} {purpose:?}");
    }
}

/// The holder and her attending physician are told of a bris de glace when they next ask what is
/// new, once; others are not.
#[test]
fn a_bris_de_glace_is_told_to_the_holder_and_the_attending_physician() {
    let bench = Bench::new();
    let engine = bench.create();
    let attending = session(&engine, ("attending", "medecin"), Purpose::Care);
    let (patient, _) = fill(&attending, 2);
    let own = holder(&engine, &patient);
    let named = Party::Actor("attending".to_owned());
    let grants = [
        Grant::SetAttending(named),
        Grant::Authorise {
            party: Party::Actor("colleague".to_owned()),
            until: Instant::MAX,
        },
    ];
    for grant in grants {
        own.grant(&patient, grant.stating(Statement::agreed()))
            .unwrap();
    }
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let asked = |who: &Session, since: &str| who.changes(Some(&patient), Some(since)).unwrap();
    let mark = |who: &Session| who.changes(Some(&patient), None).unwrap().mark;
    let marks = [&own, &attending, &colleague].map(mark);
    let rescuer = session(&engine, ("rescuer", "medecin"), Purpose::EmergencyBtg);
    rescuer.break_glass(&patient, "sans connaissance").unwrap();
    let told = |who: &Session, since: &str| {
        let glass = asked(who, since).glass;
        let lines = glass.into_iter().map(|line| (line.what, line.actor));
        lines.collect::<Vec<_>>()
    };
    let broken = [("break_glass".to_owned(), "rescuer".to_owned())];
    assert_eq!(told(&own, &marks[0]), broken);
    assert_eq!(told(&attending, &marks[1]), broken);
    assert_eq!(told(&colleague, &marks[2]), []);
    let motive = |who: &Session, since: &str| asked(who, since).glass[0].detail.clone();
    assert!(motive(&own, &marks[0]).contains("connaissance"));
    assert_eq!(
        motive(&attending, &marks[1]),
        "",
        "the motive is the holder's to read"
    );
    // Who never asked before is told too, and who was told is not told again.
    assert_eq!(own.changes(Some(&patient), None).unwrap().glass.len(), 1);
    let after = asked(&own, &marks[0]).mark;
    assert_eq!(told(&own, &after), []);
    // By a mark of all her dossiers, or of another patient's, the physician was told of none.
    let (other, _) = fill(&attending, 3);
    let of_other = attending.changes(Some(&other), None).unwrap().mark;
    let panel = session(&engine, ("attending", "medecin"), Purpose::Panel);
    let of_all = [
        panel.changes(None, None).unwrap().mark,
        panel.my_dossiers(None).unwrap().mark,
    ];
    for mark in of_all.iter().chain([&of_other]) {
        assert_eq!(told(&attending, mark), broken);
    }
}

/// All of a dossier is open to the attending physician (R7): who did what there too, but not what
/// somebody searched for, nor the motive of a bris de glace. Others do not read it.
#[test]
fn the_attending_physician_reads_who_did_what_and_not_why() {
    let bench = Bench::new();
    let engine = bench.create();
    let attending = session(&engine, ("attending", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&attending, 2);
    let own = holder(&engine, &patient);
    let refused = attending.history(&patient).unwrap_err();
    assert_eq!(refused.code(), Code::Refused, "not attending yet");
    let named = Grant::SetAttending(Party::Actor("attending".to_owned()));
    own.grant(&patient, named.stating(Statement::agreed()))
        .unwrap();
    let masked = FlagChange {
        set: Flags::MASQUE_PS,
        clear: Flags::NONE,
    };
    own.set_flags(deposited[0].document, masked).unwrap();
    own.search(&SearchRequest::new("canariword").of(patient.clone()))
        .unwrap();
    let rescuer = session(&engine, ("rescuer", "medecin"), Purpose::EmergencyBtg);
    rescuer.break_glass(&patient, "sans connaissance").unwrap();
    let by_holder = own.history(&patient).unwrap();
    engine.settle().unwrap();
    let lines = attending.history(&patient).unwrap();
    let acts = |lines: &[HistoryLine]| {
        let acts = lines
            .iter()
            .map(|line| (line.at, line.what.clone(), line.actor.clone()));
        acts.collect::<Vec<_>>()
    };
    // The one reading is the newest trace of the other.
    assert_eq!(acts(&lines)[1..], acts(&by_holder));
    assert!(
        lines
            .iter()
            .any(|line| line.documents == [deposited[0].document])
    );
    let says = |lines: &[HistoryLine], word: &str| lines.iter().any(|it| it.detail.contains(word));
    assert!(says(&by_holder, "motive: sans connaissance"));
    assert!(!says(&lines, "connaissance") && !says(&lines, "motive"));
    assert!(!says(&lines, "canariword"));
    let events = attending
        .audit_events(&patient, "test", "localhost")
        .unwrap();
    assert!(!events.contains("canariword") && !events.contains("connaissance"));
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let party = Party::Actor("colleague".to_owned());
    let until = Instant::MAX;
    let grant = Grant::Authorise { party, until }.stating(Statement::agreed());
    own.grant(&patient, grant).unwrap();
    assert_eq!(
        colleague.history(&patient).unwrap_err().code(),
        Code::Refused
    );
}

/// A history of some time tells of its acts and no others.
#[test]
fn a_history_of_a_time_tells_of_no_other() {
    let bench = Bench::new();
    let start = Instant::from_rfc3339("2026-01-14T10:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(start));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let engine = Engine::create(&bench.root.join("store"), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _): (Matricule, _) = fill(&doctor, 2);
    for day in [10, 20, 30] {
        clock.set(start.plus_days(day));
        doctor.entries(&patient, Statuses::All).unwrap();
        engine.settle().unwrap();
    }
    let own = holder(&engine, &patient);
    let during = |from: i64, to: i64| {
        let range = start.plus_days(from)..=start.plus_days(to);
        own.history_during(&patient, &range).unwrap()
    };
    let whole = own.history(&patient).unwrap();
    assert_eq!(during(15, 25).len(), 1);
    assert_eq!(during(15, 25)[0].at, start.plus_days(20));
    assert_eq!(during(31, 40).len(), 0);
    let events = |from: i64, to: i64| {
        let range = start.plus_days(from)..=start.plus_days(to);
        let events = own.audit_events_during(&patient, &range, "test", "localhost");
        events
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let all = own.audit_events(&patient, "test", "localhost").unwrap();
    let told = events(15, 25);
    assert!(!told.is_empty() && told.iter().all(|event| all.contains(event)));
    let day = start.plus_days(20).to_string();
    assert!(
        told.iter().all(|event| event.contains(&day[..10])),
        "{told:?}"
    );
    assert_eq!(events(31, 40).len(), 0);
    let from_the_first = during(0, 30);
    assert!(whole.iter().all(|line| from_the_first.contains(line)));
}
