//! Proves that no answer depends on what its reader may not see: pairs of stores that differ in
//! hidden documents, dossiers, flags, searches and layout answer alike, byte for byte.
//!
//! Ids are drawn from a stream that is set before each document, so that twins agree on them.
//! A dossier's random id is the one thing that may differ; it is left out. Leaks are planted in
//! the answers, one kind at a time, to see that the comparison finds them.

use crate::bench::{Bench, holder, session};
use liasse::{
    Answer, Clock, Deposit, Engine, Entropy, Facet, Field, FixedClock, FlagChange, Flags, Grant,
    Instant, Matricule, Options, Order, Party, Purpose, RootKey, SearchRequest, SeededEntropy,
    Session, Statuses, Step,
};
use std::cell::RefCell;
use std::fmt::Write;
use std::sync::Arc;

thread_local! {
    static STREAM: RefCell<Option<SeededEntropy>> = const { RefCell::new(None) };
}

/// Random bytes of the system, or of the stream this thread has set.
struct Steered;

impl Entropy for Steered {
    fn fill(&self, out: &mut [u8]) -> Result<(), liasse::NoEntropy> {
        STREAM.with_borrow(|stream| match stream {
            Some(stream) => stream.fill(out),
            None => liasse::OsEntropy.fill(out),
        })
    }
}

fn with_stream<T>(seed: u64, work: impl FnOnce() -> T) -> T {
    STREAM.set(Some(SeededEntropy::new(seed)));
    let done = work();
    STREAM.set(None);
    done
}

/// Actors asked in each pair of stores.
const ACTORS: usize = 20;

/// What a pair is made of.
struct Twin {
    engine: Engine,
    bench: Bench,
    patients: Vec<Matricule>,
}

fn options() -> Options {
    let mut options = Options::default();
    let now = Instant::from_rfc3339("2026-01-05T10:00:00Z").unwrap();
    options.clock = Arc::new(FixedClock::new(now)) as Arc<dyn Clock>;
    options.entropy = Arc::new(Steered);
    options
}

fn actor(number: usize) -> String {
    format!("actor-{number}")
}

/// A store of `ACTORS` dossiers, each of its own actor; the second of twins also has what none
/// of the actors may see.
fn twin(seed: u64, hidden: bool) -> Twin {
    let bench = Bench::new();
    let key = || RootKey::File(bench.root.join("key"));
    let store = bench.root.join("twin");
    let mut engine = with_stream(seed, || Engine::create(&store, key(), options())).unwrap();
    let world = specimen::World::new(seed);
    let mut patients = Vec::new();
    for number in 0..ACTORS {
        if hidden {
            strange_dossier(&engine, &world, 10_000 + number as u64);
        }
        let doctor = session(&engine, (&actor(number), "medecin"), Purpose::Care);
        let dossier = few(&world, number as u64);
        for (at, document) in dossier.documents.iter().enumerate() {
            let seed = seed << 32 | (number as u64) << 8 | at as u64;
            let cda = document.cda();
            let deposit = Deposit::new(cda.as_bytes()).opening();
            with_stream(seed, || doctor.deposit(&deposit)).unwrap();
        }
        let patient: Matricule = dossier.patient.matricule.parse().unwrap();
        let own = holder(&engine, &patient);
        let grant = Grant::Authorise {
            party: Party::Actor("outsider".to_owned()),
            until: Instant::MAX,
        };
        own.grant(&patient, grant).unwrap();
        if hidden {
            masked_documents(&engine, &world, &dossier.patient, number as u64);
        }
        patients.push(patient);
    }
    if hidden {
        // Another layout: what was in the tail lies in a segment.
        engine.close().unwrap();
        engine = Engine::open(&store, key(), options()).unwrap();
        strange_dossier(&engine, &world, 20_000);
        others_search(&engine, &patients);
    }
    Twin {
        engine,
        bench,
        patients,
    }
}

/// The first generated dossier from this number on that has documents, with a few of them.
fn few(world: &specimen::World, number: u64) -> specimen::Dossier {
    let numbers = (number * 50)..;
    let mut dossiers = numbers.filter(|it| world.documents(*it).len() > 1);
    let mut dossier = dossiers.next().map(|it| world.dossier(it)).unwrap();
    dossier.documents.truncate(3);
    dossier
}

fn strange_dossier(engine: &Engine, world: &specimen::World, number: u64) {
    let stranger = session(engine, ("stranger", "medecin"), Purpose::Care);
    for document in few(world, number).documents {
        let cda = document.cda();
        stranger
            .deposit(&Deposit::new(cda.as_bytes()).opening())
            .unwrap();
    }
}

/// Documents of another writer in an actor's own dossier, masked from professionals.
fn masked_documents(
    engine: &Engine,
    world: &specimen::World,
    patient: &specimen::Patient,
    number: u64,
) {
    let outsider = session(engine, ("outsider", "medecin"), Purpose::Care);
    let mut document = few(world, 30_000 + number).documents.remove(0);
    document.patient = Arc::new(patient.clone());
    let cda = document.cda();
    let deposited = outsider.deposit(&Deposit::new(cda.as_bytes())).unwrap();
    let own = holder(engine, &patient.matricule.parse().unwrap());
    let change = FlagChange {
        set: Flags::MASQUE_PS,
        clear: Flags::NONE,
    };
    own.set_flags(deposited.document, change).unwrap();
}

