//! Proves that the best answers are kept whatever the order they come in.

use super::*;
use base::{Entropy, SeededEntropy};

fn ranked(score: u64, day: i64, id: u8, ordinal: u64) -> Ranked {
    Ranked {
        score,
        created: Instant::from_millis(day),
        document: DocumentId::from_bytes([id; 16]),
        ordinal: Ordinal::from_value(ordinal),
    }
}

#[test]
fn ties_break_by_date_then_id_whatever_the_place() {
    let all = [
        ranked(5, 1, 9, 0),
        ranked(5, 2, 8, 1),
        ranked(5, 2, 7, 2),
        ranked(6, 0, 1, 3),
    ];
    let mut orders = Vec::new();
    for shift in 0..all.len() {
        let mut top = TopK::new(Order::Relevance, 3, None);
        for at in 0..all.len() {
            top.offer(all[(at + shift) % all.len()]);
        }
        orders.push(
            top.into_sorted()
                .iter()
                .map(|it| it.ordinal.value())
                .collect::<Vec<_>>(),
        );
    }
    assert!(orders.iter().all(|order| *order == [3, 2, 1]), "{orders:?}");
}

#[test]
fn none_is_kept_when_none_is_wanted() {
    let mut top = TopK::new(Order::Relevance, 0, None);
    top.offer(ranked(1, 1, 1, 1));
    assert!(top.into_sorted().is_empty());
}

#[test]
fn an_answer_that_is_not_wanted_would_not_be_kept() {
    let entropy = SeededEntropy::new(3);
    let mut bytes = [0; 32];
    let mut refused = 0;
    for round in 0..600 {
        entropy.fill(&mut bytes).unwrap();
        let order = [Order::Relevance, Order::Newest, Order::Oldest][round % 3];
        let behind = ranked(2, 1, 3, 0).position();
        let after = (bytes[0] % 3 == 0).then_some(&behind);
        let limit = usize::from(bytes[1] % 5);
        let (mut all, mut wanted) = (
            TopK::new(order, limit, after),
            TopK::new(order, limit, after),
        );
        for (nth, byte) in (2_u8..).zip(&bytes[2..]) {
            let score = u64::from(byte % 4);
            // Ids stand in the order of the offers, or against it.
            let id = if round % 2 == 0 { nth } else { u8::MAX - nth };
            let it = ranked(score, i64::from(byte / 4 % 3), id, u64::from(nth));
            all.offer(it);
            if wanted.wants(score, || Some(it.created)) {
                wanted.offer(it);
            } else {
                refused += 1;
            }
        }
        assert_eq!(all.has_more(), wanted.has_more(), "{round}");
        assert_eq!(all.into_sorted(), wanted.into_sorted(), "{round}");
    }
    assert!(refused > 1_000, "{refused} were not offered");
}
