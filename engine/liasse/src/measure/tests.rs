//! Proves what deposits are counted as.

use super::*;
use crate::error::Code;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

struct Count(Arc<Mutex<BTreeMap<String, u64>>>, String);

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        *self.0.lock().unwrap().entry(self.1.clone()).or_default() += value;
    }
    fn absolute(&self, _: u64) {}
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(|label| label.value()).collect();
        Counter::from_arc(Arc::new(Count(Arc::clone(&self.0), labels.join(" "))))
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Nothing is counted as kept before its commit is durable.
#[test]
fn a_deposit_is_counted_as_kept_once_it_is() {
    let counts = Counts::default();
    let told = |counts: &Counts| std::mem::take(&mut *counts.0.lock().unwrap());
    let taken = || {
        UnderWay::decided(&Ok(Ok(())), |()| {
            vec![Outcome::Kept, Outcome::AlreadyPresent]
        })
    };
    let count = |word: &str, number| (word.to_owned(), number);
    with_local_recorder(&counts, || {
        let under_way = taken();
        assert!(told(&counts).is_empty());
        under_way.durable();
        let both = BTreeMap::from([count("kept", 1), count("present", 1)]);
        assert_eq!(told(&counts), both);
        drop(taken());
        assert_eq!(told(&counts), BTreeMap::from([count("environment", 2)]));
        let refused: Result<Result<(), Error>, Error> = Ok(Err(Error::refused()));
        drop(UnderWay::decided(&refused, |()| vec![Outcome::Kept]));
        assert_eq!(told(&counts), BTreeMap::from([count("refused", 1)]));
        let failed: Result<Result<(), Error>, Error> = Err(Error::new(Code::Full, "full", ""));
        UnderWay::decided(&failed, |()| vec![]).durable();
        assert_eq!(told(&counts), BTreeMap::from([count("environment", 1)]));
    });
}
