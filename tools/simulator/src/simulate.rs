//! Runs after runs, on several threads, until the time is up.

use crate::explore::Explorer;
use crate::record::Run;
use crate::report::{Failure, Kind, Report};
use base::disk::{Disk, OpenMode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Explores runs of a seed for so long, and on until so many states were judged; but never longer
/// than [`LONGER_MAX`] times as long.
#[must_use]
pub fn for_seconds(seed: u64, seconds: u64, states_min: u64) -> Report {
    let (next, states) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut report = explored(seed, Duration::from_secs(seconds), (&next, &states));
    let last = Instant::now() + Duration::from_secs(seconds * (LONGER_MAX - 1));
    while states.load(Ordering::SeqCst) < states_min && Instant::now() < last {
        report.join(explored(seed, MORE, (&next, &states)));
    }
    report
}

/// Explores for so long; counts runs and states.
fn explored(seed: u64, time: Duration, (next, states): (&AtomicU64, &AtomicU64)) -> Report {
    let until = Instant::now() + time;
    let mut report = Report::default();
    let explore = || {
        let mut report = Report::default();
        loop {
            if Instant::now() >= until {
                states.fetch_add(report.states(), Ordering::SeqCst);
                return report;
            }
            let number = next.fetch_add(1, Ordering::SeqCst);
            one(run_of(seed, number), &mut report, |recorded, report| {
                Explorer::new(recorded, report, Some(until)).all();
            });
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(explore)).collect();
        for thread in threads {
            match thread.join() {
                Ok(found) => report.join(found),
                Err(_) => report.fail(Failure {
                    run: seed,
                    kind: Kind::PowerCut,
                    place: "the simulator".to_owned(),
                    what: "a thread of it panicked".to_owned(),
                }),
            }
        }
    });
    report
}

/// Explores every state of one run, as a failure names it.
#[must_use]
pub fn one_run(run: u64) -> Report {
    let mut report = Report::default();
    one(run, &mut report, |recorded, report| {
        Explorer::new(recorded, report, None).all();
    });
    report
}

/// Has faults of the disk strike some acts of one run.
#[must_use]
pub fn faults_of(run: u64, faults: usize) -> Report {
    let mut report = Report::default();
    one(run, &mut report, |recorded, report| {
        Explorer::new(recorded, report, None).faults(faults);
    });
    report
}

/// A digest of the disk that a run leaves, and of how many events led to it: the same every
/// time.
///
/// # Errors
/// When an act failed on a disk without faults.
pub fn digest_of_run(run: u64) -> Result<(usize, String), String> {
    let recorded = Run::record(run, ACTS, |_| ())?;
    let told = |error: std::io::Error| error.to_string();
    let mut all = Vec::new();
    for (name, length) in recorded.disk.files() {
        let file = recorded.disk.open(&name, OpenMode::Read).map_err(told)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        file.read_at(0, &mut bytes).map_err(told)?;
        all.extend_from_slice(name.as_bytes());
        all.extend_from_slice(&bytes);
    }
    let digest = vault::digest("liasse simulator v1", &[&all]);
    Ok((recorded.events(), digest.to_string()))
}

fn one(run: u64, report: &mut Report, explore: impl FnOnce(&Run, &mut Report)) {
    match Run::record(run, ACTS, |_| ()) {
        Ok(recorded) => explore(&recorded, report),
        Err(what) => report.fail(Failure {
            run,
            kind: Kind::PowerCut,
            place: "recording".to_owned(),
            what,
        }),
    }
    report.ran();
}

/// The seed of the run with this number.
fn run_of(seed: u64, number: u64) -> u64 {
    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(31)
        .wrapping_add(number)
}

/// More than cores: each waits for threads of its engine now and then.
const THREADS: usize = 12;
const ACTS: usize = 24;
/// How many times as long as asked for it is gone on until enough states were judged.
pub const LONGER_MAX: u64 = 5;
const MORE: Duration = Duration::from_secs(10);
