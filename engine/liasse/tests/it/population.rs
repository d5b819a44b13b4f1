//! Proves what a population session is told: numbers of persons, rounded, none of few, as the
//! same number each time, and not as often as it likes.

use crate::bench::{Bench, fill, holder, options, session};
use liasse::{
    AuditRequest, Auditor, Code, Depth, Engine, Facet, Field, FixedClock, FlagChange, Flags,
    Grouping, Instant, Matricule, Passes, Purpose, SearchRequest, Session, Statuses, Step,
};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The smallest cell of docs/rules.md, R12.
const CELL: u64 = 11;
const PATIENTS: usize = 26;

/// A store of `PATIENTS` patients, each with several documents, and a session that counts them.
fn ground(bench: &Bench) -> (Engine, Vec<Matricule>, Session) {
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let patients = (0..PATIENTS).map(|rank| fill(&doctor, rank).0).collect();
    let counter = session(&engine, ("epidemiologist", "medecin"), Purpose::Population);
    (engine, patients, counter)
}

fn all() -> SearchRequest {
    SearchRequest::new("").limit(0).counted()
}

fn told_of(persons: usize, told: u64) -> bool {
    told.is_multiple_of(CELL) && told.abs_diff(persons as u64) < CELL
}

#[test]
fn a_population_is_told_of_persons_and_of_no_small_cell() {
    let bench = Bench::new();
    let (engine, _, counter) = ground(&bench);
    let asked = all().facet(Facet::Field(Field::Type)).timeline(Step::Year);
    let answer = counter.ask(&asked).unwrap();
    assert!(answer.hits.is_empty() && answer.next.is_none());
    let total = answer.total.unwrap();
    assert!(told_of(PATIENTS, total), "{total} of {PATIENTS} persons");
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let documents = panel.ask(&asked).unwrap();
    assert!(documents.total.unwrap() > 4 * PATIENTS as u64);
    let groups = &answer.facets[0].groups;
    assert!(!groups.is_empty());
    assert!(groups.len() < documents.facets[0].groups.len());
    let cells = groups.iter().chain(&answer.timeline);
    for (name, told) in cells {
        assert!(
            told.is_multiple_of(CELL) && *told >= 2 * CELL,
            "{name}: {told}"
        );
        assert!(
            *told < PATIENTS as u64 + CELL,
            "{name}: persons, not documents"
        );
    }
    assert!(groups.is_sorted_by(|a, b| (b.1, &a.0) <= (a.1, &b.0)));
    // The same persons are the same number, however and by whomever they are asked for.
    assert!(counter.ask(&asked).unwrap() == answer);
    let other = session(&engine, ("other", "pharmacien"), Purpose::Population);
    assert!(other.ask(&asked).unwrap() == answer);
    assert_eq!(
        counter.count(&SearchRequest::new("date:1900..")).unwrap(),
        total
    );
    let rare = counter.count(&SearchRequest::new("date:1900..1901"));
    assert_eq!(rare.unwrap(), 0);
}

/// What is asked by label is counted as everything else is: persons in cells, none of few, and no
/// more of them than without the label.
#[test]
fn labels_count_persons_in_cells_too() {
    let bench = Bench::new();
    let (engine, patients, counter) = ground(&bench);
    let asked = |label: &str| {
        let label = SearchRequest::from_fhir(&format!("security-label={label}"));
        counter.count(&label.unwrap()).unwrap()
    };
    let normal = asked("N");
    assert!(told_of(PATIENTS, normal), "{normal} of {PATIENTS} persons");
    assert_eq!(asked("MASQUE_PS"), 0);
    let mask = |patients: &[Matricule]| {
        for patient in patients {
            let own = holder(&engine, patient);
            let document = own.entries(patient, Statuses::Approved).unwrap()[0].document;
            let set = Flags::MASQUE_PS;
            let clear = Flags::NONE;
            own.set_flags(document, FlagChange { set, clear }).unwrap();
        }
    };
    let (few, others) = patients.split_at(3);
    mask(few);
    assert_eq!(asked("MASQUE_PS"), 0, "three persons are a small cell");
    mask(others);
    let masked = asked("MASQUE_PS");
    assert!(masked.is_multiple_of(CELL) && masked < PATIENTS as u64 + CELL);
    assert_eq!(asked("N"), normal, "each has other documents");
}

