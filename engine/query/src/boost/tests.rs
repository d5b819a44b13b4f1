//! Proves that a boost is an integer made of date, type and question alone.

use super::*;
use crate::columns::{Coded, Record};
use base::{Availability, DocumentId, DocumentNumber, DossierNumber};

/// Columns with one document of each type and age in days.
fn columns(documents: &[(&str, i64)]) -> Columns {
    let mut columns = Columns::new();
    let dossier = DossierNumber::new(1).unwrap();
    for (nth, (kind, age)) in documents.iter().enumerate() {
        let nth = u32::try_from(nth).unwrap();
        let created = Instant::from_millis(0).plus_days(10_000 - age);
        let mut values = [Coded::default(); Field::SINGLE.len()];
        values[0] = Coded::from(*kind);
        let record = Record {
            ordinal: dossier.ordinal(DocumentNumber::new(nth).unwrap()),
            document: DocumentId::from_bytes([1; 16]),
            status: Availability::Approved,
            created,
            deposited: created,
            service: (created, created),
            values,
        };
        columns.push(&record, &[]);
    }
    columns
}

fn scores(boosts: &Boosts, documents: &[(&str, i64)], score: u64) -> Vec<u64> {
    let columns = columns(documents);
    let boosted = Boosted::new(boosts, &columns);
    let rows = 0..columns.len();
    rows.map(|nth| boosted.score(nth, score)).collect()
}

fn recency(percent: u32, half_days: u32) -> Boosts {
    Boosts {
        recency: Some(Recency {
            at: Instant::from_millis(0).plus_days(10_000),
            percent,
            half_days,
        }),
        types: Vec::new(),
    }
}

#[test]
fn nothing_asked_changes_nothing() {
    assert!(Boosts::default().is_none());
    let documents = [("11488-4", 0), ("", 9_000)];
    let kept = scores(&Boosts::default(), &documents, 1_234_567);
    assert_eq!(kept, [1_234_567; 2]);
}

#[test]
fn what_is_recent_gains_and_half_of_it_at_the_half_age() {
    let documents = [("", 0), ("", -30), ("", 365), ("", 3 * 365), ("", 9_999)];
    let gained = scores(&recency(100, 365), &documents, 1_000);
    assert_eq!(gained, [2_000, 2_000, 1_500, 1_250, 1_030]);
}

#[test]
fn types_weigh_what_was_asked_whatever_else_is_held() {
    let mut boosts = recency(100, 365);
    boosts.types = vec![("A".into(), 150), ("B".into(), 0), ("A".into(), 1_000)];
    boosts.types.push(("held by nobody".into(), 500));
    let gained = scores(&boosts, &[("A", 365), ("B", 0), ("C", 0)], 1_000);
    assert_eq!(gained, [2_250, 0, 2_000]);
    // Alone among others or not, a document has the same score.
    assert_eq!(scores(&boosts, &[("A", 365)], 1_000), [2_250]);
}

#[test]
fn no_score_wraps() {
    let mut boosts = recency(1_000, 1);
    boosts.types = vec![("A".into(), 1_000)];
    assert_eq!(scores(&boosts, &[("A", 0)], u64::MAX), [u64::MAX]);
    assert_eq!(scores(&boosts, &[("A", 0)], 7), [770]);
    let created = Instant::MIN;
    let old = Recency {
        at: Instant::MAX,
        percent: 1_000,
        half_days: 0,
    };
    assert_eq!(old.percent_at(created), 100);
}
