//! Proves that a key store which fails in the middle of a rotation leaves the store whole: what
//! was begun and not committed is as if it never was, what was committed is completed, and no
//! trace is lost by it.

use crate::bench::{Bench, holder, options};
use crate::forgetting::{deposit, doctor, ins, paper};
use crate::gated::{Gated, Turn};
use liasse::{Code, Engine, FixedClock, Instant, Kms, Options, RootKey, Statuses, TraceClass};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vault::kms::Use;
use vault::{Grove, KeyFile};

/// How many calls of a name are left before they fail; calls without one always succeed.
type Left = Arc<Mutex<BTreeMap<&'static str, u32>>>;

/// A key file of which the calls that are named fail, once as many have succeeded as is said.
struct Picky {
    kms: Arc<dyn Kms>,
    left: Left,
}

impl Picky {
    fn new(bench: &Bench) -> Self {
        let file = KeyFile::open(&bench.root.join("key")).unwrap();
        let left = Left::default();
        let watched = Arc::clone(&left);
        let gate = move |call| match watched.lock().unwrap().get_mut(call) {
            Some(0) => Turn::Refused,
            Some(left) => {
                *left -= 1;
                Turn::Made
            }
            None => Turn::Made,
        };
        let kms = Arc::new(Gated { file, gate });
        Self { kms, left }
    }

    fn open(&self, bench: &Bench, options: &Options) -> Engine {
        let root = RootKey::Kms(Arc::clone(&self.kms));
        Engine::open(&bench.root.join("store"), root, options.clone()).unwrap()
    }

    /// From now on calls of this name fail after so many more.
    fn fail(&self, call: &'static str, after: u32) {
        self.left.lock().unwrap().insert(call, after);
    }

    fn heal(&self) {
        self.left.lock().unwrap().clear();
    }
}

const NOW: Instant = Instant::from_millis(1_800_000_000_000);

/// Options with a clock that stands, in a store whose traces wait for something else.
fn still() -> (Arc<FixedClock>, Options) {
    let clock = Arc::new(FixedClock::new(NOW));
    let mut options = options();
    options.clock = Arc::clone(&clock) as _;
    options.trace_gather = Duration::from_secs(3600);
    (clock, options)
}

/// The epoch of the root that is active, once the store is closed.
fn active(bench: &Bench, picky: &Picky) -> u64 {
    let (store, options) = (bench.root.join("store"), store::Options::default());
    let catalog = store::Catalog::open_read_only(&store, options).unwrap();
    let state = picky.kms.load(catalog.store(), Use::Open).unwrap();
    assert!(state.retired.is_empty());
    state.active.number()
}

/// The group of `retain` fails for certain: nothing of it is there, the trace that was in it is
/// kept, and the engine works on.
#[test]
fn a_retention_that_cannot_wrap_the_new_root_changes_nothing_and_loses_no_trace() {
    let bench = Bench::new();
    let (clock, options) = still();
    Engine::create(&bench.root.join("store"), bench.key(), options.clone())
        .unwrap()
        .close()
        .unwrap();
    let picky = Picky::new(&bench);
    let engine = picky.open(&bench, &options);
    let asking = doctor(&engine);
    deposit(&asking, &paper(1, "A", "premier", ""));
    asking.entries(&ins(1), Statuses::All).unwrap();
    engine.settle().unwrap();
    clock.set(NOW.plus_months(6));
    let asking = doctor(&engine);
    let lines = || holder(&engine, &ins(1)).history(&ins(1)).unwrap().len();
    let before = lines();
    asking.entries(&ins(1), Statuses::All).unwrap();
    picky.fail("wrap", 0);
    let told = engine.retain(TraceClass::Reading, 1).unwrap_err();
    assert_eq!(told.code(), Code::KeyUnreachable, "{told}");
    picky.heal();
    asking.entries(&ins(1), Statuses::All).unwrap();
    engine.settle().unwrap();
    // The holder's own look left a line too.
    assert_eq!(lines(), before + 3);
    let report = engine.check().unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(engine.retain(TraceClass::Reading, 1).unwrap(), 5);
    deposit(&asking, &paper(1, "B", "second", ""));
    drop(asking);
    engine.close().unwrap();
    drop(picky);
    bench.verify_at("store", options);
}

/// As above while the index is rewritten: the slots that wait for new keys still do.
#[test]
fn a_rewriting_that_cannot_wrap_the_new_root_changes_nothing() {
    let bench = Bench::new();
    let (_, options) = still();
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    deposit(&doctor(&engine), &paper(2, "B", "second", ""));
    // The documents are in a segment from here on.
    engine.close().unwrap();
    let picky = Picky::new(&bench);
    let engine = picky.open(&bench, &options);
    picky.fail("wrap", 1);
    let told = holder(&engine, &ins(1)).erase(&ins(1)).unwrap_err();
    assert_eq!(told.code(), Code::KeyUnreachable, "{told}");
    // Segments hold what is being erased until they are written anew: no finding.
    let findings = engine.check().unwrap().findings;
    assert!(findings.is_empty(), "{findings:?}");
    let listed = doctor(&engine).entries(&ins(2), Statuses::All).unwrap();
    assert_eq!(listed.len(), 1);
    picky.heal();
    assert_eq!(holder(&engine, &ins(2)).erase(&ins(2)).unwrap().len(), 2);
    engine.close().unwrap();
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let retired = store::retired(&*rows, Grove::Segment).unwrap();
    assert!(retired.is_empty(), "their keys were replaced: {retired:?}");
    drop((rows, catalog));
    assert!(active(&bench, &picky) > 4);
    drop(picky);
    // Files of the attempt that failed go with the next opening.
    let engine = Engine::open(&store, bench.key(), options.clone()).unwrap();
    engine.close().unwrap();
    bench.verify_at("store", options);
}

/// The root was found staged, and the key store goes away before the older one is destroyed: the
/// turn that is owed is made by whoever comes next, in the same engine or at open.
#[test]
fn a_retention_cut_short_turns_once_more_when_it_is_completed() {
    for reopened in [false, true] {
        let bench = Bench::new();
        let (clock, options) = still();
        let store = bench.root.join("store");
        let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
        deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
        engine.close().unwrap();
        clock.set(NOW.plus_months(6));
        let picky = Picky::new(&bench);
        let mut engine = picky.open(&bench, &options);
        // The root that the first attempt stages is found by the second.
        picky.fail("wrap", 0);
        assert!(engine.retain(TraceClass::Writing, 1).is_err());
        picky.heal();
        picky.fail("destroy", 0);
        let told = engine.retain(TraceClass::Writing, 1).unwrap_err();
        assert_eq!(told.code(), Code::KeyUnreachable, "{told}");
        picky.heal();
        if reopened {
            drop(engine);
            engine = picky.open(&bench, &options);
        }
        assert_eq!(engine.retain(TraceClass::Writing, 1).unwrap(), 0);
        engine.close().unwrap();
        assert_eq!(active(&bench, &picky), 3, "two turns, reopened: {reopened}");
        drop(picky);
        bench.verify_at("store", options);
    }
}
