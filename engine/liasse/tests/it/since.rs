//! Proves what `changes` and `my_dossiers` tell since a mark: what is new, replaced or flagged, and
//! what became visible, as new to whoever may see it now and could not then.

use crate::bench::{Bench, dossier, fill, holder, options, session};
use liasse::{
    Changed, Code, Deposit, DocumentId, Engine, FixedClock, FlagChange, Flags, Grant, Instant,
    Matricule, Party, Purpose, Session, Since,
};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A store with a clock that is set.
fn timed(bench: &Bench) -> (Engine, Arc<FixedClock>) {
    let start = Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(start));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), settings).unwrap();
    (engine, clock)
}

fn later(clock: &FixedClock) {
    use liasse::Clock;
    let now = clock.now();
    clock.set(Instant::from_millis(now.millis() + 60_000));
}

fn colleague() -> Party {
    Party::Actor("colleague".to_owned())
}

fn authorise(until: Instant) -> Grant {
    let party = colleague();
    Grant::Authorise { party, until }
}

fn told(session: &Session, patient: Option<&Matricule>, mark: &str) -> Vec<(DocumentId, Changed)> {
    let changes = session.changes(patient, Some(mark)).unwrap().changes;
    let told = changes.iter();
    told.map(|it| (it.entry.document, it.what)).collect()
}

fn flags(set: Flags, clear: Flags) -> FlagChange {
    FlagChange { set, clear }
}

#[test]
fn what_a_new_authorisation_shows_is_told_as_new() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (first, _) = fill(&doctor, 1);
    let (second, deposited) = fill(&doctor, 2);
    later(&clock);
    let own = holder(&engine, &first);
    own.grant(&first, authorise(Instant::MAX)).unwrap();
    later(&clock);
    let panel = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let mark = panel.changes(None, None).unwrap().mark;
    later(&clock);
    assert!(told(&panel, None, &mark).is_empty());
    // Another's grant, and what is granted to another, tell her nothing.
    let other = Party::Actor("tiers".to_owned());
    let until = Instant::MAX;
    let granted = own.grant(
        &first,
        Grant::Authorise {
            party: other,
            until,
        },
    );
    granted.unwrap();
    later(&clock);
    assert!(told(&panel, None, &mark).is_empty());
    holder(&engine, &second)
        .grant(&second, authorise(Instant::MAX))
        .unwrap();
    later(&clock);
    let now = told(&panel, None, &mark);
    assert_eq!(now.len(), deposited.len());
    assert!(now.iter().all(|(_, what)| *what == Changed::New));
    let mine = panel.my_dossiers(Some(mark.as_str())).unwrap().dossiers;
    let changed: Vec<_> = mine.iter().map(|it| it.changed).collect();
    assert_eq!(changed.iter().sum::<u64>(), deposited.len() as u64);
    // Once told, they are told; an authorisation that goes on shows nothing new.
    let mark = panel.changes(None, None).unwrap().mark;
    later(&clock);
    own.grant(&first, authorise(clock_end(&clock))).unwrap();
    later(&clock);
    assert!(told(&panel, None, &mark).is_empty());
}

fn clock_end(clock: &FixedClock) -> Instant {
    use liasse::Clock;
    clock.now().plus_days(30)
}

#[test]
fn what_an_end_of_a_block_shows_is_told_as_new() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    own.grant(&patient, authorise(Instant::MAX)).unwrap();
    own.grant(&patient, Grant::Block(colleague())).unwrap();
    later(&clock);
    let panel = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let first = panel.changes(None, None).unwrap();
    assert!(first.changes.is_empty());
    later(&clock);
    own.grant(&patient, Grant::Unblock(colleague())).unwrap();
    later(&clock);
    for session in [
        &panel,
        &session(&engine, ("colleague", "medecin"), Purpose::Care),
    ] {
        let named = session
            .changes(Some(&patient), Some(first.mark.as_str()))
            .unwrap();
        assert_eq!(named.changes.len(), deposited.len());
        assert!(named.changes.iter().all(|it| it.what == Changed::New));
        // The end of another's block shows her nothing.
        let other = Party::Actor("tiers".to_owned());
        own.grant(&patient, Grant::Block(other.clone())).unwrap();
        later(&clock);
        own.grant(&patient, Grant::Unblock(other)).unwrap();
        later(&clock);
        assert!(told(session, Some(&patient), &named.mark).is_empty());
    }
}

