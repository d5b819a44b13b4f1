//! Proves that the best answers are kept whatever the order they come in.

use super::*;

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
