//! Proves that a cursor goes on only where it came from.

use super::*;
use query::{Comparison, Token};

fn cursors(store: u8, session: u8, request: &SearchRequest) -> Cursors {
    Cursors::new(
        StoreId::from_bytes([store; 16]),
        SessionId::from_bytes([session; 16]),
        request,
    )
}

#[test]
fn a_cursor_goes_on_in_its_store_session_and_question_only() {
    let request = SearchRequest::new("embolie");
    let position = Position {
        score: 7,
        created: Instant::from_millis(-5),
        document: DocumentId::from_bytes([9; 16]),
    };
    let cursor = cursors(1, 1, &request).write(&position);
    assert!(cursors(1, 1, &request).read(&cursor).unwrap() == position);
    let started = Span {
        from: Instant::from_millis(0),
        to: Instant::MAX,
    };
    let mut of_token = request.question.clone();
    let token = Token {
        system: None,
        code: Some("x".to_owned()),
    };
    of_token.wanted.tokens.push((Field::Type, vec![token]));
    let mut acts = request.question.clone();
    acts.wanted.acts.push((Comparison::Within, Span::ALWAYS));
    let foreign = [
        cursors(2, 1, &request),
        cursors(1, 2, &request),
        cursors(1, 1, &SearchRequest::new("phlebite")),
        cursors(1, 1, &request.clone().order(Order::Newest)),
        cursors(
            1,
            1,
            &request.clone().require(Field::Type, vec!["x".to_owned()]),
        ),
        cursors(1, 1, &request.clone().started(started)),
        cursors(1, 1, &SearchRequest::asking(of_token)),
        cursors(1, 1, &SearchRequest::asking(acts)),
    ];
    for other in foreign {
        assert_eq!(other.read(&cursor).unwrap_err().code(), Code::Invalid);
    }
    for broken in [
        "",
        "zz",
        &cursor[1..],
        &format!("{cursor}00"),
        "\u{e9}\u{e9}",
    ] {
        assert!(cursors(1, 1, &request).read(broken).is_err());
    }
}

#[test]
fn presets_are_the_three_of_the_dmp() {
    let world = specimen::World::new(8);
    let patient: Matricule = world.patient(1).matricule.parse().unwrap();
    let now = Instant::from_rfc3339("2024-06-15T12:00:00Z").unwrap();
    let recent = SearchRequest::recent(patient.clone(), now).question;
    let from = Instant::from_rfc3339("2022-06-15T12:00:00Z").unwrap();
    assert_eq!(recent.wanted.started.from, from);
    assert_eq!(recent.wanted.created, Span::ALWAYS);
    assert_eq!(recent.wanted.statuses, Statuses::Approved.listed());
    let vaccinations = SearchRequest::vaccinations(patient);
    assert_eq!(vaccinations.question.wanted.created, Span::ALWAYS);
    // Historique de vaccinations, note de vaccination.
    let types = ["11369-6", "87273-9"].map(str::to_owned).to_vec();
    assert_eq!(vaccinations.question.wanted.fields, [(Field::Type, types)]);
    let anything = vaccinations.any(Field::Type);
    assert!(anything.question.wanted.fields.is_empty());
}

#[test]
fn too_much_is_refused_whatever_is_stored() {
    let much = SearchRequest::new("x").limit(limit::ANSWERS_MAX + 1);
    assert_eq!(much.check().unwrap_err().code(), Code::Limit);
    let mut many = SearchRequest::new("x");
    many.question.facets = vec![Facet::Year; limit::FACETS_MAX + 1];
    assert_eq!(many.check().unwrap_err().code(), Code::Limit);
    let values = vec!["x".to_owned(); limit::FILTER_VALUES_MAX + 1];
    let wide = SearchRequest::new("x").require(Field::Type, values);
    assert_eq!(wide.check().unwrap_err().code(), Code::Limit);
}
