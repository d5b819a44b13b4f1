//! Proves that metrics and spans hold fixed words and numbers alone: no label and no field is a
//! patient, an actor, or anything else that a caller gave or the store holds (P5).

use crate::bench::{Bench, fill, holder, session};
use base::Purpose;
use journal::Verb;
use liasse::{Code, Deposit, Engine, SearchRequest, Statuses};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, OnceLock};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};

/// What was seen.
#[derive(Default)]
struct Seen {
    metrics: BTreeSet<String>,
    spans: BTreeSet<String>,
    texts: BTreeSet<String>,
}

fn seen() -> &'static Mutex<Seen> {
    static SEEN: OnceLock<Mutex<Seen>> = OnceLock::new();
    SEEN.get_or_init(Mutex::default)
}

/// Notes every key and every label.
struct Notes;

fn note(key: &Key) {
    let mut seen = seen().lock().unwrap();
    seen.metrics.insert(key.name().to_owned());
    for label in key.labels() {
        seen.texts.insert(label.value().to_owned());
    }
}

impl Recorder for Notes {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        note(key);
        Counter::noop()
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        note(key);
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        note(key);
        Histogram::noop()
    }
}

/// Notes every text of a span; numbers and truths say nothing of anybody.
struct Texts;

impl Visit for Texts {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        seen().lock().unwrap().texts.insert(format!("{value:?}"));
    }
    fn record_u64(&mut self, _: &Field, _: u64) {}
    fn record_i64(&mut self, _: &Field, _: i64) {}
    fn record_bool(&mut self, _: &Field, _: bool) {}
    fn record_f64(&mut self, _: &Field, _: f64) {}
}

/// Takes part in every span of ours.
struct Spans;

impl Subscriber for Spans {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("liasse")
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let name = span.metadata().name().to_owned();
        seen().lock().unwrap().spans.insert(name);
        span.record(&mut Texts);
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Texts);
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Texts);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The words that may stand in a label.
fn words() -> BTreeSet<String> {
    let ours = [
        "given",
        "kept",
        "present",
        "flush",
        "merge",
        "refused",
        "misuse",
        "retry",
        "environment",
        "corrupt",
        "bug",
    ];
    let verbs = Verb::ALL.iter().map(|verb| verb.code());
    let purposes = Purpose::ALL.iter().map(|purpose| purpose.code());
    let all = ours.into_iter().chain(verbs).chain(purposes);
    all.map(str::to_owned).collect()
}

#[test]
fn no_label_and_no_field_is_what_somebody_gave() {
    // Both are the process's: other tests are heard too, and are held to the same.
    metrics::set_global_recorder(Notes).unwrap();
    tracing::subscriber::set_global_default(Spans).unwrap();
    let bench = Bench::new();
    let mut options = crate::bench::options();
    options.index_tail_documents_max = 4;
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let stranger = session(&engine, ("stranger", "assureur"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    doctor.entries(&patient, Statuses::All).unwrap();
    doctor.fetch(deposited[0].document).unwrap();
    let request = SearchRequest::new("examen").of(patient.clone());
    doctor.search(&request).unwrap();
    let told = stranger.entries(&patient, Statuses::All).unwrap_err();
    assert_eq!(told.code(), Code::Refused);
    let cda = crate::bench::dossier(2).documents[0].cda();
    stranger.deposit(&Deposit::new(cda.as_bytes())).unwrap_err();
    doctor.deposit(&Deposit::new(cda.as_bytes())).unwrap();
    engine.settle().unwrap();
    engine.check().unwrap();
    holder(&engine, &patient).erase(&patient).unwrap();
    drop((doctor, stranger));
    engine.close().unwrap();
    Engine::open(&store, bench.key(), options)
        .unwrap()
        .close()
        .unwrap();
    let seen = seen().lock().unwrap();
    let strange: Vec<_> = seen.texts.difference(&words()).cloned().collect();
    assert!(strange.is_empty(), "{strange:?}");
    for name in [
        "liasse_commit_seconds",
        "liasse_commit_traces",
        "liasse_commit_works",
        "liasse_commits_total",
        "liasse_deposits_total",
        "liasse_erasures_total",
        "liasse_index_segments_total",
        "liasse_requests_total",
        "liasse_tail_documents",
        "liasse_waiting_bytes",
    ] {
        assert!(seen.metrics.contains(name), "{name}: {:?}", seen.metrics);
    }
    for text in [
        "kept", "present", "refused", "given", "flush", "care", "holder",
    ] {
        assert!(seen.texts.contains(text), "{text}: {:?}", seen.texts);
    }
    for name in ["open", "commit", "keep_index", "erase", "check"] {
        assert!(seen.spans.contains(name), "{name}: {:?}", seen.spans);
    }
}
