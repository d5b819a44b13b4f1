//! Proves what a full disk does to a running engine: deposits are refused, no trace is lost,
//! and everything works again once there is space, without reopening.

use crate::bench::{Bench, dossier, fill, holder, options, session};
use base::disk::{Disk, FaultPlan, FaultyDisk};
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

/// Words that nothing packs much smaller.
fn words(seed: u64, count: usize) -> String {
    let mut dice = seed;
    let mut word = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:08x} ", dice >> 32)
    };
    (0..count).map(|_| word()).collect()
}

/// A deposit that is larger than what is free beside the reserve is refused before it is written,
/// and the traces of reads go on in the reserve.
#[test]
fn a_deposit_too_large_for_the_disk_leaves_the_reserve_alone() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let mut settings = options();
    settings.store.reserve_bytes = 256 << 10;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, kept) = fill(&doctor, 2);
    engine.settle().unwrap();
    let held: u64 = disk.files().iter().map(|(_, bytes)| bytes).sum();
    disk.set_plan(FaultPlan {
        capacity: Some(held + (320 << 10)),
        ..FaultPlan::default()
    });
    let text = words(1, 120_000);
    let paper = dossier(3).documents[0].cda();
    let mut deposit = Deposit::new(paper.as_bytes()).opening();
    deposit.text = Some(&text);
    let told = doctor.deposit(&deposit).unwrap_err();
    assert_eq!(told.code(), Code::Full);
    let free = disk.free_bytes().unwrap();
    assert!(free >= 256 << 10, "{free} bytes of the reserve are left");
    // A small one that came with it is kept.
    let small = dossier(4).documents[0].cda();
    doctor
        .deposit(&Deposit::new(small.as_bytes()).opening())
        .unwrap();
    for _ in 0..20 {
        assert_eq!(
            doctor.entries(&patient, Statuses::All).unwrap().len(),
            kept.len()
        );
        engine.settle().unwrap();
    }
    disk.set_plan(FaultPlan::default());
    doctor.deposit(&deposit).unwrap();
}

/// Where no deposit finds space any more, compacting gives some back.
#[test]
fn a_full_disk_is_compacted() {
    let bench = Bench::new();
    let disk = FaultyDisk::new();
    let mut settings = options();
    settings.store.reserve_bytes = 1 << 20;
    settings.store.segment_bytes_max = 256 << 10;
    let engine = Engine::create_on(Arc::new(disk.clone()), bench.key(), settings).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let gone = dossier(2);
    for (paper, seed) in gone.documents.iter().zip(1..) {
        let (paper, text) = (paper.cda(), words(seed, 30_000));
        let mut deposit = Deposit::new(paper.as_bytes()).opening();
        deposit.text = Some(&text);
        doctor.deposit(&deposit).unwrap();
    }
    let (patient, kept) = fill(&doctor, 3);
    let gone = gone.patient.matricule.parse().unwrap();
    holder(&engine, &gone).erase(&gone).unwrap();
    engine.settle().unwrap();
    let held: u64 = disk.files().iter().map(|(_, bytes)| bytes).sum();
    disk.set_plan(FaultPlan {
        capacity: Some(held + (768 << 10)),
        ..FaultPlan::default()
    });
    let paper = dossier(4).documents[0].cda();
    let deposit = || doctor.deposit(&Deposit::new(paper.as_bytes()).opening());
    assert_eq!(deposit().unwrap_err().code(), Code::Full);
    let compacted = engine.compact(0).unwrap();
    assert!(compacted.bytes > 300 << 10, "{}", compacted.bytes);
    deposit().unwrap();
    assert_eq!(
        doctor.entries(&patient, Statuses::All).unwrap().len(),
        kept.len()
    );
    assert!(engine.check().unwrap().findings.is_empty());
}
