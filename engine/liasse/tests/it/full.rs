//! Proves what a full disk does to a running engine: deposits are refused, no trace is lost,
//! and everything works again once there is space, without reopening.

use crate::bench::{Bench, dossier, fill, holder, options, session};
use base::disk::{FaultPlan, FaultyDisk};
use liasse::{Code, Deposit, Engine, Purpose, Statuses};
use std::sync::Arc;

#[test]
fn no_trace_is_lost_on_a_full_disk_and_all_works_again_with_space() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let mut settings = options();
    settings.store.reserve_bytes = 0;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings.clone()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let lines = || holder(&engine, &patient).history(&patient).unwrap().len();
    let before = lines();
    let held: u64 = disk.files().iter().map(|(_, bytes)| bytes).sum();
    disk.set_plan(FaultPlan {
        capacity: Some(held + (64 << 10)),
        ..FaultPlan::default()
    });
    let read = || doctor.entries(&patient, Statuses::Approved);
    let papers = (3..).flat_map(|rank| dossier(rank).documents);
    let (mut answered, mut refused) = (0, 0);
    for paper in papers {
        // The read's trace waits, and goes into the deposit's group.
        match read() {
            Ok(entries) => {
                assert_eq!(entries.len(), deposited.len());
                answered += 1;
            }
            Err(error) => assert_eq!(error.code(), Code::Full),
        }
        let cda = paper.cda();
        if let Err(error) = doctor.deposit(&Deposit::new(cda.as_bytes()).opening()) {
            assert_eq!(error.code(), Code::Full);
            refused += 1;
            if refused == 5 {
                break;
            }
        }
    }
    assert!(answered > 5, "{answered}");
    disk.set_plan(FaultPlan::default());
    fill(&doctor, 1);
    assert_eq!(read().unwrap().len(), deposited.len());
    engine.settle().unwrap();
    // The first look at the history left a line too.
    assert_eq!(lines(), before + 1 + answered + 1);
    engine.close().unwrap();
    let engine = Engine::open_on(Arc::new(disk), bench.key(), settings).unwrap();
    assert!(engine.check().unwrap().findings.is_empty());
}