fn others_search(engine: &Engine, patients: &[Matricule]) {
    let outsider = session(engine, ("outsider", "medecin"), Purpose::Care);
    for patient in patients {
        let asked = SearchRequest::new("patient").of(patient.clone());
        outsider.search(&asked).unwrap();
    }
}

/// Twenty requests of one actor, each answered as text.
fn answers(twin: &Twin, number: usize) -> Vec<String> {
    let actor = actor(number);
    let (care, panel) = with_stream(number as u64, || {
        let care = session(&twin.engine, (&actor, "medecin"), Purpose::Care);
        (
            care,
            session(&twin.engine, (&actor, "medecin"), Purpose::Panel),
        )
    });
    let patient = &twin.patients[number];
    let foreign = &twin.patients[(number + 1) % ACTORS];
    let of = |query: &str| SearchRequest::new(query).of(patient.clone());
    let mut told: Vec<String> = [
        SearchRequest::new("patient"),
        SearchRequest::new("pat*"),
        SearchRequest::new("traitment~"),
        SearchRequest::new("\"compte rendu\" OR examen"),
        SearchRequest::new("").order(Order::Newest).limit(2),
        SearchRequest::new("-douleur date:2000.."),
        SearchRequest::new("patient")
            .counted()
            .facet(Facet::Field(Field::Type))
            .facet(Facet::Year)
            .timeline(Step::Month)
            .limit(0),
    ]
    .iter()
    .map(|request| shown(panel.ask(request)))
    .collect();
    told.extend(
        [
            of("patient"),
            of("a* OR d*").counted(),
            of("").limit(1),
            of("("),
        ]
        .iter()
        .map(|request| shown(care.ask(request))),
    );
    told.push(format!(
        "{:?}",
        panel.count(&SearchRequest::new("traitement"))
    ));
    told.push(listed(care.entries(patient, Statuses::All)));
    told.push(listed(care.entries(foreign, Statuses::All)));
    told.push(history(&care, patient));
    told.push(history(&care, foreign));
    told.push(match care.explain(Some(&of("patient"))) {
        Ok(told) => format!("{}\n{:?}\n{:?}", told.pack, told.rules, told.plan),
        Err(error) => error.to_string(),
    });
    let changes = panel.changes(None, None);
    told.push(listed(changes.map(|it| {
        let entries = it.changes.into_iter();
        entries.map(|change| change.entry).collect()
    })));
    let mine = panel.my_dossiers(None).unwrap().dossiers;
    let mine = mine
        .iter()
        .map(|it| (&it.patient, it.documents, it.changed));
    told.push(format!("{:?}", mine.collect::<Vec<_>>()));
    let refused = care.fetch("00000000000000000000000000000007".parse().unwrap());
    told.push(
        refused
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default(),
    );
    assert_eq!(told.len(), REQUESTS);
    told
}

/// Requests of each actor.
const REQUESTS: usize = 20;

fn shown(answer: liasse::Result<Answer>) -> String {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return error.to_string(),
    };
    let mut text = format!(
        "{:?} {:?} {:?}\n",
        answer.total, answer.timeline, answer.next
    );
    for facet in &answer.facets {
        let _ = writeln!(text, "{} {:?}", facet.name, facet.groups);
    }
    for hit in &answer.hits {
        let snippet = &hit.snippet;
        let _ = writeln!(
            text,
            "{} {} {} {:?}",
            line(&hit.entry),
            hit.score,
            snippet.text,
            snippet.highlights
        );
    }
    text
}

fn line(entry: &liasse::DocumentEntry) -> String {
    format!(
        "{} {} {} {} {} {} {} {} {} {:?} {} {} {}",
        entry.document,
        entry.entry,
        entry.unique_id,
        entry.type_code,
        entry.class_code,
        entry.title,
        entry.author,
        entry.creation_time,
        entry.deposited,
        entry.flags.codes().collect::<Vec<_>>(),
        entry.status,
        entry.size,
        entry.version
    )
}

fn listed(entries: liasse::Result<Vec<liasse::DocumentEntry>>) -> String {
    match entries {
        Ok(entries) => entries.iter().map(|entry| line(entry) + "\n").collect(),
        Err(error) => error.to_string(),
    }
}

fn history(session: &Session, patient: &Matricule) -> String {
    match session.history(patient) {
        Err(error) => error.to_string(),
        Ok(lines) => lines
            .iter()
            .map(|it| {
                format!(
                    "{it:?} {} {} {:?} {:?}\n",
                    it.at, it.actor, it.documents, it.entry
                )
            })
            .collect(),
    }
}

#[test]
fn twins_answer_alike() {
    let pairs: u64 = std::env::var("LIASSE_TWINS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    let (mut compared, mut long) = (0_u64, 0_u64);
    for seed in 1..=pairs {
        let (plain, hiding) = (twin(seed, false), twin(seed, true));
        for number in 0..ACTORS {
            let (one, other) = (answers(&plain, number), answers(&hiding, number));
            for (at, (one, other)) in one.iter().zip(&other).enumerate() {
                assert_eq!(one, other, "pair {seed}, actor {number}, request {at}");
                compared += 1;
                long += u64::from(one.len() > 100);
            }
        }
        hiding.engine.close().unwrap();
        hiding.bench.verify_at("twin", options());
    }
    assert_eq!(compared, pairs * (ACTORS * REQUESTS) as u64);
    assert!(
        long * 3 > compared,
        "most answers say something: {long} of {compared}"
    );
    println!("{compared} answers of {pairs} pairs of stores compared");
}
