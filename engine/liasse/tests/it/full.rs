//! Proves what a full disk does to a running engine: deposits are refused, no trace is lost,
//! and everything works again once there is space, without reopening.

use crate::bench::{Bench, dossier, holder, options, session};
use base::disk::{FaultPlan, FaultyDisk};
use liasse::{Clock, Code, Deposit, Engine, FixedClock, Instant, Purpose, Statuses};
use std::sync::Arc;

#[test]
fn no_trace_is_lost_on_a_full_disk_and_all_works_again_with_space() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let mut settings = options();
    settings.store.reserve_bytes = 0;
    let start = Instant::from_rfc3339("2026-01-05T10:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(start));
    settings.clock = Arc::clone(&clock) as _;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let papers = dossier(2);
    let cda: Vec<_> = papers
        .documents
        .iter()
        .map(specimen::Document::cda)
        .collect();
    let deposit = |at: usize| doctor.deposit(&Deposit::new(cda[at].as_bytes()).opening());
    deposit(0).unwrap();
    let patient = papers.patient.matricule.parse().unwrap();
    let lines = || holder(&engine, &patient).history(&patient).unwrap().len();
    let before = lines();
    disk.set_plan(FaultPlan {
        full_from: Some(0),
        ..FaultPlan::default()
    });
    let mut answered = 0;
    for round in 0..3 {
        assert_eq!(deposit(1).unwrap_err().code(), Code::Full, "round {round}");
        match doctor.entries(&patient, Statuses::Approved) {
            Ok(entries) => {
                assert_eq!(entries.len(), 1);
                answered += 1;
            }
            Err(error) => assert_eq!(error.code(), Code::Full, "round {round}"),
        }
        clock.set(clock.now().plus_days(1));
    }
    assert!(answered < 3, "a read whose trace waits too long is refused");
    disk.set_plan(FaultPlan::default());
    deposit(1).unwrap();
    assert_eq!(
        doctor.entries(&patient, Statuses::Approved).unwrap().len(),
        2
    );
    engine.settle().unwrap();
    // The first count left a line too, and so did the deposit and the last read.
    assert_eq!(lines(), before + answered + 3);
    engine.close().unwrap();
    let engine = Engine::open_on(Arc::new(disk), bench.key(), settings).unwrap();
    assert!(engine.check().unwrap().findings.is_empty());
}
