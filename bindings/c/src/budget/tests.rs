//! Proves that memory is granted before it is taken, and given back.

use super::Budget;
use crate::code::LIASSE_E_BUDGET;
use std::sync::atomic::Ordering;

#[test]
fn what_is_granted_is_given_back_when_the_call_ends() {
    let budget = Budget::new(100);
    let first = budget.grant(60, 0, "search").ok().expect("it fits");
    let second = budget.grant(60, 0, "search").err().expect("it does not");
    assert_eq!(second.code(), LIASSE_E_BUDGET);
    drop(first);
    assert!(budget.grant(60, 0, "search").is_ok());
    assert_eq!(budget.granted.load(Ordering::Relaxed), 0);
}

#[test]
fn a_calls_own_limit_holds_without_a_limit_of_all() {
    let budget = Budget::new(0);
    assert!(budget.grant(60, 59, "deposit").is_err());
    assert!(budget.grant(60, 60, "deposit").is_ok());
    assert!(budget.grant(u64::MAX, 0, "deposit").is_ok());
}

#[test]
fn needs_that_overflow_are_refused() {
    let budget = Budget::new(0);
    let all = budget.grant(u64::MAX, 0, "deposit").ok().expect("no limit");
    assert!(budget.grant(1, 0, "deposit").is_err());
    drop(all);
}

#[test]
fn what_waits_is_granted_until_nobody_waits() {
    let budget = Budget::new(100);
    let first = budget.grant(80, 0, "deposit").ok().expect("it fits");
    let first = first.down_to(30);
    let second = budget.grant(70, 0, "deposit").ok().expect("it fits now");
    let both = first.and(second.down_to(40));
    assert_eq!(budget.granted.load(Ordering::Relaxed), 70);
    assert!(budget.grant(31, 0, "deposit").is_err());
    assert!(budget.grant(30, 0, "deposit").is_ok());
    drop(both);
    assert_eq!(budget.granted.load(Ordering::Relaxed), 0);
}

#[test]
fn a_grant_grows_within_both_limits() {
    let budget = Budget::new(100);
    let mut grown = budget.grant(10, 0, "deposit").ok().expect("it fits");
    assert!(grown.up_to(60, 60, "deposit").is_ok());
    assert!(grown.up_to(61, 60, "deposit").is_err());
    assert!(grown.up_to(101, 0, "deposit").is_err());
    assert!(grown.up_to(20, 0, "deposit").is_ok());
    assert_eq!(budget.granted.load(Ordering::Relaxed), 60);
    drop(grown);
    assert_eq!(budget.granted.load(Ordering::Relaxed), 0);
}