/// However many dossiers and cells a count is over, the log gains one event, under the store's
/// handle, and no patient's history a line.
#[test]
fn a_count_over_many_dossiers_leaves_one_event_in_the_log_and_none_in_a_dossier() {
    let bench = Bench::new();
    let (engine, patients, counter) = ground(&bench);
    let traces = || {
        engine.settle().unwrap();
        let (store, key) = (bench.root.join("store"), bench.key());
        let auditor = Auditor::open(&store, Depth::AuditKeys, Some(&key), &options()).unwrap();
        let mut on = |_| ControlFlow::Continue(());
        let told = auditor.audit(AuditRequest::default(), &mut on).unwrap();
        assert!(told.findings.is_empty(), "{:?}", told.findings);
        told.accesses.unwrap().kinds
    };
    let faceted = all().facet(Facet::Field(Field::Type)).timeline(Step::Year);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let asks: [&dyn Fn(); 4] = [
        &|| assert!(counter.count(&all()).unwrap() >= CELL),
        &|| assert!(!counter.ask(&faceted).unwrap().facets[0].groups.is_empty()),
        // A panel's count is over as many dossiers.
        &|| assert!(panel.ask(&faceted).unwrap().total.unwrap() > CELL),
        // One that finds nobody is an event too.
        &|| assert_eq!(counter.count(&SearchRequest::new("zzq")).unwrap(), 0),
    ];
    for ask in asks {
        let mut before = traces();
        ask();
        *before.entry("aggregate".to_owned()).or_default() += 1;
        assert_eq!(traces(), before);
    }
    let lines = holder(&engine, &patients[0]).history(&patients[0]).unwrap();
    assert!(lines.iter().any(|line| line.what == "write"));
    assert!(lines.iter().all(|line| line.what != "aggregate"));
}

#[test]
fn few_persons_with_many_documents_and_many_dossiers_are_few() {
    let bench = Bench::new();
    let (engine, patients, counter) = ground(&bench);
    let one = patients[0].clone();
    let documents = SearchRequest::new("").of(one).limit(0);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(doctor.count(&documents).unwrap() > 1);
    assert!(counter.count(&all()).unwrap() > 0);
    for pair in patients.windows(2) {
        engine.link(&pair[0], &pair[1]).unwrap();
    }
    assert_eq!(counter.count(&all()).unwrap(), 0, "all are one person now");
    engine.unlink(&patients[0], &patients[1]).unwrap();
    assert_eq!(counter.count(&all()).unwrap(), 0, "two are");
}

#[test]
fn a_population_is_not_asked_about_single_documents_nor_shown_any() {
    let bench = Bench::new();
    let (_engine, patients, counter) = ground(&bench);
    let ids = vec!["1.2.3^4".to_owned()];
    let own = Grouping {
        name: "mine".to_owned(),
        field: Field::EntryId,
        groups: vec![("one".to_owned(), ids.clone())],
        rest: None,
    };
    for asked in [
        SearchRequest::new(""),
        all().require(Field::UniqueId, ids.clone()),
        all().require(Field::EntryId, ids),
        all().facet(Facet::Field(Field::UniqueId)),
        all().facet(Facet::Groups(Arc::new(own))),
    ] {
        let refused = counter.ask(&asked).unwrap_err();
        assert_eq!(refused.code(), Code::WrongPurpose);
    }
    let named = counter.ask(&all().of(patients[0].clone())).unwrap_err();
    assert_eq!(named.code(), Code::Refused);
}

#[test]
fn an_actor_asks_so_often_a_day_counting_groups_of_her_own() {
    let bench = Bench::new();
    let start = Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(start));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let engine = Engine::create(&bench.root.join("timed"), bench.key(), settings).unwrap();
    let who = ("epidemiologist", "medecin");
    let groups = |many: usize| Grouping {
        name: "mine".to_owned(),
        field: Field::Type,
        groups: vec![("some".to_owned(), Vec::new()); many],
        rest: None,
    };
    let asked = |many| all().facet(Facet::Groups(Arc::new(groups(many))));
    let counter = session(&engine, who, Purpose::Population);
    let limit = usize::try_from(base::limit::POPULATION_QUESTIONS_A_DAY).unwrap();
    counter.ask(&asked(limit - 2)).unwrap();
    assert_eq!(counter.ask(&asked(1)).unwrap_err().code(), Code::Limit);
    counter.ask(&all()).unwrap();
    // Another session is the same actor.
    let again = session(&engine, who, Purpose::Population);
    assert_eq!(again.ask(&all()).unwrap_err().code(), Code::Limit);
    let other = session(&engine, ("other", "medecin"), Purpose::Population);
    other.ask(&all()).unwrap();
    clock.set(start.plus_days(1));
    again.ask(&all()).unwrap();
}

/// Every number of an answer costs, those of fields and years too.
#[test]
fn the_numbers_of_a_field_and_of_years_count_as_questions() {
    let bench = Bench::new();
    let (_engine, _, counter) = ground(&bench);
    let asked = || all().facet(Facet::Field(Field::Type)).facet(Facet::Year);
    let limit = base::limit::POPULATION_QUESTIONS_A_DAY;
    let answered = (0..limit).take_while(|_| counter.ask(&asked()).is_ok());
    assert!((answered.count() as u64) < limit / 2);
    assert_eq!(counter.ask(&asked()).unwrap_err().code(), Code::Limit);
}

