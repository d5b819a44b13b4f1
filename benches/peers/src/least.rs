//! The least that a piece of work takes.

use std::time::{Duration, Instant};

/// The least time of one call of `work`, in nanoseconds: of many short turns, each shorter than
/// what a busy machine gives a program at a time, the fastest. What others do at the same time
/// makes turns slower and none faster.
#[must_use]
pub fn least(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 1_u32;
    while timed(calls, &mut work) < TURN && calls < CALLS_MAX {
        calls *= 2;
    }
    let mut least = Duration::MAX;
    while start.elapsed() < SPENT {
        least = least.min(timed(calls, &mut work));
    }
    least.as_secs_f64() * 1e9 / f64::from(calls)
}

fn timed(calls: u32, work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed()
}

const TURN: Duration = Duration::from_micros(20);
const SPENT: Duration = Duration::from_millis(700);
const CALLS_MAX: u32 = 1 << 20;
