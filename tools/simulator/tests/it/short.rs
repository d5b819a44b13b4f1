//! Proves that a planted fault is found, that a seed gives one run, and that short runs find
//! nothing.

use simulator::canary::{Canary, find};
use simulator::moments::{Share, of_an_erasure};
use simulator::simulate::{digest_of_run, faults_of, for_seconds};

#[test]
fn every_planted_fault_is_found() {
    for (canary, seed) in Canary::ALL.into_iter().flat_map(|it| [(it, 8), (it, 11)]) {
        let report = find(canary, seed).unwrap();
        assert!(report.failures() > 0, "{canary:?}\n{}", report.text(seed));
    }
}

#[test]
fn a_few_seconds_find_nothing() {
    let seconds = if nightly() { 3600 } else { 5 };
    let seed = u64::from(std::process::id());
    let report = for_seconds(seed, seconds, STATES_MIN);
    println!("{}", report.text(seed));
    assert_eq!(report.failures(), 0, "{}", report.text(seed));
    assert!(report.states() >= STATES_MIN, "{}", report.text(seed));
}

/// At every write, sync and call to the key store: not begun, or completed by opening.
#[test]
fn an_erasure_cut_short_at_any_moment_is_not_begun_or_completed() {
    let share = if nightly() {
        Share::Every
    } else {
        Share::Eighth
    };
    let report = of_an_erasure(share).unwrap();
    println!("{}", report.text(1));
    assert_eq!(report.failures(), 0, "{}", report.text(1));
    assert!(report.states() > 300, "{}", report.states());
}

/// Where each struck, the report counts: a fault that strikes nothing proves nothing.
#[test]
fn every_fault_of_the_disk_strikes() {
    let report = faults_of(8, 100);
    let told = report.text(8);
    assert_eq!(report.missed(), [""; 0], "{told}");
    assert_eq!(report.failures(), 0, "{told}");
}

#[test]
fn a_run_is_the_same_every_time() {
    let (one, two) = (digest_of_run(3).unwrap(), digest_of_run(3).unwrap());
    assert_eq!(one, two);
    assert_ne!(one, digest_of_run(5).unwrap());
}

/// Few enough for five seconds of a busy machine, and for five times as long of any.
const STATES_MIN: u64 = 200;

fn nightly() -> bool {
    std::env::var_os("LIASSE_NIGHTLY").is_some()
}
