//! Proves that what cannot be true is known from the question alone, and nothing else is.

use super::*;
use crate::question::Token;

fn types(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn token(code: Option<&str>) -> Token {
    Token {
        system: Some("1.2".to_owned()),
        code: code.map(str::to_owned),
    }
}

#[test]
fn one_value_cannot_be_two() {
    let mut wanted = Wanted::default();
    wanted.require(Field::Type, types(&["a", "b"]));
    wanted.require(Field::Type, types(&["b", "c"]));
    assert!(!contradicts(&wanted));
    wanted.tokens.push((Field::Type, vec![token(None)]));
    assert!(
        !contradicts(&wanted),
        "any code of a system may be this one"
    );
    wanted.tokens.push((Field::Type, vec![token(Some("a"))]));
    assert!(contradicts(&wanted));
}

#[test]
fn several_values_may_be_two() {
    let mut wanted = Wanted::default();
    wanted.require(Field::Event, types(&["a"]));
    wanted.require(Field::Event, types(&["b"]));
    wanted.require(Field::Identifier, types(&["a"]));
    wanted.require(Field::Identifier, types(&["b"]));
    assert!(!contradicts(&wanted));
}
