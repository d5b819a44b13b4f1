//! Proves that what cannot be true is known from the question alone, and nothing else is.

use super::*;
use crate::columns::{Coded, Record};
use crate::question::{Comparison, Token};
use base::{Availability, DocumentNumber, DossierNumber, Entropy, Instant, SeededEntropy};

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

/// What is told of a row without reading it is what the row says, also of columns from which rows
/// were taken.
#[test]
fn a_row_that_is_not_read_is_let_through_as_it_would_be() {
    let entropy = SeededEntropy::new(17);
    let mut bytes = [0; 64];
    let (mut open, mut closed) = (0, 0);
    for round in 0..2_000 {
        entropy.fill(&mut bytes).unwrap();
        let mut drawn = bytes.iter().map(|byte| i64::from(*byte));
        let mut below = |bound: i64| drawn.next().unwrap() % bound;
        let mut columns = Columns::new();
        for document in 0..4 {
            push(
                &mut columns,
                (u64::from(document / 2), document),
                &mut below,
            );
            if below(4) == 0 {
                columns.settle();
            }
        }
        if below(3) == 0 {
            columns.forget(&[DossierNumber::new(1).unwrap()].into());
        }
        columns.settle();
        let mut span = || match below(3) {
            0 => Span {
                from: Instant::from_millis(below(4)),
                to: Instant::from_millis(below(4)),
            },
            _ => Span::ALWAYS,
        };
        let mut wanted = Wanted {
            created: span(),
            deposited: span(),
            service: span(),
            started: span(),
            ..Wanted::default()
        };
        if below(4) == 0 {
            wanted.statuses.push(Availability::Deprecated);
        }
        if below(8) == 0 {
            wanted.require(Field::Type, types(&["a"]));
        }
        if below(8) == 0 {
            wanted.acts.push((Comparison::Within, Span::ALWAYS));
        }
        let filter = Filter::new(&wanted, &columns);
        let told = (0..columns.len()).map(|nth| filter.lets(&columns, nth));
        let mut reading = Filter::new(&wanted, &columns);
        reading.open = false;
        let read = (0..columns.len()).map(|nth| reading.lets(&columns, nth));
        assert!(told.eq(read), "{round}");
        assert!(!filter.lets(&columns, columns.len()));
        *(if filter.open { &mut open } else { &mut closed }) += 1;
    }
    assert!(open > 200 && closed > 200, "{open} and {closed}");
}

fn push(
    columns: &mut Columns,
    (dossier, document): (u64, u32),
    below: &mut impl FnMut(i64) -> i64,
) {
    let number = DocumentNumber::new(document).unwrap();
    let begun = below(4);
    let record = Record {
        ordinal: DossierNumber::new(dossier).unwrap().ordinal(number),
        document: DocumentId::from_bytes([0; 16]),
        status: match below(3) {
            0 => Availability::Deprecated,
            _ => Availability::Approved,
        },
        created: Instant::from_millis(below(4)),
        deposited: Instant::from_millis(below(4)),
        service: (
            Instant::from_millis(begun),
            Instant::from_millis(begun + below(3)),
        ),
        values: [Coded::default(); Field::SINGLE.len()],
    };
    columns.push(&record, &[]);
}