/// What is used up of a day is what was told: how many groups there are is in no answer, and not
/// in how soon the day is over.
#[test]
fn the_day_is_used_up_by_what_is_told_and_by_nothing_else() {
    let bench = Bench::new();
    let (engine, _, counter) = ground(&bench);
    let asked = || {
        let fields = [Field::Type, Field::Author, Field::Format].map(Facet::Field);
        fields.into_iter().fold(all(), SearchRequest::facet)
    };
    let told = counter.ask(&asked()).unwrap();
    let told: usize = told.facets.iter().map(|facet| facet.groups.len()).sum();
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let there = panel.ask(&asked()).unwrap();
    let there: usize = there.facets.iter().map(|facet| facet.groups.len()).sum();
    assert!(
        there > told,
        "some groups are not told of: {told} of {there}"
    );
    let limit = usize::try_from(base::limit::POPULATION_QUESTIONS_A_DAY).unwrap();
    let more = (0..limit).take_while(|_| counter.ask(&asked()).is_ok());
    assert_eq!(1 + more.count(), limit / (1 + told));
}

/// The count is kept in the store: opening it again, or after it was dropped unclosed, gives none
/// back; another actor has her own, and the next day is a new one.
#[test]
fn a_day_that_is_used_up_stays_so_when_the_store_is_opened_again() {
    let bench = Bench::new();
    let start = Instant::from_rfc3339("2024-06-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(start));
    let timed = || {
        let mut settings = options();
        settings.clock = Arc::clone(&clock) as _;
        settings
    };
    let store = bench.root.join("timed");
    let engine = Engine::create(&store, bench.key(), timed()).unwrap();
    let who = ("epidemiologist", "medecin");
    let limit = base::limit::POPULATION_QUESTIONS_A_DAY;
    let left = |engine: &Engine| {
        let counter = session(engine, who, Purpose::Population);
        (0..=limit)
            .take_while(|_| counter.count(&all()).is_ok())
            .count() as u64
    };
    let counter = session(&engine, who, Purpose::Population);
    for _ in 0..limit / 2 {
        counter.count(&all()).unwrap();
    }
    drop(counter);
    engine.close().unwrap();
    let engine = Engine::open(&store, bench.key(), timed()).unwrap();
    assert_eq!(left(&engine), limit / 2, "half of the day is used up");
    drop(engine);
    let engine = Engine::open(&store, bench.key(), timed()).unwrap();
    assert_eq!(left(&engine), 0);
    let other = session(&engine, ("other", "medecin"), Purpose::Population);
    other.count(&all()).unwrap();
    drop(other);
    engine.close().unwrap();
    clock.set(start.plus_days(1));
    let engine = Engine::open(&store, bench.key(), timed()).unwrap();
    assert_eq!(left(&engine), limit, "a new day");
    engine.close().unwrap();
}

/// Whether a question is heard to be cancelled depends on no document, seen or hidden: one that
/// was cancelled before it began ends so, whatever it would find.
#[test]
fn a_population_that_is_cancelled_is_told_nothing_however_little_there_is() {
    let bench = Bench::new();
    let (_engine, _, counter) = ground(&bench);
    for words in ["zzq", "patient", ""] {
        let mut asked = SearchRequest::new(words).limit(0).counted();
        asked.passes = Passes::NONE;
        asked.cancel = Some(Arc::new(AtomicBool::new(true)));
        let told = counter.count(&asked).unwrap_err();
        assert_eq!(told.code(), Code::Cancelled, "{words}");
        asked.cancel = None;
        asked.time = Some(Duration::ZERO);
        assert_eq!(counter.count(&asked).unwrap_err().code(), Code::Late);
    }
}

/// A question that was given up is a question: opening the store again does not give it back.
#[test]
fn a_question_that_is_given_up_stays_asked_when_the_store_is_opened_again() {
    let bench = Bench::new();
    let (engine, _, counter) = ground(&bench);
    let limit = base::limit::POPULATION_QUESTIONS_A_DAY;
    let mut given_up = all();
    given_up.cancel = Some(Arc::new(AtomicBool::new(true)));
    for _ in 0..limit {
        let told = counter.count(&given_up).unwrap_err();
        assert_eq!(told.code(), Code::Cancelled);
    }
    drop((counter, engine));
    let engine = bench.open().unwrap();
    let counter = session(&engine, ("epidemiologist", "medecin"), Purpose::Population);
    assert_eq!(counter.count(&all()).unwrap_err().code(), Code::Limit);
}
