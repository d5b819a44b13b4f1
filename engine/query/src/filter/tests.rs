//! Proves that what cannot be true is known from the question alone, and nothing else is.

use super::*;

fn values(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

#[test]
fn one_value_cannot_be_two() {
    let mut wanted = Wanted::default();
    wanted.require(Field::Type, values(&["a", "b"]));
    wanted.require(Field::Type, values(&["b", "c"]));
    wanted.require(Field::Class, values(&["d"]));
    assert!(!contradicts(&wanted));
    wanted.require(Field::Type, values(&["a"]));
    assert!(contradicts(&wanted));
}

#[test]
fn several_values_may_be_two() {
    let mut wanted = Wanted::default();
    wanted.require(Field::Event, values(&["a"]));
    wanted.require(Field::Event, values(&["b"]));
    assert!(!contradicts(&wanted));
}