#[test]
fn what_was_unmasked_or_lapsed_is_new_to_whom_it_was_hidden_from() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    own.grant(&patient, authorise(Instant::MAX)).unwrap();
    let masked = deposited[0].document;
    own.set_flags(masked, flags(Flags::MASQUE_PS, Flags::NONE))
        .unwrap();
    later(&clock);
    let care = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let mark = care.changes(Some(&patient), None).unwrap().mark;
    let author = doctor.changes(Some(&patient), None).unwrap().mark;
    later(&clock);
    own.set_flags(masked, flags(Flags::NONE, Flags::MASQUE_PS))
        .unwrap();
    later(&clock);
    assert_eq!(told(&care, Some(&patient), &mark), [(masked, Changed::New)]);
    let seen = told(&doctor, Some(&patient), &author);
    assert_eq!(
        seen,
        [(masked, Changed::Flagged)],
        "its author saw it masked"
    );
}

#[test]
fn what_lapses_is_new_to_the_holder_and_nothing_to_its_author() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let patient: Matricule = dossier(2).patient.matricule.parse().unwrap();
    let bytes = dossier(2).documents[0].cda();
    let mut deposit = Deposit::new(bytes.as_bytes()).opening();
    deposit.flags = Flags::INVISIBLE_PATIENT;
    let hidden = doctor.deposit(&deposit).unwrap().document;
    let own = holder(&engine, &patient);
    let mark = own.changes(Some(&patient), None).unwrap();
    assert!(mark.changes.is_empty());
    let author = doctor.changes(Some(&patient), None).unwrap().mark;
    clock.set(Instant::from_rfc3339("2024-07-02T00:00:00Z").unwrap());
    let now = told(&own, Some(&patient), &mark.mark);
    assert_eq!(now, [(hidden, Changed::New)]);
    let seen = told(&doctor, Some(&patient), &author);
    assert_eq!(seen, [(hidden, Changed::Flagged)], "the flag has ended");
}

#[test]
fn a_replacement_and_a_flag_are_told_as_such() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let mark = doctor.changes(Some(&patient), None).unwrap().mark;
    later(&clock);
    let (old, masked) = (deposited[0].document, deposited[1].document);
    let entries = doctor.entries(&patient, liasse::Statuses::All).unwrap();
    let unique = &entries
        .iter()
        .find(|it| it.document == old)
        .unwrap()
        .unique_id;
    let number = dossier(2).patient.matricule.clone();
    let oid = specimen::Patient::INS_ROOT;
    let bytes = format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.9^next", "title": "Note",
            "type": {{"code": "11488-4"}}, "creation_time": "2024-03-01T10:00:00Z", "text": "a",
            "replaces": ["{unique}"],
            "patient": {{"ins": {{"matricule": "{number}", "oid": "{oid}"}}}}}}"#
    );
    let next = doctor
        .deposit(&Deposit::new(bytes.as_bytes()))
        .unwrap()
        .document;
    doctor
        .set_flags(masked, flags(Flags::MASQUE_PS, Flags::NONE))
        .unwrap();
    later(&clock);
    let mut now = told(&doctor, Some(&patient), &mark);
    now.sort_by_key(|(document, _)| *document);
    let mut expected = [
        (old, Changed::Replaced),
        (next, Changed::New),
        (masked, Changed::Flagged),
    ];
    expected.sort_by_key(|(document, _)| *document);
    assert_eq!(now, expected);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let mine = panel.my_dossiers(Some(mark.as_str())).unwrap().dossiers;
    assert_eq!((mine.len(), mine[0].changed), (1, 3));
}

/// A look that was cancelled before it began ends so, however few dossiers there are.
#[test]
fn changes_that_are_cancelled_or_late_tell_nothing() {
    let bench = Bench::new();
    let (engine, _clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let nobody = session(&engine, ("nobody", "medecin"), Purpose::Panel);
    let cancelled = Since {
        cancel: Some(Arc::new(AtomicBool::new(true))),
        ..Since::default()
    };
    let late = Since {
        time: Some(Duration::ZERO),
        ..Since::default()
    };
    for (since, code) in [(cancelled, Code::Cancelled), (late, Code::Late)] {
        for session in [&panel, &nobody] {
            let told = session.changes(None, since.clone()).unwrap_err();
            assert_eq!(told.code(), code);
            assert_eq!(session.my_dossiers(since.clone()).unwrap_err().code(), code);
        }
        let told = doctor.changes(Some(&patient), since.clone()).unwrap_err();
        assert_eq!(told.code(), code);
    }
}
