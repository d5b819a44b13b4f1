//! Proves that a question in JSON means what it says, and nothing that it does not.

use super::*;

#[test]
fn a_question_says_all_it_can() {
    let written = json(
        r#"{"query": "embolie", "patient": "1", "statuses": ["approved", "deprecated"],
            "fields": {"type": ["11502-2"], "event": ["I10"]},
            "created": {"from": "2024", "to": "2024-03"}, "started": {"from": "2023"},
            "order": "newest", "limit": 3,
            "boost": {"recency": {"at": "2026-01-05", "percent": 50, "half_days": 365},
                      "types": {"11488-4": 150}},
            "after": "c", "total": true, "timeline": "month",
            "facets": ["type", "year", {"name": "kind", "field": "class",
                       "groups": {"letters": ["11"]}, "rest": "other"}]}"#,
    )
    .unwrap();
    let question = written.question;
    assert_eq!(
        (written.patient.as_deref(), written.after.as_deref()),
        (Some("1"), Some("c"))
    );
    assert_eq!(question.words, "embolie");
    assert_eq!(
        question.wanted.statuses,
        [Availability::Approved, Availability::Deprecated]
    );
    let at = |text| Instant::from_rfc3339(text).unwrap();
    assert_eq!(question.wanted.created.from, at("2024-01-01T00:00:00Z"));
    assert_eq!(question.wanted.created.to, at("2024-03-31T23:59:59.999Z"));
    assert_eq!(question.wanted.started.from, at("2023-01-01T00:00:00Z"));
    assert_eq!(question.wanted.fields.len(), 2);
    assert_eq!((question.order, question.limit), (Order::Newest, 3));
    assert_eq!(question.timeline, Some(Step::Month));
    let recency = question.boosts.recency.unwrap();
    assert_eq!(recency.at, at("2026-01-05T23:59:59.999Z"));
    assert_eq!((recency.percent, recency.half_days), (50, 365));
    assert_eq!(question.boosts.types, [("11488-4".to_owned(), 150)]);
    let names: Vec<_> = question.facets.iter().map(Facet::name).collect();
    assert_eq!(names, ["type", "year", "kind"]);
}

#[test]
fn what_is_not_said_is_the_default() {
    let question = json("{}").unwrap().question;
    assert_eq!(question.wanted, Wanted::default());
    assert_eq!((question.order, question.limit), (Order::Newest, 10));
    assert!(question.facets.is_empty() && !question.total);
    assert!(question.boosts.is_none());
}

#[test]
fn what_is_not_understood_is_refused() {
    for text in [
        "",
        "[1]",
        r#"{"colour": 1}"#,
        r#"{"statuses": ["deleted"]}"#,
        r#"{"order": "best"}"#,
        r#"{"fields": {"colour": ["x"]}}"#,
        r#"{"created": {"from": "2024-13"}}"#,
        r#"{"timeline": "week"}"#,
        r#"{"facets": ["colour"]}"#,
        r#"{"boost": {"colour": 1}}"#,
        r#"{"boost": {"types": {"11488-4": -1}}}"#,
        r#"{"boost": {"recency": {"at": "2026", "percent": 1.5, "half_days": 1}}}"#,
        r#"{"boost": {"recency": {"percent": 50, "half_days": 365}}}"#,
        r#"{"limit": -1}"#,
        // The last of two would stand for both.
        r#"{"query": "a", "query": "b"}"#,
        r#"{"fields": {"type": ["a"], "type": ["b"]}}"#,
        r#"{"boost": {"types": {"a": 1, "a": 2}}}"#,
        r#"{"facets": [{"name": "n", "field": "class", "groups": {"a": ["1"], "a": ["2"]}}]}"#,
    ] {
        assert!(json(text).is_err(), "{text}");
    }
}
