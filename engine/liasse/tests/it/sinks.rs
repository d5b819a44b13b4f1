//! Proves that sinks get every commit, that deposits wait for none of them, and that an erasure
//! waits for all and says so.

use crate::bench::{Bench, fill, holder, session};
use liasse::{Code, DirectorySink, Engine, Options, Purpose, Sink, Sinks, Statuses};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A sink that fails while it is told to.
pub(crate) struct Fragile {
    pub(crate) inner: DirectorySink,
    pub(crate) broken: AtomicBool,
}

impl Fragile {
    pub(crate) fn new(bench: &Bench, name: &str) -> Arc<Self> {
        Arc::new(Self {
            inner: DirectorySink::new(&bench.root.join(name)),
            broken: AtomicBool::new(false),
        })
    }
}

impl Sink for Fragile {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }
    fn put(&self, name: &str, bytes: &mut dyn Read) -> io::Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("planted"));
        }
        self.inner.put(name, bytes)
    }
    fn get(&self, name: &str) -> io::Result<Box<dyn Read>> {
        self.inner.get(name)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }
}

pub(crate) fn to(sinks: &[Arc<Fragile>]) -> Options {
    let mut options = Options::default();
    let sinks = sinks.iter().map(|it| Arc::clone(it) as Arc<dyn Sink>);
    options.sinks = Sinks::To(sinks.collect());
    options
}

#[test]
fn an_erasure_waits_for_a_sink_that_fails_and_deposits_do_not() {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), to(&[Arc::clone(&sink)])).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    sink.broken.store(true, Ordering::SeqCst);
    let (stays, _) = fill(&doctor, 5);
    let told = holder(&engine, &gone).erase(&gone).unwrap_err();
    assert_eq!(told.code(), Code::Sink, "{told}");
    assert!(told.message().contains("keyring sink"), "{told}");
    assert_eq!(
        doctor.entries(&gone, Statuses::All).unwrap_err().code(),
        Code::Refused
    );
    fill(&doctor, 6);
    drop(doctor);
    engine.close().unwrap();
    let options = to(&[Arc::clone(&sink)]);
    // The store opens, and says what waits for what; nothing but the erasure does.
    let engine = Engine::open(&store, bench.key(), options.clone()).unwrap();
    let stats = engine.stats().unwrap();
    assert_eq!(stats.erasures_waiting, 1);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&stays, Statuses::All).unwrap().is_empty());
    fill(&doctor, 7);
    drop(doctor);
    engine.close().unwrap();
    sink.broken.store(false, Ordering::SeqCst);
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    assert!(!doctor.entries(&stays, Statuses::All).unwrap().is_empty());
    let receipts = holder(&engine, &stays).erase(&stays).unwrap();
    assert!(
        receipts[0].sinks.starts_with("held by directory"),
        "{receipts:?}"
    );
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn a_receipt_says_that_no_sink_was_asked_for() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (gone, _) = fill(&doctor, 2);
    for receipt in holder(&engine, &gone).erase(&gone).unwrap() {
        assert!(receipt.sinks.starts_with("no sink: waived"), "{receipt:?}");
    }
}

#[test]
fn a_sink_gets_every_commit_and_stays_small() {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let options = to(&[Arc::clone(&sink)]);
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    fill(&doctor, 2);
    drop(doctor);
    engine.close().unwrap();
    let held = sink.list().unwrap();
    let snapshots = |held: &[String]| held.iter().filter(|it| it.starts_with("snap")).count();
    assert_eq!(snapshots(&held), 1, "{held:?}");
    assert!(held.len() > 1, "{held:?}");
    let engine = Engine::open(&store, bench.key(), options.clone()).unwrap();
    engine.close().unwrap();
    let more = sink.list().unwrap();
    assert!(
        held.iter().all(|name| more.contains(name)),
        "nothing was begun anew"
    );
    // While the sink was not configured, it missed commits: a snapshot makes up for them.
    bench.open().unwrap().close().unwrap();
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    engine.close().unwrap();
    let anew = sink.list().unwrap();
    assert_eq!(snapshots(&anew), 1, "{anew:?}");
    assert!(held.iter().all(|name| !anew.contains(name)), "{anew:?}");
}

/// A sink of another store is left as it is, also when some or all of its files are damaged.
#[test]
fn another_stores_sink_is_never_begun_anew() {
    let (bench, other) = (Bench::new(), Bench::new());
    let sink = Fragile::new(&bench, "sink");
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), to(&[Arc::clone(&sink)])).unwrap();
    fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    engine.close().unwrap();
    let held = sink.list().unwrap();
    for damaged in [1, held.len()] {
        for name in &held[..damaged] {
            std::fs::write(bench.root.join("sink").join(name), b"").unwrap();
        }
        let store = other.root.join(format!("store-{damaged}"));
        liasse::new_key_file(&other.root.join(format!("key-{damaged}"))).unwrap();
        let key = liasse::RootKey::File(other.root.join(format!("key-{damaged}")));
        let engine = Engine::create(&store, key, to(&[Arc::clone(&sink)])).unwrap();
        engine.close().unwrap();
        assert_eq!(sink.list().unwrap(), held, "{damaged} damaged");
    }
}

/// Who opens a store that has had sinks, and names none, finishes no erasure behind their backs.
#[test]
fn a_store_that_has_had_sinks_erases_nothing_until_they_are_named_or_waived() {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let named = to(&[Arc::clone(&sink)]);
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), named.clone()).unwrap();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    sink.broken.store(true, Ordering::SeqCst);
    let waiting = holder(&engine, &patient).erase(&patient).unwrap_err();
    assert_eq!(waiting.code(), Code::Sink);
    let _ = engine.close();
    sink.broken.store(false, Ordering::SeqCst);
    let engine = bench.open().unwrap();
    assert_eq!(engine.stats().unwrap().erasures_waiting, 1);
    let unsaid = engine.finish_erasures().unwrap_err();
    assert_eq!(unsaid.code(), Code::Sink, "{unsaid}");
    engine.close().unwrap();
    let engine = Engine::open(&store, bench.key(), named).unwrap();
    engine.close().unwrap();
    bench.open().unwrap().close().unwrap();
    let mut waived = Options::default();
    waived.sinks = Sinks::Waived("the sink is gone".to_owned());
    let engine = Engine::open(&store, bench.key(), waived).unwrap();
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 3);
    assert_eq!(holder(&engine, &patient).erase(&patient).unwrap().len(), 2);
}
